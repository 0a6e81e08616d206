"""Certificates for tests of probes: good ones, and one for each thing that can be wrong."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
BOTH = (SERVER, CLIENT)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class Credential(NamedTuple):
    """PEM files of a certificate with its chain, and of its key."""

    certificate: Path
    key: Path


class Issuer(NamedTuple):
    """An authority: its certificate, its key, and what stands between it and the root."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()


def new_key(kind: str = "ec") -> Key:
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:] or 2048))
    return ed25519.Ed25519PrivateKey.generate() if kind == "ed" else ec.generate_private_key(ec.SECP256R1())


def subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])


class Pki:
    """A root, an intermediate, and any leaf one asks for."""

    def __init__(
        self, directory: Path, name: str = "Probe Test", intermediate_days: tuple[int, int] = (-5, 40)
    ) -> None:
        self._directory = directory
        self._count = 0
        self._name = name
        root_key = new_key()
        root = self.sign(f"{name} Root", root_key, None, root_key, ca=2)
        self.root = Issuer(root, root_key)
        key = new_key()
        middle = self.sign(f"{name} Issuing", key, root, root_key, ca=0, days=intermediate_days)
        self.issuing = Issuer(middle, key, (middle,))
        self.trust = directory / f"{name.replace(' ', '-')}-root.pem"
        self.trust.write_bytes(root.public_bytes(Encoding.PEM))

    def sign(
        self,
        name: str,
        key: Key,
        issuer: x509.Certificate | None,
        issuer_key: Key,
        *,
        ca: int | None = None,
        days: tuple[float, float] = (-5, 60),
        names: Sequence[x509.GeneralName] | None = None,
        usages: Sequence[x509.ObjectIdentifier] | None = None,
        hash_algorithm: hashes.HashAlgorithm | None = None,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        without: Sequence[type] = (),
        serial: int | None = None,
        critical_names: bool = False,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject(name))
            .issuer_name(issuer.subject if issuer is not None else subject(name))
            .public_key(key.public_key())
            .serial_number(serial if serial is not None else x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY)
            .not_valid_after(now + days[1] * DAY)
        )
        wanted: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca is not None, ca), True),
            (_usage(ca is not None), True),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        ]
        if issuer is not None:
            wanted.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), False))
        if names is not None:
            wanted.append((x509.SubjectAlternativeName(names), critical_names))
        if usages:
            wanted.append((x509.ExtendedKeyUsage(usages), False))
        replaced = {type(each[0]) for each in extensions} | set(without)
        for extension, critical in (*(each for each in wanted if type(each[0]) not in replaced), *extensions):
            builder = builder.add_extension(extension, critical)
        algorithm = None if isinstance(issuer_key, ed25519.Ed25519PrivateKey) else hash_algorithm or hashes.SHA256()
        return builder.sign(issuer_key, algorithm)

    def issue(
        self,
        *names: str,
        common_name: str = "leaf",
        kind: str = "ec",
        issuer: Issuer | None = None,
        days: tuple[float, float] = (-2, 50),
        usages: Sequence[x509.ObjectIdentifier] | None = BOTH,
        general: Sequence[x509.GeneralName] = (),
        chain: Sequence[x509.Certificate] | None = None,
        self_signed: bool = False,
        **more: object,
    ) -> Credential:
        """Issue a leaf; `chain` replaces what is sent after it."""
        signer = issuer or self.issuing
        key = new_key(kind)
        sans = [*(x509.DNSName(name) for name in names), *general]
        leaf = self.sign(
            common_name,
            key,
            None if self_signed else signer.certificate,
            key if self_signed else signer.key,
            days=days,
            names=sans or None,
            usages=usages,
            **more,  # type: ignore[arg-type]
        )
        rest = () if self_signed else signer.chain
        return self.write(leaf, key, rest if chain is None else chain)

    def write(self, leaf: x509.Certificate, key: Key, rest: Sequence[x509.Certificate]) -> Credential:
        self._count += 1
        stem = self._directory / f"{self._name.replace(' ', '-')}-{self._count}"
        certificate, key_file = stem.with_suffix(".pem"), stem.with_suffix(".key")
        certificate.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in (leaf, *rest)))
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return Credential(certificate, key_file)


def _usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
    )  # fmt: skip
