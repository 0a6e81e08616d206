"""The remote backend: the admin API over HTTPS, believing one authority or one pinned certificate, and nothing else."""

import base64
import binascii
import hashlib
import hmac
import os
import ssl
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from edgeconsole.backends.http import HttpBackend
from edgeconsole.model.errors import BadInput
from edgeconsole.model.suites import CIPHER_SUITES

if TYPE_CHECKING:
    import httpx

TIMEOUT = (10.0, 30.0, 30.0, 5.0)
"""Seconds to connect, to read, to write, to wait for a connection. An edge on another continent answers a
handshake within two."""

_REMEDY = "Is the edge up, is proxy.admin_listen set, and does a firewall stand between? edgeconsole context test"
_LARGEST_SECRET = 64 * 1024
_TOO_OPEN = stat.S_IRWXG | stat.S_IRWXO


class RemoteEdge(msgspec.Struct, frozen=True, kw_only=True):
    """Where a remote edge is, how to know it, and what to show it. Secrets are named here, never held."""

    address: str
    """`https://host:port`."""
    ca: str | None = None
    """File of the authorities to believe; None is the system's, unless a pin stands alone."""
    pin: str | None = None
    """`sha256:` and the digest, in hex or base64, of the edge's certificate or of its public key (SPKI)."""
    token: str | None = None
    """`env:NAME` or `file:PATH` of a bearer token."""
    certificate: str | None = None
    """`file:PATH` of a client certificate."""
    private_key: str | None = None


def open_remote(edge: RemoteEdge, *, via: str = "") -> HttpBackend:
    """Return a backend for a remote edge; nothing is sent yet. Raises BadInput for credentials that cannot be used."""
    headers = {"Authorization": f"Bearer {read_secret(edge.token)}"} if edge.token else {}
    address, context = check_address(edge.address), _context(edge)

    def connect() -> "httpx.AsyncClient":
        import httpx

        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(verify=context, trust_env=False),
            base_url=address,
            headers=headers,
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUT,
        )

    return HttpBackend(connect, place=edge.address, via=via, kind="remote", remedy=_REMEDY)


def check_address(address: str) -> str:
    """Return the address of an admin API. Raises BadInput for anything but `https://host[:port]`."""
    import httpx

    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise BadInput(f"{address!r} is no address: {error}", remedy="Write https://host:port") from None
    if url.scheme != "https" or not url.host or url.userinfo or url.query or url.fragment or url.path != "/":
        raise BadInput(f"{address!r} is no address of an admin API", remedy="Write https://host:port, nothing else")
    return address


def read_secret(reference: str) -> str:
    """Return the text behind `env:NAME` or `file:PATH`. Raises BadInput, which never repeats it."""
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        text = os.environ.get(name, "")
        if not text:
            raise BadInput(
                f"the environment has no {name}, which holds the credential",
                remedy=f"Set {name}, or name a file of your own: file:PATH",
            )
    elif scheme == "file":
        text = _private_text(Path(name).expanduser())
    else:
        raise BadInput("a credential is named env:NAME or file:PATH", remedy="Keep the secret itself out of the file")
    text = text.strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise BadInput(
            f"what {scheme}:{name} holds is no bearer token",
            remedy="It is the line that edgeconsole token create printed, and nothing else",
        )
    return text


def _private_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            content = file.read(_LARGEST_SECRET)
    except OSError as error:
        raise BadInput(
            f"the credential {path} cannot be read: {error.strerror}",
            remedy="Put the token there, readable by you alone, or name another place",
        ) from None
    if not stat.S_ISREG(found.st_mode) or found.st_mode & _TOO_OPEN:
        raise BadInput(f"others may use the credential {path}", remedy=f"Run: chmod 0600 {path}")
    return content.decode("ascii", "replace")


def _context(edge: RemoteEdge) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHER_SUITES)
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if edge.ca is not None:
        path = _file(edge.ca)
        try:
            context.load_verify_locations(path)
        except (ssl.SSLError, OSError) as error:
            raise BadInput(
                f"the authorities in {path} cannot be read: {error.strerror}",
                remedy="--ca names a file of PEM certificates",
            ) from None
    elif edge.pin is None:
        context.load_default_certs()
    else:
        # The pin alone says which certificate it is, as for an edge that signs its own.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if edge.pin is not None:
        context.sslobject_class = _pinned(read_pin(edge.pin))
    if edge.certificate is not None:
        _show(context, edge)
    return context


def _show(context: ssl.SSLContext, edge: RemoteEdge) -> None:
    assert edge.certificate is not None
    certificate = _file(edge.certificate)
    key = _file(edge.private_key or edge.certificate)
    if key.is_file() and key.stat().st_mode & _TOO_OPEN:
        raise BadInput(f"others may use the private key {key}", remedy=f"Run: chmod 0600 {key}")
    try:
        context.load_cert_chain(certificate, key, _no_passphrase)
    except (ssl.SSLError, OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or getattr(error, "reason", None) or error
        raise BadInput(
            f"the client certificate {certificate} cannot be used: {why}",
            remedy="It is PEM, and its private key goes with it and has no passphrase",
        ) from None


def _no_passphrase() -> str:
    # Without an answer OpenSSL would ask the terminal.
    raise ValueError("the key is encrypted")


def _file(reference: str) -> Path:
    return Path(reference.removeprefix("file:")).expanduser()


def read_pin(text: str) -> bytes:
    """Return the digest in `sha256:…`, hex or base64. Raises BadInput."""
    scheme, _, digest = text.partition(":")
    try:
        raw = bytes.fromhex(digest) if len(digest) == 64 else base64.b64decode(digest, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if scheme != "sha256" or len(raw) != hashlib.sha256().digest_size:
        raise BadInput(
            f"{text!r} is no pin", remedy="Write sha256: and the digest of the certificate or its public key, in hex"
        )
    return raw


def _pinned(digest: bytes) -> type[ssl.SSLObject]:
    """Return the TLS object that ends a handshake with any other certificate, before a byte of a request is sent."""

    class Pinned(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            shown = self.getpeercert(binary_form=True)
            if shown is None or not any(hmac.compare_digest(digest, each) for each in _digests(shown)):
                raise ssl.SSLCertVerificationError("the certificate is not the pinned one")

    return Pinned


def _digests(certificate: bytes) -> tuple[bytes, bytes]:
    # Late: a pin alone needs it, and it costs 40 ms.
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key: Any = x509.load_der_x509_certificate(certificate).public_key()
    spki: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(certificate).digest(), hashlib.sha256(spki).digest()
