"""Every list: marks and verbs on all of them, chosen columns, a filter that completes itself, pause, last screen."""

from pathlib import Path

import msgspec
import pytest

from edgeconsole.actions.direct import allow_change, block_change
from edgeconsole.backends.base import Saved
from edgeconsole.model.configuration import Action
from edgeconsole.model.errors import Unreachable
from edgeconsole.present.table import Column
from edgeconsole.tui.column_choices import ColumnChoices
from edgeconsole.tui.lists import filter_help, hint
from edgeconsole.tui.widgets.columns import placed
from edgeconsole.tui.widgets.marks import NONE_MARKED, Marks, Rows
from tests.present.test_filtering import VIEW
from tests.tui.console_world import NOW, Clock, EdgeInMemory, ago, console, draft_box, shows, text_of, until
from tests.tui.records_world import press, typed
from tests.tui.test_screens import SNAPSHOTS, WRITE


class Shown:
    """A list that a test filters by hand."""

    def __init__(self) -> None:
        self.rows = Rows(["a", "b", "c", "d", "e"], range(5))
        self.changes = 0
        self.marks = Marks(lambda: self.rows, self._changed)

    def _changed(self) -> None:
        self.changes += 1


def test_a_mark_is_put_and_taken_by_key_and_stays_through_any_order() -> None:
    shown = Shown()
    assert shown.marks.found is NONE_MARKED
    assert shown.marks.toggle("b")
    assert shown.marks.toggle("d")
    shown.rows = Rows(["e", "d", "c", "b", "a"], [4, 1, 0])
    assert shown.marks.found.keys == ("d", "b")
    assert shown.marks.found.words == "2 marked, 1 hidden by the filter"
    assert not shown.marks.toggle("b")
    assert shown.marks.found.words == "1 marked"
    assert shown.changes == 3


def test_a_row_that_left_the_list_is_told_and_never_acted_on() -> None:
    shown = Shown()
    shown.marks.toggle("a")
    shown.marks.toggle("e")
    shown.rows = Rows(["a", "b"], range(2))
    assert shown.marks.found.keys == ("a",)
    assert shown.marks.found.words == "2 marked, 1 not in the list any more"
    shown.rows = Rows(["a", "b", "e"], range(3))
    assert shown.marks.found.keys == ("a", "e"), "what comes back is still marked"


def test_a_range_goes_from_the_last_mark_to_here_in_the_order_shown() -> None:
    shown = Shown()
    assert shown.marks.extend("c") is None, "there is no mark yet"
    shown.marks.toggle("d")
    assert shown.marks.extend("b") == 2
    assert shown.marks.found.keys == ("b", "c", "d")
    shown.rows = Rows(shown.rows.keys, [4, 1, 0])
    assert shown.marks.extend("a") == 1
    assert shown.marks.found.keys == ("a", "b", "c", "d"), "e stands above b in this order"
    shown.rows = Rows(shown.rows.keys, [4])
    assert shown.marks.extend("e") is None, "the last mark is hidden"
    assert shown.marks.clear()
    assert not shown.marks.clear()


COLUMNS = (
    Column("name", "NAME", 0),
    Column("kind", "KIND", 10),
    Column("edge", "EDGE", 20, wide_only=True),
    Column("state", "STATE", 8),
)


@pytest.mark.parametrize(
    ("width", "choice", "expected"),
    [
        (80, {}, ["name", "kind", "state"]),
        (80, {"kind": False}, ["name", "state"]),
        (80, {"edge": True}, ["name", "kind", "edge", "state"]),
        (50, {"edge": True}, ["name", "edge", "state"]),
        (120, {}, ["name", "kind", "edge", "state"]),
        (120, {"edge": False}, ["name", "kind", "state"]),
        (30, {"edge": True}, ["name", "state"]),
        (80, {"gone": True}, ["name", "kind", "state"]),
    ],
)
def test_columns_are_as_chosen_and_those_go_last_for_want_of_room(
    width: int, choice: dict[str, bool], expected: list[str]
) -> None:
    assert [place.column.id for place in placed(COLUMNS, width, wide=width >= 100, choice=choice)] == expected


