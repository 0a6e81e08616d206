"""Fields of records that lists are filtered by beside their columns: owner, ticket, tag, comment, expires, review."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from functools import partial

from edgeconsole.present.table import Facet

_DATES = ("expires", "review")
FIELDS = {
    "owner": "owner",
    "ticket": "ticket",
    "tag": "tags",
    "comment": "comment",
    "expires": "expires",
    "review": "review",
}
"""What a filter calls a field, and its name in the record."""

Told = Callable[[str], Sequence[str]]
Moments = Callable[[str], Sequence[float | None]]


def of_record(record: object, field: str) -> str:
    """Return what a filter finds of one field; empty where the record has none."""
    value = getattr(record, field, None)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value).lower()
    return str(value).lower()


def moment_of(record: object, field: str) -> float | None:
    """Return a moment of a record in seconds since 1970."""
    value = getattr(record, field, None)
    return value.timestamp() if isinstance(value, datetime) else None


def left(moments: Sequence[float | None], now: datetime) -> Sequence[float | None]:
    """Return how many seconds are left until each moment; less than none where it is over."""
    present = now.timestamp()
    return [None if moment is None else moment - present for moment in moments]


def record_facets(told: Told, moments: Moments, now: datetime) -> tuple[Facet, ...]:
    """Return the fields that records have for people; `told` and `moments` give one field for every row."""

    def made(name: str, field: str) -> Facet:
        numbers = (lambda: left(moments(field), now)) if name in _DATES else None
        return Facet(name, partial(told, field), numbers, several=name == "tag")

    return tuple(made(name, field) for name, field in FIELDS.items())


def facets_of(records: Sequence[object], now: datetime) -> tuple[Facet, ...]:
    """Return the fields of a list whose rows have these records; None has no fields."""
    return record_facets(
        lambda field: [of_record(record, field) for record in records],
        lambda field: [moment_of(record, field) for record in records],
        now,
    )


def of_words(name: str, texts: Callable[[], Sequence[str]], words: Sequence[str]) -> Facet:
    """Return a field that says one of some words."""
    return Facet(name, texts, words=tuple(dict.fromkeys(word.lower() for word in words)))


def of_numbers(name: str, numbers: Callable[[], Sequence[float | None]]) -> Facet:
    """Return a field that is a number, or seconds."""
    return Facet(name, lambda: ["" if each is None else f"{each:g}" for each in numbers()], numbers)
