"""Certificate files as facts: the certificate, its chain, and which kind of authority stands at its end."""

import contextlib
import os
import ssl
import stat
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edgeconsole.model.errors import BadInput, NotPermitted, Problem
from edgeconsole.model.text import clean
from edgeconsole.rules.requirements.certificate_facts import Authority, CertificateFacts, KeyUsage

MAX_BYTES = 1 << 20
"""Bytes of one certificate file; a chain has a few thousand."""

_MAX_ROOT_BYTES = 8 << 20
_MAX_NAMES = 1000
_MAX_CHAIN = 10
_MAX_CRL_POINTS = 5
_BUNDLES = ("ca-certificates.crt", "ca-bundle.crt", "tls-ca-bundle.pem")
"""The one file with every authority, as distributions call it inside the directory OpenSSL is built for."""


class Roots:
    """Authorities to end a chain at, by their subject."""

    def __init__(self, certificates: Iterable[x509.Certificate] = ()) -> None:
        self._by_subject: dict[bytes, list[x509.Certificate]] = {}
        for certificate in certificates:
            self._by_subject.setdefault(certificate.subject.public_bytes(), []).append(certificate)

    def __bool__(self) -> bool:
        return bool(self._by_subject)

    def named(self, subject: x509.Name) -> bool:
        """Return whether an authority of that subject is among them."""
        return subject.public_bytes() in self._by_subject

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """Return the authority that signed a certificate."""
        named = self._by_subject.get(certificate.issuer.public_bytes(), ())
        return next((each for each in named if _signed(certificate, each)), None)


def system_roots() -> Roots:
    """Return the authorities the operating system trusts; none where it has no such file."""
    places = ssl.get_default_verify_paths()
    if places.cafile:
        return read_roots(Path(places.cafile))
    for name in _BUNDLES:
        bundle = Path(places.capath or "/etc/ssl/certs") / name
        if bundle.is_file():
            return read_roots(bundle)
    return Roots()


def read_roots(path: Path) -> Roots:
    """Return the authorities in a PEM file; none where it cannot be read, since that is told elsewhere."""
    try:
        return Roots(load_certificates(_read(path, _MAX_ROOT_BYTES)))
    except (BadInput, NotPermitted, ValueError):
        return Roots()


def read_certificate(path: Path, *, system: Roots, trusted: Roots | None = None) -> CertificateFacts:
    """Return what a PEM file says: the certificate first, then its chain.

    `trusted` are further authorities that our side believes. Raises NotPermitted where this user may not read the
    file, BadInput where it holds no certificate.
    """
    content = _read(path, MAX_BYTES)
    try:
        certificates = load_certificates(content)
    except ValueError:
        raise _bad(
            path, "the file holds no certificate in PEM form", "Name the certificate, its chain below it"
        ) from None
    return facts_of(certificates, system=system, trusted=trusted or Roots(), place=path)


def load_certificates(content: bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM text, in its order. Raises ValueError."""
    with _odd_numbers_pass():
        try:
            return x509.load_pem_x509_certificates(content)
        except x509.InvalidVersion as error:
            # Measured by flipping bytes: it is no ValueError, as everything else that cannot be parsed is.
            raise ValueError(str(error)) from None


@contextlib.contextmanager
def _odd_numbers_pass() -> Iterator[None]:
    with warnings.catch_warnings():
        # Measured: one root of a current ca-certificates has a serial number of zero, which is no concern of ours.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


def facts_of(
    certificates: Sequence[x509.Certificate], *, system: Roots, trusted: Roots, place: Path
) -> CertificateFacts:
    """Return the facts of a certificate that comes first, its chain after it in any order. Raises BadInput."""
    with _odd_numbers_pass():
        return _facts_of(certificates, system, trusted, place)


def _facts_of(certificates: Sequence[x509.Certificate], system: Roots, trusted: Roots, place: Path) -> CertificateFacts:
    leaf = certificates[0]
    try:
        chain, authority = _chain(certificates, system, trusted)
        key, bits = _key(leaf)
        return CertificateFacts(
            subject=_subject(leaf.subject),
            names=_names(leaf),
            issuer=_subject(leaf.issuer),
            serial=f"{leaf.serial_number:x}",
            fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
            not_before=leaf.not_valid_before_utc,
            not_after=leaf.not_valid_after_utc,
            key=key,
            key_bits=bits,
            signature_hash=_hash(leaf),
            usages=_usages(leaf),
            authority=authority,
            chain=tuple(_subject(each.subject) for each in chain),
            chain_ends=min(each.not_valid_after_utc for each in chain),
            crl_points=_crl_points(leaf),
        )
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, UnsupportedAlgorithm) as error:
        raise _bad(place, f"the certificate cannot be understood: {type(error).__name__}", "") from None


def _read(path: Path, limit: int) -> bytes:
    try:
        # O_NONBLOCK: opening a FIFO must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except PermissionError:
        raise NotPermitted(
            f"{path} may not be read by this user",
            remedy="Run the command as the proxy's user or as root; edgeconsole info shows when it expires",
        ) from None
    except OSError as error:
        raise _bad(path, f"the file cannot be opened: {error.strerror}", "Name a file that exists") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _bad(path, "it is no regular file", "Name the certificate's file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise _bad(path, f"the file cannot be read: {error.strerror}", "") from None
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise _bad(path, f"the file is longer than {limit:,} bytes", "Name the certificate's file")
    return content


def _bad(path: Path, message: str, remedy: str) -> BadInput:
    problem = Problem(file=str(path), message=message, remedy=remedy)
    return BadInput(f"{path}: {message}", remedy=remedy, problems=(problem,))


def _chain(
    certificates: Sequence[x509.Certificate], system: Roots, trusted: Roots
) -> tuple[list[x509.Certificate], Authority]:
    """Return the certificates from the first one up to where its issuers lead, and who stands there."""
    chain, given = [certificates[0]], Roots(certificates[1:])
    while len(chain) <= _MAX_CHAIN:
        last = chain[-1]
        if system.issuer_of(last) is not None:
            return chain, Authority.PUBLIC
        if _signed(last, last):
            return chain, Authority.SELF_SIGNED if last is chain[0] else Authority.PRIVATE
        if trusted.issuer_of(last) is not None:
            return chain, Authority.PRIVATE
        issuer = given.issuer_of(last)
        if issuer is None or issuer in chain:
            break
        chain.append(issuer)
    return chain, Authority.OPEN if system else Authority.NOT_JUDGED


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _subject(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    if common:
        value = common[0].value
        return clean(value if isinstance(value, str) else bytes(value))
    return clean(name.rfc4514_string())


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    names = extension.value.get_values_for_type(x509.DNSName)
    if len(names) > _MAX_NAMES:
        raise ValueError("more names than any real edge carries")
    return tuple(clean(name).lower() for name in names)


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return "DSA", key.key_size
    return type(key).__name__.removesuffix("PublicKey"), 0


def _hash(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    return algorithm.name if algorithm is not None else ""


def _usages(certificate: x509.Certificate) -> frozenset[KeyUsage] | None:
    try:
        allowed = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    found = {known for oid, known in _USAGES.items() if oid in allowed}
    return frozenset(KeyUsage) if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in allowed else frozenset(found)


_USAGES = {
    ExtendedKeyUsageOID.SERVER_AUTH: KeyUsage.SERVER_AUTH,
    ExtendedKeyUsageOID.CLIENT_AUTH: KeyUsage.CLIENT_AUTH,
}


def _crl_points(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    found = [name.value for point in points for name in point.full_name or () if isinstance(name.value, str)]
    return tuple(clean(address) for address in found[:_MAX_CRL_POINTS])
