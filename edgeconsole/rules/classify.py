"""The federation type of a remote domain, from the configuration alone (docs/rules.md 2.2, steps 0 to 6).

A domain found by SRV may still turn out to be hosted or public, when its SRV leads to a provider (step 7); the
decision finds that out.
"""

from typing import NamedTuple

from edgeconsole.model.configuration import FederatedDomain, HostingProvider, PublicProvider, XmppPartner
from edgeconsole.model.terms import Modality
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.rules.index import RuleIndex, longest_suffix

Record = FederatedDomain | XmppPartner | HostingProvider | PublicProvider


class Classification(NamedTuple):
    """A federation type and the record that gave it."""

    partner_class: PartnerClass
    record: Record | None

    @property
    def domain_record(self) -> FederatedDomain | None:
        """The `[[domain]]` record, where that is what gave the type."""
        return self.record if isinstance(self.record, FederatedDomain) else None


_INTERNAL = Classification(PartnerClass.INTERNAL, None)
_DISCOVERED = Classification(PartnerClass.DISCOVERED, None)
_NOT_LISTED = Classification(PartnerClass.NOT_LISTED, None)
_DEFAULT_ROUTE = Classification(PartnerClass.DEFAULT_ROUTE, None)

_OVER_XMPP = frozenset({None, Modality.PRESENCE, Modality.IM})
"""What an XMPP partner is reached for; anything else may still go over SIP where the domain is listed for it too."""


def classify(index: RuleIndex, domain: str, modality: Modality | None = None) -> Classification:
    """Classify a domain in normal form. The block list is asked first and always wins (P-BLOCK)."""
    if domain in index.local:
        return _INTERNAL if index.shared is None else Classification(PartnerClass.SPLIT_DOMAIN, index.shared)
    if index.block:
        blocked = longest_suffix(index.block, domain, index.suffix_match)
        if blocked is not None:
            return Classification(PartnerClass.BLOCKED, blocked)
    if index.xmpp and modality in _OVER_XMPP:
        partner = index.xmpp.get(domain)
        if partner is not None:
            return Classification(PartnerClass.XMPP, partner)
    allowed = longest_suffix(index.allow, domain, index.suffix_match)
    if allowed is not None and allowed.access_edge is not None:
        return Classification(PartnerClass.ALLOWED_SERVER, allowed)
    if index.default_routing:
        return _DEFAULT_ROUTE
    if allowed is not None:
        return Classification(PartnerClass.ALLOWED_DOMAIN, allowed)
    if index.xmpp and domain in index.xmpp:
        return Classification(PartnerClass.XMPP, index.xmpp[domain])
    claimed = index.public_domains.get(domain) if index.public_domains else None
    if claimed is not None:
        return Classification(PartnerClass.PUBLIC_IM, claimed)
    return _DISCOVERED if index.partner_discovery else _NOT_LISTED


def may_federate(index: RuleIndex, domain: str) -> bool:
    """Return whether the configuration alone lets the domain in or out, before DNS and certificates are looked at."""
    return index.federation and classify(index, domain).partner_class not in _CLOSED


_CLOSED = frozenset({PartnerClass.BLOCKED, PartnerClass.NOT_LISTED, PartnerClass.INTERNAL})
