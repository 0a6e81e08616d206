"""One revision in full: who made it, when, how and why, what it changed, and what became of it."""

from collections.abc import Iterator, Sequence

from edgeconsole.model.revision import Origin, RevisionRecord
from edgeconsole.model.text import clean
from edgeconsole.present.ages import stamp
from edgeconsole.present.diff import field_lines
from edgeconsole.present.table import Line, Span, Style

_HOW = {
    Origin.CREATED: "first revision",
    Origin.APPLIED: "applied",
    Origin.UNDONE: "undo",
    Origin.ROLLED_BACK: "rolled back",
    Origin.EXTERNAL: "file edited by hand",
}

_LISTED = 1_000
"""Fields an edge lists of one revision; of more it tells the first."""


def record_lines(record: RevisionRecord, points: Sequence[str], undone: RevisionRecord | None) -> Iterator[Line]:
    """Yield a revision; `points` are its restore points, `undone` the revision that took it back."""
    how = _HOW[record.origin] + (f" of #{record.undoes}" if record.undoes is not None else "")
    via = f" via {clean(record.by.via)}" if record.by.via else ""
    yield Line((Span(f"{record.revision}  {how}", Style.STRONG),))
    yield Line((Span(f"by      {clean(record.by.name)}{via}, {stamp(record.at)}"),))
    if record.why:
        yield Line((Span(f"why     {clean(record.why, 1_000)}"),))
    yield Line((Span(f"sha256  {record.revision.etag}", Style.MUTED),))
    for name in points:
        yield Line((Span(f"named   {clean(name)}"),))
    if undone is not None:
        yield Line((Span(f"undone  by {undone.revision}, {clean(undone.by.name)}, {stamp(undone.at)}", Style.WARN),))
    yield Line((Span(""),))
    if not record.differences:
        yield Line((Span("no field differs from the revision before", Style.MUTED),))
    yield from field_lines(record.differences)
    if len(record.differences) >= _LISTED:
        number = record.revision.number
        yield Line((Span(f"the first {_LISTED:,} fields; all: edgeconsole diff {number - 1} {number}", Style.MUTED),))
