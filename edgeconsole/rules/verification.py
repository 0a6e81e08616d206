"""What becomes of a message's claim that its sender was verified (docs/rules.md 2.6)."""

from enum import Enum

from edgeconsole.model.terms import Verification


class Claim(Enum):
    """What the source says of the sender (ms-source-verified-user)."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    MISSING = "missing"


class Treatment(Enum):
    """How the edge passes a message on."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    """Delivered only to people who have the sender on their contact list."""
    REJECT = "reject"


def treatment(level: Verification, claim: Claim, *, default_route: bool = False) -> Treatment:
    """Return how a message is passed on under a verification level.

    Without a claim `use-source` rejects what comes from partners and providers and marks what comes over the default
    route as unverified: the documents say both, each for its path (12 b).
    """
    if level is Verification.ALWAYS_VERIFIABLE:
        return Treatment.VERIFIED
    if level is Verification.ALWAYS_UNVERIFIABLE:
        return Treatment.UNVERIFIED
    if claim is Claim.MISSING:
        return Treatment.UNVERIFIED if default_route else Treatment.REJECT
    return Treatment.VERIFIED if claim is Claim.VERIFIED else Treatment.UNVERIFIED
