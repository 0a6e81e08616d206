"""Named restore points: revisions whose texts are kept however many come after them."""

import contextlib
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from edgeconsole.config.pinned import POINTS_FILE, pinned_numbers, read_points
from edgeconsole.config.read import Loaded
from edgeconsole.config.save import write_durably
from edgeconsole.config.saved import SavedFile
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.errors import BadInput, Conflict, Indeterminate, NotSaved
from edgeconsole.model.revision import Author, RestorePoint, Revision

__all__ = ["MOST_POINTS", "RestorePoints", "pinned_numbers"]

MOST_POINTS = 100

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


class RestorePoints:
    """The table of one history; for who holds the file's lock, but reading is always safe."""

    def __init__(self, saved: SavedFile, clock: Callable[[], datetime]) -> None:
        self._saved = saved
        self._history = saved.history
        self._clock = clock

    def numbered(self, number: int) -> Revision:
        """Return a revision of the history by its number. Raises BadInput."""
        for record in self._saved.records:
            if record.revision.number == number:
                return record.revision
        raise BadInput(f"there is no revision #{number} in the history", remedy="See: edgeconsole history")

    def text_at(self, revision: Revision) -> Loaded:
        """Return the file as it was at a revision. Raises BadInput for one whose text is not kept any more."""
        text = self._saved.text_of(revision)
        if text is None:
            raise BadInput(
                f"the text of revision {revision} is not kept any more",
                remedy="See: edgeconsole history; a restore point keeps a text for good",
            )
        return text

    def all(self) -> tuple[RestorePoint, ...]:
        """Return them by name. Raises BadInput for a table that cannot be read."""
        return tuple(sorted(read_points(self._history.directory), key=lambda point: point.name))

    def find(self, name: str) -> RestorePoint:
        """Return one. Raises BadInput for a name nobody gave."""
        for point in self.all():
            if point.name == name:
                return point
        known = ", ".join(point.name for point in self.all())
        raise BadInput(f"there is no restore point {name}", remedy=f"Known are: {known}" if known else "There is none")

    def add(self, name: str, number: int | None = None, *, author: Author, why: str = "") -> RestorePoint:
        """Name a revision, the head without a number.

        Raises BadInput for a name that is none or a text that is gone, Conflict for a name that is taken, NotSaved.
        """
        revision = self._saved.head if number is None else self.numbered(number)
        if not _NAME.fullmatch(name):
            raise BadInput(f"{name!r} is no name of a restore point", remedy="Begin with a letter, no spaces")
        points = self.all()
        if any(point.name == name for point in points):
            raise Conflict(f"there is a restore point {name} already", remedy="Remove it first, or choose another name")
        if len(points) >= MOST_POINTS:
            raise BadInput(f"there are {MOST_POINTS} restore points already", remedy="Remove one that is not needed")
        if self._history.text_of(revision) is None:
            raise BadInput(f"the text of revision {revision} is not kept any more", remedy="See: edgeconsole history")
        point = RestorePoint(name=name, revision=revision, at=self._clock(), by=author, why=why)
        # Kept first, and told to the disk: from here on nothing prunes it.
        self._write((*points, point), AuditAct.POINT_SET, point, author, why)
        with contextlib.suppress(OSError):
            _sync(self._history.file(revision.number))
        return point

    def remove(self, name: str, *, author: Author) -> RestorePoint:
        """Take a name away; the text goes when it is old enough. Raises BadInput, NotSaved."""
        point = self.find(name)
        left = tuple(each for each in self.all() if each.name != name)
        self._write(left, AuditAct.POINT_REMOVED, point, author, "")
        return point

    def _write(
        self, points: tuple[RestorePoint, ...], act: AuditAct, point: RestorePoint, author: Author, why: str
    ) -> None:
        path = self._history.directory / POINTS_FILE
        number = point.revision.number
        try:
            self._saved.journal.note(act, author, self._clock(), number=number, subject=point.name, why=why)
            write_durably(path, msgspec.json.format(msgspec.json.encode(points)) + b"\n")
        except OSError as error:
            with contextlib.suppress(BadInput):
                if read_points(self._history.directory) == points:
                    raise Indeterminate(
                        f"{path} says it already, and a power cut may undo that ({error.strerror})",
                        remedy="edgeconsole restore-point list tells what stands; see to the disk",
                    ) from None
            raise NotSaved(
                f"the restore points in {path} cannot be written ({error.strerror})",
                remedy="Make room, or mend its permissions; nothing was changed",
            ) from None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
