"""What a change opens, closes and moves among the domains the edge lists or has seen."""

from collections.abc import Iterable

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.observed import Session
from edgeconsole.model.plan import Impact
from edgeconsole.rules.classify import classify, may_federate
from edgeconsole.rules.index import RuleIndex


def impact(before: RuleIndex, after: RuleIndex, domains: Iterable[str], sessions: Iterable[Session] = ()) -> Impact:
    """Compare two revisions for the given domains and the live sessions that serve them."""
    opened: list[str] = []
    closed: list[str] = []
    moved: list[str] = []
    live = tuple(sessions)
    known = {*domains, *(domain for session in live for domain in session.domains)}
    for domain in sorted(known):
        was, now = may_federate(before, domain), may_federate(after, domain)
        if was != now:
            (opened if now else closed).append(domain)
        elif now and _reached(before, domain) != _reached(after, domain):
            moved.append(domain)
    lost = frozenset(closed)
    return Impact(
        opened=tuple(opened),
        closed=tuple(closed),
        moved=tuple(moved),
        sessions=sum(1 for session in live if not lost.isdisjoint(session.domains)),
        opens_to_strangers=_open_to_strangers(after) and not _open_to_strangers(before),
    )


def _reached(index: RuleIndex, domain: str) -> tuple[object, object]:
    found = classify(index, domain)
    record = found.domain_record
    return found.partner_class, record.access_edge if record else found.record


def _open_to_strangers(index: RuleIndex) -> bool:
    return index.federation and index.partner_discovery


def changed_domains(before: Configuration, after: Configuration) -> frozenset[str]:
    """Return the names of the `[[domain]]` records that differ between two configurations."""
    return frozenset(domain.name for domain in set(before.domains) ^ set(after.domains))
