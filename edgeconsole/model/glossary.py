"""What the words of federation mean, by their new and their old names; the entries stand beside it, by theme."""

import difflib
import re
from collections.abc import Iterator, Mapping

from edgeconsole.model.glossary_codes import CODES
from edgeconsole.model.glossary_entry import Entry
from edgeconsole.model.glossary_services import SERVICES
from edgeconsole.model.glossary_settings import SETTINGS
from edgeconsole.model.glossary_types import TYPES

__all__ = ["ENTRIES", "Entry", "find", "names", "near"]

ENTRIES: tuple[Entry, ...] = (*TYPES, *SETTINGS, *SERVICES, *CODES)
"""Every entry, by theme."""

_CLOSE = 0.6
"""Similarity (0 to 1) from which a word counts as a near miss; the standard library's own default."""


def normal(text: str) -> str:
    """Return a term as it is compared: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def names(entry: Entry) -> Iterator[str]:
    """Yield everything an entry is found by; what stands in brackets is no part of a name."""
    for name in (entry.name, *entry.old_names, *entry.aliases, *entry.wire.split(", ")):
        if name:
            yield name.partition(" (")[0]


_SPELLED: Mapping[str, str] = {normal(name): name for entry in ENTRIES for name in names(entry)}


def find(term: str) -> tuple[Entry, ...]:
    """Return what a term stands for: the entry of that name, else every entry with that old name or alias.

    Case, spaces and hyphens do not matter. Some old names cover two things of today: a server allow list held hosting
    and public IM providers.
    """
    wanted = normal(term)
    singular = wanted.removesuffix("s")
    for key in (wanted, singular):
        exact = tuple(entry for entry in ENTRIES if normal(entry.name) == key)
        found = exact or tuple(entry for entry in ENTRIES if key in {normal(name) for name in names(entry)})
        if found and key:
            return found
    return ()


def near(term: str, most: int = 5) -> tuple[str, ...]:
    """Return the names that were probably meant, the closest first; a part of a name counts as close."""
    wanted = normal(term)
    if not wanted:
        return ()
    inside = [key for key in _SPELLED if wanted in key] if len(wanted) > 2 else []
    keys = dict.fromkeys((*difflib.get_close_matches(wanted, _SPELLED, most, _CLOSE), *inside))
    found: dict[str, str] = {}
    for key in keys:
        found.setdefault(find(key)[0].name, _SPELLED[key])
    return tuple(found.values())[:most]
