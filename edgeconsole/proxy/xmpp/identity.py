"""Which domains a certificate proves for XMPP: exact names, never the common name or a wildcard (RFC 6120, 13.7)."""

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from edgeconsole.model.names import InvalidName, parse_domain
from edgeconsole.proxy.certificates import names_of

_XMPP_ADDRESS = "1.3.6.1.5.5.7.8.5"
"""id-on-xmppAddr, a UTF8String (RFC 6120, 13.7.1.4)."""
_SERVICE_NAME = "1.3.6.1.5.5.7.8.7"
"""id-on-dnsSRV, an IA5String such as `_xmpp-server.im.example` (RFC 4985)."""
_UTF8, _IA5 = 0x0C, 0x16
_SERVICE = "_xmpp-server."


def domains_of(der: bytes) -> frozenset[str]:
    """Return the domains a certificate speaks for: dNSName, SRVName and xmppAddr. Raises BadCertificate."""
    found = set(names_of(der))
    for other in _alternatives(der):
        text = _text_of(other)
        if text is None:
            continue
        if other.type_id.dotted_string == _SERVICE_NAME:
            if not text.lower().startswith(_SERVICE):
                continue
            text = text[len(_SERVICE) :]
        if "@" in text or "/" in text:
            # The address of a person proves nothing about a server.
            continue
        try:
            found.add(parse_domain(text))
        except InvalidName:
            continue
    return frozenset(found)


def _alternatives(der: bytes) -> list[x509.OtherName]:
    certificate = x509.load_der_x509_certificate(der)
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return []
    assert isinstance(extension.value, x509.SubjectAlternativeName)
    return [name for name in extension.value if isinstance(name, x509.OtherName)]


def _text_of(other: x509.OtherName) -> str | None:
    """Return the string inside, None for other kinds and for what is not exactly one short string."""
    tag = {_XMPP_ADDRESS: _UTF8, _SERVICE_NAME: _IA5}.get(other.type_id.dotted_string)
    value = other.value
    # Names are shorter than 128 bytes here or take DER's long form of one byte more; longer ones are no host name.
    if tag is None or len(value) < 2 or value[0] != tag:
        return None
    if value[1] < 0x80:
        content = value[2:]
        length = value[1]
    elif value[1] == 0x81 and len(value) > 2 and value[2] >= 0x80:
        content = value[3:]
        length = value[2]
    else:
        return None
    if len(content) != length:
        return None
    try:
        return content.decode("utf-8" if tag == _UTF8 else "ascii")
    except UnicodeDecodeError:
        return None
