"""What probes found over time, in SQLite: bounded, compacting itself, and never in the way of a probe.

A file that cannot be read is moved aside and a new one begun; a disk that takes nothing more costs the past, not the
present. Every call blocks, and is made off the event loop; one thread at a time gets in.
"""

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from edgeconsole.model.probe import PeerCertificate, ProbeResult, Severity
from edgeconsole.model.probing import Change, Hour, Round, SeenCertificate
from edgeconsole.probes.history_rows import (
    SEVERITIES,
    as_round,
    decoded,
    milliseconds,
    moment,
    packed,
    percentile,
    shown,
)
from edgeconsole.probes.state import TargetState

log = logging.getLogger(__name__)

FORMAT = 1

KEPT_HOURS = timedelta(days=400)
MOST_RUNS = 1_000_000
"""Single runs kept, all together: about 100 MB."""
MOST_CHANGES = 100_000
MOST_CERTIFICATES = 200
"""Certificates remembered of one target."""

_CANNOT_WRITE = "the history of probes cannot be written"

_MOST_WAITING = 5_000
"""Runs held in memory while the disk takes none."""

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS target (id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, state BLOB, last BLOB);
CREATE TABLE IF NOT EXISTS run (
    target INTEGER, at INTEGER, severity INTEGER, ms REAL, packed BLOB, PRIMARY KEY (target, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change (id INTEGER PRIMARY KEY, target INTEGER, at INTEGER, packed BLOB);
CREATE INDEX IF NOT EXISTS change_of_target ON change (target, id);
CREATE TABLE IF NOT EXISTS hour (target INTEGER, start INTEGER, packed BLOB, PRIMARY KEY (target, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS certificate (
    target INTEGER, fingerprint TEXT, first INTEGER, last INTEGER, packed BLOB,
    PRIMARY KEY (target, fingerprint)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (name TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID;
"""

_HOUR = 3_600_000
_GOOD = f"severity < {SEVERITIES.index(Severity.CRITICAL)}"
_SAID = f"severity <> {SEVERITIES.index(Severity.UNKNOWN)}"


class Figures(NamedTuple):
    """What the last day amounts to."""

    availability: float | None
    """Share of the runs that said anything and were not critical."""
    median_ms: float | None
    p95_ms: float | None


class Remembered(NamedTuple):
    """A target as it was left."""

    state: TargetState
    last: ProbeResult | None


class History:
    """The past of all targets, in one file."""

    def __init__(self, path: Path | None, clock: Callable[[], datetime]) -> None:
        """Open the file, or keep everything in memory for None; never raises for what is wrong with the file."""
        self.problem = ""
        """What is wrong with keeping history, and what that costs; empty where nothing is."""
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._ids: dict[str, int] = {}
        self._told: set[str] = set()
        self._waiting: list[tuple[TargetState, ProbeResult, tuple[Change, ...]]] = []
        self._base = self._open()

    def record(self, state: TargetState, result: ProbeResult, changes: tuple[Change, ...] = ()) -> None:
        """Take a run in; it is on disk after the next `flush`. Does not block."""
        self._waiting.append((state, result, changes))

    def flush(self) -> None:
        """Write what was recorded, in one transaction; what cannot be written is tried again with the next."""
        with self._lock:
            self._flush()

    def remembered(self) -> dict[str, Remembered]:
        """Return every target by its key as it was left; what an older release wrote and this one cannot read is left
        out."""
        found: dict[str, Remembered] = {}
        with self._asking() as base:
            for key, state, last in base.execute("SELECT key, state, last FROM target"):
                known = decoded(state, TargetState)
                if known is not None:
                    found[key] = Remembered(known, decoded(last, ProbeResult))
        return found

    def last(self, key: str) -> ProbeResult | None:
        """Return a target's last result, whole."""
        with self._asking() as base:
            row = base.execute("SELECT last FROM target WHERE key = ?", (key,)).fetchone()
        return decoded(row[0], ProbeResult) if row else None

    def rounds(self, key: str, limit: int = 288) -> tuple[Round, ...]:
        """Return the latest runs, newest first."""
        with self._asking() as base:
            rows = base.execute(
                "SELECT at, severity, ms, packed FROM run WHERE target = ? ORDER BY at DESC LIMIT ?",
                (self._id(base, key), limit),
            ).fetchall()
        return tuple(as_round(*row) for row in rows)

    def changes(self, key: str, limit: int = 200) -> tuple[Change, ...]:
        """Return what was believed and when that changed, newest first."""
        with self._asking() as base:
            rows = base.execute(
                "SELECT packed FROM change WHERE target = ? ORDER BY id DESC LIMIT ?", (self._id(base, key), limit)
            ).fetchall()
        return tuple(each for row in rows if (each := decoded(row[0], Change)) is not None)

    def hours(self, key: str, limit: int = 168) -> tuple[Hour, ...]:
        """Return what the latest hours amount to, oldest first; the present one as far as it goes."""
        with self._asking() as base:
            target = self._id(base, key)
            rows = base.execute(
                "SELECT packed FROM hour WHERE target = ? ORDER BY start DESC LIMIT ?", (target, limit - 1)
            ).fetchall()
            now = milliseconds(self._clock())
            rolled = self._rolled_until(base, now)
            present = [_hour(base, target, start) for start in range(rolled, now + 1, _HOUR)]
        past = [each for row in reversed(rows) if (each := decoded(row[0], Hour)) is not None]
        return tuple(past + [each for each in present if each is not None])[-limit:]

    def figures(self, key: str) -> Figures:
        """Return what the last 24 hours amount to."""
        since = milliseconds(self._clock() - timedelta(days=1))
        with self._asking() as base:
            rows = base.execute(
                f"SELECT {_GOOD}, ms FROM run WHERE target = ? AND at >= ? AND {_SAID}",  # noqa: S608 constants of ours
                (self._id(base, key), since),
            ).fetchall()
        if not rows:
            return Figures(None, None, None)
        taken = sorted(ms for good, ms in rows if good)
        return Figures(
            availability=round(sum(good for good, _ in rows) / len(rows), 4),
            median_ms=percentile(taken, 0.5),
            p95_ms=percentile(taken, 0.95),
        )

    def certificates(self, key: str) -> tuple[SeenCertificate, ...]:
        """Return every certificate a target showed, the last seen first."""
        with self._asking() as base:
            rows = base.execute(
                "SELECT packed, first, last FROM certificate WHERE target = ? ORDER BY last DESC",
                (self._id(base, key),),
            ).fetchall()
        return tuple(
            SeenCertificate(certificate=each, first_seen=moment(first), last_seen=moment(last))
            for packed, first, last in rows
            if (each := decoded(packed, PeerCertificate)) is not None
        )

    def told(self, name: str) -> bool:
        """Return whether a notice was given, and note that it is now: each name is new once.

        Where the disk takes nothing, once until the next start.
        """
        if name in self._told:
            return True
        self._told.add(name)
        now = milliseconds(self._clock())
        try:
            with self._asking() as base, base:
                return base.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", (name, now)).rowcount == 0
        except sqlite3.OperationalError:
            return False

    def compact(self, keep: timedelta, targets: Collection[str] | None = None) -> None:
        """Sum up the hours that are over, drop what is older than it is kept, give the space back.

        Of targets whose keys are not among `targets` only what changed stays, its time.
        """
        try:
            self._compact(keep, targets)
        except sqlite3.OperationalError as error:
            self.problem = f"the history of probes cannot be compacted ({error}); it is tried again"
            log.warning("%s", self.problem)

    def _compact(self, keep: timedelta, targets: Collection[str] | None) -> None:
        now = self._clock()
        with self._asking() as base:
            if targets is not None:
                self._forget(base, targets)
            known = [row[0] for row in base.execute("SELECT id FROM target WHERE state IS NOT NULL")]
            with base:
                self._roll_up(base, known, milliseconds(now))
            most = max(100, MOST_RUNS // max(1, len(known)))
            for target in known:
                with base:
                    _drop_old(base, target, milliseconds(now - keep), most)
            with base:
                base.execute("DELETE FROM hour WHERE start < ?", (milliseconds(now - KEPT_HOURS),))
                base.execute("DELETE FROM told WHERE at < ?", (milliseconds(now - KEPT_HOURS),))
                base.execute("DELETE FROM change WHERE id <= (SELECT max(id) FROM change) - ?", (MOST_CHANGES,))
            base.execute("PRAGMA incremental_vacuum(2000)").fetchall()
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Write what is left and close the file."""
        with self._lock:
            self._flush()
            self._base.close()

    def _open(self) -> sqlite3.Connection:
        if self._path is None:
            return self._begin(":memory:")
        for last_try in (False, True):
            try:
                return self._begin(str(self._path))
            except sqlite3.OperationalError as error:
                return self._without_file(error)
            except sqlite3.DatabaseError as error:
                if last_try:
                    return self._without_file(error)
                self._set_aside(error)
        raise AssertionError("unreachable")

    def _begin(self, place: str) -> sqlite3.Connection:
        if self._path is not None and not self._path.exists():
            # For its owner alone from the first byte on: it names every partner.
            with contextlib.suppress(OSError):
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        base = sqlite3.connect(place, timeout=5.0, check_same_thread=False)
        try:
            base.execute("PRAGMA auto_vacuum = INCREMENTAL")
            base.execute("PRAGMA journal_mode = WAL").fetchall()
            base.execute("PRAGMA synchronous = NORMAL")
            base.execute("PRAGMA journal_size_limit = 4194304")
            if base.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("it is damaged inside")
            base.executescript(_TABLES)
            version = base.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
            if version is not None and version[0] != FORMAT:
                raise sqlite3.DatabaseError(f"it has the format {version[0]}, this release writes {FORMAT}")
            with base:
                base.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (FORMAT,))
        except BaseException:
            base.close()
            raise
        return base

    def _without_file(self, error: Exception) -> sqlite3.Connection:
        self.problem = f"the history of probes is kept in memory only: {self._path} cannot be used ({error})"
        log.warning("%s", self.problem)
        return self._begin(":memory:")

    def _set_aside(self, error: Exception) -> None:
        assert self._path is not None
        aside = self._path.with_name(f"{self._path.name}.broken-{self._clock():%Y%m%dT%H%M%SZ}")
        with contextlib.suppress(OSError):
            os.replace(self._path, aside)
        for ending in ("-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.replace(f"{self._path}{ending}", f"{aside}{ending}")
        self.problem = f"the history of probes could not be read ({error}); it was moved to {aside} and begins anew"
        log.error("%s", self.problem)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        """Give the base with all that was recorded in it; one thread at a time."""
        with self._lock:
            self._flush()
            yield self._base

    def _flush(self) -> None:
        if not self._waiting:
            return
        waiting = list(self._waiting)
        try:
            self._write(waiting)
            if self.problem.startswith(_CANNOT_WRITE):
                self.problem = ""
        except sqlite3.OperationalError as error:
            self.problem = f"{_CANNOT_WRITE} ({error}); {len(waiting)} runs wait in memory"
            log.warning("%s", self.problem)
            del self._waiting[:-_MOST_WAITING]
            return
        except sqlite3.DatabaseError as error:
            self._base.close()
            self._ids.clear()
            self._set_aside(error)
            self._base = self._open()
            self._write(waiting)
        del self._waiting[: len(waiting)]

    def _write(self, waiting: list[tuple[TargetState, ProbeResult, tuple[Change, ...]]]) -> None:
        base = self._base
        with base:
            for state, result, changes in waiting:
                target = self._id(base, f"{state.kind.value} {state.target}", make=True)
                at = milliseconds(result.started)
                values = (msgspec.msgpack.encode(state), msgspec.msgpack.encode(result), target)
                base.execute("UPDATE target SET state = ?, last = ? WHERE id = ?", values)
                base.execute(
                    "INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?, ?)",
                    (target, at, SEVERITIES.index(result.severity), result.seconds * 1000, packed(result)),
                )
                for change in changes:
                    base.execute(
                        "INSERT INTO change (target, at, packed) VALUES (?, ?, ?)",
                        (target, at, msgspec.msgpack.encode(change)),
                    )
                for certificate in shown(result):
                    base.execute(
                        "INSERT INTO certificate VALUES (?1, ?2, ?3, ?3, ?4)"
                        " ON CONFLICT DO UPDATE SET last = max(last, ?3)",
                        (target, certificate.fingerprint, at, msgspec.msgpack.encode(certificate)),
                    )

    def _id(self, base: sqlite3.Connection, key: str, *, make: bool = False) -> int:
        known = self._ids.get(key)
        if known is not None:
            return known
        if make:
            base.execute("INSERT OR IGNORE INTO target (key) VALUES (?)", (key,))
        row = base.execute("SELECT id FROM target WHERE key = ?", (key,)).fetchone()
        if row is None:
            return 0
        self._ids[key] = int(row[0])
        return self._ids[key]

    def _forget(self, base: sqlite3.Connection, keep: Collection[str]) -> None:
        with base:
            for target, key in base.execute("SELECT id, key FROM target WHERE state IS NOT NULL").fetchall():
                if key in keep:
                    continue
                for table in ("run", "hour", "certificate"):
                    base.execute(f"DELETE FROM {table} WHERE target = ?", (target,))  # noqa: S608 named above
                base.execute("UPDATE target SET state = NULL, last = NULL WHERE id = ?", (target,))

    def _rolled_until(self, base: sqlite3.Connection, now: int) -> int:
        row = base.execute("SELECT value FROM meta WHERE name = 'rolled'").fetchone()
        # The first time: all there can be.
        return int(row[0]) if row else (now - 7 * 24 * _HOUR) // _HOUR * _HOUR

    def _roll_up(self, base: sqlite3.Connection, targets: list[int], now: int) -> None:
        present = now // _HOUR * _HOUR
        for start in range(self._rolled_until(base, now), present, _HOUR):
            for target in targets:
                summed = _hour(base, target, start)
                if summed is not None:
                    base.execute(
                        "INSERT OR REPLACE INTO hour VALUES (?, ?, ?)", (target, start, msgspec.msgpack.encode(summed))
                    )
        base.execute("INSERT OR REPLACE INTO meta VALUES ('rolled', ?)", (present,))


def _drop_old(base: sqlite3.Connection, target: int, before: int, most: int) -> None:
    base.execute("DELETE FROM run WHERE target = ? AND at < ?", (target, before))
    base.execute(
        "DELETE FROM run WHERE target = ?1 AND at <= "
        "(SELECT at FROM run WHERE target = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)",
        (target, most),
    )
    base.execute(
        "DELETE FROM certificate WHERE target = ?1 AND last <= "
        "(SELECT last FROM certificate WHERE target = ?1 ORDER BY last DESC LIMIT 1 OFFSET ?2)",
        (target, MOST_CERTIFICATES),
    )


def _hour(base: sqlite3.Connection, target: int, start: int) -> Hour | None:
    rows = base.execute(
        "SELECT severity, ms FROM run WHERE target = ? AND at >= ? AND at < ?", (target, start, start + _HOUR)
    ).fetchall()
    if not rows:
        return None
    bad = SEVERITIES.index(Severity.CRITICAL)
    taken = sorted(ms for severity, ms in rows if severity < bad)
    said = [severity for severity, _ in rows if severity <= bad]
    return Hour(
        start=moment(start),
        runs=len(rows),
        good=len(taken),
        worst=SEVERITIES[max(said)] if said else Severity.UNKNOWN,
        median_ms=percentile(taken, 0.5),
        p95_ms=percentile(taken, 0.95),
        highest_ms=round(taken[-1], 1) if taken else None,
    )
