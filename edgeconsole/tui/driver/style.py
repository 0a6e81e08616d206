"""How a cell is drawn, and the shortest way for the terminal's pen from one style to another (ECMA-48 SGR)."""

from functools import lru_cache
from typing import NamedTuple

_ON = {1: 1, 2: 2, 3: 4, 4: 8, 7: 16, 9: 32}
"""Attributes that pass, as bits: bold, dim, italic, underline, reverse, strike. What blinks or hides is left out."""

_OFF = {22: 1 | 2, 23: 4, 24: 8, 27: 16, 29: 32}
_COLOURS = 4096
"""Styles and steps between styles remembered; a screen has some dozens."""

BRIGHTNESS = 1 | 2
VISIBLE_ON_BLANK = 8 | 16 | 32
"""Attributes that show on an empty cell, so that it cannot be erased instead."""


class Style(NamedTuple):
    """A complete style; colours are SGR parameters as they are sent, empty for the terminal's own."""

    attributes: int = 0
    foreground: str = ""
    background: str = ""


PLAIN = Style()


@lru_cache(_COLOURS)
def changed(style: Style, parameters: str) -> Style:
    """Return the style after `ESC [ parameters m`; parameters that mean nothing here change nothing."""
    attributes, foreground, background = style
    numbers = parameters.split(";")
    at = 0
    while at < len(numbers):
        code = int(numbers[at] or 0) if numbers[at].isdigit() or not numbers[at] else -1
        if code in (38, 48):
            length = {"5": 3, "2": 5}.get(numbers[at + 1] if at + 1 < len(numbers) else "", 0)
            colour = numbers[at : at + length]
            if not length or len(colour) < length or not all(each.isdigit() and int(each) < 256 for each in colour):
                break
            if code == 38:
                foreground = ";".join(colour)
            else:
                background = ";".join(colour)
            at += length
            continue
        if code == 0:
            attributes, foreground, background = PLAIN
        elif code in _ON:
            attributes |= _ON[code]
        elif code in _OFF:
            attributes &= ~_OFF[code]
        elif 30 <= code <= 37 or 90 <= code <= 97:
            foreground = numbers[at]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            background = numbers[at]
        elif code == 39:
            foreground = ""
        elif code == 49:
            background = ""
        at += 1
    return Style(attributes, foreground, background)


@lru_cache(_COLOURS)
def step(before: Style | None, after: Style) -> str:
    """Return the shortest sequence that takes the pen from one style to another; None before means unknown."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[m"
    whole = f"\x1b[{';'.join(['0', *_named(after)])}m"
    if before is None:
        return whole
    if before == PLAIN:
        return f"\x1b[{';'.join(_named(after))}m"
    lost, gained = before.attributes & ~after.attributes, after.attributes & ~before.attributes
    codes = []
    if lost & BRIGHTNESS:
        # 22 ends bold and dim alike.
        codes.append("22")
        gained |= after.attributes & BRIGHTNESS
    codes += [str(off) for off, bits in _OFF.items() if lost & bits & ~BRIGHTNESS]
    codes += [str(on) for on, bit in _ON.items() if gained & bit]
    if before.foreground != after.foreground:
        codes.append(after.foreground or "39")
    if before.background != after.background:
        codes.append(after.background or "49")
    partly = f"\x1b[{';'.join(codes)}m"
    return min(partly, whole, key=len)


def _named(style: Style) -> list[str]:
    codes = [str(on) for on, bit in _ON.items() if style.attributes & bit]
    return codes + [colour for colour in (style.foreground, style.background) if colour]
