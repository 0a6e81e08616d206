"""The lab's certificate authorities: short-lived P-256 chains that a strict verifier accepts."""

import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Clock = Callable[[], datetime]
"""Returns the time of day, aware."""

BACKDATED = timedelta(hours=1)
"""Certificates start this long before now, so that two clocks a little apart agree on them."""

AUTHORITY_LIFE = timedelta(days=60)
"""Longer than any certificate it signs; each start of the lab makes a new one."""


class Lifetime(msgspec.Struct, frozen=True):
    """When a certificate is valid, relative to the moment it is issued."""

    starts: timedelta = -BACKDATED
    ends: timedelta = timedelta(days=14)


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate with its chain, its private key, and the DNS names it proves."""

    certificate: Path
    """PEM: the leaf, then the intermediates; never the root."""
    private_key: Path
    """PEM, mode 0600."""
    names: tuple[str, ...]


def utc_now() -> datetime:
    """The clock of the world outside tests."""
    return datetime.now(UTC)


def write_private(path: Path, content: bytes) -> None:
    """Replace a file's content; at no moment can anybody else read it (mode 0600)."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)


class Authority:
    """One certificate authority: a root, and an issuing intermediate when `chained`.

    Everything it makes is written into `directory`, which must exist.
    """

    def __init__(self, directory: Path, name: str, *, chained: bool = True, clock: Clock = utc_now) -> None:
        self._directory = directory
        self._clock = clock
        self._issuer_key = ec.generate_private_key(ec.SECP256R1())
        self._issuer = self._sign_authority(f"{name} Root", self._issuer_key, None, None, 1 if chained else 0)
        self.root = directory / f"{file_stem(name)}-root.pem"
        """The certificate to trust, PEM."""
        self.root.write_bytes(_pem(self._issuer))
        self._intermediates: tuple[x509.Certificate, ...] = ()
        if chained:
            root, root_key = self._issuer, self._issuer_key
            self._issuer_key = ec.generate_private_key(ec.SECP256R1())
            self._issuer = self._sign_authority(f"{name} Issuing", self._issuer_key, root, root_key, 0)
            self._intermediates = (self._issuer,)

    def issue(self, owner: str, names: Sequence[str], lifetime: Lifetime | None = None) -> Credential:
        """Issue a certificate for DNS names and write `OWNER.pem` and `OWNER.key`.

        It may serve and connect (serverAuth and clientAuth): federation is mutual TLS both ways.
        """
        life = lifetime or Lifetime()
        now = self._clock()
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._builder(_common_name(names[0]), key, now + life.starts, now + life.ends)
            .issuer_name(self._issuer.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(_authority_key(self._issuer), critical=False)
            .sign(self._issuer_key, hashes.SHA256())
        )
        stem = self._directory / file_stem(owner)
        credential = Credential(
            certificate=stem.with_name(stem.name + ".pem"),
            private_key=stem.with_name(stem.name + ".key"),
            names=tuple(names),
        )
        credential.certificate.write_bytes(b"".join(_pem(each) for each in (certificate, *self._intermediates)))
        write_private(credential.private_key, _key_pem(key))
        return credential

    def _sign_authority(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        parent: x509.Certificate | None,
        parent_key: ec.EllipticCurvePrivateKey | None,
        path_length: int,
    ) -> x509.Certificate:
        now = self._clock()
        subject = _common_name(name)
        builder = (
            self._builder(subject, key, now - AUTHORITY_LIFE, now + AUTHORITY_LIFE)
            .issuer_name(parent.subject if parent else subject)
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(_key_usage(certificate_sign=True), critical=True)
        )
        if parent is not None:
            builder = builder.add_extension(_authority_key(parent), critical=False)
        return builder.sign(parent_key or key, hashes.SHA256())

    @staticmethod
    def _builder(
        subject: x509.Name, key: ec.EllipticCurvePrivateKey, starts: datetime, ends: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(ends)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


def file_stem(name: str) -> str:
    """A name as a file name: lower case, everything else than letters, digits, dots and hyphens a hyphen."""
    return re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.")


def _common_name(text: str) -> x509.Name:
    # RFC 5280 ends a common name at 64 characters; verifiers read the SAN anyway.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _key_usage(*, digital_signature: bool = False, certificate_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificate_sign,
        crl_sign=certificate_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
