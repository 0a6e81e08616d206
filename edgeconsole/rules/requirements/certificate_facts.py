"""What a certificate says, as facts to judge it by; made from a file or from what a peer shows."""

from datetime import datetime
from enum import Enum

import msgspec


class KeyUsage(Enum):
    """What a certificate may be used for (extended key usage)."""

    SERVER_AUTH = "serverAuth"
    CLIENT_AUTH = "clientAuth"


class Authority(Enum):
    """Who stands at the end of a certificate's chain."""

    PUBLIC = "public"
    """An authority that the operating system trusts."""
    PRIVATE = "private"
    """A root of the organisation's own, or any other that the system does not know."""
    SELF_SIGNED = "self-signed"
    """The certificate signed itself."""
    OPEN = "open"
    """The chain ends at a certificate whose issuer is nowhere to be found."""
    NOT_JUDGED = "not judged"
    """As OPEN, on a machine that knows no public authorities either."""


class CertificateFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate and its chain; every text came from outside and is cleaned."""

    subject: str
    """Common name, or the whole subject where there is none; empty where that is empty too."""
    names: tuple[str, ...]
    """DNS names of the subject alternative name, lower case, as they stand."""
    issuer: str
    serial: str
    """Hexadecimal."""
    fingerprint: str
    """SHA-256, hexadecimal."""
    not_before: datetime
    not_after: datetime
    key: str
    """Kind of key: `RSA`, `EC` or what else it is."""
    key_bits: int
    signature_hash: str
    """Name of the hash that was signed, as in `sha256`; empty for signatures without one (Ed25519)."""
    usages: frozenset[KeyUsage] | None = None
    """None: the certificate does not restrict its use."""
    authority: Authority = Authority.OPEN
    chain: tuple[str, ...] = ()
    """Subjects from the certificate to the end of what was found."""
    chain_ends: datetime
    """Earliest end of validity in the chain."""
    crl_points: tuple[str, ...] = ()
    """Addresses of revocation lists."""
