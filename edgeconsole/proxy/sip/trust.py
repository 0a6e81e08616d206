"""The trust header: read from the partner edge that was authenticated, taken off, and stamped anew for our servers."""

import re

from edgeconsole.model.terms import Verification
from edgeconsole.model.verdict import Outcome, PartnerClass
from edgeconsole.proxy.sip.message import Message
from edgeconsole.rules.verification import Claim, Treatment, treatment

NAME = "ms-edge-proxy-message-trust"
_BETWEEN_EDGES = "ms-asserted-verification-level"
"""What an Access Edge says to another's: the same claim without what only the receiving edge can know."""

_CLAIM = re.compile(rb"(?:^|;)[ \t]*+ms-source-verified-user[ \t]*+=[ \t]*+(verified|unverified)[ \t]*+(?:;|$)", re.I)

_SOURCE_TYPES = {
    PartnerClass.ALLOWED_SERVER: b"DirectPartner",
    PartnerClass.HOSTED: b"AuthorizedServer",
    PartnerClass.PUBLIC_IM: b"AuthorizedServer",
    PartnerClass.SPLIT_DOMAIN: b"AuthorizedServer",
    PartnerClass.DEFAULT_ROUTE: b"AuthorizedServer",
}
"""Wire names of the federation types; all others are AutoFederation ([MS-SIPREGE] 2.2.15)."""


def makes_claim(message: Message) -> bool:
    """Return whether a message says anything of its sender."""
    return NAME in message.first or _BETWEEN_EDGES in message.first


def claim_of(message: Message) -> Claim:
    """Return what the source says of its sender; a header given twice says nothing."""
    values = message.all(NAME) or message.all(_BETWEEN_EDGES)
    found = _CLAIM.search(values[0]) if len(values) == 1 else None
    return Claim(found[1].decode("ascii").lower()) if found else Claim.MISSING


def stamp(message: Message, outcome: Outcome, fqdn: str, shown: frozenset[str]) -> bytes:
    """Return the header line our servers believe, since only the edge can write it.

    A source that makes no claim where one is expected is passed on as unverified: the documents say rejected for one
    path and unverified for another, and edges of other makers write no such header at all.
    """
    level = outcome.verification or Verification.ALWAYS_UNVERIFIABLE
    over_default = outcome.partner_class is PartnerClass.DEFAULT_ROUTE
    treated = treatment(level, claim_of(message), default_route=over_default)
    verified = b"verified" if treated is Treatment.VERIFIED else b"unverified"
    network = b"publiccloud" if outcome.partner_class is PartnerClass.PUBLIC_IM else b"federation"
    remote = min(outcome.accepted_names & shown, default="")
    return b"%s: ms-source-type=%s;ms-ep-fqdn=%s;ms-source-verified-user=%s;ms-source-network=%s;ms-remote-fqdn=%s" % (
        NAME.encode("ascii"),
        _SOURCE_TYPES.get(outcome.partner_class, b"AutoFederation"),
        fqdn.encode("ascii"),
        verified,
        network,
        remote.encode("ascii"),
    )


def stamp_outbound(verifiable: bool) -> bytes:
    """Return the claim a partner's edge gets about our sender (MarkSourceVerifiableOnOutgoingMessages)."""
    return b"%s: ms-source-verified-user=%s" % (
        _BETWEEN_EDGES.encode("ascii"),
        b"verified" if verifiable else b"unverified",
    )
