"""What OpenSSL takes in a leaf certificate and stricter peers refuse (RFC 5280, CA/Browser baseline requirements)."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def doubts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the points, in words; raises what decoding extensions raises."""
    return tuple(_doubts(certificate))


def _doubts(certificate: x509.Certificate) -> Iterator[str]:
    extensions = certificate.extensions
    if certificate.version is not x509.Version.v3:
        yield "it is of version 1, without extensions"
    yield from _serial(certificate.serial_number)
    if certificate.not_valid_before_utc > certificate.not_valid_after_utc:
        yield "it ends before it starts"
    yield from _basic(extensions)
    yield from _alternative(certificate)
    yield from _usage(extensions)
    for place, kind in _PLACES:
        found = _find(extensions, kind)
        if found is not None and found.critical:
            yield f"its {place} is marked critical"
    if certificate.issuer != certificate.subject and _find(extensions, x509.AuthorityKeyIdentifier) is None:
        yield "it does not say which key of its issuer signed it"
    if _find(extensions, x509.NameConstraints) is not None:
        yield "it constrains names, which only an authority may"
    if not certificate.issuer.rdns:
        yield "its issuer is empty"
    for extension in extensions:
        if isinstance(extension.value, x509.UnrecognizedExtension) and extension.critical:
            yield f"it has the critical extension {extension.oid.dotted_string}, which peers may not know"


_PLACES: tuple[tuple[str, type[x509.ExtensionType]], ...] = (
    ("authority key identifier", x509.AuthorityKeyIdentifier),
    ("subject key identifier", x509.SubjectKeyIdentifier),
    ("authority information access", x509.AuthorityInformationAccess),
)


def _find(extensions: x509.Extensions, kind: type[x509.ExtensionType]) -> x509.Extension[x509.ExtensionType] | None:
    try:
        return extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _serial(number: int) -> Iterator[str]:
    if number <= 0:
        yield "its serial number is not positive"
    elif number.bit_length() > 159:
        yield "its serial number is longer than 20 bytes"


def _basic(extensions: x509.Extensions) -> Iterator[str]:
    basic = _find(extensions, x509.BasicConstraints)
    if basic is not None and isinstance(basic.value, x509.BasicConstraints) and basic.value.ca:
        yield "it is an authority's certificate, used by a server"
    key = _find(extensions, x509.KeyUsage)
    if key is not None and isinstance(key.value, x509.KeyUsage):
        if key.value.key_cert_sign:
            yield "it may sign certificates, which a server's must not"
        if not key.value.digital_signature:
            yield "its key usage does not allow signing, which TLS 1.3 and ECDHE need"


def _alternative(certificate: x509.Certificate) -> Iterator[str]:
    found = _find(certificate.extensions, x509.SubjectAlternativeName)
    if found is None:
        yield "it has no alternative names"
        return
    names = found.value
    if not isinstance(names, x509.SubjectAlternativeName):
        return
    if found.critical and certificate.subject.rdns:
        yield "its alternative names are marked critical beside a subject"
    if not found.critical and not certificate.subject.rdns:
        yield "its subject is empty and its alternative names are not marked critical"
    dns = [str(each) for each in names.get_values_for_type(x509.DNSName)]
    if not len(names):
        yield "its list of alternative names is empty"
    yield from _odd_names(dns)
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if common and "." in str(common[0].value) and str(common[0].value).lower() not in {name.lower() for name in dns}:
        yield "its subject is not among its alternative names"


def _odd_names(names: list[str]) -> Iterator[str]:
    for name in names:
        labels = name.split(".")
        if "*" in name and (labels[0] != "*" or "*" in "".join(labels[1:]) or len(labels) < 3):
            yield "it has a wildcard that is no whole leftmost label above two others"
            return
    for name in names:
        if not name or name.startswith(".") or name.endswith(".") or not name.isascii() or " " in name or "\0" in name:
            yield "it has a DNS name that is none"
            return


def _usage(extensions: x509.Extensions) -> Iterator[str]:
    found = _find(extensions, x509.ExtendedKeyUsage)
    if found is None:
        yield "it does not say what it may be used for (extended key usage)"
        return
    if not isinstance(found.value, x509.ExtendedKeyUsage):
        return
    if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in found.value:
        yield "it may be used for anything (anyExtendedKeyUsage)"
    if found.critical:
        yield "its extended key usage is marked critical"
