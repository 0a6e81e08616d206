"""What Review, History and the banner say in every state, at four sizes, against text kept beside this file."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from edgeconsole.actions.direct import allow_change, block_change, discovery_change
from edgeconsole.backends.base import Saved
from edgeconsole.model.audit import AuditProblem
from edgeconsole.model.errors import NotPermitted
from edgeconsole.model.plan import PendingConfirm
from edgeconsole.store.drafts import DraftBox
from edgeconsole.wire.messages import Doing, Presence
from tests.tui.console_world import ALICE, NOW, EdgeInMemory, console, draft_box, shows, text_of, until
from tests.tui.kept_screens import SIZES, says_what_it_said
from tests.tui.test_review import _commented, _next

Act = Callable[[EdgeInMemory, DraftBox, Pilot[int]], Awaitable[None]]


async def two_staged(_edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await known(pilot)
    box.stage([block_change("fabrikam.example")])
    box.stage([discovery_change(True)])
    await pilot.press("6")
    await checked(pilot)


async def known(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: pilot.app._store.snapshot.taken_at is not None)  # type: ignore[attr-defined]


async def checked(pilot: Pilot[int]) -> None:
    review = pilot.app._controls.review  # type: ignore[attr-defined]
    await until(pilot, lambda: review.standing.checked is not None)


async def nothing_staged(_edge: EdgeInMemory, _box: DraftBox, pilot: Pilot[int]) -> None:
    await known(pilot)
    await pilot.press("6")


async def at_once(_edge: EdgeInMemory, _box: DraftBox, pilot: Pilot[int]) -> None:
    await pilot.press("6")
    await pilot.pause()


async def away(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await two_staged(edge, box, pilot)
    edge.fail("the proxy does not answer on /run/edgeconsole/admin.sock")
    await until(pilot, lambda: pilot.app._store.snapshot.down_since is not None)  # type: ignore[attr-defined]


async def refused(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    async def plan(*_: object, **__: object) -> None:
        raise NotPermitted("eve may look and not change (role viewer)", remedy="Ask an operator")

    edge.plan = plan  # type: ignore[method-assign,assignment]
    await two_staged(edge, box, pilot)


async def asked(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await two_staged(edge, box, pilot)
    await pilot.press("a")
    await shows(pilot, "y apply")


async def typing(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    edge.guard = ("it closes or re-routes 3 of 4 partners",)
    await asked(edge, box, pilot)
    await pilot.press("y", "a", "p")


async def moved(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await two_staged(edge, box, pilot)
    await edge.somebody(allow_change("adatum.example"))
    await until(pilot, lambda: box.view.stale)
    await checked(pilot)


async def torn(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await known(pilot)
    box.stage([allow_change("litware.example", fields={"comment": "mine"})])
    await pilot.press("6")
    await checked(pilot)
    box.follow(Saved(_commented(edge, "theirs"), _next(edge)))
    await until(pilot, lambda: "! choose" in text_of(pilot.app))  # type: ignore[arg-type]


async def waits(edge: EdgeInMemory, _box: DraftBox, pilot: Pilot[int]) -> None:
    before = edge.revision
    await edge.somebody(discovery_change(True), by="alice")
    edge.waiting = PendingConfirm(
        token="t1", by=ALICE, before=before, after=edge.revision, timeout=60, seconds_left=43,
        deadline=NOW + timedelta(seconds=43),
    )  # fmt: skip
    edge.happen()
    await shows(pilot, "reverting in 0:43")


async def helped(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await two_staged(edge, box, pilot)
    await pilot.press("question_mark")


async def deciding(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await waits(edge, box, pilot)
    await pilot.press("exclamation_mark")
    await shows(pilot, "y keep")


async def reverted(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await waits(edge, box, pilot)
    await edge.revert()
    await shows(pilot, "reverted by timer")


async def past(edge: EdgeInMemory, _box: DraftBox, pilot: Pilot[int]) -> None:
    await known(pilot)
    await edge.somebody(block_change("fabrikam.example"))
    await edge.somebody(discovery_change(True), by="carol")
    edge.records[0] = edge._record(edge.records[0].origin, edge.records[0].differences, why="INC-4411", by=ALICE)
    await until(pilot, lambda: pilot.app._store.snapshot.revision == edge.revision)  # type: ignore[attr-defined]
    await pilot.press("7")
    await shows(pilot, "> #3")


async def compared(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await past(edge, box, pilot)
    await pilot.press("space", "j", "j")
    history = pilot.app._controls.history  # type: ignore[attr-defined]
    await until(pilot, lambda: history.past.compared and history.past.compared.differences is not None)


async def points(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await edge.add_restore_point("before-the-move", 1)
    await past(edge, box, pilot)
    await pilot.press("t")


async def audited(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await past(edge, box, pilot)
    await pilot.press("t", "t")
    history = pilot.app._controls.history  # type: ignore[attr-defined]
    await until(pilot, lambda: history.past.verified is not None)


async def tampered(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    edge.tampered = (AuditProblem(line=1, message="the seal does not fit: the line was written by nobody here"),)
    await audited(edge, box, pilot)


async def reversing(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    await past(edge, box, pilot)
    await pilot.press("R")
    await shows(pilot, "y apply")


async def in_company(edge: EdgeInMemory, box: DraftBox, pilot: Pilot[int]) -> None:
    edge.here = (Presence(who="bob", doing=Doing.EDITING, about="domain x.example", console="b", since=NOW, seen=NOW),)
    pilot.app._controls.company._told.set()  # type: ignore[attr-defined]
    await past(edge, box, pilot)


async def past_unknown(_edge: EdgeInMemory, _box: DraftBox, pilot: Pilot[int]) -> None:
    await pilot.press("7")
    await pilot.pause()


STATES: dict[str, Act] = {
    "review-staged": two_staged, "review-empty": nothing_staged, "review-loading": at_once, "review-never-up": at_once,
    "review-read-only": nothing_staged, "review-down": away, "review-refused": refused, "review-asking": asked,
    "review-typing": typing, "review-moved": moved, "review-conflict": torn, "review-help": helped,
    "banner-waits": waits, "banner-deciding": deciding, "banner-reverted": reverted,
    "history-live": past, "history-compared": compared, "history-points": points, "history-audit": audited,
    "history-tampered": tampered, "history-reversing": reversing, "history-company": in_company,
    "history-loading": past_unknown, "history-never-up": past_unknown, "history-read-only": past,
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
async def test_it_says_what_it_said_when_somebody_last_read_it(state: str) -> None:
    edge, box = EdgeInMemory(), draft_box()
    if state.endswith("loading"):
        edge.health = asyncio.Event().wait  # type: ignore[assignment,method-assign]
    if state.endswith("never-up"):
        edge.down = "the proxy does not answer on /run/edgeconsole/admin.sock"
    readonly = state.endswith("read-only")
    app = console(edge, readonly=readonly, drafts=None if readonly else box)
    async with app.run_test(size=SIZES[0]) as pilot:
        await STATES[state](edge, box, pilot)
        await says_what_it_said(pilot, state)
