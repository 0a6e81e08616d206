"""Required records as text: a BIND fragment for each zone, and a check list to work through by hand."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from edgeconsole.rules.requirements.needs import Side
from edgeconsole.rules.requirements.records import DnsRequirement, RecordType


class ZoneFragment(NamedTuple):
    """The records of one zone in master file form (RFC 1035, 5), without SOA and NS."""

    side: Side
    origin: str
    text: str


def record_lines(requirement: DnsRequirement) -> tuple[str, ...]:
    """Return the lines that publish a requirement; nothing where its address is not in the file."""
    start = f"{requirement.name}. {requirement.ttl} IN {requirement.type.value}"
    if requirement.type is RecordType.SRV:
        host = f"{requirement.target}."
        return (f"{start} {requirement.priority} {requirement.weight} {requirement.port} {host}",)
    if requirement.type is RecordType.CNAME:
        return (f"{start} {requirement.target}.",)
    return tuple(f"{start} {address}" for address in requirement.addresses)


def zone_fragments(requirements: Iterable[DnsRequirement]) -> tuple[ZoneFragment, ...]:
    """Return a fragment for every zone, in the order the zones come up; external and internal ones apart.

    Optional records, and those whose address is not in the file, are comments.
    """
    zones: dict[tuple[Side, str], list[DnsRequirement]] = {}
    for requirement in requirements:
        zones.setdefault((requirement.zone, requirement.origin), []).append(requirement)
    order = list(Side)
    return tuple(
        ZoneFragment(side, origin, "\n".join(_fragment(side, origin, records)) + "\n")
        for (side, origin), records in sorted(zones.items(), key=lambda item: order.index(item[0][0]))
    )


def zone_text(requirements: Iterable[DnsRequirement]) -> str:
    """Return all fragments, one below the other."""
    return "\n".join(fragment.text for fragment in zone_fragments(requirements))


def _fragment(side: Side, origin: str, records: Iterable[DnsRequirement]) -> Iterator[str]:
    yield f"; {side.value} zone {origin}: what this federation edge needs"
    yield f"$ORIGIN {origin}."
    for requirement in records:
        optional = "optional, " if requirement.optional else ""
        yield f"; {requirement.row.value}: {optional}{requirement.reason}"
        yield f";   for {', '.join(requirement.needed_by)}"
        lines = record_lines(requirement)
        if not lines:
            yield f"; {requirement.name}. {requirement.ttl} IN {requirement.type.value} {requirement.value}"
        yield from (f"; {line}" if requirement.optional else line for line in lines)


def checklist(requirements: Iterable[DnsRequirement]) -> str:
    """Return the records as a list to tick off, each with the question that shows whether it is published."""
    return "\n".join(line for requirement in requirements for line in _item(requirement)) + "\n"


def _item(requirement: DnsRequirement) -> Iterator[str]:
    row, kind = f"{requirement.row.value:<4}", requirement.type.value
    optional = "  (optional)" if requirement.optional else ""
    yield f"[ ] {row}{requirement.zone.value}  {requirement.name}  {kind}  {requirement.value}{optional}"
    yield f"      why  {requirement.reason}"
    yield f"      for  {', '.join(requirement.needed_by)}"
    yield f"      try  dig +noall +answer {requirement.name} {kind}"
