"""Times as people read them: ages, moments, counts that fit a column."""

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def age(now: datetime, then: datetime | None) -> str:
    """Return how long ago, in at most three characters and a unit: `now`, `42s`, `7m`, `3h`, `12d`."""
    if then is None:
        return "-"
    seconds = int((now - then).total_seconds())
    if seconds < 2:
        return "now"
    if seconds < 100:
        return f"{seconds}s"
    if seconds < 100 * _MINUTE:
        return f"{seconds // _MINUTE}m"
    if seconds < 48 * _HOUR:
        return f"{seconds // _HOUR}h"
    return f"{seconds // _DAY}d"


def minute(moment: datetime) -> str:
    """Return the moment to the minute in UTC, as the top bar shows it."""
    return moment.astimezone(UTC).strftime("%H:%MZ")


def stamp(moment: datetime | None) -> str:
    """Return date and time to the second in UTC."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def count(number: int) -> str:
    """Return a count in at most four characters."""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number // 1000}k"
    return f"{number // 1_000_000}M"


def plural(number: int, noun: str) -> str:
    """Return `1 session`, `2 sessions`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
