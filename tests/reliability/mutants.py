"""Every fsync, lock and order step of the safe change, each taken away in turn, and the proof that must notice.

A mutant changes the product in a forked process only.
"""

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from edgeconsole.config import confirm, journal, restore_points, save, saved
from edgeconsole.config.confirm import Confirming
from edgeconsole.config.history import History
from edgeconsole.config.journal import Journal
from edgeconsole.config.lock import Lock
from edgeconsole.config.saved import SavedFile
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import Conflict, NotSaved
from edgeconsole.model.revision import WriteOutcome
from tests.reliability import disk
from tests.reliability.disk import cut_everywhere
from tests.reliability.faults import DIES, SHORT
from tests.reliability.points import broken_points
from tests.reliability.scenarios import ALICE, NEW, OLD, SCENARIOS, commit, opened, prepare
from tests.reliability.writers import lost_updates

FIRST = "federation.history/000001.toml"

Mutation = Callable[[], None]
Proof = Callable[[Path], list[str]]
"""Returns what is broken, tried in a directory of its own."""


class Mutant(NamedTuple):
    step: str
    """What is taken away."""
    mutate: Mutation
    proof: Proof


# Ways to take a step away


def unsynced(owner: Any, name: str, kind: str) -> Mutation:
    """Let fsync do nothing for files (`content`) or directories (`names`) while a function runs."""

    def mutate() -> None:
        real = getattr(owner, name)

        def careless(*args: Any, **options: Any) -> Any:
            disk.skipped.add(kind)
            try:
                return real(*args, **options)
            finally:
                disk.skipped.discard(kind)

        setattr(owner, name, careless)

    return mutate


def gone(owner: Any, name: str, answer: Any = None) -> Mutation:
    """Let a function do nothing."""
    return lambda: setattr(owner, name, lambda *_args, **_options: answer)


def _rename_first() -> None:
    real_write, real_rename = save._write_new, save._rename

    def careless(*args: Any) -> Any:
        disk.skipped.add("content")
        try:
            return real_write(*args)
        finally:
            disk.skipped.discard("content")

    def renamed(temporary: Path, path: Path, identity: tuple[int, int]) -> None:
        real_rename(temporary, path, identity)
        confirm._sync(path)

    save._write_new, save._rename = careless, renamed


def _intent_after() -> None:
    real_intend, real_conclude = Journal.intend, Journal.conclude
    late: list[tuple[Any, Any]] = []

    def intend(self: Journal, *args: Any, **options: Any) -> Any:
        late.append((args, options))

    def conclude(self: Journal, *args: Any, **options: Any) -> None:
        if late:
            before = late.pop()
            real_intend(self, *before[0], **before[1])
        real_conclude(self, *args, **options)

    Journal.intend, Journal.conclude = intend, conclude  # type: ignore[method-assign]


def _arm_after() -> None:
    real_write, real_arm = SavedFile.write, confirm.write_durably
    late: list[tuple[Path, bytes]] = []

    def write(self: SavedFile, *args: Any, **options: Any) -> WriteOutcome:
        outcome = real_write(self, *args, **options)
        while late:
            real_arm(*late.pop())
        return outcome

    confirm.write_durably = lambda target, data: late.append((target, data))
    SavedFile.write = write  # type: ignore[method-assign]


def _forget_before_writing_down() -> None:
    real = Confirming.confirm

    def careless(self: Confirming, *args: Any) -> Any:
        self._clear()
        return real(self, *args)

    Confirming.confirm = careless  # type: ignore[method-assign]


def _forget_before_going_back() -> None:
    real = Confirming.roll_back

    def careless(self: Confirming, *args: Any) -> Any:
        os.unlink(self._pending_file)
        return real(self, *args)

    Confirming.roll_back = careless  # type: ignore[method-assign]


def _write_once() -> None:
    def once(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data)

    save.write_all = once


def _lock_nothing() -> None:
    def take(_cls: type[Lock], path: Path, _subject: Path) -> Lock:
        return Lock(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))

    Lock.take = classmethod(take)  # type: ignore[assignment]


# Proofs


def cuts(name: str, *unsure: str) -> Proof:
    return lambda directory: cut_everywhere(directory, SCENARIOS[name], unsure=unsure, stop_at_first=True).broken


def faults(name: str, call: str, fault: int = DIES) -> Proof:
    def proof(directory: Path) -> list[str]:
        return broken_points(directory, name, lambda point: point.fault == fault and point.call == call)

    return proof


