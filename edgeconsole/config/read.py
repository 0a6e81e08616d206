"""A federation.toml read and checked: every problem at once, each with its file, line and field."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from edgeconsole.config import limits, schema
from edgeconsole.config.plain import checked_values, raw_values
from edgeconsole.config.scan import Layout, Statement, header_start, scan, statements
from edgeconsole.config.schema import FieldProblem, Shape
from edgeconsole.config.source import read_bytes
from edgeconsole.model.configuration import FORMAT_VERSION, Configuration, Table
from edgeconsole.model.errors import BadInput, Problem

MAX_PROBLEMS = 50
"""Problems listed of one file; more are counted only."""

_PARSER_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_PARSER_END = " (at end of document)"


@dataclass(frozen=True, eq=False)
class Loaded:
    """A file as it was read: its values, its text and where each value stands."""

    configuration: Configuration
    text: str
    etag: str
    """sha256 of the bytes, in hexadecimal."""
    file: str
    known_layout: Layout | None = field(repr=False)
    """Where the statements stand; None until somebody asks, where the values came from a snapshot."""
    mark: bytes = b""
    """The byte order mark that the bytes begin with and the text does not; an editor on Windows writes one."""

    @cached_property
    def layout(self) -> Layout:
        """The statements of the text and where they stand."""
        return scan(self.text) if self.known_layout is None else self.known_layout

    def places(self, table: Table, key: str, field: str) -> str:
        """Return `federation.toml:LINE` of a field, else of its table's header, else an empty text."""
        shape = schema.shape_of(table)
        ordinal = self._ordinals(shape).get(key) if shape.key else 0
        line = None if ordinal is None else place_of(self.layout, shape, ordinal, field)[0]
        return f"{Path(self.file).name}:{line}" if line else ""

    def _ordinals(self, shape: Shape) -> dict[str, int]:
        known = self._names.get(shape.name)
        if known is None:
            records = shape.records(self.configuration)
            known = self._names[shape.name] = {shape.key_of(record): n for n, record in enumerate(records)}
        return known

    @cached_property
    def _names(self) -> dict[str, dict[str, int]]:
        return {}


def load(path: Path, *, follow_links: bool = True) -> Loaded:
    """Read a file. Raises BadInput with all its problems; a missing or unreadable file is one too.

    `follow_links=False` refuses a symbolic link, as saving does.
    """
    content = read_bytes(path, follow_links=follow_links)
    return parse_bytes(content, str(path))


def parse_bytes(content: bytes, file: str) -> Loaded:
    """Read the bytes of a file; `file` names it in problems."""
    try:
        text = limits.decode(content)
    except limits.NotText as error:
        raise refused(
            [Problem(file=file, line=error.line, column=error.column, message=error.message, remedy=error.remedy)], file
        ) from None
    return _parse(text, file, hashlib.sha256(content).hexdigest(), mark_of(content))


def mark_of(content: bytes) -> bytes:
    """Return the byte order mark at the beginning of a file, nothing where there is none."""
    return limits.BYTE_ORDER_MARK if content.startswith(limits.BYTE_ORDER_MARK) else b""


