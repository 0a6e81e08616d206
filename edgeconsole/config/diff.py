"""The unified diff of two texts cut into pieces; linear in their length, so that 100,000 tables cost no more."""

import difflib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edgeconsole.config.edit import changed_span
from edgeconsole.config.scan import Layout

_CONTEXT = 3
_FINE = 2_000
"""Lines of one region up to which it is compared line by line; difflib is quadratic at worst."""


class _Edit(NamedTuple):
    """Old lines replaced by new ones; `start` counts the old lines before it."""

    start: int
    old: list[str]
    new: list[str]


def unified_diff(before: Layout, after: Layout, name: str) -> str:
    """Return the diff in the usual form, an empty text when nothing differs."""
    edits = [edit for region in _regions(before.pieces, after.pieces) for edit in _fine(region)]
    if not edits:
        return ""
    lines = before.text.splitlines(keepends=True) if len(before.pieces) < _FINE else None
    source = _Lines(before, lines)
    shown = [f"--- {name}\n", f"+++ {name}\n"]
    shift = 0
    for group in _groups(edits):
        body, shift = _hunk(source, group, shift)
        shown += body
    return "".join(shown)


class _Lines:
    """The old lines by number, without cutting a long text into all of its lines."""

    def __init__(self, layout: Layout, lines: list[str] | None) -> None:
        self.layout = layout
        self.lines = lines

    def between(self, start: int, end: int) -> list[str]:
        """Return the lines from `start` to `end`, counted from 0."""
        if self.lines is not None:
            return self.lines[max(start, 0) : end]
        found: list[str] = []
        firsts = self.layout.first_lines
        piece = max(_last_at_most(firsts, max(start, 0) + 1), 0)
        position = firsts[piece] - 1
        while piece < len(self.layout.pieces) and position < end:
            for line in self.layout.pieces[piece].splitlines(keepends=True):
                if max(start, 0) <= position < end:
                    found.append(line)
                position += 1
            piece += 1
        return found


def _last_at_most(firsts: Sequence[int], line: int) -> int:
    low, high = 0, len(firsts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if firsts[middle] <= line:
            low = middle
        else:
            high = middle - 1
    return low


def _regions(old: list[str], new: list[str]) -> Iterator[_Edit]:
    """Yield the runs of pieces that differ, as lines; any alignment found is a true one, not always the shortest."""
    start, old_end, new_end = changed_span(old, new)
    line = _count(old[:start])
    old, new = old[start:old_end], new[start:new_end]
    later_old, later_new = set(old), set(new)
    i = j = 0
    gone: list[str] = []
    come: list[str] = []
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and (old[i] is new[j] or old[i] == new[j]):
            if gone or come:
                yield _Edit(line - _count(gone), _lines(gone), _lines(come))
                gone, come = [], []
            line += old[i].count("\n")
            i, j = i + 1, j + 1
            continue
        take_new = j < len(new) and (i >= len(old) or (old[i] in later_new and new[j] not in later_old))
        take_old = i < len(old) and not take_new
        if take_old:
            gone.append(old[i])
            line += old[i].count("\n")
            swap = j < len(new) and old[i] not in later_new and new[j] not in later_old
            i += 1
            take_new = swap
        if take_new:
            come.append(new[j])
            j += 1
    if gone or come:
        yield _Edit(line - _count(gone), _lines(gone), _lines(come))


def _count(pieces: list[str]) -> int:
    return sum(piece.count("\n") for piece in pieces)


def _lines(pieces: list[str]) -> list[str]:
    return "".join(pieces).splitlines(keepends=True)


def _fine(region: _Edit) -> Iterator[_Edit]:
    """Narrow a region down to the lines that differ."""
    start, old, new = region
    if len(old) + len(new) > _FINE:
        yield region
        return
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield _Edit(start + a, old[a:b], new[c:d])


def _groups(edits: list[_Edit]) -> Iterator[list[_Edit]]:
    """Yield runs of edits whose surroundings touch."""
    group = [edits[0]]
    for edit in edits[1:]:
        if edit.start - (group[-1].start + len(group[-1].old)) > 2 * _CONTEXT:
            yield group
            group = []
        group.append(edit)
    yield group


def _hunk(source: _Lines, group: list[_Edit], shift: int) -> tuple[list[str], int]:
    start = max(group[0].start - _CONTEXT, 0)
    position = start
    body: list[str] = []
    old = new = 0
    for edit in group:
        around = source.between(position, edit.start)
        body += [_marked(" ", line) for line in around]
        body += [_marked("-", line) for line in edit.old]
        body += [_marked("+", line) for line in edit.new]
        old += len(around) + len(edit.old)
        new += len(around) + len(edit.new)
        position = edit.start + len(edit.old)
    below = source.between(position, position + _CONTEXT)
    body += [_marked(" ", line) for line in below]
    old, new = old + len(below), new + len(below)
    head = f"@@ -{_range(start, old)} +{_range(start + shift, new)} @@\n"
    return [head, *body], shift + new - old


def _marked(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _range(start: int, count: int) -> str:
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"
