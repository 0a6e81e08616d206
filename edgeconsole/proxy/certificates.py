"""What a peer's certificate says: its DNS names, and which certificate it is."""

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from edgeconsole.model.observed import PeerCertificate
from edgeconsole.model.text import clean

_MAX_NAMES = 1000
"""More names than any real edge carries; a certificate with more is refused, not cut, so that no name is missed."""


class BadCertificate(ValueError):
    """A certificate whose names cannot be read."""


def names_of(der: bytes) -> frozenset[str]:
    """Return the DNS names of a certificate's subject alternative name, lower case, exactly as they stand.

    The common name does not count (RFC 5922 7.1, RFC 9525). A wildcard comes back as it is written and equals no name.
    Raises BadCertificate.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return frozenset()
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise BadCertificate(f"the certificate cannot be read: {type(error).__name__}") from None
    assert isinstance(extension.value, x509.SubjectAlternativeName)
    names = extension.value.get_values_for_type(x509.DNSName)
    if len(names) > _MAX_NAMES:
        raise BadCertificate(f"the certificate carries {len(names)} names; {_MAX_NAMES} are the most")
    return frozenset(name.lower() for name in names)


def identity_of(der: bytes) -> PeerCertificate:
    """Return issuer, serial and subject, for the eye and as a key. Raises BadCertificate."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
        serial = format(certificate.serial_number, "x")
    except (ValueError, x509.InvalidVersion) as error:
        raise BadCertificate(f"the certificate cannot be read: {type(error).__name__}") from None
    return PeerCertificate(subject=clean(subject), issuer=clean(issuer), serial=serial)
