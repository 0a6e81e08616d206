"""Where things stand in a TOML text: cut at its table headers, without reading the values.

`tomllib` gives no positions. A piece is a table header with the comment lines right above it and everything below it
up to the next piece; joined, the pieces are the text, byte for byte. Runs of plain lines go through one regular
expression, everything else through a tokenizer that knows the four kinds of string, comments and brackets, so a line
such as `[also.fake]` inside a string or an array is never taken for a header.
"""

import re
from functools import cached_property
from itertools import accumulate, repeat
from typing import NamedTuple

from edgeconsole.config.limits import (
    MAX_DOTS,
    MAX_ELEMENTS,
    MAX_HEADER_PARTS,
    MAX_HEADERS,
    MAX_KEYS,
    MAX_NESTING,
    MAX_STATEMENTS,
    MAX_TABLES,
    OverLimit,
)
from edgeconsole.config.tokens import KEYS, TOKEN, key_path

_WS = r"[ \t]*+"
_TEXT = r"[^\x00-\x08\x0a-\x1f\x7f]"
_END = rf"{_WS}(?>(?:\#{_TEXT}*+)?)\r?+\n"
# Exactly what TOML allows, so that a piece of such lines only can be read without the parser.
_PLAIN_VALUE = r'(?:"[^"\\\x00-\x08\x0a-\x1f\x7f]*+"' + r"|'[^'\x00-\x08\x0a-\x1f\x7f]*+'|true|false)"
_PLAIN_LINE = rf"{_WS}[A-Za-z0-9_-]++{_WS}={_WS}{_PLAIN_VALUE}{_END}"
_BODY = rf"(?>(?:{_END}|{_PLAIN_LINE})*)"
_HEADER = rf"{_WS}(\[\[?+{_WS}{KEYS}{_WS}\]\]?+){_END}"

_PLAIN_RUN = re.compile(_BODY)
_TABLE = re.compile(_HEADER + _BODY)
_LONG_PIECE = 16 * 1024


class Header(NamedTuple):
    """What a piece is headed by; the piece before the first header has an empty path."""

    path: tuple[str, ...]
    array: bool


PREAMBLE = Header((), False)


class Layout:
    """A text cut into pieces; never changed after it was made."""

    __slots__ = ("__dict__", "headers", "pieces", "plain")

    def __init__(self, pieces: list[str], headers: list[Header], plain: list[bool]) -> None:
        self.pieces = pieces
        """The text; the first piece is what stands before the first header, perhaps nothing."""
        self.headers = headers
        self.plain = plain
        """Whether a piece has nothing but a header, comments and `key = value` with simple strings and switches."""

    @cached_property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces)

    @cached_property
    def distinct_headers(self) -> set[Header]:
        """The headers, each once."""
        return set(self.headers)

    @cached_property
    def newline(self) -> str:
        """The line end of the text, by its first line."""
        for piece in self.pieces:
            end = piece.find("\n")
            if end >= 0:
                return "\r\n" if piece[max(end - 1, 0)] == "\r" else "\n"
        return "\n"

    @cached_property
    def first_lines(self) -> list[int]:
        """The 1-based line each piece starts on."""
        return list(accumulate(map(str.count, self.pieces, repeat("\n")), initial=1))

    def under(self, name: str) -> list[int]:
        """Return the indexes of the pieces that belong to a top-level table, sub-tables included."""
        found = self._under.get(name)
        if found is None:
            found = [index for index, header in enumerate(self.headers) if header.path and header.path[0] == name]
            self._under[name] = found
        return found

    @cached_property
    def _under(self) -> dict[str, list[int]]:
        return {}


class Statement(NamedTuple):
    """One `key = value` of a piece; offsets are characters within the piece."""

    key: tuple[str, ...]
    start: int
    """Start of its first line."""
    value_start: int
    value_end: int
    end: int
    """After the newline of its last line."""


def scan(text: str) -> Layout:
    """Cut a text into pieces. Never fails on broken TOML, which the parser reports; raises OverLimit for bombs."""
    return _Scanner(text).run()


