"""The federation type of a remote domain, from the configuration alone (domain reference 2.2, steps 0 to 6)."""

from typing import NamedTuple

from edgeconsole.model.configuration import FederatedDomain
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.rules.index import RuleIndex, longest_suffix


class Classification(NamedTuple):
    """A federation type and the record that gave it."""

    partner_class: PartnerClass
    record: FederatedDomain | None


_INTERNAL = Classification(PartnerClass.INTERNAL, None)
_DISCOVERED = Classification(PartnerClass.DISCOVERED, None)
_NOT_LISTED = Classification(PartnerClass.NOT_LISTED, None)


def classify(index: RuleIndex, domain: str) -> Classification:
    """Classify a domain in normal form. The block list is asked first and always wins (P-BLOCK)."""
    if domain in index.local:
        return _INTERNAL
    blocked = longest_suffix(index.block, domain)
    if blocked is not None:
        return Classification(PartnerClass.BLOCKED, blocked)
    allowed = longest_suffix(index.allow, domain)
    if allowed is not None:
        pinned = allowed.access_edge is not None
        return Classification(PartnerClass.ALLOWED_SERVER if pinned else PartnerClass.ALLOWED_DOMAIN, allowed)
    return _DISCOVERED if index.partner_discovery else _NOT_LISTED


def may_federate(index: RuleIndex, domain: str) -> bool:
    """Return whether the configuration alone lets the domain in or out, before DNS and certificates are looked at."""
    return index.federation and classify(index, domain).partner_class in _OPEN


_OPEN = frozenset({PartnerClass.ALLOWED_SERVER, PartnerClass.ALLOWED_DOMAIN, PartnerClass.DISCOVERED})
