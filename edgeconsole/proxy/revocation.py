"""Whether a partner's certificate was revoked: its CRLs, fetched once, believed until they expire (refresh_crls).

A list that cannot be had does not close the door, as with an Access Edge: the certificate counts as good, and operators
are told. A list that says revoked does, also for connections that are open when it is next read.
"""

import asyncio
import hashlib
import itertools
import ssl
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from edgeconsole.model.text import clean
from edgeconsole.proxy.resolver import Resolver
from edgeconsole.rules.addresses import Network, why_denied

_SECONDS = 5.0
"""To fetch one list; a handshake waits for it the first time only."""
_WATCH_SECONDS = 900.0
"""Between two looks at the connections that are open."""
_RETRY_SECONDS = 60.0
"""Before a list that could not be had is asked for again."""
_MAX_BYTES = 16 * 1024 * 1024
_MAX_LISTS = 500
_MAX_POINTS = 2
"""Distribution points of one certificate that are tried."""
_LONGEST = timedelta(days=7)
"""A list is fetched again after this long, whatever it says of its next update."""

Point = tuple[str, int, bytes]
"""Where a certificate's list is, its serial, and its issuer as DER: all that is kept to look again."""


class Shown(Protocol):
    """A connection whose other end has shown a certificate."""

    @property
    def points(self) -> tuple[Point, ...]:
        """Where its lists are; nothing where it has none."""

    def close(self) -> None:
        """End it."""


class Unusable(Exception):
    """A list that cannot be had or not be believed."""


class _List(NamedTuple):
    crl: x509.CertificateRevocationList | None
    """None: it could not be had."""
    until: datetime


