"""A private key and the certificate signing request for one interface of the edge (PKCS #10, RFC 2986)."""

import os
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edgeconsole.model.errors import BadInput
from edgeconsole.rules.requirements.certificate_facts import KeyUsage
from edgeconsole.rules.requirements.certificates import CertificateRequirement

_COMMON_NAME_LIMIT = 64
"""Upper bound of a common name (RFC 5280, appendix A.1, ub-common-name)."""

_USAGES = {
    KeyUsage.SERVER_AUTH: ExtendedKeyUsageOID.SERVER_AUTH,
    KeyUsage.CLIENT_AUTH: ExtendedKeyUsageOID.CLIENT_AUTH,
}


class KeyKind(Enum):
    """Kinds of key that partners of every age take."""

    RSA_2048 = "rsa2048"
    RSA_3072 = "rsa3072"
    RSA_4096 = "rsa4096"
    EC_P256 = "ec256"
    """Smaller and faster; Lync 2010 and older do not take it."""


class CertificateRequest(NamedTuple):
    """A key and its request, PEM."""

    private_key: bytes
    """PKCS #8, not encrypted: the proxy reads it without anybody there to type a passphrase."""
    request: bytes
    names: tuple[str, ...]


def make_request(requirement: CertificateRequirement, kind: KeyKind = KeyKind.RSA_3072) -> CertificateRequest:
    """Return a new key and the request with the names and usages the interface needs.

    Raises BadInput where the requirement has no name.
    """
    names = tuple(dict.fromkeys(str(each.name) for each in requirement.names))
    if not names:
        raise BadInput(
            f"no name is known for the {requirement.interface.value} certificate",
            remedy="Set edge.fqdn and at least one [[sip_domain]] first",
        )
    key = _key(kind)
    subject = [] if len(requirement.subject) > _COMMON_NAME_LIMIT else [_attribute(requirement.subject)]
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name(subject))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=not subject)
        .add_extension(x509.ExtendedKeyUsage([_USAGES[usage] for usage in requirement.usages]), critical=False)
        .add_extension(_key_usage(kind), critical=True)
        .sign(key, hashes.SHA256())
    )
    return CertificateRequest(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        request.public_bytes(serialization.Encoding.PEM),
        names,
    )


def write_request(made: CertificateRequest, key: Path, request: Path) -> None:
    """Write both files, the key for its owner alone. Raises BadInput where one exists: no key is ever overwritten."""
    _write(key, made.private_key, 0o600)
    try:
        _write(request, made.request, 0o644)
    except BadInput:
        with suppress(OSError):
            key.unlink()
        raise


def _key(kind: KeyKind) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if kind is KeyKind.EC_P256:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.value.removeprefix("rsa")))


def _attribute(name: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(NameOID.COMMON_NAME, name)


def _key_usage(kind: KeyKind) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        # Old peers still exchange keys by RSA.
        key_encipherment=kind is not KeyKind.EC_P256,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise BadInput(f"{path} exists and is left as it is", remedy="Give another place, or move it away") from None
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}", remedy="Give a directory you may write to"
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