def _stale_plan(directory: Path) -> list[str]:
    revisions = opened(prepare(directory / "run", SCENARIOS["save"]))
    change = Change(table=Table.DOMAIN, key="evil.example", fields={"comment": "mine"})
    mine = revisions.plan([change])
    commit(revisions)
    try:
        revisions.commit(mine.plan_id, author=ALICE)
    except Conflict:
        return []
    return ["a plan on an older revision overwrote a newer one"]


def _hand_edit(directory: Path) -> list[str]:
    path = prepare(directory / "run", SCENARIOS["save"])
    revisions = opened(path)
    plan = revisions.plan([Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True})])
    path.write_bytes(OLD + b"# by hand\n")
    try:
        revisions.commit(plan.plan_id, author=ALICE)
    except (Conflict, NotSaved):
        return []
    return ["a hand edit was overwritten unseen"] if path.read_bytes() == NEW else []


def _writers(directory: Path) -> list[str]:
    return lost_updates(directory, writers=4, commits=6)


MUTANTS = (
    # fsync
    Mutant("fsync of the new text", unsynced(save, "_write_new", "content"), cuts("save")),
    Mutant("fsync of the directory after the rename", unsynced(saved, "save", "names"), cuts("save")),
    Mutant("fsync of the intent", unsynced(Journal, "intend", "content"), cuts("save")),
    Mutant("fsync of the result", unsynced(Journal, "conclude", "content"), cuts("save")),
    Mutant("fsync of the confirmation", unsynced(Journal, "note", "content"), cuts("confirm")),
    Mutant(
        "fsync of the way back's text", unsynced(confirm, "_sync", "content"), cuts("apply", "federation.toml", FIRST)
    ),
    Mutant("fsync of pending.json", unsynced(confirm, "write_durably", "content"), cuts("apply")),
    Mutant("fsync of pending.json's name", unsynced(confirm, "write_durably", "names"), cuts("apply")),
    Mutant("fsync of the directory after going back", unsynced(saved, "restore", "names"), cuts("revert")),
    Mutant(
        "fsync of a text that comes back from the history",
        unsynced(saved, "restore", "content"),
        cuts("take back", FIRST),
    ),
    Mutant("fsync of the audit's key", unsynced(journal, "load_key", "content"), cuts("first open and save")),
    Mutant(
        "fsync of the names of key and journal", unsynced(History, "sync_names", "names"), cuts("first open and save")
    ),
    Mutant(
        "fsync of the table of restore points",
        unsynced(restore_points, "write_durably", "content"),
        cuts("restore point"),
    ),
    Mutant("fsync of its name", unsynced(restore_points, "write_durably", "names"), cuts("restore point")),
    Mutant(
        "fsync of a restore point's text",
        unsynced(restore_points, "_sync", "content"),
        cuts("restore point", FIRST),
    ),
    # order
    Mutant("fsync before the rename, not after it", _rename_first, cuts("save")),
    Mutant("the intent before the rename", _intent_after, cuts("save")),
    Mutant("the way back before the change", _arm_after, cuts("apply")),
    Mutant("the confirmation before its change is forgotten", _forget_before_writing_down, cuts("confirm")),
    Mutant("the file back before its change is forgotten", _forget_before_going_back, cuts("revert")),
    # locks and looks
    Mutant("the lock", _lock_nothing, _writers),
    Mutant("the check that a plan is on the newest revision", gone(SavedFile, "check_current"), _stale_plan),
    Mutant("the look at the file before it is replaced", gone(SavedFile, "look"), _hand_edit),
    # what a start does
    Mutant("going on after a short write", _write_once, faults("save", "write", SHORT)),
    Mutant("sweeping what a crash left behind", gone(saved, "sweep"), faults("save", "replace")),
    Mutant("settling an open intent", gone(SavedFile, "_settle"), faults("save", "replace")),
    Mutant("taking up a change that waits", gone(Confirming, "_settle"), faults("apply", "close")),
)


def notices(mutant: Mutant, directory: Path) -> list[str]:
    """Apply a mutant in a fork and return what its proof finds broken there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            mutant.mutate()
            os.write(writing, "\n".join(mutant.proof(directory)).encode()[:4096])
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        content = said.read()
    assert os.waitpid(child, 0)[1] == 0, "the proof itself failed"
    return content.decode(errors="replace").splitlines()
