"""`Name : Value` listings: what Get-Cs… prints on screen or Format-List writes, blocks parted by blank lines."""

import re

from edgeconsole.transfer.formats import cmdlet_objects
from edgeconsole.transfer.formats.cmdlet_objects import PrintedObject
from edgeconsole.transfer.parsed import MAX_ROWS, Format, Parsed, damaged, too_many_rows

_LINE = re.compile(r"([A-Za-z]\w{0,80})[ \t]*:(?:[ \t](.*))?")


def read(text: str) -> Parsed:
    """Return the entries of all blocks. Raises BadInput for a line that belongs to no property."""
    objects: list[PrintedObject] = []
    current: dict[str, list[str]] = {}
    start, last = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        found = _LINE.fullmatch(line.rstrip()) if line[:1].isalpha() else None
        if found is not None:
            if found[1] in current:
                _finish(objects, current, start)
                current = {}
            if not current:
                start = number
            last = found[1]
            current[last] = [(found[2] or "").strip()]
        elif not line.strip():
            _finish(objects, current, start)
            current, last = {}, ""
        elif line[:1].isspace() and last:
            # A value wider than the window goes on, indented, on the next line.
            current[last].append(f" {line.strip()}" if current[last][-1].endswith(",") else line.strip())
        else:
            raise damaged(Format.LISTING, "the line is no `Name : Value`", number)
    _finish(objects, current, start)
    return cmdlet_objects.parsed(Format.LISTING, objects)


def _finish(objects: list[PrintedObject], current: dict[str, list[str]], start: int) -> None:
    if current:
        if len(objects) >= MAX_ROWS:
            raise too_many_rows()
        objects.append(PrintedObject("", {name: "".join(pieces) for name, pieces in current.items()}, start))