class Revocations:
    """The lists of one edge."""

    def __init__(
        self,
        resolver: Resolver,
        allowed: tuple[Network, ...],
        clock: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._clock = clock
        self._tell = tell
        self.enabled = True
        """Whether lists are read at all (access_edge.refresh_crls)."""
        self._lists: dict[str, _List] = {}
        self._flights: dict[str, asyncio.Task[_List]] = {}

    async def why_revoked(self, points: tuple[Point, ...]) -> str | None:
        """Return why a certificate must not be believed any more, None where nothing says so."""
        for url, serial, issuer in points:
            found = await self._list(url, issuer)
            if found.crl is None:
                continue
            entry = found.crl.get_revoked_certificate_by_serial_number(serial)
            if entry is not None:
                return f"the certificate with serial {serial:x} was revoked on {entry.revocation_date_utc:%Y-%m-%d}"
        return None

    async def watch(self, open_now: Callable[[], Iterable[Shown]]) -> None:
        """Look again at the certificates of open connections from time to time, and close those that were revoked."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self.enabled:
                await self.look_again(open_now())

    async def look_again(self, connections: Iterable[Shown]) -> None:
        """Close the connections whose certificate was revoked meanwhile."""
        for connection in connections:
            why = await self.why_revoked(connection.points)
            if why is not None:
                self._tell(f"{why}; the connection is closed")
                connection.close()

    async def stop(self) -> None:
        """Give up what is being fetched."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _list(self, url: str, issuer: bytes) -> _List:
        known = self._lists.get(url)
        if known is not None and known.until > self._clock():
            return known
        flight = self._flights.get(url)
        if flight is None:
            flight = self._flights[url] = asyncio.get_running_loop().create_task(self._refresh(url, issuer))
            flight.add_done_callback(lambda _: self._flights.pop(url, None))
        return await asyncio.shield(flight)

    async def _refresh(self, url: str, issuer: bytes) -> _List:
        now = self._clock()
        try:
            async with asyncio.timeout(_SECONDS):
                content = await self._fetch(url)
            crl = await asyncio.to_thread(_believed, content, issuer, now)
            found = _List(crl, min(crl.next_update_utc or now + _LONGEST, now + _LONGEST))
        except (Unusable, OSError, TimeoutError, ValueError, EOFError) as error:
            self._tell(f"no revocation list from {clean(url)}: {clean(str(error)) or 'it took too long'}; not checked")
            found = _List(None, now + timedelta(seconds=_RETRY_SECONDS))
        if len(self._lists) >= _MAX_LISTS:
            self._lists.clear()
        self._lists[url] = found
        return found

    async def _fetch(self, url: str) -> bytes:
        """Get a list over HTTP from a vetted address; no redirect is followed, no name looked up twice."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        why = "it has no address"
        for address in await self._resolver.addresses(host):
            denied = why_denied(address, self._allowed)
            if denied is None and port != 80 and why_denied(address) is None:
                denied = f"port {port} is not 80"
            if denied is not None:
                why = f"{address} is denied: {denied}"
                continue
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            return await _get(address, port, parts.netloc, path)
        raise Unusable(why)


async def _get(address: str, port: int, host: str, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(address, port, limit=64 * 1024)
    try:
        # HTTP/1.0: the end of the connection is the end of the list, and nothing comes in chunks.
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii"))
        head = await reader.readuntil(b"\r\n\r\n")
        status = head.split(b" ", 2)[1:2]
        if status != [b"200"]:
            raise Unusable(f"the answer is {b''.join(status).decode('ascii', 'replace')}")
        content = bytearray()
        while part := await reader.read(64 * 1024):
            content += part
            if len(content) > _MAX_BYTES:
                raise Unusable(f"it is longer than {_MAX_BYTES} bytes")
        return bytes(content)
    except (asyncio.LimitOverrunError, asyncio.IncompleteReadError, UnicodeError):
        raise Unusable("the answer is no HTTP") from None
    finally:
        writer.close()


def _believed(content: bytes, issuer: bytes, now: datetime) -> x509.CertificateRevocationList:
    """Return a list its issuer signed and that is in force. Raises Unusable, ValueError."""
    read = x509.load_pem_x509_crl if content.startswith(b"-----") else x509.load_der_x509_crl
    crl = read(content)
    authority = x509.load_der_x509_certificate(issuer)
    if crl.issuer != authority.subject or not _signed(crl, authority.public_key()):
        raise Unusable("the certificate's issuer did not sign it")
    if crl.next_update_utc is not None and crl.next_update_utc <= now:
        raise Unusable(f"it ran out on {crl.next_update_utc:%Y-%m-%d %H:%M} UTC")
    for extension in crl.extensions:
        scope = extension.value
        if isinstance(scope, x509.DeltaCRLIndicator) or (
            isinstance(scope, x509.IssuingDistributionPoint) and (scope.indirect_crl or scope.only_some_reasons)
        ):
            raise Unusable("it is no complete list")
    return crl


def _signed(crl: x509.CertificateRevocationList, key: object) -> bool:
    try:
        return crl.is_signature_valid(key)  # type: ignore[arg-type]
    except (TypeError, UnsupportedAlgorithm):
        return False


class UnknownChain(Exception):
    """A resumed TLS session whose full handshake is not known here any more; the next handshake is a full one."""


class _Verified(NamedTuple):
    """What a full handshake found."""

    points: tuple[Point, ...]
    until: datetime
    """End of the first certificate's validity."""


_MAX_VERIFIED = 4096
_verified: WeakKeyDictionary[ssl.SSLContext, dict[bytes, _Verified]] = WeakKeyDictionary()
"""By context and digest of the leaf. OpenSSL lets a TLS 1.2 client resume a session of the same context for two hours,
Python cannot forbid it, and a resumed session shows the leaf without the chain that was verified."""


def points_of(tls: ssl.SSLObject) -> tuple[Point, ...]:
    """Return where the lists of a verified chain are, its leaf's first; the root answers for itself.

    Raises UnknownChain for a resumed session that cannot be judged as its full handshake was: do not say goodbye on
    TLS then, or OpenSSL remembers the session.
    """
    leaf = hashlib.sha256(tls.getpeercert(binary_form=True) or b"").digest()
    known = _verified.setdefault(tls.context, {})
    if tls.session_reused:
        found = known.get(leaf)
        if found is None or found.until <= datetime.now(UTC):
            raise UnknownChain("the resumed TLS session is not known any more; connect again")
        return found.points
    found = _read_chain(_verified_chain(tls))
    if tls.server_side and tls.version() == "TLSv1.2":
        known.pop(leaf, None)
        if len(known) >= _MAX_VERIFIED:
            del known[next(iter(known))]
        known[leaf] = found
    return found.points


def _read_chain(chain: list[bytes]) -> _Verified:
    found: list[Point] = []
    until = datetime.max.replace(tzinfo=UTC)
    for der, issuer in itertools.pairwise(chain):
        try:
            certificate = x509.load_der_x509_certificate(der)
            until = min(until, certificate.not_valid_after_utc)
            extension = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
        except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            continue
        urls = [
            name.value
            for point in extension.value
            for name in point.full_name or ()
            if isinstance(name, x509.UniformResourceIdentifier) and name.value.lower().startswith("http://")
        ]
        found += [(url, certificate.serial_number, issuer) for url in urls[:_MAX_POINTS]]
    return _Verified(tuple(found), until)


def _verified_chain(tls: ssl.SSLObject) -> list[bytes]:
    """Return the chain that was verified, as DER; Python shows it in public from 3.13 on."""
    public = getattr(tls, "get_verified_chain", None)
    if public is not None:
        return list(public())
    inner = getattr(tls, "_sslobj", None)
    if inner is None or not hasattr(inner, "get_verified_chain"):
        return []
    encoding = ssl.ENCODING_DER if hasattr(ssl, "ENCODING_DER") else 2
    return [each.public_bytes(encoding) for each in inner.get_verified_chain() or ()]
