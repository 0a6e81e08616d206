"""console.toml: the edges an operator goes to, by name, and how careful to be there; secrets are named, never held.

default_context = "production"

[[context]]
name = "production"
backend = "remote"
address = "https://edge.contoso.example:8443"
token = "file:~/.config/edgeconsole/production.token"
readonly = true
confirm = "2m"
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from edgeconsole.config import values
from edgeconsole.config.limits import OverLimit
from edgeconsole.config.scan import Header, header_start, line_of, scan, statements
from edgeconsole.config.schema import FieldProblem, unknown_key
from edgeconsole.config.source import read_bytes
from edgeconsole.config.values import BadValue, Kind, of_text, of_words, shown
from edgeconsole.model.errors import BadInput, Problem

_LARGEST = 256 * 1024
_TABLE = "context"
_DEFAULT = "default_context"


class BackendKind(Enum):
    """How an edge is reached."""

    FILE = "file"
    LOCAL = "local"
    REMOTE = "remote"


class Context(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One edge by name."""

    name: str
    backend: BackendKind
    address: str
    """A file, a socket, or `https://host:port`."""
    token: str | None = None
    """Where the bearer token is: `env:NAME` or `file:PATH`."""
    certificate: str | None = None
    """A client certificate, `file:PATH`."""
    private_key: str | None = None
    ca: str | None = None
    """File of the authorities to believe instead of the system's."""
    pin: str | None = None
    """`sha256:` and the digest of the edge's certificate or public key."""
    theme: str | None = None
    readonly: bool = False
    """Change nothing unless `--no-readonly` is given."""
    confirm: timedelta | None = None
    """Changes go back by themselves after this long unless they are confirmed."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What console.toml says about edges; its other keys belong to other parts of the console."""

    contexts: tuple[Context, ...] = ()
    default_context: str | None = None

    def find(self, name: str) -> Context | None:
        """Return a context by name."""
        return next((context for context in self.contexts if context.name == name), None)


def _parse_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text):
        raise BadValue(f"needs letters, digits, dots, hyphens and underscores, at most 64, not {shown(text)}")
    return text


def _parse_pin(text: str) -> str:
    if not re.fullmatch(r"sha256:([0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=)", text):
        raise BadValue(f"needs sha256: and a digest in hex or base64, not {shown(text)}")
    return text


def _parse_secret(text: str) -> str:
    if re.fullmatch(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)", text):
        return text
    # The text may be the secret itself, so it is not repeated.
    raise BadValue("needs env:NAME or file:PATH", "Keep the secret itself out of this file")


NAME = of_text(_parse_name)
_KINDS: Mapping[str, Kind] = {
    "name": NAME,
    "backend": of_words(BackendKind),
    "address": values.TEXT,
    "token": of_text(_parse_secret),
    "certificate": values.TEXT,
    "private_key": values.TEXT,
    "ca": values.TEXT,
    "pin": of_text(_parse_pin),
    "theme": NAME,
    "readonly": values.SWITCH,
    "confirm": values.DURATION,
}
_REQUIRED = ("name", "backend", "address")
_ONLY_REMOTE = ("token", "certificate", "private_key", "ca", "pin")
_HTTPS = re.compile(r"https://[^\s/?#@]+")
_CONFIRM = (timedelta(seconds=10), timedelta(hours=1))
"""Shortest and longest time to confirm (reliability D8)."""


def load_settings(path: Path) -> Settings:
    """Return what the file says; a missing one says nothing. Raises BadInput with every problem, file and line."""
    if not path.exists():
        return Settings()
    return parse_settings(read_text(path), path)


def read_text(path: Path) -> str:
    """Return the file's text, empty where there is none. Raises BadInput for what is no UTF-8 or too large."""
    if not path.exists():
        return ""
    raw = read_bytes(path)
    if len(raw) > _LARGEST:
        raise _bad(path, [Problem(file=str(path), message=f"the file is larger than {_LARGEST} bytes")])
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise _bad(path, [Problem(file=str(path), message=f"byte {error.start} is not UTF-8")]) from None


