"""The Edge's own event log, exported: events 14601, 14603 and 14508 as discovered partners with a proposed action.

Get-WinEvent | Export-Csv, Format-List, the viewer's CSV, wevtutil's XML and plain text all carry the same message
texts; the patterns are those an operator published for them (docs/rules.md 8.3).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain
from edgeconsole.model.text import clean
from edgeconsole.transfer.formats import csv_rows, xml_tree
from edgeconsole.transfer.formats.xml_tree import Node
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, Standing, damaged

DISCOVERED, THROTTLED, CONTACT_LIMIT = 14601, 14603, 14508

_FIRST_NAME = r"[A-Z0-9.-]{1,253}+"
_NEXT_NAMES = r"(?>(?:[,\s]++[A-Z0-9-]++\.[A-Z0-9.-]{1,253}+)*)"
PARTNER = re.compile(
    rf"\bName: (?P<edge>[^;\s]{{1,253}}+);\s{{1,200}}Domains:\s{{1,9}}(?P<domains>{_FIRST_NAME}{_NEXT_NAMES})",
    re.IGNORECASE,
)
SUBJECT = re.compile(r'\bCertificate Subject: "(?P<subject>[^"\r\n]{1,1000})"', re.IGNORECASE)
_COMMON_NAME = re.compile(r"(?:^|,\s*)CN=([^,]{1,253})", re.IGNORECASE)
EVENT_ID = re.compile(r"(?:\b(?:Event ?I[dD]|Id)\b\"?[ \t]*[:=,][ \t]*\"?|<EventID[^>]{0,40}>)(14601|14603|14508)\b")
_ANY_ID = re.compile(r"^[ \t]*(?:Event ?I[dD]|Id)[ \t]*:[ \t]*(\d{1,6})\b", re.MULTILINE)


class Event(NamedTuple):
    """One event: its number, its message and the line it starts on."""

    number: int
    message: str
    line: int


class _Seen(NamedTuple):
    edge: str
    line: int


def read(text: str) -> Parsed:
    """Return one proposal a discovered domain. Raises BadInput for damaged files and files without these events."""
    gathered = Gathering(Format.EVENT_LOG)
    seen: dict[str, _Seen] = {}
    limited: dict[str, tuple[int, int]] = {}
    count = 0
    for event in events(text):
        count += 1
        if event.number == DISCOVERED:
            _discovered(event, seen, gathered)
        else:
            for found in SUBJECT.finditer(event.message):
                limited[_host(found["subject"])] = (event.number, event.line)
    if not count:
        raise BadInput("the file has no event 14601, 14603 or 14508", remedy="Export the log `Lync Server` of an Edge")
    _propose(seen, limited, gathered)
    return gathered.parsed()


def _discovered(event: Event, seen: dict[str, _Seen], gathered: Gathering) -> None:
    """Take the domains of event 14601; a message in another form is told, not skipped."""
    found = list(PARTNER.finditer(event.message))
    if not found:
        gathered.warn(f"line {event.line}: event 14601 names no partner in the known form")
    for partner in found:
        for name in re.split(r"[,\s]+", partner["domains"]):
            if name:
                seen.setdefault(name.lower().rstrip("."), _Seen(partner["edge"].strip(), event.line))


def _propose(seen: dict[str, _Seen], limited: dict[str, tuple[int, int]], gathered: Gathering) -> None:
    matched: set[str] = set()
    for domain, (edge, line) in seen.items():
        host = edge.lower().rstrip(".")
        notes = [f"seen from edge {clean(edge, 120)}"]
        if host in limited:
            matched.add(host)
            notes.append(_limit(limited[host][0]))
        gathered.add(_proposal(domain, line, "discovered; propose to allow it, found by SRV", notes))
    for host, (number, line) in limited.items():
        if host not in matched:
            gathered.add(_lone(host, number, line))


def _lone(host: str, number: int, line: int) -> Entry:
    """A throttled edge whose domains the log does not tell; most often its name less the first label is one."""
    parent = host.partition(".")[2]
    try:
        name = parse_domain(parent)
    except BadInput:
        return Entry(
            table=Table.DOMAIN,
            key=str(clean(host)),
            fields={},
            line=line,
            standing=Standing.NEEDS_REVIEW,
            reason=f"{_limit(number)}, and the log does not tell its domains",
        )
    note = f"certificate of {clean(host, 120)}: the domain is a guess from that name"
    return _proposal(name, line, f"{_limit(number)}; propose to allow it, which lifts the limit", [note])


def _proposal(domain: str, line: int, reason: str, notes: list[str]) -> Entry:
    return Entry(
        table=Table.DOMAIN,
        key=domain,
        fields={"action": "allow"},
        line=line,
        standing=Standing.PROPOSAL,
        reason=reason,
        notes=tuple(notes),
    )


def _limit(number: int) -> str:
    return "throttled (14603)" if number == THROTTLED else "reached the limit of contacts (14508)"


def _host(subject: str) -> str:
    found = _COMMON_NAME.search(subject)
    return (found[1] if found else subject).strip().lower().rstrip(".")


def events(text: str) -> Iterator[Event]:
    """Yield the events with our three numbers, whatever form the log was exported in."""
    start = text.lstrip()[:200]
    if start.startswith("<"):
        yield from _from_xml(text)
    elif _is_table(text):
        yield from _from_csv(text)
    else:
        yield from _from_text(text)


_OURS = frozenset({DISCOVERED, THROTTLED, CONTACT_LIMIT})


def _from_xml(text: str) -> Iterator[Event]:
    found: list[Event] = []

    def take(node: Node) -> None:
        system = node.child("System")
        number = system.child("EventID") if system else None
        if number is not None and number.text.strip().isdecimal() and int(number.text.strip()[:9]) in _OURS:
            message = "\n".join(_texts(node))
            found.append(Event(int(number.text.strip()), message, node.line))

    # wevtutil writes events one after another without a root; a declaration may only stand before all of it.
    body = re.sub(r"\A\s*<\?xml[^>]{0,200}\?>", "", text)
    root = xml_tree.read(body if "<Events" in body[:2000] else f"<Events>{body}</Events>", Format.EVENT_LOG, take)
    if root != "Events":
        raise damaged(Format.EVENT_LOG, f"its root element is {root!r}, not Events")
    yield from found


def _texts(node: Node) -> Iterator[str]:
    for child in node.children:
        if child.name != "System":
            yield child.text
            yield from _texts(child)


def _is_table(text: str) -> bool:
    columns = {name.lower() for name in csv_rows.header_of(text)}
    return bool(columns & {"id", "eventid", "event id", "instanceid"}) and len(columns) > 1


def _from_csv(text: str) -> Iterator[Event]:
    if "Event ID" in text[:300] and "Task Category" in text[:300]:
        # The viewer's CSV names five columns and writes six cells: the message has no title.
        head, _, body = text.partition("\n")
        columns = head.count(",") + 1
        first = next((line for line in body.split("\n", 5) if line), "")
        if first.count(",") >= columns:
            text = f"{head},Message\n{body}"
    sheet = csv_rows.read(text, Format.EVENT_LOG)
    for row in sheet.rows:
        cells = {name.lower(): value for name, value in row.cells.items()}
        number = next((cells[name] for name in ("id", "event id", "eventid", "instanceid") if name in cells), "")
        if number.strip().isdecimal() and int(number.strip()[:9]) in _OURS:
            yield Event(int(number), cells.get("message", "\n".join(cells.values())), row.line)


def _from_text(text: str) -> Iterator[Event]:
    """Cut a text at its event numbers; each message goes on to the next number of any event."""
    marks = [(found.start(), int(found[1])) for found in _ANY_ID.finditer(text)]
    if not any(number in _OURS for _, number in marks):
        marks = [(found.start(), int(found[1])) for found in EVENT_ID.finditer(text)]
    line, counted = 1, 0
    for place, (start, number) in enumerate(marks):
        end = marks[place + 1][0] if place + 1 < len(marks) else len(text)
        if number in _OURS:
            line += text.count("\n", counted, start)
            counted = start
            yield Event(number, text[start:end], line)
