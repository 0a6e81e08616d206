"""Who looks at or edits what: notes of consoles that end by themselves and never block anybody."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from edgeconsole.model.text import clean
from edgeconsole.wire.messages import Doing, Presence, PresenceNote

LIFE = timedelta(seconds=60)
"""How long a note holds that is not repeated (reliability D4)."""

_MOST_NOTES = 256


class PresenceBoard:
    """The notes of one edge, one for each console."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._notes: OrderedDict[tuple[str, str], Presence] = OrderedDict()

    def put(self, subject: str, who: str, note: PresenceNote) -> bool:
        """Take in what a caller says; whether it is news. `subject` tells callers of one name apart."""
        key, now = (subject, note.console), self._clock()
        before = self._notes.pop(key, None)
        if note.doing is Doing.AWAY:
            return before is not None
        about = clean(note.about)
        same = before is not None and (before.doing, before.about) == (note.doing, about) and now - before.seen < LIFE
        self._notes[key] = Presence(
            who=clean(who),
            doing=note.doing,
            about=about,
            console=clean(note.console),
            since=before.since if before is not None and same else now,
            seen=now,
        )
        if len(self._notes) > _MOST_NOTES:
            self._notes.popitem(last=False)
        return not same

    def all(self) -> tuple[Presence, ...]:
        """Return the notes that hold, the last repeated first."""
        now = self._clock()
        self._notes = OrderedDict((key, note) for key, note in self._notes.items() if now - note.seen < LIFE)
        return tuple(reversed(self._notes.values()))
