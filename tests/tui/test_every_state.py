"""Every state of the edge on every screen, at every size: what has to be said there is said, and nothing is torn.

One console is taken to each screen and given one picture of the edge after another; the text of each screen in each
state that matters is kept beside the tests (EDGECONSOLE_WRITE_SNAPSHOTS=1 writes it anew).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from edgeconsole.actions.direct import block_change
from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.plan import PendingConfirm
from edgeconsole.model.revision import Author, Origin, Revision
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.store.calls import CallLog
from edgeconsole.store.store import Store
from edgeconsole.tui import themes
from edgeconsole.tui.app import ConsoleApp
from tests.tui.console_world import ALICE, NOW, ago, draft_box, never, shows, text_of, until
from tests.tui.kept_screens import SNAPSHOTS, WRITE
from tests.tui.probe_world import ProbedEdge
from tests.tui.records_world import full, press
from tests.tui.test_contexts import PlacesInMemory
from tests.tui.test_reloading import BROKEN

GONE = "the proxy does not answer on /run/edgeconsole/admin.sock"
MAY_NOT = "eve may look and not change (role viewer)"
SIZES = ((80, 24), (120, 40), (60, 15))


class Screen(NamedTuple):
    """A screen or one of its lists: the keys that lead there from Overview, and what then stands there."""

    keys: tuple[str, ...]
    words: str
    own: bool = False
    """Whether what it shows was read apart from the picture of the edge: it stays as it is."""


SCREENS: dict[str, Screen] = {
    "overview": Screen(("1",), "FLEET"),
    "domains": Screen(("2",), "tailspin.example"),
    "why": Screen(("2", "x"), "(out)", own=True),
    "help": Screen(("2", "question_mark"), "KEYS", own=True),
    "seen": Screen(("2", "t"), "[seen]"),
    "ours": Screen(("2", "t"), "[ours]"),
    "partners": Screen(("3",), "Microsoft 365"),
    "switches": Screen(("4",), "partner_discovery"),
    "policies": Screen(("4", "t"), "GRANTED TO"),
    "grants": Screen(("4", "t"), "bob@contoso.example"),
    "probes": Screen(("5",), "[targets]"),
    "certificates": Screen(("5", "t"), "[certificates]", own=True),
    "review": Screen(("6",), "Review >"),
    "history": Screen(("7",), "[revisions]", own=True),
    "points": Screen(("7", "t"), "[restore points]", own=True),
    "audit": Screen(("7", "t"), "[audit]", own=True),
    "form": Screen(("3", "e"), "Form >", own=True),
    "wizard": Screen(("i",), "What do you want to set up?", own=True),
    "contexts": Screen(("C",), "production", own=True),
    "log": Screen(("L",), "Log >", own=True),
}
"""In this order: which of its lists a screen shows stays as it was left."""


class State(NamedTuple):
    """A state of the edge: how the picture of it changes, and what every screen then says somewhere."""

    change: Callable[[Snapshot], Snapshot]
    words: tuple[str, ...] = ()
    """One of them has to stand on the screen."""
    body: tuple[str, ...] = ()
    """One of them has to stand where the list is, on screens about the edge."""
    in_the_row: bool = False
    """Whether the bottom row says it, which the help has for itself."""
    readonly: bool = False
    may: Capabilities | None = None


def replaced(**fields: object) -> Callable[[Snapshot], Snapshot]:
    return lambda known: msgspec.structs.replace(known, **fields)


def _health(known: Snapshot, **fields: object) -> Snapshot:
    assert known.health is not None
    return msgspec.structs.replace(known, health=msgspec.structs.replace(known.health, **fields))


def _by_hand(known: Snapshot) -> Snapshot:
    newest = msgspec.structs.replace(known.history[0], origin=Origin.EXTERNAL, by=Author("external"))
    edited = _health(known, running=Revision("l1", 0, "e0"))
    return msgspec.structs.replace(edited, history=(newest, *known.history[1:]))


def _waiting(known: Snapshot) -> Snapshot:
    assert known.revision is not None
    return _health(
        known,
        pending=PendingConfirm(
            token="t9", by=ALICE, before=known.revision, after=known.revision, timeout=120, seconds_left=90,
            deadline=NOW + timedelta(seconds=90),
        ),
    )  # fmt: skip


DOWN = replaced(connection=Connection.DOWN, down_since=ago(minutes=2), taken_at=ago(minutes=2), problem=GONE)
STATES: dict[str, State] = {
    "live": State(lambda known: known, (". local",)),
    "loading": State(lambda _: Snapshot(), ("connecting",), ("loading", "reading")),
    "never-up": State(
        lambda _: Snapshot(connection=Connection.DOWN, down_since=NOW, problem=GONE), ("DOWN",), ("does not answer",),
    ),
    "down": State(DOWN, ("DOWN 2m",)),
    "empty": State(
        replaced(
            configuration=Configuration(), sessions=(), counters=(), discovered=(), failures=(), history=(),
        ),
        (". local",),
    ),
    "read-only": State(lambda known: known, (" RO ",), readonly=True),
    "no-permission": State(
        lambda known: known, (". local",),
        may=Capabilities(frozenset(Capability) - {Capability.EDIT}, {Capability.EDIT: MAY_NOT}),
    ),
    "changed-on-disk": State(_by_hand, ("ctrl+r", "! saved"), in_the_row=True),
    "broken-on-disk": State(
        lambda known: _health(known, problems=(BROKEN,)), ("federation.toml:12:3",), in_the_row=True
    ),
    "rollback-pending": State(_waiting, ("reverting in",)),
}  # fmt: skip


BEFORE = {"loading", "never-up"}


@contextmanager
def fed(app: ConsoleApp, state: State) -> Iterator[None]:
    """Let the console have a picture of the edge, and what may be done there, for a while."""
    store = app._store
    before, may = store.snapshot, store.capabilities
    store.readonly, store.capabilities = state.readonly, state.may or may
    store._publish(state.change(before))
    try:
        yield
    finally:
        store.readonly, store.capabilities = False, may
        store._publish(before)


def console() -> ConsoleApp:
    edge, drafts = ProbedEdge(full()), draft_box()
    calls = CallLog(lambda: NOW, lambda: 0.0)
    calls.note(edge)
    store = Store(edge, clock=lambda: NOW, pause=never, drafts=drafts, calls=calls)
    theme = themes.load(themes.DEFAULT)
    return ConsoleApp(store, theme, clock=lambda: NOW, pause=never, places=PlacesInMemory(), context="lab")


def wrong(screen: Screen, state: State, shown: str, size: tuple[int, int]) -> str:
    """Return what is not as it must be, empty where all is."""
    lines = shown.split("\n")
    columns, rows = size
    if len(lines) != rows or max(map(len, lines)) > columns:
        return f"it is {max(map(len, lines))}x{len(lines)}"
    if (
        state.words
        and not (state.in_the_row and screen.words == "KEYS")
        and not any(word in shown for word in state.words)
    ):
        return f"none of {state.words} is said"
    if not screen.own and state.body and not any(word in shown for word in state.body):
        return f"none of {state.body} is said of the list"
    return ""


async def walk(
    names: Sequence[str], states: Sequence[str], sizes: Sequence[tuple[int, int]] = SIZES
) -> dict[str, list[str]]:
    """Take one console through all of it; return the screens of each state at the design size.

    Something is staged unless a state is one before the edge has answered: the draft is opened after that.
    """
    kept: dict[str, list[str]] = {name: [] for name in states}
    found: list[str] = []
    app = console()
    async with app.run_test(size=SIZES[0]) as pilot:
        await shows(pilot, "tailspin.example")
        assert app._store.drafts is not None
        if not BEFORE & {*states}:
            app._store.drafts.stage([block_change("northwind.example")])
        for name in names:
            screen = SCREENS[name]
            await press(pilot, *screen.keys)
            await shows(pilot, screen.words)
            for size in sizes:
                await pilot.resize_terminal(*size)
                for which in states:
                    state = STATES[which]
                    app.prompt.tell("")
                    with fed(app, state):
                        await pilot.pause()
                        shown = text_of(app)
                    problem = wrong(screen, state, shown, size)
                    if problem:
                        found.append(f"{name} {which} {size}: {problem}\n{shown}")
                    if size == SIZES[0]:
                        kept[which].append(f"=== {name}\n{shown}\n")
            await pilot.resize_terminal(*SIZES[0])
            for _ in range(4):
                await pilot.press("escape")
            await press(pilot, "1")
            await until(pilot, lambda: app.current_mode == "overview")
    assert not found, "\n".join(found)
    return kept


async def test_every_screen_says_that_the_edge_is_away_and_what_may_not_be_done() -> None:
    await walk(["overview", "seen", "ours"], ["loading", "down", "read-only"], SIZES[:1])


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "states",
    [
        ("loading", "never-up"), ("live", "down", "empty"), ("read-only", "no-permission"),
        ("changed-on-disk", "broken-on-disk", "rollback-pending"),
    ],
)  # fmt: skip
async def test_every_state_can_be_read_on_every_screen_at_every_size(states: Sequence[str]) -> None:
    different = []
    for state, screens in (await walk(list(SCREENS), states)).items():
        path: Path = SNAPSHOTS / f"every-{state}-80x24.txt"
        shown = "".join(screens)
        if WRITE:
            path.write_text(shown)
        if shown != path.read_text():
            different.append(path.name)
    assert not different
