"""From a command line to a running console: the environment, the log and the theme, set before Textual is imported.

Importing this module costs no Textual; `run` imports it. Measured: `textual.constants` reads its variables at import,
and a library that logs to stderr writes across the screen, since Textual draws there.
"""

import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

from edgeconsole.model.text import clean

if TYPE_CHECKING:
    from edgeconsole.store.drafts import DraftBox
    from edgeconsole.store.store import Store
    from edgeconsole.tui.contexts import Places
    from edgeconsole.tui.keys import KeyMap

_LOG_BYTES = 1_000_000


def run(
    store_factory: Callable[[], "Store"],
    *,
    theme: str | None = None,
    context: str = "",
    settings: Path | None = None,
    drafts: "Callable[[], DraftBox] | None" = None,
    directory: Callable[[], Path] | None = None,
    places: "Places | None" = None,
    notice: str = "",
    tour: bool | None = None,
    environment: MutableMapping[str, str] | None = None,
) -> int:
    """Open the console on a store until the operator quits; returns the exit status.

    `settings` is the console.toml whose `[keys]` are used; `places` are told where to go next, if anywhere;
    `tour` says whether the tour begins at once, None that there is none on this edge.
    """
    environ = os.environ if environment is None else environment
    colour = prepare(environ)
    folder = state_folder(environ)
    log_to_file(folder)

    from edgeconsole.tui import crash, glyphs, themes
    from edgeconsole.tui.app import ConsoleApp
    from edgeconsole.tui.column_choices import ColumnChoices
    from edgeconsole.tui.compat import CRASHED

    glyphs.Glyphs.ascii = glyphs.wants_ascii(environ)
    wardrobe = themes.Wardrobe(themes.folders(environ), colour=colour)
    chosen, fallen_back = themes.choose(theme, colour=colour, places=wardrobe.places)
    keys, told = own_keys(settings)
    notice = "; ".join(text for text in (notice, fallen_back, told) if text)
    app = ConsoleApp(
        store_factory(),
        chosen,
        context=context,
        notice=notice,
        drafts=drafts,
        keys=keys,
        directory=directory,
        columns=ColumnChoices(lambda: folder / "columns.json"),
        places=places,
        wardrobe=wardrobe,
        tour=tour,
    )
    if own_driver(environ):
        from edgeconsole.tui.driver.driver import DeltaDriver

        app.driver_class = DeltaDriver
    status = app.run(mouse=False)
    if app.crash is not None:
        print(crash.sentence(app.crash, crash.write(app.crash, folder)), file=sys.stderr)
        return CRASHED
    return status or app.return_code or 0


def prepare(environ: MutableMapping[str, str]) -> bool:
    """Set what Textual reads at import; returns whether there may be colour."""
    environ.setdefault("TEXTUAL_FPS", "120")  # Measured: a key costs two frame ticks; idle costs nothing either way.
    environ["TEXTUAL_ANIMATIONS"] = "none"
    environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
    if environ.get("TERM", "").startswith(("linux", "vt", "screen", "tmux")):
        # These do not have the Kitty keyboard protocol; some print what switches it on.
        environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    for name in ("TEXTUAL_THEME", "TEXTUAL_PRESS", "TEXTUAL_DRIVER", "TEXTUAL_LOG", "TEXTUAL_SCREENSHOT", "TEXTUAL"):
        environ.pop(name, None)
    no_color = environ.get("NO_COLOR", "")
    if not no_color:
        # An empty NO_COLOR means colour (no-color.org); Textual would take it as set.
        environ.pop("NO_COLOR", None)
    return not no_color and environ.get("TERM", "") not in ("dumb", "vt100", "vt220")


def own_keys(settings: Path | None) -> "tuple[KeyMap | None, str]":
    """Return the key map of a console.toml, and what of it could not be taken; None is the default map."""
    if settings is None or not settings.exists():
        return None, ""
    # Late: reading TOML costs the start 15 ms that it does not need without a file.
    from edgeconsole.tui import remap

    found = remap.load(settings)
    return found.keys, remap.notice(found.problems)


def own_driver(environ: MutableMapping[str, str]) -> bool:
    """Return whether our terminal driver is used; `EDGECONSOLE_DRIVER=textual` asks for Textual's own."""
    return environ.get("EDGECONSOLE_DRIVER", "") != "textual"


def state_folder(environ: MutableMapping[str, str]) -> Path:
    """Return where the console keeps its log and its crash files."""
    base = environ.get("XDG_STATE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
    return root / "edgeconsole"


class _OneLine(logging.Formatter):
    """One record, one line, whatever stands in it."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record), 8192)


def log_to_file(folder: Path) -> None:
    """Send all logging to a private file, or nowhere where there can be none; never to the terminal."""
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        root.removeHandler(handler)
    root.addHandler(_handler(folder))
    root.setLevel(logging.INFO)
    # A line for every request would bury what the console itself has to say.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _handler(folder: Path) -> logging.Handler:
    path = folder / "console.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "a")
        handler: logging.Handler = logging.StreamHandler(file)
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    return handler
