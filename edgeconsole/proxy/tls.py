"""TLS contexts made from the configuration: certificates both ways, and start-up errors that name file and field."""

import asyncio.sslproto
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from edgeconsole.model.configuration import Configuration, Edge
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.suites import CIPHER_SUITES
from edgeconsole.proxy.alerts import TellingSSLObject
from edgeconsole.proxy.certificates import BadCertificate, names_of

_READ_SIZE = 4 * 1024
"""Most stanzas in one read of asyncio's own TLS, which XMPP begins within a stream. Measured for each idle connection:
41 kB, with a TLS record of 16 KiB 53 kB, with asyncio's 256 KiB 279 kB. SIP has `tls_link`: 34 kB."""

_SYSTEM = "system"
_FILE = "file:"
_TOO_OPEN = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


class Contexts(NamedTuple):
    """The four ways the edge does TLS; the inside ones are None where the configuration has no inside."""

    outside_server: ssl.SSLContext
    outside_client: ssl.SSLContext
    inside_server: ssl.SSLContext | None
    inside_client: ssl.SSLContext | None
    warnings: tuple[str, ...]
    expires: datetime
    """End of the external certificate's validity."""


class _Side(NamedTuple):
    """The keys of one side in the `[edge]` table and what they say."""

    certificate: tuple[str, str | None]
    private_key: tuple[str, str | None]
    trust: tuple[str, str | None]
    fqdn: str | None


class _Wrong(Exception):
    """One problem found while reading; collected, so that an operator sees all of them at once."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def shrink_buffers() -> None:
    """Have every connection of asyncio's own TLS read in small pieces, not by 256 KiB."""
    asyncio.sslproto.SSLProtocol.max_size = _READ_SIZE


def load_contexts(configuration: Configuration, base_directory: Path, now: datetime) -> Contexts:
    """Read every certificate, key and authority the configuration names. Raises BadInput with all problems.

    Relative paths start at `base_directory`. An expired certificate is a warning, not an error: refusing to start would
    turn one side's outage into everybody's.
    """
    edge = configuration.edge
    if edge is None:
        raise BadInput(
            "there is no [edge] table, so there is no edge to run",
            remedy="edgeconsole --config FILE federate edge asks for what it needs",
        )
    problems: list[Problem] = []
    warnings: list[str] = []
    outside = _contexts(_outside(edge), base_directory, now, problems, warnings)
    inside = None
    if any((edge.internal_listen, edge.next_hop, edge.xmpp_internal_listen, edge.xmpp_next_hop)):
        inside = _contexts(_inside(edge), base_directory, now, problems, warnings)
        if not edge.internal_peers:
            warnings.append("edge.internal_peers is empty: no server of ours may connect or be the next hop")
    if problems or outside is None:
        raise BadInput("the edge's certificates cannot be used", problems=tuple(problems))
    server, client, expires = outside
    if inside is None:
        return Contexts(server, client, None, None, tuple(warnings), expires)
    return Contexts(server, client, inside[0], inside[1], tuple(warnings), expires)


def _outside(edge: Edge) -> _Side:
    return _Side(
        ("edge.certificate", edge.certificate), ("edge.private_key", edge.private_key), ("edge.trust", edge.trust),
        edge.fqdn,
    )  # fmt: skip


def _inside(edge: Edge) -> _Side:
    return _Side(
        ("edge.internal_certificate", edge.internal_certificate),
        ("edge.internal_private_key", edge.internal_private_key),
        ("edge.internal_trust", edge.internal_trust),
        edge.internal_fqdn,
    )


def _contexts(
    side: _Side, base: Path, now: datetime, problems: list[Problem], warnings: list[str]
) -> tuple[ssl.SSLContext, ssl.SSLContext, datetime] | None:
    """Return the server and client context of one side, or None after noting what is wrong."""
    found = len(problems)
    leaf = chain_path = key_path = trust_path = None
    try:
        chain_path, leaf = _leaf(side, base)
    except _Wrong as wrong:
        problems.append(wrong.problem)
    try:
        key_path = _key(side, base, leaf, warnings)
    except _Wrong as wrong:
        problems.append(wrong.problem)
    try:
        trust_path = _trust_path(side, base)
    except _Wrong as wrong:
        problems.append(wrong.problem)
    if len(problems) > found or leaf is None or chain_path is None or key_path is None:
        return None
    warnings.extend(_doubts(side, leaf, now))
    contexts = []
    for protocol in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT):
        context = _context(protocol)
        try:
            context.load_cert_chain(chain_path, key_path)
        except (ssl.SSLError, OSError) as error:
            problems.append(_problem(side.certificate[0], chain_path, f"the certificate cannot be used: {error}"))
            return None
        if not _believe(context, protocol, side, trust_path, problems):
            return None
        contexts.append(context)
    return contexts[0], contexts[1], leaf.not_valid_after_utc