class _Scanner:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.source = text if text.endswith("\n") else text + "\n"
        self.starts = [0]
        self.headers = [PREAMBLE]
        self.plain = [True]
        self.known: dict[str, Header] = {}
        self.tables = 0
        self.elements = 0
        self.statements = 0

    def run(self) -> Layout:
        """Walk the text piece by piece; a statement the fast expression does not know goes through the tokenizer."""
        source, size, table, known = self.source, len(self.source), _TABLE.match, self.known
        starts, headers, plain = self.starts, self.headers, self.plain
        position = self._plain_run(0)
        safe = 0
        while position < size:
            match = table(source, position)
            if match is None:
                plain[-1] = False
                safe = self._statement(position)
                position = self._plain_run(safe)
                continue
            shown = match[1]
            header = known.get(shown) or self._new_header(shown, position)
            above_is_blank = source[position - 2 : position] == "\n\n"
            starts.append(position if above_is_blank else self._with_comments(position, safe))
            headers.append(header)
            plain.append(shown.endswith("]]") is header.array)
            if len(starts) > MAX_TABLES:
                raise OverLimit(f"more than {MAX_TABLES:,} tables", position)
            safe, position = match.end(1), match.end()
        return self._layout()

    def _plain_run(self, position: int) -> int:
        run = _PLAIN_RUN.match(self.source, position)
        return run.end() if run else position

    def _new_header(self, shown: str, position: int) -> Header:
        header = self.known[shown] = Header(key_path(shown.strip("[]")), shown.startswith("[["))
        if len(header.path) > MAX_HEADER_PARTS:
            raise OverLimit(f"a table header has more than {MAX_HEADER_PARTS} parts", position)
        if len(self.known) > MAX_HEADERS:
            raise OverLimit(f"more than {MAX_HEADERS:,} different table headers", position)
        return header

    def _with_comments(self, position: int, safe: int) -> int:
        """Step back over the comment lines right above a header; never past `safe`, where a string may end."""
        start = position
        while start > safe:
            above = self.source.rfind("\n", 0, start - 1) + 1
            if not self.source[above:start].lstrip(" \t").startswith("#"):
                break
            start = above
        return start

    def _statement(self, position: int) -> int:
        """Step over one statement of any shape and return the start of the next line."""
        self.statements += 1
        if self.statements > MAX_STATEMENTS:
            raise OverLimit(f"more than {MAX_STATEMENTS:,} statements", position)
        depth = dots = 0
        source = self.source
        for token in TOKEN.finditer(source, position):
            kind = token.lastgroup
            if kind == "newline":
                if depth <= 0:
                    return token.end()
                dots = 0
            elif kind == "other":
                shown = token[0]
                parts = shown.count(".")
                dots += parts
                self._count_tables(parts, token.start())
                self.elements += shown.count(",")
                if dots > MAX_DOTS:
                    raise OverLimit(f"more than {MAX_DOTS} dots in one line outside strings", token.start())
                if self.elements > MAX_ELEMENTS:
                    raise OverLimit(f"more than {MAX_ELEMENTS:,} array elements", token.start())
            elif kind == "open":
                depth += 1
                if depth > MAX_NESTING:
                    raise OverLimit(f"brackets are nested more than {MAX_NESTING} deep", token.start())
                if token[0] == "{":
                    self._count_tables(1, token.start())
            elif kind == "close":
                depth -= 1
        return len(source)

    def _count_tables(self, count: int, position: int) -> None:
        self.tables += count
        if self.tables > MAX_TABLES:
            raise OverLimit(f"more than {MAX_TABLES:,} tables", position)

    def _layout(self) -> Layout:
        text, starts = self.text, self.starts
        pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
        for start, piece in zip(starts, pieces, strict=True):
            if len(piece) > _LONG_PIECE and len(statements(piece)) > MAX_KEYS:
                raise OverLimit(f"a table has more than {MAX_KEYS} keys", start)
        layout = Layout(pieces, self.headers, self.plain)
        layout.text = text
        layout.distinct_headers = set(self.known.values())
        return layout


_FIRST_KEY = re.compile(rf"{_WS}({KEYS}){_WS}={_WS}")
_BLANK = re.compile(_END)


def statements(piece: str) -> list[Statement]:
    """Return the `key = value` statements of one piece, in order; lines that are none are stepped over."""
    source = piece if piece.endswith("\n") else piece + "\n"
    found: list[Statement] = []
    position = 0
    while position < len(source):
        key = _FIRST_KEY.match(source, position)
        if key is None:
            blank = _BLANK.match(source, position)
            position = blank.end() if blank else _step(source, position)[1]
            continue
        value_end, end = _step(source, key.end())
        found.append(Statement(key_path(key[1]), position, key.end(), value_end, min(end, len(piece))))
        position = end
    return found


def _step(source: str, position: int) -> tuple[int, int]:
    """Return where a value's last token ends and where the next line starts."""
    depth, last = 0, position
    for token in TOKEN.finditer(source, position):
        kind = token.lastgroup
        if kind == "newline":
            if depth <= 0:
                return last, token.end()
            continue
        if kind == "comment":
            continue
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        shown = token[0].rstrip(" \t\r")
        if shown:
            last = token.start() + len(shown)
    return last, len(source)


def own_end(piece: str) -> int:
    """Return where a table's own lines end: up to the first blank line after its last key.

    What follows, up to the next piece, is spacing and comment blocks that stand by themselves.
    """
    keys = statements(piece)
    position = keys[-1].end if keys else header_end(piece)
    while position < len(piece):
        end = piece.find("\n", position) + 1 or len(piece)
        if not piece[position:end].strip():
            break
        position = end
    return position


def header_start(piece: str) -> int:
    """Return where the header line of a piece starts, after its comment lines."""
    position = 0
    while position < len(piece) and not piece[position:].lstrip(" \t").startswith("["):
        position = piece.find("\n", position) + 1 or len(piece)
    return position


def header_end(piece: str) -> int:
    """Return the start of the line after the header."""
    start = header_start(piece)
    return piece.find("\n", start) + 1 or len(piece)


def line_of(text: str, offset: int) -> int:
    """Return the 1-based line of an offset."""
    return text.count("\n", 0, offset) + 1
