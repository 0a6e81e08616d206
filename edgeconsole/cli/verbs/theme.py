"""theme: the themes there are, and whether a file of one's own is one."""

import argparse
import os
from pathlib import Path

from edgeconsole.cli.output import json_text, print_columns
from edgeconsole.tui import themes


def theme(arguments: argparse.Namespace) -> int:
    """Print the themes, or say that a file can be used. Raises BadInput with file, line and reason where it cannot."""
    if arguments.file is not None:
        found = themes.read(Path(arguments.file))
        place = themes.folders(os.environ)[-1]
        print(f"{found.name} can be used; in {place} it is found by its name")
        return 0
    places = themes.folders(os.environ)
    found_themes = [themes.load(name, places) for name in themes.available(places)]
    if arguments.json:
        print(json_text([{"name": each.name, "dark": each.dark, "ansi": each.ansi} for each in found_themes]))
        return 0
    rows = [[each.name, "dark" if each.dark else "light", _colours(each)] for each in found_themes]
    print_columns(["THEME", "GROUND", "COLOURS"], rows)
    print(f"own themes stand in {places[-1]}; --theme NAME, or theme = in console.toml, chooses one")
    return 0


def _colours(found: themes.ThemeFile) -> str:
    if found.name == themes.MONO:
        return "none"
    return "the terminal's own 16" if found.ansi else "truecolor"
