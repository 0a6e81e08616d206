"""keys: the key map in force, and what of the operator's own keys could not be taken."""

import argparse

from edgeconsole.cli.output import complain, json_text, print_columns
from edgeconsole.cli.reach import settings_path
from edgeconsole.tui import remap
from edgeconsole.tui.keys import labels


def keys(arguments: argparse.Namespace) -> int:
    """Print every action with its keys; 1 where an entry of `[keys]` in console.toml cannot be taken."""
    path = settings_path()
    found = remap.load(path)
    entries = sorted(found.keys.entries, key=lambda entry: entry.id)
    if arguments.json:
        listed = [
            {
                "id": entry.id,
                "keys": entry.keys,
                "title": entry.title,
                "screens": entry.screens,
                "own": entry.id in found.own,
            }
            for entry in entries
        ]
        print(json_text({"keys": listed, "problems": found.problems}))
    else:
        rows = [
            [entry.id, labels(entry) or "-", "yes" if entry.id in found.own else "", _where(entry.screens), entry.title]
            for entry in entries
        ]
        print_columns(["ID", "KEYS", "OWN", "WHERE", "TITLE"], rows)
        print(f'[keys] in {path} gives an action other keys: domain.block = "%"')
    for problem in found.problems:
        complain(f"edgeconsole: {problem}")
    return 1 if found.problems else 0


def _where(screens: tuple[str, ...]) -> str:
    return ", ".join(screens) if screens else "everywhere"
