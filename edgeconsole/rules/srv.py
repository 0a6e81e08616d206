"""Which SRV target speaks for a domain: the choice an Access Edge makes, and the target rule."""

from edgeconsole.model.evidence import SrvAnswer, SrvRecord

WELL_KNOWN_PROVIDERS = frozenset({"sipfed.online.lync.com", "sipfed.online.partner.lync.cn"})
"""Access Edges of hosters whose tenants' SRV records lead to them (SFB-DECOM; 21Vianet cloud): without an enabled
hosting provider of that name none of the tenants can be reached."""


def is_direct_child(target: str, domain: str) -> bool:
    """Return whether the target is one label below the domain (rule R2).

    sip.contoso.com may speak for contoso.com; sip.it.contoso.com and sip.contoso-edge.com may not.
    """
    return target.partition(".")[2] == domain


def choose(answer: SrvAnswer) -> SrvRecord:
    """Return the record an Access Edge connects to: lowest priority, highest weight, first received.

    It does not draw by weight as RFC 2782 does (P-DNSREQ, DNS load balancing and federated traffic). The answer must
    hold a record.
    """
    records = answer.records
    return records[0] if len(records) == 1 else min(records, key=lambda record: (record.priority, -record.weight))


def accepted_targets(answer: SrvAnswer, domain: str) -> list[str]:
    """Return every target of the answer that may speak for the domain."""
    return [record.target for record in answer.records if is_direct_child(record.target, domain)]
