"""The few commands besides frames that may pass to the terminal: a closed list, since this is the only gate to it."""

import re

_MODES = "1049|25|1004|2004|7|2048|1000|1003|1006|1015|1016"
_PASSES = re.compile(
    rf"""(?x)
    \x1b\[\?(?:{_MODES})[hl]                   # alternative screen, cursor, focus, paste, wrap, resize, mouse
  | \x1b\[\?(?:2026|2048)\$p                   # asks for synchronised output, resize reports
  | \x1b\[>[0-9]{{1,3}}u | \x1b\[<u            # Kitty keyboard protocol on and off
  | \x1b\[6n                                   # asks where the cursor is
  | \x1b\]52;c;[A-Za-z0-9+/]{{0,1400000}}={{0,2}}\x07  # clipboard
  | \x07
    """
)
_SYNCHRONISED = re.compile(r"\x1b\[\?2026[hl]")
_FRAME = re.compile(r"\x1b\[\d{1,5};\d{1,5}H")
_ASKS = re.compile(r"\x1b\[(?:\?\d+\$p|>\d+u|<u|6n|\?2048[hl])")

WHERE = "\x1b[6n"
ALTERNATIVE = "\x1b[?1049"


def is_frame(text: str) -> bool:
    """Return whether a write of Textual's draws on the screen."""
    return _FRAME.match(text) is not None


def is_synchronised(text: str) -> bool:
    """Return whether a write begins or ends a synchronised update; Textual sends it only where the terminal has it."""
    return _SYNCHRONISED.fullmatch(text) is not None


def passing(text: str, *, answers: bool) -> str:
    """Return a write as far as it may pass; questions only to terminals that answer them."""
    if _PASSES.fullmatch(text) is None or (not answers and _ASKS.fullmatch(text) is not None):
        return ""
    return text
