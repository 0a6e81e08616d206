"""The one door for text from outside: certificates, DNS, SIP, XMPP, remote APIs and imported files.

Measured: a partner's certificate subject can otherwise move the operator's cursor, write the clipboard or press our
keys. Characters are made visible, never stripped: stripping makes `pay\\u200bpal` look right.
"""

import re
import unicodedata
from typing import NewType

Untrusted = NewType("Untrusted", str)
"""Text that came from outside and went through clean(); safe to draw, never markup."""

DEFAULT_LIMIT = 256
"""Characters kept of one outside value."""

_PRINTABLE_ASCII = re.compile(r"[ -~]*")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMBINING = frozenset({"Mn", "Me"})
_MAX_COMBINING = 2


def clean(value: str | bytes, limit: int = DEFAULT_LIMIT) -> Untrusted:
    """Return the value with control, format, private and unassigned characters written as escapes.

    At most two combining marks follow one another; longer values end in an ellipsis. Bytes are read as UTF-8, invalid
    ones shown as escapes.
    """
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
    shortened = text[: limit + 1]
    if not _PRINTABLE_ASCII.fullmatch(shortened):
        shortened = _visible(shortened)
    if len(text) > limit or len(shortened) > limit:
        shortened = shortened[: max(limit - 1, 0)] + "…"
    return Untrusted(shortened)


def _visible(text: str) -> str:
    shown: list[str] = []
    combining = 0
    for character in text:
        category = unicodedata.category(character)
        combining = combining + 1 if category in _COMBINING else 0
        if category in _HIDDEN or combining > _MAX_COMBINING:
            shown.append(_escape(character))
        else:
            shown.append(character)
    return "".join(shown)


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