def test_chosen_columns_are_remembered_and_two_consoles_keep_each_others(tmp_path: Path) -> None:
    path = tmp_path / "state" / "columns.json"
    one, other = ColumnChoices(lambda: path), ColumnChoices(lambda: path)
    assert one.of("domains") == {}
    assert one.choose("domains", {"in": False}) == ""
    assert other.choose("probes", {"ms": True}) == ""
    later = ColumnChoices(lambda: path)
    assert (later.of("domains"), later.of("probes")) == ({"in": False}, {"ms": True})
    assert path.stat().st_mode & 0o777 == 0o600
    assert later.choose("domains", {}) == ""
    assert ColumnChoices(lambda: path).of("domains") == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"columns": {"domains": {"in": "yes"}}}', "\x00"])
def test_columns_that_cannot_be_read_are_as_shipped_and_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "columns.json"
    path.write_text(text)
    choices = ColumnChoices(lambda: path)
    assert choices.of("domains") == {}
    assert "columns.json" in choices.problem


def test_columns_that_cannot_be_written_are_told_and_hold_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    choices = ColumnChoices(lambda: tmp_path / "file" / "columns.json")
    assert "not remembered" in choices.choose("domains", {"in": False})
    assert choices.of("domains") == {"in": False}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "words, or tab for fields"),
        ("fab", ""),
        ("owner:", 'netops  "sales north"'),
        ("owner:netops", ""),
        ("whose:x", "no field is named whose: there are domain, state"),
        ("age<many", "age< needs a number"),
    ],
)
def test_the_row_says_what_may_be_typed_next(text: str, said: str) -> None:
    assert hint(text, VIEW).startswith(said)
    assert bool(hint(text, VIEW)) is bool(said)


async def test_marked_domains_are_blocked_by_one_plan_one_answer_and_one_undo() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, "g", "space")
        await shows(pilot, "Domains > 5  1 marked")
        assert ">+fabrikam.example" in text_of(app)
        await press(pilot, "j", "v")
        await shows(pilot, "2 marked")
        await press(pilot, "G", "k", "space", "/", *typed("fabrikam"), "enter")
        await shows(pilot, "3 marked, 2 hidden by the filter")
        edge.happen()
        await press(pilot, "s", "b")
        await shows(pilot, "3 changes: block fabrikam.example")
        assert "3 marked, 2 hidden by the filter. 3 changes" in " ".join(text_of(app).split())
        assert edge.applied == []
        await press(pilot, "y")
        await shows(pilot, "done #2")
        assert {each.name for each in edge.now.domains if each.action is Action.BLOCK} == {
            "fabrikam.example", "northwind.example", "litware.example", "tailspin.example",
        }  # fmt: skip
        assert len(edge.applied) == 1
        assert "marked" not in text_of(app), "what was done is not marked any more"
        await press(pilot, "u")
        await shows(pilot, "y apply")
        await press(pilot, "y")
        await shows(pilot, "done #3")
        assert edge.now == edge.saved[0]


@pytest.mark.slow
async def test_marks_stay_where_nothing_was_done_and_esc_takes_them_away() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, "g", "space", "j", "space", "p")
        await shows(pilot, "nothing would change")
        await press(pilot, "b")
        await shows(pilot, "y apply")
        await press(pilot, "n")
        await shows(pilot, "2 marked")
        edge.down = "it is gone"
        await press(pilot, "b")
        await shows(pilot, "it is gone")
        assert "2 marked" in text_of(app)
        edge.down = None
        await press(pilot, "escape")
        assert "marked" not in text_of(app)
        assert edge.applied == []