def _context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHER_SUITES)
    context.sslobject_class = TellingSSLObject
    # The exact name check is ours (rules.decide): OpenSSL's would take wildcards and common names.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    if protocol == ssl.PROTOCOL_TLS_SERVER:
        # A resumed session would skip the verification of the chain. TLS 1.2 resumes without tickets too, and Python
        # cannot forbid that: see revocation.points_of.
        context.num_tickets = 0
    return context


def _believe(
    context: ssl.SSLContext, protocol: int, side: _Side, trust_path: Path | None, problems: list[Problem]
) -> bool:
    """Load the authorities of one side into a context."""
    if trust_path is None:
        server = protocol == ssl.PROTOCOL_TLS_SERVER
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH if server else ssl.Purpose.SERVER_AUTH)
        return True
    try:
        context.load_verify_locations(trust_path)
    except (ssl.SSLError, OSError) as error:
        problems.append(_problem(side.trust[0], trust_path, f"the authorities cannot be read: {error}"))
        return False
    return True


def _leaf(side: _Side, base: Path) -> tuple[Path, x509.Certificate]:
    field, reference = side.certificate
    path = _path(field, reference, base)
    try:
        chain = x509.load_pem_x509_certificates(_read(field, path))
    except ValueError as error:
        raise _Wrong(_problem(field, path, f"the file holds no certificate in PEM form: {error}")) from None
    return path, chain[0]


def _key(side: _Side, base: Path, leaf: x509.Certificate | None, warnings: list[str]) -> Path:
    field, reference = side.private_key
    path = _path(field, reference, base)
    text = _read(field, path)
    try:
        key: PrivateKeyTypes = load_pem_private_key(text, None)
    except TypeError:
        raise _Wrong(
            _problem(field, path, "the key is encrypted", f"remove its passphrase: openssl pkey -in {path} -out …")
        ) from None
    except ValueError as error:
        raise _Wrong(_problem(field, path, f"the file holds no private key in PEM form: {error}")) from None
    if leaf is not None and _spki(key.public_key()) != _spki(leaf.public_key()):
        raise _Wrong(_problem(field, path, f"the key does not belong to the certificate of {side.certificate[0]}"))
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _TOO_OPEN:
        warnings.append(f"{field}: {path} can be read by others (mode {mode:04o}); run: chmod 0640 {path}")
    return path


def _spki(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def _trust_path(side: _Side, base: Path) -> Path | None:
    field, reference = side.trust
    if reference == _SYSTEM:
        return None
    path = _path(field, reference, base)
    _read(field, path)
    return path


def _doubts(side: _Side, leaf: x509.Certificate, now: datetime) -> list[str]:
    """Return what is suspicious about a certificate that can be used."""
    field = side.certificate[0]
    found = []
    at = now.astimezone(UTC)
    if leaf.not_valid_after_utc < at:
        found.append(f"{field}: the certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")
    if leaf.not_valid_before_utc > at:
        found.append(f"{field}: the certificate is not valid before {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC")
    if side.fqdn is not None:
        try:
            names = names_of(leaf.public_bytes(Encoding.DER))
        except BadCertificate as error:
            found.append(f"{field}: {error}")
        else:
            if side.fqdn not in names:
                found.append(f"{field}: the certificate does not carry {side.fqdn} as a DNS SAN; peers will refuse it")
    return found


def _path(field: str, reference: str | None, base: Path) -> Path:
    if reference is None:
        raise _Wrong(Problem(field=field, message="it is not set", remedy='Set it to "file:PATH"'))
    if not reference.startswith(_FILE):
        raise _Wrong(Problem(field=field, message=f"{reference!r} is no file reference", remedy='Write "file:PATH"'))
    return base / reference.removeprefix(_FILE)


def _read(field: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise _Wrong(_problem(field, path, "the file does not exist")) from None
    except PermissionError:
        raise _Wrong(_problem(field, path, "the file cannot be read by this user", f"See: ls -l {path}")) from None
    except OSError as error:
        raise _Wrong(_problem(field, path, f"the file cannot be read: {error.strerror}")) from None


def _problem(field: str, path: Path, message: str, remedy: str = "") -> Problem:
    return Problem(field=field, file=str(path), message=message, remedy=remedy)
