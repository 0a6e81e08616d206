"""Bytes of an imported file as text: size, byte order marks, UTF-16 of `>` in Windows, and what was lost on the way."""

import re
from typing import NamedTuple

from edgeconsole.model.errors import BadInput

MAX_BYTES = 32 * 1024 * 1024
"""Largest file taken: what a configuration file and a bulk request may have too."""

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8 with byte order mark"),
    (b"\xff\xfe", "utf-16-le", "UTF-16 LE"),
    (b"\xfe\xff", "utf-16-be", "UTF-16 BE"),
)

_BINARY = (
    (b"ElfFile\x00", "a binary event log (.evtx)", "Export it: wevtutil qe FILE /lf:true /f:text, or Export-Csv"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "Save the sheet as CSV"),
    (b"\x1f\x8b", "compressed with gzip", "Unpack it first"),
)

_LOST = re.compile(r"\w\?\w|\?\?")


class Decoded(NamedTuple):
    """A file's text, the encoding it was in, and what the operator should know about that."""

    text: str
    encoding: str
    warnings: tuple[str, ...]


def decode(content: bytes) -> Decoded:
    """Return the text of a file, line ends as `\\n`.

    Raises BadInput for more than MAX_BYTES, for binary files, and for text that is not in the encoding it claims.
    """
    if len(content) > MAX_BYTES:
        raise BadInput(
            f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB", remedy="Split it and import the parts"
        )
    for start, what, remedy in _BINARY:
        if content.startswith(start):
            raise BadInput(f"the file is {what}, not text", remedy=remedy)
    text, encoding, warnings = _text(content)
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise BadInput(f"line {line} has a NUL character: the file is not text", remedy="Nothing was changed")
    if "\ufffd" in text:
        warnings.append("characters were lost before this file was saved (U+FFFD stands in their place)")
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), encoding, tuple(warnings))


def _text(content: bytes) -> tuple[str, str, list[str]]:
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _strict(content[len(mark) :], codec, name), name, []
    codec = _unmarked_utf16(content)
    if codec:
        name = f"{codec.upper().replace('UTF-16-', 'UTF-16 ')} without byte order mark"
        return _strict(content, codec, name), name, []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return text, "ASCII" if text.isascii() else "UTF-8", []
    text = content.decode("cp1252", "replace")
    return text, "Windows-1252", ["the file is not UTF-8 and was read as Windows-1252; check its comments"]


def _unmarked_utf16(content: bytes) -> str:
    """Return the codec of UTF-16 text that has no mark, by the zero bytes its ASCII characters have."""
    start = content[:4]
    if len(start) == 4 and len(content) % 2 == 0:
        if start[1] == start[3] == 0 and start[0] and start[2]:
            return "utf-16-le"
        if start[0] == start[2] == 0 and start[1] and start[3]:
            return "utf-16-be"
    return ""


def _strict(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"the file says it is {name}, and byte {error.start} is not",
            remedy="It may be cut off; nothing was changed",
        ) from None


def question_mark_loss(decoded: Decoded) -> str | None:
    """Return a warning where `?` may stand for lost characters: Export-Csv of PowerShell 5.1 writes ASCII."""
    if decoded.encoding == "ASCII" and _LOST.search(decoded.text):
        return "? may stand for lost characters: Export-Csv writes ASCII unless -Encoding UTF8 is given"
    return None
