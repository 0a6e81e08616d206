"""An audit that cannot be written refuses changes and nothing else: reading, going back, an emergency block (D13)."""

import contextlib
import errno
import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from edgeconsole.config import journal as journalling
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Action, Table
from edgeconsole.model.errors import NotSaved
from edgeconsole.model.revision import Origin, WriteOutcome
from tests.reliability.edges import ALICE, DISCOVERY_ON, RunningEdge

BLOCK = Change(table=Table.DOMAIN, key="evil.example", fields={"action": "block"})


@contextlib.contextmanager
def refusing(edge: RunningEdge, number: int) -> Iterator[None]:
    def refuse(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journalling, "write_all", refuse)
        yield


@contextlib.contextmanager
def torn(edge: RunningEdge) -> Iterator[None]:
    """Half of a line is written, and cannot be cut off again."""

    def tear(descriptor: int, content: bytes) -> NoReturn:
        os.write(descriptor, content[: len(content) // 2])
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    class Os:
        def __getattr__(self, name: str) -> object:
            if name == "ftruncate":
                return refuse
            return getattr(os, name)

    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journalling, "write_all", tear)
        patch.setattr(journalling, "os", Os())
        yield


@contextlib.contextmanager
def blocked(edge: RunningEdge) -> Iterator[None]:
    """The disk takes the line and does not come back."""
    freed = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journalling, "SINK_SECONDS", 0.05)
        patch.setattr(journalling, "write_all", lambda *_: freed.wait())
        yield
        freed.set()
        journal = edge.revisions._saved.journal
        if journal._late is not None:
            journal._late.join()


@contextlib.contextmanager
def removed(edge: RunningEdge) -> Iterator[None]:
    journal = edge.path.with_name("federation.history") / "journal.jsonl"
    aside = journal.with_suffix(".aside")
    journal.rename(aside)
    yield
    aside.rename(journal)


SINKS: dict[str, Callable[[RunningEdge], contextlib.AbstractContextManager[None]]] = {
    "full": lambda edge: refusing(edge, errno.ENOSPC),
    "failing": lambda edge: refusing(edge, errno.EIO),
    "read-only": lambda edge: refusing(edge, errno.EROFS),
    "not ours": lambda edge: refusing(edge, errno.EACCES),
    "torn": torn,
    "blocked": blocked,
    "removed": removed,
}


@pytest.mark.parametrize("sink", SINKS)
async def test_changes_are_refused_and_reading_goes_on(edge: RunningEdge, sink: str) -> None:
    before = edge.text
    with SINKS[sink](edge):
        with pytest.raises(NotSaved, match=r"the journal .*journal\.jsonl cannot be written .*; nothing was changed"):
            await edge.apply(DISCOVERY_ON)
        assert edge.text == before
        assert not edge.discovery
        assert len(await edge.service.history(10)) == 1
        assert len(await edge.service.archive.audit(10)) == 1
        assert edge.service.health().running == edge.revisions.head
    await edge.apply(DISCOVERY_ON)
    edge.check_kept()
    await edge.restart()
    edge.check_kept()


@pytest.mark.parametrize("sink", SINKS)
async def test_what_waits_goes_back_and_is_written_down_when_the_audit_works_again(
    edge: RunningEdge, sink: str
) -> None:
    token = await edge.pending()
    with SINKS[sink](edge):
        result = await edge.confirmation.roll_back(token, ALICE)
        assert result.outcome is WriteOutcome.COMMITTED
        assert not edge.discovery
    await edge.apply(BLOCK)
    assert [record.origin for record in edge.revisions.history(2)] == [Origin.APPLIED, Origin.ROLLED_BACK]
    assert edge.revisions.trail.verify(edge.service.health().audit_head).intact
    await edge.restart()
    assert [record.origin for record in edge.revisions.history(2)] == [Origin.APPLIED, Origin.ROLLED_BACK]


@pytest.mark.parametrize("sink", SINKS)
async def test_what_waits_goes_back_over_a_hand_edit_that_cannot_be_written_down(edge: RunningEdge, sink: str) -> None:
    token = await edge.pending()
    edited = edge.text + "# by hand\n"
    edge.path.write_text(edited)
    with SINKS[sink](edge):
        result = await edge.confirmation.roll_back(token, ALICE)
        assert not edge.discovery
    assert result.outcome is WriteOutcome.COMMITTED
    await edge.restart()
    edge.check_back()
    assert edge.revisions.history(1)[0].origin is Origin.ROLLED_BACK
    (kept,) = edge.path.with_name("federation.history").glob("*.overwritten")
    assert kept.read_text() == edited


@pytest.mark.parametrize("sink", SINKS)
async def test_a_confirmation_that_cannot_be_written_down_does_not_count(edge: RunningEdge, sink: str) -> None:
    token = await edge.pending()
    with SINKS[sink](edge):
        with pytest.raises(NotSaved, match="so it does not count"):
            await edge.confirmation.confirm(token, ALICE)
        assert edge.confirmation.told() is not None
    await edge.confirmation.confirm(token, ALICE)
    edge.check_kept()


@pytest.mark.parametrize("sink", SINKS)
async def test_an_emergency_block_is_made_and_told_by_the_log(
    edge: RunningEdge, sink: str, caplog: pytest.LogCaptureFixture
) -> None:
    with SINKS[sink](edge), caplog.at_level(logging.CRITICAL):
        plan = await edge.service.plan([BLOCK], None)
        result = await edge.service.apply(plan.plan_id, author=ALICE, why="worm", emergency=True)
        assert result.outcome is WriteOutcome.COMMITTED
        assert edge.edge.configuration.domains[-1].action is Action.BLOCK
    assert "#2 by alice via console: committed" in caplog.text
    await edge.apply(DISCOVERY_ON)
    await edge.restart()
    assert [record.why for record in edge.revisions.history(2)] == ["", "worm"]
    assert edge.revisions.trail.verify(edge.service.health().audit_head).intact