def parse_settings(text: str, path: Path) -> Settings:
    """Return what a text says. Raises BadInput with every problem, file and line."""
    raw, places = _parsed(text, path)
    problems: list[Problem] = []

    def wrong(place: tuple[int, str], label: str, problem: FieldProblem) -> None:
        line = places.get(place) or places.get((place[0], ""))
        field = f"{label}.{problem.field}" if problem.field else label
        problems.append(Problem(file=str(path), line=line, field=field, message=problem.message, remedy=problem.remedy))

    contexts: list[Context] = []
    tables = raw.get(_TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        wrong((0, _TABLE), _TABLE, FieldProblem("", "needs tables", "Write [[context]] above each"))
        tables = []
    for ordinal, table in enumerate(tables, 1):
        label = f'{_TABLE} "{table["name"]}"' if isinstance(table.get("name"), str) else f"{_TABLE} number {ordinal}"
        found = check_context(table)
        if isinstance(found, Context):
            contexts.append(found)
            continue
        for each in found:
            wrong((ordinal, each.field), label, each)
    for each in () if problems else _between(contexts, raw.get(_DEFAULT)):
        wrong((0, each.field), "console", each)
    if problems:
        raise _bad(path, problems)
    return Settings(contexts=tuple(contexts), default_context=raw.get(_DEFAULT))


def _parsed(text: str, path: Path) -> tuple[dict[str, Any], dict[tuple[int, str], int]]:
    try:
        # The scanner first: it refuses what would take the parser's time and memory.
        places = _places(text)
        return tomllib.loads(text), places
    except OverLimit as error:
        problem = Problem(file=str(path), line=line_of(text, error.offset), message=error.message)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        problem = Problem(file=str(path), line=int(line[1]) if line else None, message=str(error))
    raise _bad(path, [problem])


def check_context(table: Mapping[str, Any]) -> Context | list[FieldProblem]:
    """Return the context that a raw table says, or everything that is wrong with it."""
    problems: list[FieldProblem] = []
    read: dict[str, Any] = {}
    for name, value in table.items():
        kind = _KINDS.get(name)
        if kind is None:
            problems.append(unknown_key(name, _KINDS))
            continue
        try:
            read[name] = kind.read(value)
        except BadValue as error:
            problems.append(FieldProblem(name, error.message, error.remedy))
    problems += [
        FieldProblem(name, "is missing", f"Add {name} = … to the table") for name in _REQUIRED if name not in table
    ]
    return problems or _together(Context(**read))


def _together(context: Context) -> Context | list[FieldProblem]:
    remote = context.backend is BackendKind.REMOTE
    problems = []
    if remote and not _HTTPS.fullmatch(context.address):
        problems.append(FieldProblem("address", "needs https://host:port", "No path, user or query belongs to it"))
    if remote and context.token is None and context.certificate is None:
        problems.append(FieldProblem("token", "is missing, and so is certificate", "Add one of the two"))
    if not remote:
        problems += [
            FieldProblem(name, "belongs to remote contexts", 'Remove it, or write backend = "remote"')
            for name in _ONLY_REMOTE
            if getattr(context, name) is not None
        ]
    if context.confirm is not None and context.backend is BackendKind.FILE:
        problems.append(FieldProblem("confirm", "needs a proxy, which takes back what nobody confirms", "Remove it"))
    if context.confirm is not None and not _CONFIRM[0] <= context.confirm <= _CONFIRM[1]:
        problems.append(FieldProblem("confirm", "may be 10s to 1h"))
    return problems or context


def _between(contexts: Sequence[Context], default: object) -> list[FieldProblem]:
    names = [context.name for context in contexts]
    problems = [
        FieldProblem(_TABLE, f"{name} is there more than once", "Rename one")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if default is not None and default not in names:
        known = ", ".join(names) or "none"
        problems.append(FieldProblem(_DEFAULT, f"names no context: {shown(str(default))}", f"Known are: {known}"))
    return problems


def to_raw(context: Context) -> dict[str, Any]:
    """Return a context as TOML carries it, defaults left out."""
    defaults = Context(name="", backend=context.backend, address="")
    return {
        name: kind.write(value)
        for name, kind in _KINDS.items()
        if (value := getattr(context, name)) is not None and (name in _REQUIRED or value != getattr(defaults, name))
    }


class _Place(NamedTuple):
    ordinal: int
    """Of the context, from 1; 0 for keys above all tables."""
    key: str
    """Empty for the header."""


def _places(text: str) -> dict[tuple[int, str], int]:
    """Return the lines of the keys: of the file's own, and of each context's."""
    layout = scan(text)
    found: dict[tuple[int, str], int] = {}
    start, ordinal = 0, 0
    for piece, header in zip(layout.pieces, layout.headers, strict=True):
        if header == Header((_TABLE,), True):
            ordinal += 1
        within = ordinal if header == Header((_TABLE,), True) else 0
        found.setdefault(_Place(within, ""), line_of(text, start + header_start(piece)))
        for statement in statements(piece):
            found.setdefault(_Place(within, statement.key[0]), line_of(text, start + statement.start))
        start += len(piece)
    return found


def _bad(path: Path, problems: Sequence[Problem]) -> BadInput:
    return BadInput(f"{path} cannot be read", problems=tuple(problems))
