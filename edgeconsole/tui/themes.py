"""Theme files: one TOML file a theme, read and checked here, given to Textual in one place."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import edgeconsole
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.text import clean

if TYPE_CHECKING:
    from textual.theme import Theme

DEFAULT = "edge-ansi"
"""The theme of a terminal with colours; built on the terminal's own sixteen."""
MONO = "edge-mono"
"""The theme of a terminal without: weight and glyphs only."""

COLOURS = (
    "primary", "secondary", "success", "warning", "error", "accent", "foreground", "background", "surface", "panel",
    "boost",
)  # fmt: skip
STATES = ("state-ok", "state-warn", "state-fail", "state-stale", "state-off")
VARIABLES = (*STATES, "staged", "mark", "bar", "ro", "cursor")
"""Semantic colours every theme defines; the style sheets use these and nothing else."""
STYLES = (*(f"{name}-style" for name in STATES), "bar-style", "cursor-style")
"""Text styles that go with them: where colours are few, weight tells the states apart."""

_ANSI = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_NAMED = {"ansi_default", *(f"ansi_{name}" for name in _ANSI), *(f"ansi_bright_{name}" for name in _ANSI)}
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_WEIGHTS = {"none", "bold", "dim", "italic", "underline", "reverse"}
_MAX_BYTES = 64 * 1024


class Wardrobe(NamedTuple):
    """The themes a console can change to while it runs."""

    places: "tuple[Path, ...] | None" = None
    """Folders; None are those of the package."""
    colour: bool = True
    """Whether the terminal shows colour."""


class ThemeFile(NamedTuple):
    """A theme as its file says, checked."""

    name: str
    dark: bool
    ansi: bool
    colours: dict[str, str]
    variables: dict[str, str]

    def to_textual(self) -> "Theme":
        """Return Textual's form of the theme."""
        from textual.theme import Theme

        return Theme(
            name=self.name,
            dark=self.dark,
            ansi=self.ansi,
            variables={**self.variables, **self._textual_variables()},
            **self.colours,  # type: ignore[arg-type]
        )

    def _textual_variables(self) -> dict[str, str]:
        """Variables that Textual's own style sheets read, kept within the theme's colours."""
        return {
            "border": self.variables["bar"],
            "border-blurred": self.variables["state-off"],
            "ansi-background": self.colours["background"],
            "ansi-foreground": self.colours["foreground"],
        }


def folders(environ: Mapping[str, str] = MappingProxyType({})) -> tuple[Path, ...]:
    """Return where themes are: shipped inside the installed package or at the root of a checkout, then the operator's.

    A shipped name cannot be taken by a file of the operator's, so that the way back always works.
    """
    package = Path(edgeconsole.__file__).parent
    return (package / "themes", package.parent / "themes", *_own(environ))


def _own(environ: Mapping[str, str]) -> tuple[Path, ...]:
    configured = environ.get("XDG_CONFIG_HOME", "")
    if configured.startswith("/"):
        return (Path(configured) / "edgeconsole" / "themes",)
    home = environ.get("HOME", "")
    return (Path(home) / ".config" / "edgeconsole" / "themes",) if home.startswith("/") else ()


def load(name: str, places: Sequence[Path] | None = None) -> ThemeFile:
    """Read the theme of that name; raises BadInput that says file, line and reason."""
    looked = folders() if places is None else tuple(places)
    for folder in looked:
        path = folder / f"{name}.toml"
        if _plain(name) and path.is_file():
            return read(path)
    known = ", ".join(available(looked)) or "none"
    raise BadInput(f"there is no theme {clean(name)!r}", remedy=f"Themes here: {known}")


def available(places: Sequence[Path] | None = None) -> tuple[str, ...]:
    """Return the names of the themes that can be loaded."""
    looked = folders() if places is None else places
    return tuple(sorted({path.stem for folder in looked for path in folder.glob("*.toml")}))


def choose(wanted: str | None, *, colour: bool, places: Sequence[Path] | None = None) -> tuple[ThemeFile, str]:
    """Return the theme to run on and, where the wanted one cannot be used, the sentence that says why."""
    fallback = DEFAULT if colour else MONO
    if not colour or wanted is None or wanted == fallback:
        return load(fallback, places), ""
    try:
        return load(wanted, places), ""
    except BadInput as error:
        problem = str(error.problems[0]) if error.problems else str(error)
        return load(fallback, places), f"{problem}; running on {fallback}"


def read(path: Path) -> ThemeFile:
    """Read and check one theme file."""
    try:
        raw = path.read_bytes()[: _MAX_BYTES + 1]
        if len(raw) > _MAX_BYTES:
            raise _bad(path, None, f"larger than {_MAX_BYTES} bytes")
        text = raw.decode("utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise _bad(path, None, f"cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise _bad(path, int(found[1]) if found else None, str(error)) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _bad(path, None, str(error)) from error
    return _check(path, text, table)


def _check(path: Path, text: str, table: dict[str, object]) -> ThemeFile:
    variables = table.get("variables", {})
    if not isinstance(variables, dict):
        raise _bad(path, _line(text, "variables"), "variables must be a table")
    name = table.get("name")
    if name != path.stem:
        raise _bad(path, _line(text, "name"), f"name must be {path.stem!r}, as the file is called")
    for key in ("dark", "ansi"):
        if not isinstance(table.get(key), bool):
            raise _bad(path, _line(text, key), f"{key} must be true or false")
    unknown = [key for key in table if key not in {"name", "dark", "ansi", "variables", *COLOURS}]
    unknown += [key for key in variables if key not in {*VARIABLES, *STYLES}]
    if unknown:
        raise _bad(path, _line(text, unknown[0]), f"unknown key {clean(unknown[0])!r}")
    colours = {key: _colour(path, text, key, table.get(key)) for key in COLOURS}
    looks = {key: _colour(path, text, key, variables.get(key)) for key in VARIABLES}
    looks |= {key: _weight(path, text, key, variables.get(key)) for key in STYLES}
    return ThemeFile(path.stem, table["dark"] is True, table["ansi"] is True, colours, looks)


def _colour(path: Path, text: str, key: str, value: object) -> str:
    if isinstance(value, str) and (value in _NAMED or _HEX.fullmatch(value)):
        return value
    if value is None:
        raise _bad(path, None, f"{key} is missing")
    raise _bad(path, _line(text, key), f"{key}: {clean(str(value))!r} is neither ansi_NAME nor a hexadecimal colour")


def _weight(path: Path, text: str, key: str, value: object) -> str:
    if isinstance(value, str) and value.split() and set(value.split()) <= _WEIGHTS:
        return value
    if value is None:
        raise _bad(path, None, f"{key} is missing")
    raise _bad(path, _line(text, key), f"{key}: {clean(str(value))!r} is not made of {', '.join(sorted(_WEIGHTS))}")


def _plain(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name) is not None


def _line(text: str, key: str) -> int | None:
    wanted = re.compile(rf"\s*(?:\[\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\]]")
    return next((number for number, line in enumerate(text.splitlines(), 1) if wanted.match(line)), None)


def _bad(path: Path, line: int | None, reason: str) -> BadInput:
    problem = Problem(message=clean(reason), file=clean(str(path)), line=line)
    return BadInput("the theme cannot be used", problems=(problem,))