@pytest.mark.slow
async def test_a_row_that_cannot_take_part_is_named_before_anything_is_asked() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, "g", "space", "G", "space", "delete")
        await shows(pilot, "1 cannot be removed: adatum.example: it has no record")
        await press(pilot, "o")
        await shows(pilot, "1 of 2 marked. remove fabrikam.example")
        await press(pilot, "y")
        await shows(pilot, "done #2")
        assert all(each.name != "fabrikam.example" for each in edge.now.domains)


@pytest.mark.slow
async def test_above_the_guard_the_word_is_typed_and_the_timer_runs_for_all_of_them() -> None:
    edge = EdgeInMemory()
    edge.guard = ("it closes or re-routes 2 of 3 partners",)
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, "g", "space", "j", "space", "b")
        await shows(pilot, "must be kept by hand")
        await press(pilot, "y")
        await shows(pilot, 'type "apply"')
        assert edge.applied == []
        await press(pilot, *"apply")
        await shows(pilot, "reverting in")
        assert len(edge.applied) == 1


async def test_marked_records_are_left_out_of_the_draft_as_one_step() -> None:
    edge, box = EdgeInMemory(), draft_box()
    box.follow(Saved(edge.now, edge.revision))
    for change in (block_change("fabrikam.example"), allow_change("a.example"), allow_change("b.example")):
        box.stage([change])
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "6")
        await shows(pilot, "domain b.example")
        await press(pilot, "g", "space", "j", "space", "o")
        await shows(pilot, "left out: 2 records")
        assert [edit.key for edit in box.view.edits] == ["b.example"]
        await press(pilot, "u")
        await until(pilot, lambda: len(box.view.edits) == 3)


@pytest.mark.slow
async def test_connections_are_closed_for_all_marked_and_the_one_that_failed_stays_marked() -> None:
    edge = EdgeInMemory()
    session = edge.seen.sessions[0]
    domains = ("fabrikam.example", "northwind.example")
    edge.seen = msgspec.structs.replace(
        edge.seen,
        sessions=tuple(msgspec.structs.replace(session, id=domain, domains=(domain,)) for domain in domains),
    )

    async def close(domain: str) -> int:
        if domain == "northwind.example":
            raise Unreachable("the proxy does not answer")
        return 1

    edge.close_sessions = close  # type: ignore[method-assign]
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, "g", "space", "j", "space", "K")
        await shows(pilot, "2 marked. Close 2 connections of 2 partners?")
        await press(pilot, "y")
        await shows(pilot, "done: 1 connection, 1 of 2 failed; northwind.example: the proxy does not answer")
        assert app.front is not None
        assert app.front.table.marks.found.keys == ("northwind.example",)


async def test_columns_are_chosen_on_the_prompt_row_and_stay_chosen(tmp_path: Path) -> None:
    choices = ColumnChoices(lambda: tmp_path / "columns.json")
    app = console(EdgeInMemory())
    app._columns = app._lists._columns = choices
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "KIND")
        await press(pilot, "|")
        await shows(pilot, "2 KIND  3 (ACCESS EDGE)")
        await press(pilot, "2")
        await shows(pilot, "2 (KIND)")
        assert "KIND" not in text_of(app).split("\n")[3]
        await press(pilot, "3")
        await shows(pilot, "3 ACCESS EDGE")
        assert "sip.northwind.example" in text_of(app)
        await press(pilot, "escape", "1", "2")
        await shows(pilot, "ACCESS EDGE")
        assert ColumnChoices(lambda: tmp_path / "columns.json").of("domains") == {"kind": False, "edge": True}
        await press(pilot, "|", "0", "escape")
        assert "KIND" in text_of(app).split("\n")[3]


