"""A guided set-up as text: its steps, what is said of answers, what it produces, and the check list at its end."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.probe import ProbeResult
from edgeconsole.present.partner_sheet import partner_sheet
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.rules.requirements.certificates import CertificateRequirement
from edgeconsole.rules.requirements.flows import PortRequirement
from edgeconsole.rules.requirements.nftables import nftables
from edgeconsole.rules.requirements.records import DnsRequirement
from edgeconsole.rules.requirements.zone import zone_text


def wrapped(text: str, width: int, indent: str = "") -> Iterator[Line]:
    """Yield a sentence as lines of that width."""
    for line in textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent):
        yield Line((Span(line),))


def remark(weight: str, text: str, remedy: str) -> Line:
    """Return one remark about an answer."""
    mark, style = {"stops": ("X", Style.FAIL), "warns": ("!", Style.WARN)}.get(weight, ("-", Style.MUTED))
    return Line((Span(f"{mark} {text}", style), *((Span(f". {remedy}"),) if remedy else ())))


def result(found: ProbeResult) -> Iterator[Line]:
    """Yield what a look-up found, a line for each stage."""
    marks = {"ok": (".", Style.OK), "warning": ("!", Style.WARN), "failed": ("X", Style.FAIL)}
    for stage in found.stages:
        mark, style = marks.get(stage.state.value, ("-", Style.MUTED))
        took = f"  {stage.milliseconds:.0f} ms" if stage.milliseconds is not None else ""
        yield Line((Span(f"{mark} {stage.stage.value:<19}", style), Span(f"{stage.why or stage.state.value}{took}")))


_SINGLE = frozenset({Table.EDGE, Table.PROXY, Table.ACCESS_EDGE, Table.XMPP_GATEWAY, Table.PROBE})


def changes(items: Iterable[Change]) -> Iterator[Line]:
    """Yield what is going to be written, as the tables of the file."""
    for item in items:
        single = item.table in _SINGLE
        yield Line((Span(f"+ [{item.table.value}]" if single else f"+ [[{item.table.value}]]", Style.STRONG),))
        if item.key:
            yield Line((Span(f'+ {"id" if item.table is Table.POLICY else "name"} = "{item.key}"'),))
        for field, value in (item.fields or {}).items():
            if value is not None and value != []:
                yield Line((Span(f"+ {field} = {_toml(value)}"),))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'


def records(items: Iterable[DnsRequirement]) -> Iterator[Line]:
    """Yield DNS records to publish."""
    for item in items:
        yield Line((Span(f"  {item.name}  {item.type.value}  {item.value}"), Span(f"  {item.reason}", Style.MUTED)))


def ports(items: Iterable[PortRequirement]) -> Iterator[Line]:
    """Yield firewall rules to open."""
    for item in items:
        rule = f"  {item.direction.value:<3} {item.transport.value} {item.ports}  {item.source} -> {item.destination}"
        yield Line((Span(rule), Span(f"  {item.protocol.value}", Style.MUTED)))


def certificates(items: Iterable[CertificateRequirement]) -> Iterator[Line]:
    """Yield what each certificate must carry."""
    for item in items:
        names = ", ".join(str(each.name) for each in item.names)
        if not names:
            continue
        uses = " and ".join(usage.value for usage in item.usages)
        yield Line((Span(f"  {item.interface.value}: {names}  ({uses})"),))


_STATES = {"done": (".", Style.OK), "failed": ("X", Style.FAIL), "open": ("o", Style.WARN)}


def check(state: str, title: str, detail: str, fix: str) -> Iterator[Line]:
    """Yield one line of the final check list, and what to do about it."""
    mark, style = _STATES.get(state, ("?", Style.STALE))
    yield Line(
        (Span(f"{mark} {state:<8}", style), Span(title), *((Span(f"  {detail}", Style.MUTED),) if detail else ()))
    )
    if fix:
        yield Line((Span(f"            {fix}", Style.MUTED),))


def texts(
    after: Configuration,
    partner: str,
    *,
    xmpp: bool,
    records: Sequence[DnsRequirement],
    ports: Sequence[PortRequirement],
    now: datetime,
) -> dict[str, str]:
    """Return what is handed to others by file name: zone records, firewall rules, and the partner's sheet."""
    found = {"records.zone": zone_text(records), "firewall.nft": nftables(ports, after)}
    if partner:
        found[f"sheet-for-{partner}.txt"] = partner_sheet(after, partner, xmpp=xmpp, records=records, now=now)
    return found
