"""The few commands besides frames that may pass to the terminal: a closed list, since this is the only gate to it."""

import re

_MODES = "1049|25|1004|2004|7|2048|1000|1003|1006|1015|1016"
CLIPBOARD_BYTES = 75_000
"""Bytes of one copy: what xterm and others take at most is 100,000 letters of base64."""

_COPY = rf"\x1b\]52;c;(?=[^=]{{4,{CLIPBOARD_BYTES // 3 * 4}}}={{0,2}}\x07)[A-Za-z0-9+/]+={{0,2}}\x07"
"""OSC 52 that writes the clipboard, of bounded length; never the `?` that would have the terminal read it out."""

_PASSES = re.compile(
    rf"""(?x)
    \x1b\[\?(?:{_MODES})[hl]                   # alternative screen, cursor, focus, paste, wrap, resize, mouse
  | \x1b\[\?(?:2026|2048)\$p                   # asks for synchronised output, resize reports
  | \x1b\[>[0-9]{{1,3}}u | \x1b\[<u            # Kitty keyboard protocol on and off
  | \x1b\[6n                                   # asks where the cursor is
  | {_COPY}
  | \x07
    """
)
_SYNCHRONISED = re.compile(r"\x1b\[\?2026[hl]")
_FRAME = re.compile(r"\x1b\[\d{1,5};\d{1,5}H")
_ASKS = re.compile(rf"\x1b\[(?:\?\d+\$p|>\d+u|<u|6n|\?2048[hl])|{_COPY}")

WHERE = "\x1b[6n"
ALTERNATIVE = "\x1b[?1049"


def is_frame(text: str) -> bool:
    """Return whether a write of Textual's draws on the screen."""
    return _FRAME.match(text) is not None


def is_synchronised(text: str) -> bool:
    """Return whether a write begins or ends a synchronised update; Textual sends it only where the terminal has it."""
    return _SYNCHRONISED.fullmatch(text) is not None


def passing(text: str, *, answers: bool) -> str:
    """Return a write as far as it may pass; questions and copies only to terminals that answer, others print them."""
    if _PASSES.fullmatch(text) is None or (not answers and _ASKS.fullmatch(text) is not None):
        return ""
    return text
