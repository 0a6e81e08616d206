"""A list written over several lines changed in place, so that the comments beside its elements stay."""

import re
from typing import NamedTuple

from edgeconsole.config.render import value_text
from edgeconsole.config.tokens import STRING

_ELEMENT = re.compile(rf"([ \t]*)({STRING})([ \t]*),?([ \t]*(?:#[^\n]*)?)")
_NO_ELEMENT = re.compile(r"[ \t]*(?:#[^\n]*)?\r?")
_OPENING = re.compile(r"\[[ \t]*(?:#[^\n]*)?\r?")
_CLOSING = re.compile(r"[ \t]*\]")


class _Line(NamedTuple):
    """One line inside the brackets; `element` counts the elements, None where the line has none."""

    text: str
    element: int | None


def changed_list(shown: str, before: list[str], after: list[str], newline: str) -> str | None:
    """Return the list as written, with elements taken out and put in at the end; None where it is written otherwise."""
    first, *inner, last = shown.split("\n") if "\n" in shown else ("", "")
    if not _OPENING.fullmatch(first) or not _CLOSING.fullmatch(last):
        return None
    lines = _lines(inner)
    kept = _kept(before, after)
    if lines is None or kept is None or sum(line.element is not None for line in lines) != len(before):
        return None
    lines = [line for line in lines if line.element is None or line.element in kept]
    new = after[len(kept) :]
    if new:
        lines = _appended(lines, new, newline)
    return "\n".join([first, *(line.text for line in lines), last])


def _lines(inner: list[str]) -> list[_Line] | None:
    lines: list[_Line] = []
    count = 0
    for text in inner:
        if _ELEMENT.fullmatch(text.removesuffix("\r")):
            lines.append(_Line(text, count))
            count += 1
        elif _NO_ELEMENT.fullmatch(text):
            lines.append(_Line(text, None))
        else:
            return None
    return lines


def _kept(before: list[str], after: list[str]) -> list[int] | None:
    """Return which old elements stay, in order; None when new ones do not all come last."""
    kept: list[int] = []
    position = 0
    for number, element in enumerate(before):
        if position < len(after) and after[position] == element:
            kept.append(number)
            position += 1
    old = set(before)
    return None if any(element in old for element in after[position:]) else kept


def _appended(lines: list[_Line], new: list[str], newline: str) -> list[_Line]:
    end = "\r" if newline == "\r\n" else ""
    places = [place for place, line in enumerate(lines) if line.element is not None]
    place = places[-1] if places else -1
    indent = "    "
    if places:
        found = _ELEMENT.fullmatch(lines[place].text.removesuffix("\r"))
        if found is not None:
            indent = found[1]
            lines[place] = _Line(f"{indent}{found[2]},{found[3]}{found[4]}{end}", 0)
    added = [_Line(f"{indent}{value_text(element)},{end}", 0) for element in new]
    return [*lines[: place + 1], *added, *lines[place + 1 :]]
