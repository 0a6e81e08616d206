"""What the operator's keys are called: sentences that name a key ask here, so that they follow a remapped key map.

Keys that belong to the bottom row itself, esc and enter among them, cannot be remapped and are named as they are.
"""

from collections.abc import Mapping
from typing import ClassVar


class Legend:
    """Labels of keys by the id of what they do; set once, before the console draws. Empty where there are no keys."""

    labels: ClassVar[Mapping[str, str]] = {}


def keycap(identifier: str) -> str:
    """Return the label of the key of an action, its id where there are no keys."""
    return Legend.labels.get(identifier, identifier)


def offer(sentence: str, *identifiers: str) -> str:
    """Return a sentence with the labels of keys in its places; empty where there are no keys, as in a command."""
    return sentence.format(*map(keycap, identifiers)) if Legend.labels else ""
