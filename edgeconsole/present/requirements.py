"""Requirements as lists and lines: DNS records, firewall rules, and what was found when they were checked."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager
from edgeconsole.present.words import OK
from edgeconsole.rules.requirements.compare import Comparison, RecordState
from edgeconsole.rules.requirements.flows import PortRequirement
from edgeconsole.rules.requirements.records import DnsRequirement

DNS_COLUMNS = (
    Column("row", "ROW", 3),
    Column("zone", "ZONE", 8),
    Column("type", "TYPE", 5),
    Column("name", "NAME", 0),
    Column("value", "VALUE", 34),
)

DNS_CHECK_COLUMNS = (
    Column("state", "STATE", 11),
    Column("row", "ROW", 3),
    Column("zone", "ZONE", 8),
    Column("type", "TYPE", 5),
    Column("name", "NAME", 0),
    Column("found", "FOUND", 40),
)

PORT_COLUMNS = (
    Column("row", "ROW", 3),
    Column("interface", "INTERFACE", 9),
    Column("direction", "DIR", 3),
    Column("protocol", "PROTOCOL", 12),
    Column("port", "PORT", 20),
    Column("source", "SOURCE", 0),
    Column("destination", "DESTINATION", 26),
)

STATES: dict[RecordState, Span] = {
    RecordState.OK: OK,
    RecordState.MISSING: Span("X missing", Style.FAIL),
    RecordState.DIFFERS: Span("X differs", Style.FAIL),
    RecordState.UNKNOWN: Span("? unknown", Style.STALE),
    RecordState.NOT_ASKED: Span("? not asked", Style.STALE),
    RecordState.REPLACED: Span("- replaced", Style.OFF),
    RecordState.NOT_USED: Span("- not used", Style.OFF),
}

_NOTHING = "Nothing is required."


def dns_view(requirements: Sequence[DnsRequirement]) -> ListView:
    """Return the list of required records; `dns_reasons` says why."""
    rows = [
        Row(
            _dns_key(item),
            _cells(item.optional, item.row.value, item.zone.value, item.type.value, item.name, item.value),
        )
        for item in requirements
    ]
    return eager(DNS_COLUMNS, rows, _NOTHING)


def dns_reasons(requirements: Sequence[DnsRequirement]) -> Iterator[Line]:
    """Yield why the records are needed and for whom, one line for all that share a reason."""
    return _reasons([(item.row.value, item.name, _why(item), item.needed_by) for item in requirements])


def dns_check_view(comparisons: Sequence[Comparison]) -> ListView:
    """Return the list of required records with what was found."""
    rows = []
    for item in comparisons:
        wanted = item.requirement
        texts = (wanted.row.value, wanted.zone.value, wanted.type.value, wanted.name, item.words)
        muted = item.state in (RecordState.NOT_USED, RecordState.REPLACED)
        rows.append(Row(_dns_key(wanted), (STATES[item.state], *_cells(muted, *texts))))
    return eager(DNS_CHECK_COLUMNS, rows, _NOTHING)


def to_publish(comparisons: Iterable[Comparison]) -> Iterator[Line]:
    """Yield what to publish so that everything that is missing or differs is right."""
    failing = [item for item in comparisons if item.failing]
    if failing:
        yield Line((Span("to put right:", Style.STRONG),))
    for item in failing:
        wanted = item.requirement
        why = Span(f"{wanted.row.value}: {wanted.reason} (for {', '.join(wanted.needed_by)})", Style.MUTED)
        yield Line((Span("  "), why))
        for text in item.publish or (_instead(item),):
            yield Line((Span("    "), Span(text)))


def _instead(item: Comparison) -> str:
    if item.state is RecordState.UNKNOWN:
        return f"ask again: {item.words}"
    wanted = item.requirement
    return f"{wanted.name}. {wanted.ttl} IN {wanted.type.value} {wanted.value}"


def dns_sentence(comparisons: Sequence[Comparison]) -> str:
    """Return how a check went, in one line."""
    failing = [item for item in comparisons if item.failing]
    required = [item for item in comparisons if not item.requirement.optional]
    if not failing:
        return f"all {len(required)} required records are as they should be"
    missing = sum(item.state is RecordState.MISSING for item in failing)
    differs = sum(item.state is RecordState.DIFFERS for item in failing)
    unknown = len(failing) - missing - differs
    parts = [(missing, "missing"), (differs, "differ"), (unknown, "not known")]
    said = ", ".join(f"{number} {word}" for number, word in parts if number)
    return f"of {len(required)} required records {said}"


def port_view(requirements: Sequence[PortRequirement]) -> ListView:
    """Return the list of required firewall rules; `port_reasons` says why."""
    rows = [
        Row(
            f"{item.row.value}/{number}",
            _cells(
                item.optional,
                item.row.value,
                item.interface.value,
                item.direction.value,
                item.protocol.value,
                _port(item),
                str(item.source),
                str(item.destination),
            ),
        )
        for number, item in enumerate(requirements)
    ]
    return eager(PORT_COLUMNS, rows, _NOTHING)


def port_reasons(requirements: Sequence[PortRequirement]) -> Iterator[Line]:
    """Yield why the rules are needed and for whom, one line for all that share a reason."""
    return _reasons(
        [(item.row.value, f"{item.direction.value} {_port(item)}", _why(item), item.needed_by) for item in requirements]
    )


def _reasons(items: Sequence[tuple[str, str, str, tuple[str, ...]]]) -> Iterator[Line]:
    grouped: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for row, name, why, needed_by in items:
        names = grouped.setdefault((row, why, needed_by), [])
        if name not in names:
            names.append(name)
    several = Counter(row for row, _, _ in grouped)
    for (row, why, needed_by), names in grouped.items():
        # A row whose records have different reasons says which is whose.
        whose = f" [{', '.join(names[:_NAMES])}{', …' * (len(names) > _NAMES)}]" if several[row] > 1 else ""
        yield Line((Span(f"{row:<4}", Style.STRONG), Span(f"{why}{whose}")))
        yield Line((Span("    "), Span(f"for {', '.join(needed_by)}", Style.MUTED)))


_NAMES = 3
"""Names a reason lists; the table above it has them all."""


def notes(texts: Iterable[str]) -> Iterator[Line]:
    """Yield what to know beside the rows."""
    for text in texts:
        yield Line((Span(f"note: {text}", Style.WARN),))


def _port(item: PortRequirement) -> str:
    source = f" from {item.source_ports}" if item.source_ports else ""
    return f"{item.transport.value} {item.ports}{source}"


def _why(item: DnsRequirement | PortRequirement) -> str:
    return f"optional: {item.reason}" if item.optional else item.reason


def _cells(muted: bool, *texts: str) -> tuple[Span, ...]:
    style = Style.MUTED if muted else Style.PLAIN
    return tuple(Span(text, style) for text in texts)


def _dns_key(item: DnsRequirement) -> str:
    return f"{item.row.value}/{item.zone.value}/{item.type.value}/{item.name}"