async def test_the_filter_is_completed_by_tab_and_its_fields_are_named() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, "/", *"own", "tab")
        await shows(pilot, "/owner:_")
        await press(pilot, "ctrl+u", *typed("kind:"), "tab", "tab")
        await shows(pilot, "/kind:")
        assert app.prompt.text == 'kind:"allowed server"'
        await press(pilot, "shift+tab", "ctrl+u", *typed("state:blo"), "tab", "enter")
        await shows(pilot, "1 of 5")
        await press(pilot, "/", "ctrl+u", *typed("nonsense:x"))
        await shows(pilot, "no field is named nonsense: there are domain")
        assert app.front is not None
        assert "Fields here: domain, kind, edge" in filter_help(app.front.table.view)
        assert "owner, ticket, tag, comment, expires, review" in filter_help(app.front.table.view)


async def test_what_is_paused_stands_still_and_keys_act_on_the_edge_as_it_is() -> None:
    edge, clock = EdgeInMemory(), Clock()
    app = console(edge, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, ".")
        await shows(pilot, "PAUSED")
        await edge.somebody(allow_change("new.example"))
        await until(
            pilot, lambda: any(each.name == "new.example" for each in app._store.snapshot.configuration.domains)
        )
        clock.now += NOW - ago(minutes=1)
        app._tick()
        await shows(pilot, " PAUSED 1m")
        assert "new.example" not in text_of(app)
        crumb = app.screen._compositor.render_strips()[2]
        assert any("PAUSED" in segment.text and segment.style and segment.style.reverse for segment in crumb)
        await press(pilot, "g", "b")
        await shows(pilot, "y apply")
        await press(pilot, "y")
        await shows(pilot, "done #3")
        await press(pilot, ".")
        await shows(pilot, "new.example")
        assert "PAUSED" not in text_of(app)


async def test_nought_goes_to_the_screen_before_and_back_and_z_gives_the_pane_the_screen() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "0")
        await shows(pilot, "no other screen")
        await press(pilot, "2", "4", "0")
        assert app.current_mode == "domains"
        await press(pilot, "0")
        assert app.current_mode == "policies"
        await press(pilot, "0", "g", "z")
        await shows(pilot, "> fabrikam.example -")
        assert "tailspin.example" not in text_of(app)
        await press(pilot, "z")
        await shows(pilot, "tailspin.example")
        assert "contract 4411" not in text_of(app), "the pane was lent and is closed again"


@pytest.mark.slow
async def test_a_read_only_console_marks_and_changes_nothing() -> None:
    app = console(EdgeInMemory(), readonly=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, "space", "b")
        await shows(pilot, "this console is read-only")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_lists_say_what_they_said_when_somebody_last_read_it(size: tuple[int, int]) -> None:
    app = console(EdgeInMemory())

    def said(state: str) -> None:
        shown, path = text_of(app) + "\n", SNAPSHOTS / f"lists-{state}-{size[0]}x{size[1]}.txt"
        if WRITE:
            path.write_text(shown)
        assert shown == path.read_text()

    async with app.run_test(size=size) as pilot:
        await press(pilot, "2")
        await shows(pilot, "tailspin.example")
        await press(pilot, "g", "space", "j", "v", "/", *typed("kind:blo"))
        await shows(pilot, "kind:blo_")
        said("filter")
        await press(pilot, "enter", "b")
        await shows(pilot, "y apply")
        said("marked")
        await press(pilot, "n", "escape", "escape", "|")
        await shows(pilot, "0 as shipped")
        said("columns")
        await press(pilot, "escape", ".")
        await shows(pilot, "PAUSED")
        said("paused")


@pytest.mark.slow
async def test_marked_strangers_are_dismissed_together() -> None:
    edge = EdgeInMemory()
    stranger = edge.seen.discovered[0]
    edge.seen = msgspec.structs.replace(
        edge.seen, discovered=(stranger, msgspec.structs.replace(stranger, domain="wingtip.example"))
    )
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2", "t")
        await shows(pilot, "wingtip.example")
        await press(pilot, "g", "space", "G", "v", "delete")
        await shows(pilot, "2 marked. Dismiss 2 domains?")
        await press(pilot, "y")
        await shows(pilot, "done: 2 domains")
        assert "marked" not in text_of(app)
