"""Our own certificate as a probe shows it, and the TLS contexts made from it once: making one costs 20 ms."""

import re
import ssl
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509

from edgeconsole.model.configuration import Edge
from edgeconsole.model.suites import CIPHER_SUITES
from edgeconsole.model.text import Untrusted, clean
from edgeconsole.probes.certificate_file import Roots, load_certificates, read_roots, system_roots

_FILE = "file:"
_MAX_AUTHORITIES = 200
_CLIENT_AUTHORITIES = 47
"""Extension of a TLS 1.3 CertificateRequest (RFC 8446, 4.2.4)."""
_LEGACY_CIPHERS = "ALL:COMPLEMENTOFDEFAULT:@SECLEVEL=0"
_OP_LEGACY_SERVER_CONNECT = 0x4
_ALPN = {"xmpp": ["xmpp-server"]}


class Demand:
    """What a peer's request for a certificate said; empty until one comes."""

    def __init__(self) -> None:
        self.seen = False
        self.authorities: list[bytes] = []
        """DER of the subjects of authorities it takes."""


class OwnIdentity:
    """Certificate, key and trust of the edge, read from the files its configuration names.

    A file that cannot be used is a problem to tell, not a failure: a probe without a certificate still finds most.
    """

    def __init__(self, edge: Edge | None, base: Path) -> None:
        self.problems: list[str] = []
        self._trust = _path(edge.trust if edge else "system", base)
        self._certificate = _path(edge.certificate if edge else None, base)
        self._key = _path(edge.private_key if edge else None, base)
        self._chain: list[x509.Certificate] = []
        self.roots = self._roots()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._demands: dict[int, Demand] = {}
        if self._certificate is not None:
            self._read()

    @property
    def shown(self) -> bool:
        """Whether there is a certificate to show."""
        return bool(self._chain)

    @property
    def issuer(self) -> Untrusted:
        """Who issued our certificate, for sentences."""
        return name_of(self._chain[0].issuer) if self._chain else Untrusted("an authority of ours")

    def is_listed(self, authorities: list[bytes]) -> bool | None:
        """Return whether an issuer of ours is among those a peer takes; None where the peer names none."""
        if not authorities or not self._chain:
            return None
        return any(each.issuer.public_bytes() in authorities for each in self._chain)

    def context(self, *, deep: bool = False, direct_xmpp: bool = False, lenient: bool = False) -> ssl.SSLContext:
        """Return the context of one way to connect, made once.

        `deep` reads the peer's request for a certificate, `lenient` believes any chain.
        """
        key = f"{deep}{direct_xmpp}{lenient}"
        if key not in self._contexts:
            context = self._make()
            if direct_xmpp:
                context.set_alpn_protocols(_ALPN["xmpp"])
            if lenient:
                context.verify_mode = ssl.CERT_NONE
            if deep:
                listen(context, self._demands)
            self._contexts[key] = context
        return self._contexts[key]

    def demand_for(self, tls: ssl.SSLObject) -> Demand:
        """Return where the request of one connection is noted; to be ended with `forget`."""
        return self._demands.setdefault(id(tls), Demand())

    def forget(self, tls: ssl.SSLObject) -> None:
        """Stop noting for a connection."""
        self._demands.pop(id(tls), None)

    def legacy_context(self) -> ssl.SSLContext:
        """Return the context that agrees to anything OpenSSL still knows, to name what an obsolete peer speaks."""
        if "legacy" not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers(_LEGACY_CIPHERS)
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.options |= _OP_LEGACY_SERVER_CONNECT
            self._contexts["legacy"] = context
        return self._contexts["legacy"]

    def _make(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # As the edge itself does it (proxy): a probe that believed more would say ok where the edge fails.
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(CIPHER_SUITES)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
        try:
            if self._trust is None:
                context.load_default_certs(ssl.Purpose.SERVER_AUTH)
            else:
                context.load_verify_locations(self._trust)
        except (ssl.SSLError, OSError) as error:
            self._note(f"edge.trust: {self._trust} cannot be read: {error}")
        if self._chain and self._certificate is not None and self._key is not None:
            try:
                context.load_cert_chain(self._certificate, self._key, password=_no_password)
            except (ssl.SSLError, OSError, ValueError) as error:
                self._note(f"edge.private_key: our certificate cannot be shown: {error}")
                self._chain = []
        return context

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(clean(problem))

    def _roots(self) -> Roots:
        return system_roots() if self._trust is None else read_roots(self._trust)

    def _read(self) -> None:
        try:
            self._chain = load_certificates(self._certificate.read_bytes()) if self._certificate else []
        except (OSError, ValueError) as error:
            self._note(f"edge.certificate: {self._certificate} cannot be read: {error}")
            return
        if self._key is None:
            self._note("edge.private_key is not set, so our certificate cannot be shown")
            self._chain = []
            return
        # Finds out now whether the key fits.
        self.context()


def _no_password() -> bytes:
    raise ValueError("the key is encrypted")


def _path(reference: str | None, base: Path) -> Path | None:
    return base / reference.removeprefix(_FILE) if reference and reference.startswith(_FILE) else None


def name_of(name: x509.Name) -> Untrusted:
    """Return the common name of a subject, or all of it."""
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return clean(str(found[-1].value)) if found else clean(name.rfc4514_string())


def read_authorities(der: list[bytes]) -> tuple[Untrusted, ...]:
    """Return the authorities a peer takes, for reading; only the common name is looked for."""
    found = []
    for each in der[:_MAX_AUTHORITIES]:
        # An attribute of type 2.5.4.3, its string after it: no parser of names is public.
        match = re.search(rb"\x06\x03\x55\x04\x03[\x0c\x13\x16](.)", each, re.DOTALL)
        if match:
            found.append(clean(each[match.end() : match.end() + match[1][0]]))
    return tuple(found)


def listen(context: ssl.SSLContext, demands: dict[int, Demand]) -> None:
    """Note every CertificateRequest of connections made with a context; without the hook nothing is known.

    There is no public way in OpenSSL's Python binding: `_msg_callback` is what CPython's own tests use.
    """

    def note(tls: object, direction: str, _version: object, _kind: object, message: Any, data: bytes) -> None:
        demand = demands.get(id(tls))
        if demand is None or direction != "read" or getattr(message, "name", "") != "CERTIFICATE_REQUEST":
            return
        demand.seen = True
        try:
            version = getattr(tls, "version", lambda: "")()
            demand.authorities = parse_request(data[4:], tls13=version == "TLSv1.3")
        except (IndexError, struct.error):
            return

    hook: Callable[..., None] = note
    if hasattr(context, "_msg_callback"):
        context._msg_callback = hook


def parse_request(body: bytes, *, tls13: bool) -> list[bytes]:
    """Return the authorities in a CertificateRequest (RFC 8446, 4.3.2; RFC 5246, 7.4.4), at most 200."""
    if tls13:
        at = 1 + body[0]
        end = at + 2 + struct.unpack_from("!H", body, at)[0]
        at += 2
        while at + 4 <= end:
            kind, size = struct.unpack_from("!HH", body, at)
            if kind == _CLIENT_AUTHORITIES:
                return _listed(body[at + 6 : at + 4 + size])
            at += 4 + size
        return []
    at = 1 + body[0]
    at += 2 + struct.unpack_from("!H", body, at)[0]
    size = struct.unpack_from("!H", body, at)[0]
    return _listed(body[at + 2 : at + 2 + size])


def _listed(content: bytes) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at + 2 <= len(content) and len(found) < _MAX_AUTHORITIES:
        size = struct.unpack_from("!H", content, at)[0]
        found.append(content[at + 2 : at + 2 + size])
        at += 2 + size
    return found
