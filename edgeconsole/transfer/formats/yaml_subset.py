"""The part of YAML that access lists are written in: block and flow maps and lists, quoted and plain texts, comments.

No library: the safe loader of one would still expand aliases without bound and keep the last of duplicate keys, and
three small sections do not pay for a dependency. What is outside this part (anchors, aliases, tags, block texts, merge
keys) is refused with its line, never guessed.
"""

import re
from typing import Any, NamedTuple

MAX_DEPTH = 12
MAX_JOINED = 2_000
"""Lines of one flow list."""

MAX_LINES = 50_000
"""Lines of one section, and words of one flow list: a bound on its memory."""

LONGEST_LINE = 1_000_000
"""Characters of one line: 20,000 names of 50 characters; matching a longer one costs memory."""

_COMMENT = re.compile(
    r"""((?>(?:[^"'#\s]++|"(?>(?:[^"\\]|\\.)*)"|'[^']*+'|\s++(?!\#)|(?<=\S)\#)*))(?:\s*+\#.*)?""", re.DOTALL
)
_KEY = re.compile(
    r"""("(?>(?:[^"\\]|\\.)*)"|'[^']*+'|[^\s"'\[\]{}#&*!|>%@`,:?-][^:{}\[\],#]*+):(?:\s+(.*))?""", re.DOTALL
)
_FLOW = re.compile(
    r"""\s*+("(?>(?:[^"\\]|\\.)*)"|'[^']*+'|[\[\]{},]|:(?=\s|$)|[^\s\[\]{},"':][^\[\]{},:]*+(?>(?::(?=\S)[^\[\]{},:]*+)*))"""
)
_STARTS_OUTSIDE = "&*!|>%@`?"


class NotUnderstood(ValueError):
    """YAML outside the part that is read."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Line(NamedTuple):
    """One line that says something: its indentation, its text without comment, its number."""

    indent: int
    text: str
    number: int


class Scalar(str):
    """A text with the line it stands on."""

    __slots__ = ("line",)
    line: int


def sections(text: str) -> dict[str, list[Line]]:
    """Return the lines of each top-level key, the key's own line first; nothing is interpreted yet.

    A key given twice raises NotUnderstood.
    """
    found: dict[str, list[Line]] = {}
    current: list[Line] = []
    for number, raw in enumerate(text.split("\n"), 1):
        stripped = raw.strip()
        if not stripped or stripped.startswith("#") or stripped in ("---", "..."):
            continue
        indent = len(raw) - len(raw.lstrip(" "))
        top = re.match(r"[\"']?([A-Za-z_]\w*)[\"']?\s*:(?:\s|$)", raw) if indent == 0 else None
        if top:
            if top[1] in found:
                raise NotUnderstood(f"{top[1]} is given twice", number)
            current = found.setdefault(top[1], [])
        current.append(Line(indent, raw, number))
    return found


def value_of(lines: list[Line]) -> Any:
    """Return the value of a top-level key: maps, lists, Scalar texts, None. Raises NotUnderstood."""
    if len(lines) > MAX_LINES:
        raise NotUnderstood(f"a section of more than {MAX_LINES:,} lines", lines[0].number)
    reading = _Block([line for line in map(_bare, lines) if line.text])
    (value, *others) = reading.mapping(0, 0).values()
    if others:
        # A key that is none of ours by its letters: it would have begun a section of its own.
        raise NotUnderstood("a line at the edge of the file is no key that is known", lines[0].number)
    if reading.place < len(reading.lines):
        raise NotUnderstood("the indentation does not fit", reading.lines[reading.place].number)
    return value


def _bare(line: Line) -> Line:
    """Return a line without its comment and indentation."""
    if "\t" in line.text[: len(line.text) - len(line.text.lstrip())]:
        raise NotUnderstood("tabs indent no YAML", line.number)
    if len(line.text) > LONGEST_LINE:
        raise NotUnderstood(f"the line has more than {LONGEST_LINE:,} characters", line.number)
    found = _COMMENT.fullmatch(line.text.strip())
    if found is None:
        raise NotUnderstood("a quotation mark is not closed", line.number)
    text = found[1].strip()
    return Line(line.indent, text, line.number)


class _Block:
    """Block maps and lists by their indentation."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.place = 0

    def mapping(self, indent: int, depth: int) -> dict[str, Any]:
        """Read the keys at one indentation."""
        found: dict[str, Any] = {}
        while self.place < len(self.lines) and self.lines[self.place].indent == indent:
            line = self.lines[self.place]
            entry = _KEY.fullmatch(line.text)
            if entry is None or line.text.startswith("<<"):
                raise NotUnderstood("this is no `key: value` that is understood here", line.number)
            key = _scalar(entry[1].strip(), line.number)
            if key in found:
                raise NotUnderstood(f"{key} is given twice", line.number)
            self.place += 1
            found[key] = self._inline(entry[2], line, depth) if entry[2] else self._below(indent, depth, True)
        return found

    def sequence(self, indent: int, depth: int) -> list[Any]:
        """Read the elements at one indentation."""
        found: list[Any] = []
        while self.place < len(self.lines):
            line = self.lines[self.place]
            if line.indent != indent or not _is_element(line.text):
                break
            rest = line.text[1:].lstrip()
            if rest and _KEY.fullmatch(rest) and rest[0] not in "[{":
                inner = indent + len(line.text) - len(rest)
                self.lines[self.place] = Line(inner, rest, line.number)
                found.append(self.mapping(inner, _deeper(depth, line.number)))
                continue
            if rest and _is_element(rest):
                inner = indent + len(line.text) - len(rest)
                self.lines[self.place] = Line(inner, rest, line.number)
                found.append(self.sequence(inner, _deeper(depth, line.number)))
                continue
            self.place += 1
            found.append(self._inline(rest, line, depth) if rest else self._below(indent, depth, False))
        return found

    def _below(self, indent: int, depth: int, of_a_key: bool) -> Any:
        """Read what stands below a key or a dash; None where nothing does."""
        if self.place >= len(self.lines):
            return None
        line = self.lines[self.place]
        if _is_element(line.text) and (line.indent > indent or (of_a_key and line.indent == indent)):
            return self.sequence(line.indent, _deeper(depth, line.number))
        if line.indent <= indent:
            return None
        if _KEY.fullmatch(line.text) and line.text[0] not in "[{":
            return self.mapping(line.indent, _deeper(depth, line.number))
        self.place += 1
        return self._inline(line.text, line, depth)

    def _inline(self, text: str, line: Line, depth: int) -> Any:
        if text[0] in _STARTS_OUTSIDE:
            raise NotUnderstood(f"{text[:20]} is YAML that is not understood here", line.number)
        if text[0] not in "[{":
            return _scalar(text, line.number)
        start = self.place
        while _open_brackets(text) > 0 and self.place < len(self.lines) and self.place - start < MAX_JOINED:
            text += " " + self.lines[self.place].text
            self.place += 1
        return _Flow(text, line.number, depth).whole()


