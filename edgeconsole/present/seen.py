"""Two more lists of Domains: who was only seen, held back first, and our own domains against what they need."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from edgeconsole.model.observed import DiscoveredPartner, Restriction
from edgeconsole.model.probe import Finding, ProbeKind, Severity
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import probes, words
from edgeconsole.present.ages import age, plural
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager
from edgeconsole.present.waiting import waiting


class Tab(Enum):
    """The lists of the Domains screen."""

    FEDERATED = "federated"
    SEEN = "seen"
    OURS = "ours"


SEEN_COLUMNS = (
    Column("state", "STATE", 15),
    Column("domain", "DOMAIN", 26),
    Column("messages", "MSGS", 5, right=True),
    Column("refused", "REFUSED", 7, right=True),
    Column("people", "PEOPLE", 6, right=True),
    Column("edge", "ACCESS EDGE", 0, wide_only=True),
    Column("last", "LAST", 4, right=True),
)

OUR_COLUMNS = (
    Column("state", "STATE", 11),
    Column("domain", "DOMAIN", 26),
    Column("what", "WHAT", 0),
)


def seen_view(snapshot: Snapshot, now: datetime) -> ListView:
    """Return who was seen and is not listed, whoever is held back first, then who sends most."""
    order = sorted(
        snapshot.discovered, key=lambda each: (each.restriction is Restriction.NONE, -each.refused, -each.messages)
    )
    rows = [
        Row(
            each.domain,
            (
                _restriction(each),
                Span(each.domain),
                Span(str(each.messages)),
                Span(str(each.refused), Style.WARN if each.refused else Style.PLAIN),
                Span(str(each.contacts)),
                Span(str(each.edge) if each.edge else "no SRV seen"),
                Span(age(now, each.last_seen)),
            ),
        )
        for each in order
    ]
    return eager(
        SEEN_COLUMNS,
        rows,
        waiting(snapshot, "who was seen") or "Nobody who is not listed was seen in traffic.",
    )


def _restriction(seen: DiscoveredPartner) -> Span:
    if seen.restriction is not Restriction.NONE:
        return Span(f"! {seen.restriction.value}", Style.WARN)
    return Span(". passes", Style.OK) if seen.allowed else words.WARN


def our_findings(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return what the last probe of our own side found wrong, the worst first."""
    order = list(probes.SEVERITIES)
    found = [
        each
        for status in snapshot.probes.targets
        if status.kind in (ProbeKind.OURS, ProbeKind.STUN) and status.last is not None
        for each in status.last.findings
        if each.severity not in (Severity.OK, Severity.INFO) and not each.expected
    ]
    return tuple(sorted(found, key=lambda each: -order.index(each.severity)))


def _of(snapshot: Snapshot, domain: str) -> tuple[Finding, ...]:
    """Return what concerns one of our domains: what is about a name in it, and what is about all of them."""
    ours = [each.name for each in snapshot.configuration.sip_domains]
    return tuple(each for each in our_findings(snapshot) if _domain_of(each.about, ours) in (domain, ""))


def _domain_of(name: str, ours: Sequence[str]) -> str:
    """Return which of our domains a name belongs to, the longest of them; empty for none."""
    within = (domain for domain in ours if name == domain or name.endswith(f".{domain}"))
    return max(within, key=len, default="")


def ours_view(snapshot: Snapshot) -> ListView:
    """Return each of our SIP domains, and whether records, ports and certificates are as they must be."""
    probed = any(each.kind is ProbeKind.OURS and each.last is not None for each in snapshot.probes.targets)
    rows = []
    for each in snapshot.configuration.sip_domains:
        found = _of(snapshot, each.name)
        what = f"{plural(len(found), 'thing')} to mend: {found[0].what}" if found else "records, ports, certificates"
        state = probes.SEVERITIES[found[0].severity] if found else words.OK
        if not probed:
            state, what = Span("? unknown", Style.STALE), f"not probed yet; {keycap('probe.run')} probes our own side"
        rows.append(Row(each.name, (state, Span(each.name), Span(what))))
    none = f"None of our own SIP domains is configured; {keycap('federate.start')} sets this edge up."
    return eager(OUR_COLUMNS, rows, waiting(snapshot, "our domains") or none)


def our_detail(snapshot: Snapshot, domain: str, width: int) -> tuple[Line, ...]:
    """Return what is wrong for one of our domains, each with what to do."""
    found = _of(snapshot, domain)
    if not found:
        return (
            Line((Span(f"nothing is known to be wrong; {keycap('probe.run')} probes our own side now", Style.MUTED),)),
        )
    return tuple(line for each in found for line in probes.finding_lines(each, width))
