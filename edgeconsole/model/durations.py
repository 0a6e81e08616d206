"""Lengths of time as the configuration writes them: `"120s"`, `"2h"`, `"7d"`."""

import re
from datetime import timedelta

from edgeconsole.model.errors import BadInput

_FORM = re.compile(r"(\d{1,9})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

LONGEST = timedelta(days=3660)
"""Ten years; a longer one is a slip of the pen."""


class InvalidDuration(BadInput, ValueError):
    """A text that is no length of time."""


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `2h` or `7d`. Raises InvalidDuration."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidDuration(
            f"{text!r} is not a length of time; write a whole number and s, m, h or d, as in 90s or 2h"
        )
    length = timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    if length > LONGEST:
        raise InvalidDuration(f"{text!r} is longer than ten years")
    return length


def write_duration(length: timedelta) -> str:
    """Return the shortest form that says exactly this length in whole seconds."""
    seconds = int(length.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"