def _is_element(text: str) -> bool:
    return text == "-" or text.startswith("- ")


def _deeper(depth: int, line: int) -> int:
    if depth >= MAX_DEPTH:
        raise NotUnderstood(f"nested deeper than {MAX_DEPTH} levels", line)
    return depth + 1


def _open_brackets(text: str) -> int:
    bare = re.sub(r"""\"(?>(?:[^"\\]|\\.)*)"|'[^']*+'""", "", text)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")


def _scalar(text: str, line: int) -> Scalar:
    if text[:1] in ("'", '"'):
        if len(text) < 2 or text[-1] != text[0]:
            raise NotUnderstood("a quoted text is not closed", line)
        inner = text[1:-1]
        text = inner.replace("''", "'") if text[0] == "'" else re.sub(r"\\(.)", r"\1", inner)
    value = Scalar(text)
    value.line = line
    return value


class _Flow:
    """`[a, {b: c}]` in one text."""

    def __init__(self, text: str, line: int, depth: int) -> None:
        self._line = line
        self._depth = depth
        self._tokens: list[str] = []
        place = 0
        while place < len(text.rstrip()):
            found = _FLOW.match(text, place)
            if found is None or found[1][0] in _STARTS_OUTSIDE:
                raise NotUnderstood("this flow list or map is not understood here", line)
            if len(self._tokens) >= 2 * MAX_LINES:
                raise NotUnderstood(f"a list of more than {2 * MAX_LINES:,} words", line)
            self._tokens.append(found[1].strip())
            place = found.end()
        self._place = 0

    def whole(self) -> Any:
        value = self._value(self._depth)
        if self._place != len(self._tokens):
            raise NotUnderstood("there is more behind the closing bracket", self._line)
        return value

    def _next(self) -> str:
        if self._place >= len(self._tokens):
            raise NotUnderstood("a bracket is not closed", self._line)
        self._place += 1
        return self._tokens[self._place - 1]

    def _value(self, depth: int) -> Any:
        token = self._next()
        if token == "[":
            return self._items("]", _deeper(depth, self._line))
        if token == "{":
            pairs = self._items("}", _deeper(depth, self._line))
            merged = {key: value for pair in pairs for key, value in pair.items()}
            if len(merged) != len(pairs):
                raise NotUnderstood("a key is given twice", self._line)
            return merged
        if token in ("]", "}", ",", ":"):
            raise NotUnderstood(f"{token} stands where a value should", self._line)
        return _scalar(token, self._line)

    def _items(self, closing: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while True:
            if self._tokens[self._place : self._place + 1] == [closing]:
                self._place += 1
                return found
            value = self._value(depth)
            keyed = self._tokens[self._place : self._place + 1] == [":"]
            if (keyed or closing == "}") and isinstance(value, list | dict):
                raise NotUnderstood("a list or a map stands where a key does", self._line)
            if keyed:
                self._place += 1
                value = {value: self._value(depth)}
            elif closing == "}":
                value = {value: None}
            found.append(value)
            token = self._next()
            if token == closing:
                return found
            if token != ",":
                raise NotUnderstood(f"{token[:20]} stands where a comma should", self._line)
