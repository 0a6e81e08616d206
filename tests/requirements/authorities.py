"""Certificates for the tests: good ones by default, and every fault on request."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.requirements.worlds import NOW

BOTH = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
DAY = timedelta(days=1)


class Signer:
    """An authority: a root, or an intermediate of another."""

    def __init__(self, name: str, parent: "Signer | None" = None, ends: datetime = NOW + 3650 * DAY) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = parent or self
        self.certificate = (
            _builder(self.name, issuer.name, self.key.public_key(), NOW - 3650 * DAY, ends)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(issuer.key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(
        self,
        *names: str,
        subject: str | None = None,
        usages: Sequence[x509.ObjectIdentifier] | None = BOTH,
        starts: datetime = NOW - 100 * DAY,
        ends: datetime = NOW + 265 * DAY,
        rsa_bits: int | None = None,
        revocation: str | None = "http://crl.authority.example/list.crl",
        self_signed: bool = False,
    ) -> bytes:
        """Issue a certificate, PEM."""
        key = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
        common = subject if subject is not None else names[0]
        own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
        builder = _builder(own, own if self_signed else self.name, key.public_key(), starts, ends)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
            )
        if usages is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if revocation:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(revocation)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return builder.sign(key if self_signed else self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: object, starts: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
    )
