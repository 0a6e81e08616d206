"""Certificates as a peer sends them: DER decoded into cleaned facts, once each; a strange one is no failure."""

import itertools
import warnings
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from edgeconsole.model.probe import PeerCertificate
from edgeconsole.model.text import Untrusted, clean
from edgeconsole.probes.certificate_doubts import doubts_of

MAX_CHAIN = 10
"""Certificates of a chain that are read; real ones have two to four."""

_MAX_NAMES = 100
_MAX_URLS = 5
_CACHE_SIZE = 10_000
_SRV_NAME = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7")
_XMPP_ADDRESS = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.5")
_USAGES = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.20": "sipDomain",
    "2.5.29.37.0": "anyExtendedKeyUsage",
}
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}

UNREADABLE = (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, UnsupportedAlgorithm)
"""What decoding raises for a certificate that no library of ours understands."""


class PeerCertificates:
    """Decodes certificates and remembers them by their bytes: partners show the same ones every round."""

    def __init__(self) -> None:
        self._known: dict[bytes, PeerCertificate | None] = {}

    def read(self, chain: Sequence[bytes]) -> tuple[tuple[PeerCertificate, ...], int]:
        """Return the certificates that can be read, and how many cannot; beyond ten, none is looked at."""
        read = [self._read(der) for der in chain[:MAX_CHAIN]]
        found = tuple(each for each in read if each is not None)
        return found, len(chain) - len(found)

    def _read(self, der: bytes) -> PeerCertificate | None:
        if der not in self._known:
            while len(self._known) >= _CACHE_SIZE:
                del self._known[next(iter(self._known))]
            self._known[der] = decode(der)
        return self._known[der]


def decode(der: bytes) -> PeerCertificate | None:
    """Return what a certificate says, every text cleaned; None for one that cannot be decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        try:
            return _decode(x509.load_der_x509_certificate(der))
        except (*UNREADABLE, x509.InvalidVersion):
            return None


def _decode(certificate: x509.Certificate) -> PeerCertificate:
    names = _alternative_names(certificate)
    dns = names.get_values_for_type(x509.DNSName) if names else []
    uris = names.get_values_for_type(x509.UniformResourceIdentifier) if names else []
    others = names.get_values_for_type(x509.OtherName) if names else []
    services = [each for each in others if each.type_id == _SRV_NAME]
    xmpp = [each for each in others if each.type_id == _XMPP_ADDRESS]
    known = len(dns) + len(uris) + len(services) + len(xmpp)
    return PeerCertificate(
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        subject=_subject(certificate.subject),
        issuer=_subject(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        names=_cleaned(dns),
        key=_key(certificate),
        signature=_signature(certificate),
        usages=_usages(certificate),
        uris=_cleaned(uris),
        services=_cleaned(_der_text(each.value) for each in services),
        xmpp_names=_cleaned(_der_text(each.value) for each in xmpp),
        other_names=max(len(names or ()) - known, 0),
        common_name=_common_name(certificate.subject),
        crl=_crl(certificate),
        issuer_urls=_issuer_urls(certificate),
        doubts=doubts_of(certificate),
    )


def _cleaned(values: Iterable[str | bytes]) -> tuple[Untrusted, ...]:
    return tuple(clean(value) for value in itertools.islice(values, _MAX_NAMES))


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def _der_text(der: bytes) -> bytes:
    """Return the content of a short DER string; SRVName is an IA5String, an XMPP address a UTF8String."""
    if len(der) < 2 or der[0] not in (0x0C, 0x16):
        return der
    if der[1] < 0x80:
        return der[2:]
    return der[2 + (der[1] & 0x7F) :]


def _common_name(name: x509.Name) -> Untrusted:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not found:
        return Untrusted("")
    value = found[-1].value
    return clean(value if isinstance(value, str) else bytes(value))


def _subject(name: x509.Name) -> Untrusted:
    return _common_name(name) or clean(name.rfc4514_string())


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    return type(key).__name__.removesuffix("PublicKey").strip("_")


def _signature(certificate: x509.Certificate) -> str:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return certificate.signature_algorithm_oid.dotted_string
    # Ed25519 and its like sign without a hash.
    return algorithm.name if algorithm is not None else "none"


def _usages(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(_USAGES.get(each.dotted_string, each.dotted_string) for each in found)


def _crl(certificate: x509.Certificate) -> tuple[Untrusted, ...]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    found = [name.value for point in points for name in point.full_name or () if isinstance(name.value, str)]
    return tuple(clean(each) for each in found[:_MAX_URLS])


def _issuer_urls(certificate: x509.Certificate) -> tuple[Untrusted, ...]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ()
    found = [
        each.access_location.value
        for each in access
        if each.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        and isinstance(each.access_location, x509.UniformResourceIdentifier)
    ]
    return tuple(clean(each) for each in found[:_MAX_URLS])
