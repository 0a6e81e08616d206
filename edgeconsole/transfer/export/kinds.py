"""The kinds of export in the words of `--format`, and how their text becomes the bytes of a file."""

from enum import Enum


class Kind(Enum):
    """What can be written."""

    TOML = "toml"
    JSON = "json"
    CSV = "csv"
    PLAIN = "plain"
    MASTODON = "mastodon"
    POWERSHELL = "powershell"
    TEAMS = "powershell-teams"
    REPORT = "report"


_FOR_WINDOWS = frozenset({Kind.POWERSHELL, Kind.TEAMS, Kind.CSV})


def encoded(text: str, kind: Kind) -> bytes:
    """Return the bytes of an export.

    Windows PowerShell 5.1 reads a script without byte order mark in the machine's code page, where half a character
    can become a quotation mark that ends a literal; spreadsheets garble such CSV.
    """
    return text.encode("utf-8-sig" if kind in _FOR_WINDOWS and not text.isascii() else "utf-8")
