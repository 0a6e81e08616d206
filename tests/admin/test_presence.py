"""Who is about: notes that end by themselves, belong to their console, and block nobody."""

from datetime import UTC, datetime, timedelta

from edgeconsole.model.observed import EventKind
from edgeconsole.proxy.admin.presence import PresenceBoard
from edgeconsole.wire.messages import Doing, PresenceNote
from edgeconsole.wire.roles import Role
from tests.admin.worlds import AdminWorld

EDITING = {"doing": "editing", "about": 'domain "fabrikam.example"', "console": "a"}


async def test_others_read_who_edits_what_and_since_when(world: AdminWorld) -> None:
    alice = world.client(token=world.token(Role.OPERATOR, "alice"))
    await alice.put("/v1/presence", json=EDITING)
    world.later(seconds=40)
    await alice.put("/v1/presence", json=EDITING)
    (note,) = (await world.as_role(Role.VIEWER).get("/v1/presence")).json()["items"]
    assert note == {
        **EDITING, "who": "alice", "since": "2026-03-01T12:00:00Z", "seen": "2026-03-01T12:00:40Z",
    }  # fmt: skip


async def test_a_note_that_is_not_repeated_ends_after_a_minute(world: AdminWorld) -> None:
    client = world.as_role(Role.VIEWER)
    await client.put("/v1/presence", json=EDITING)
    world.later(seconds=59)
    assert len((await client.get("/v1/presence")).json()["items"]) == 1
    world.later(seconds=1)
    assert (await client.get("/v1/presence")).json() == {"items": []}


async def test_each_console_has_its_own_note_and_takes_it_back(world: AdminWorld) -> None:
    client = world.as_role(Role.VIEWER)
    await client.put("/v1/presence", json=EDITING)
    both = await client.put("/v1/presence", json={"doing": "looking", "console": "b"})
    assert [item["console"] for item in both.json()["items"]] == ["b", "a"]
    left = await client.put("/v1/presence", json={"doing": "away", "console": "b"})
    assert [item["console"] for item in left.json()["items"]] == ["a"]


async def test_a_note_blocks_nobody(world: AdminWorld) -> None:
    await world.as_role(Role.OPERATOR).put("/v1/presence", json=EDITING)
    other = world.as_role(Role.OPERATOR)
    answer = await other.put("/v1/domains/fabrikam.example", json={"action": "block"}, headers={"If-Match": "*"})
    assert answer.status_code == 200


def test_notes_are_cleaned_and_bounded() -> None:
    board = PresenceBoard(lambda: datetime(2026, 3, 1, tzinfo=UTC))
    for number in range(300):
        board.put(f"caller {number}", "mallory\x1b[2J", PresenceNote(doing=Doing.LOOKING, about="\u202eevil"))
    assert len(board.all()) == 256
    assert board.all()[0].who == "mallory\\x1b[2J"
    assert board.all()[0].about == "\\u202eevil"


def test_something_else_begins_anew() -> None:
    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    board = PresenceBoard(lambda: now[0])
    board.put("a", "alice", PresenceNote(doing=Doing.LOOKING))
    now[0] += timedelta(seconds=10)
    board.put("a", "alice", PresenceNote(doing=Doing.EDITING))
    assert board.all()[0].since == now[0]


def test_only_what_is_new_is_news() -> None:
    board = PresenceBoard(lambda: datetime(2026, 3, 1, tzinfo=UTC))
    said = [
        board.put("a", "alice", PresenceNote(doing=doing, about=about))
        for doing, about in (
            (Doing.LOOKING, ""), (Doing.LOOKING, ""), (Doing.EDITING, "x"),
            (Doing.EDITING, "y"), (Doing.AWAY, ""), (Doing.AWAY, ""),
        )
    ]  # fmt: skip
    assert said == [True, False, True, True, True, False]


async def test_consoles_are_told_at_once_that_somebody_came(world: AdminWorld) -> None:
    events = world.edge.events
    before = events.last_id
    client = world.as_role(Role.VIEWER)
    for _ in range(2):
        await client.put("/v1/presence", json=EDITING)
        assert [event.kind for event in events.after(before)] == [EventKind.PRESENCE]