def parse(text: str, file: str) -> Loaded:
    """Read a text; `file` names it in problems."""
    body = text.removeprefix("\ufeff")
    return _parse(body, file, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def _parse(text: str, file: str, etag: str, mark: bytes = b"") -> Loaded:
    if len(text) > limits.MAX_BYTES:
        raise refused([Problem(file=file, message=f"the text is longer than {limits.MAX_BYTES:,} characters")], file)
    try:
        layout = scan(text)
    except limits.OverLimit as error:
        line, column = _place(text, error.offset)
        raise refused(
            [
                Problem(
                    file=file, line=line, column=column, message=error.message, remedy="No federation.toml needs that"
                )
            ],
            file,
        ) from None
    quick = checked_values(layout)
    raw, records = quick or (_toml(layout, file), {})
    configuration = _Reader(layout, file).configuration(raw, records)
    return Loaded(configuration, text, etag, file, layout, mark)


def _toml(layout: Layout, file: str) -> dict[str, Any]:
    try:
        return raw_values(layout)
    except RecursionError:
        problem = Problem(file=file, message="the text is nested too deeply to be read")
    except ValueError as error:
        # tomllib.TOMLDecodeError, and a plain ValueError for a whole number of thousands of digits.
        problem = _broken(str(error), layout, file)
    raise refused([problem], file)


def _broken(said: str, layout: Layout, file: str) -> Problem:
    line: int | None = None
    column: int | None = None
    found = _PARSER_PLACE.search(said)
    if found:
        line, column, said = int(found[1]), int(found[2]), said[: found.start()]
    elif said.endswith(_PARSER_END):
        line, said = max(layout.text.count("\n") + (not layout.text.endswith("\n")), 1), said.removesuffix(_PARSER_END)
        said += " (the file ends too early)"
    message = _in_words(said)
    return Problem(
        file=file, line=line, column=column, message=f"not valid TOML: {message}", remedy=_hint(layout, line)
    )


_PARSER_WORDS = (
    (re.compile(r"cannot declare \((.+)\) twice", re.IGNORECASE), "the table [{name}] stands twice"),
    (re.compile(r"cannot mutate immutable namespace \((.+)\)", re.IGNORECASE), "[{name}] was complete already"),
    (re.compile(r"cannot redefine namespace \((.+)\)", re.IGNORECASE), "[{name}] is another thing already"),
    (re.compile(r"cannot overwrite a value", re.IGNORECASE), "a key stands twice, or a table has the name of a key"),
    (re.compile(r"cannot extend \((.+)\)", re.IGNORECASE), "[{name}] was closed before"),
    (re.compile(r"duplicate inline table key '?(.+?)'?$", re.IGNORECASE), "the key {name} stands twice"),
)
"""What the parser says in terms of Python, and what it means."""


def _in_words(said: str) -> str:
    for pattern, words in _PARSER_WORDS:
        found = pattern.match(said)
        if found:
            name = ".".join(re.findall(r"[^'\", ]+", found[1])) if found.re.groups else ""
            return words.format(name=name[:80])
    return said[:1].lower() + said[1:200]


def _hint(layout: Layout, line: int | None) -> str:
    """Return what is probably meant by a line the parser refuses."""
    lines = layout.text.split("\n", line)[:line] if line else []
    shown = lines[-1].strip() if lines else ""
    if shown.startswith("[[") and "]]" not in shown:
        return "A table of a list is headed by [[name]]"
    key, equals, value = shown.partition("=")
    if equals and re.fullmatch(r"\s*[A-Za-z][\w.:/@-]*\s*(#.*)?", value) and value.strip() not in ("true", "false"):
        return f'Put the text in quotes: {key.strip()[:40]} = "{value.partition("#")[0].strip()[:60]}"'
    if equals and value.count('"') == 1:
        return "The closing quote is missing"
    if shown and not equals and re.fullmatch(r"[\w-]+\s*:\s*.*", shown):
        return "Write key = value, with an equals sign"
    return ""


def refused(problems: list[Problem], file: str) -> BadInput:
    """Return the error that lists what is wrong with a file."""
    kept = tuple(problems[:MAX_PROBLEMS])
    if len(problems) == 1:
        return BadInput(str(problems[0]), problems=kept)
    more = f", the first {MAX_PROBLEMS} listed" if len(problems) > MAX_PROBLEMS else ""
    return BadInput(f"{file} has {len(problems)} problems{more}; the first: {problems[0]}", problems=kept)


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def place_of(layout: Layout, shape: Shape, ordinal: int, field: str) -> tuple[int | None, int | None]:
    """Return line and column of a field's value, else of its table's header, else nothing."""
    indexes = layout.under(shape.name)
    if indexes and ordinal < len(indexes):
        piece, first = layout.pieces[indexes[ordinal]], layout.first_lines[indexes[ordinal]]
        for statement in statements(piece):
            if statement.key[0] == field:
                return _within(piece, first, statement)
        return first + piece.count("\n", 0, header_start(piece)), None
    if not layout.pieces or not layout.pieces[0]:
        return None, None
    inline = [entry for entry in statements(layout.pieces[0]) if entry.key[0] == shape.name]
    for statement in inline:
        if len(statement.key) > 1 and statement.key[1] == field:
            return _within(layout.pieces[0], 1, statement)
    return _within(layout.pieces[0], 1, inline[0]) if inline else (None, None)


def _within(piece: str, first: int, statement: Statement) -> tuple[int, int]:
    line, column = _place(piece, statement.value_start)
    return first - 1 + line, column


class _Reader:
    """Collects the problems of one file while its values are made."""

    def __init__(self, layout: Layout, file: str) -> None:
        self.layout = layout
        self.file = file
        self.problems: list[Problem] = []

    def configuration(self, raw: dict[str, Any], records: dict[str, list[Any]]) -> Configuration:
        """Return the values, or raise BadInput with every problem. `records` are tables that are checked already."""
        self._root(raw)
        made: dict[str, Any] = {}
        for shape in schema.SHAPES:
            if shape.name in records:
                made[shape.attribute] = tuple(records[shape.name])
            elif shape.name in raw:
                found = self._records(shape, raw[shape.name])
                made[shape.attribute] = found if shape.key else (found[0] if found else None)
        if not self.problems:
            configuration = Configuration(**made)
            self._clashes(configuration)
            if not self.problems:
                return configuration
        self.problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
        raise refused(self.problems, self.file)

    def _root(self, raw: dict[str, Any]) -> None:
        known = ("version", *schema.BY_NAME)
        version = raw.get("version", FORMAT_VERSION)
        if type(version) is not int or version != FORMAT_VERSION:
            newer = type(version) is int and version > FORMAT_VERSION
            said = f"is {version!r}" if isinstance(version, int | float | str) else "is no number"
            self._add_root(
                "version",
                f"{said[:60]}; this release reads version {FORMAT_VERSION}",
                "Use a newer edgeconsole" if newer else f"Write version = {FORMAT_VERSION}",
            )
        for name in raw.keys() - set(known):
            found = schema.unknown_key(name, known)
            self._add_root(name, found.message, found.remedy)

    def _add_root(self, name: str, message: str, remedy: str) -> None:
        line, column = self._root_place(name)
        self.problems.append(
            Problem(file=self.file, line=line, column=column, field=name[:80], message=message, remedy=remedy)
        )

    def _root_place(self, name: str) -> tuple[int | None, int | None]:
        for statement in statements(self.layout.pieces[0]):
            if statement.key[0] == name:
                return _within(self.layout.pieces[0], 1, statement)
        indexes = self.layout.under(name)
        if not indexes:
            return None, None
        piece = self.layout.pieces[indexes[0]]
        return self.layout.first_lines[indexes[0]] + piece.count("\n", 0, header_start(piece)), None

    def _records(self, shape: Shape, value: Any) -> tuple[Any, ...]:
        raws = value if isinstance(value, list) else [value]
        if isinstance(value, list) != shape.repeats:
            written = f"[[{shape.name}]]" if isinstance(value, list) else f"[{shape.name}]"
            count = "may repeat" if shape.repeats else "stands once"
            self._add_root(shape.name, f"is not written {written}: it {count}", f"Write {shape.header}")
            return ()
        return tuple(self._one_by_one(shape, raws))

    def _one_by_one(self, shape: Shape, raws: list[Any]) -> Iterator[Any]:
        for ordinal, raw in enumerate(raws):
            if not isinstance(raw, dict):
                self._add(shape, ordinal, "", FieldProblem("", "is not a table", f"Write {shape.header}"), ())
                continue
            found = schema.check(shape, raw)
            if not isinstance(found, list):
                yield found
                continue
            key = raw.get(shape.key) if shape.key else ""
            for problem in found:
                self._add(shape, ordinal, key if isinstance(key, str) else "", problem, raw)

    def _add(self, shape: Shape, ordinal: int, key: str, found: FieldProblem, raw: Any) -> None:
        line: int | None = None
        column: int | None = None
        if len(self.problems) < MAX_PROBLEMS:
            line, column = place_of(self.layout, shape, ordinal, found.field)
            if found.field not in raw:
                column = None
        self.problems.append(
            Problem(
                file=self.file,
                line=line,
                column=column,
                field=shape.label(key, ordinal, found.field),
                message=found.message,
                remedy=found.remedy,
            )
        )

    def _clashes(self, configuration: Configuration) -> None:
        for clash in schema.clashes(configuration):
            key = clash.shape.key_of(clash.shape.records(configuration)[clash.ordinal])
            problem = clash.problem
            if len(self.problems) < MAX_PROBLEMS:
                other = place_of(self.layout, clash.other, clash.other_ordinal, clash.other.key)[0]
                problem = problem._replace(message=f"{problem.message}, on line {other}" if other else problem.message)
            self._add(clash.shape, clash.ordinal, key, problem, (problem.field,))
