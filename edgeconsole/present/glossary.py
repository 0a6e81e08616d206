"""A glossary entry as lines: names old and new, meaning, where it is set, dates, what was tested."""

from collections.abc import Iterator

from edgeconsole.model.glossary import ENTRIES, Entry
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager

COLUMNS = (Column("name", "TERM", 28), Column("meaning", "MEANING", 0))


def lines(entry: Entry) -> Iterator[Line]:
    """Yield everything that is known about a term."""
    yield Line((Span(entry.name, Style.STRONG),))
    yield Line((Span(f"  {entry.meaning}."),))
    rows = (
        ("formerly", entry.old_names),
        ("on the wire", (entry.wire,) if entry.wire else ()),
        ("also", entry.aliases),
        ("set by", (entry.here,) if entry.here else ()),
        ("tested", (entry.tested,) if entry.tested else ()),
        ("see", entry.see),
        ("source", (entry.source,) if entry.source else ()),
    )
    for title, values in rows:
        if values:
            yield _field(title, ", ".join(values))
        if title == "tested":
            for place, event in enumerate(entry.history):
                yield _field("" if place else "history", event)


def _field(title: str, text: str) -> Line:
    return Line((Span(f"  {title:<12}", Style.MUTED), Span(text)))


def list_view() -> ListView:
    """Return all terms with their meaning."""
    rows = [Row(entry.name, (Span(entry.name), Span(entry.meaning))) for entry in ENTRIES]
    return eager(COLUMNS, rows, "")
