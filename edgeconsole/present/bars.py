"""The top bar: which edge, may it be changed, is it alive, what do the switches say."""

from datetime import datetime

from edgeconsole.model.edge import AccessEdge
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.present.ages import age, minute
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.words import switch

PRODUCT = "edgeconsole  "

NARROW = 80
"""Columns of the design size; what the edge says goes before the product's name there."""


def top_bar(snapshot: Snapshot, now: datetime, *, readonly: bool = False, context: str = "") -> Line:
    """Return the top bar's spans; the clock goes to the minute so that it costs a line slow terminals nothing."""
    access_edge = in_force(snapshot)
    name = context or _name(snapshot)
    spans = [Span(f"{name}  ", Style.STRONG), _link(snapshot, now), Span("  ")]
    spans.append(Span("RO", Style.WARN) if readonly else Span("RW"))
    if snapshot.taken_at is not None:
        spans += [
            Span("  fed "),
            Span(switch(access_edge.federation), Style.OK if access_edge.federation else Style.FAIL),
            Span(f"  disc {switch(access_edge.partner_discovery)}"),
            *_not_in_force(snapshot),
            Span("  "),
            *_revisions(snapshot),
        ]
    spans.append(Span(f"  {minute(now)}", Style.MUTED))
    product = Span(PRODUCT, Style.STRONG)
    taken = len(PRODUCT) + sum(len(span.text) for span in spans)
    return Line((product, *spans) if taken <= NARROW else tuple(spans))


def in_force(snapshot: Snapshot) -> AccessEdge:
    """Return the switches the edge enforces; the saved ones where nothing enforces."""
    enforced = snapshot.health.access_edge if snapshot.health else None
    return enforced or snapshot.configuration.access_edge


def _not_in_force(snapshot: Snapshot) -> list[Span]:
    saved = snapshot.configuration.access_edge.partner_discovery
    if saved == in_force(snapshot).partner_discovery:
        return []
    return [Span(f" (saved {switch(saved)})", Style.WARN)]


def _name(snapshot: Snapshot) -> str:
    edge = snapshot.configuration.edge
    return edge.fqdn if edge else "no edge"


def _link(snapshot: Snapshot, now: datetime) -> Span:
    if snapshot.connection is Connection.LOADING:
        return Span("connecting", Style.STALE)
    backend = snapshot.health.backend if snapshot.health else "backend"
    if snapshot.connection is Connection.DOWN:
        return Span(f"X {backend} DOWN {age(now, snapshot.down_since)}", Style.FAIL)
    if snapshot.health is not None and not snapshot.health.enforcing:
        return Span("! file, not enforced", Style.WARN)
    return Span(f". {backend}", Style.OK)


def _revisions(snapshot: Snapshot) -> list[Span]:
    running = snapshot.health.running if snapshot.health else None
    if snapshot.revision is None:
        return []
    if running is None or running == snapshot.revision:
        return [Span(f"rev {snapshot.revision}")]
    return [Span(f"! saved {snapshot.revision} running {running}", Style.WARN)]
