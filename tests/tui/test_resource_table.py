"""The list: bounded work at any length, a cursor held by key, one changed row repaints one row, hostile text inert."""

from collections.abc import Callable, Iterable

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region

from edgeconsole.present.table import Column, ListView, Row, Span, Style, eager
from edgeconsole.tui import themes
from edgeconsole.tui.widgets.resource_table import ResourceTable
from edgeconsole.tui.widgets.span_widget import SpanScreen
from tests.tui.test_strips import HOSTILE

COLUMNS = (
    Column("name", "NAME", 0),
    Column("edge", "EDGE", 20, wide_only=True),
    Column("n", "N", 5, right=True),
    Column("state", "STATE", 8),
)


class Host(App[None]):
    """Nothing but a list."""

    CSS = "Screen { layout: vertical; } ResourceTable { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(ansi_color=True)
        theme = themes.load(themes.DEFAULT)
        self.register_theme(theme.to_textual())
        self.set_reactive(App.theme, theme.name)
        self.stylesheet.set_variables(self.get_css_variables())
        with open(themes.__file__.replace("themes.py", "css/base.tcss")) as file:
            self.CSS = Host.CSS + "\n".join(line for line in file if line.startswith((".span", ".table")))
        self.table = ResourceTable()
        self.moves: list[str | None] = []

    def get_default_screen(self) -> SpanScreen:
        return SpanScreen()

    def compose(self) -> ComposeResult:
        yield self.table

    def on_resource_table_cursor_moved(self, message: ResourceTable.CursorMoved) -> None:
        self.moves.append(message.key)


def rows(names: Iterable[str], number: Callable[[str], int] = lambda _: 0) -> list[Row]:
    return [Row(name, (Span(name), Span("by SRV"), Span(str(number(name))), Span(". ok", Style.OK))) for name in names]


def view(names: Iterable[str], number: Callable[[str], int] = lambda _: 0) -> ListView:
    return eager(COLUMNS, rows(names, number), "nothing here yet")


def numbered(count: int) -> list[str]:
    return [f"d{n:03d}.example" for n in range(count)]


def lines(table: ResourceTable) -> list[str]:
    return [table.render_line(y).text for y in range(table.size.height)]


@pytest.fixture
def refreshed(monkeypatch: pytest.MonkeyPatch) -> list[Region]:
    """The regions the list asked to repaint."""
    regions: list[Region] = []
    real = ResourceTable.refresh

    def refresh(self: ResourceTable, *asked: Region, **options: bool) -> ResourceTable:
        regions.extend(asked or [self.size.region])
        return real(self, *asked, **options)

    monkeypatch.setattr(ResourceTable, "refresh", refresh)
    return regions


async def test_a_hundred_thousand_rows_cost_what_is_visible() -> None:
    asked: list[int] = []

    def row(place: int) -> Row:
        asked.append(place)
        return rows([f"d{place:06d}.example"])[0]

    keys = [f"d{n:06d}.example" for n in range(100_000)]
    large = ListView(COLUMNS, keys, keys, row, lambda _, place: -place, "")
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.set_view(large)
        await pilot.pause()
        assert len(asked) <= 2 * 24
        for step in (app.table.to_end, lambda last: app.table.page(-1), lambda last: app.table.move(-1)):
            asked.clear()
            step(True)
            assert len(asked) <= 24
        asked.clear()
        app.table.filter_by("d0999")
        assert app.table.counts == (100, 100_000)
        assert len(asked) <= 24
        app.table.filter_by("")
        app.table.sort_next()
        app.table.to_end(False)
        assert app.table.cursor_key == "d099999.example"


async def test_the_cursor_stays_on_its_row_when_the_list_changes_under_it() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        table = app.table
        table.set_view(view(numbered(50)))
        table.to_key("d020.example")
        table.set_view(view(["new.example", *numbered(50)]))
        assert table.cursor_key == "d020.example"
        table.filter_by("d02")
        assert (table.cursor_key, table.counts) == ("d020.example", (10, 51))
        table.filter_by("")
        table.sort_next()
        table.sort_reverse()
        assert table.cursor_key == "d020.example"
        assert sum(line.startswith(">") for line in lines(table)) == 1


async def test_what_is_read_in_the_middle_of_the_list_does_not_move_when_rows_come_above() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.set_view(view(numbered(200)))
        app.table.to_key("d100.example")
        await pilot.pause()
        before = lines(app.table)
        app.table.set_view(view(["a.example", "b.example", *numbered(200)]))
        assert lines(app.table) == before


async def test_a_row_that_is_gone_leaves_the_cursor_to_its_neighbour() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.set_view(view(["a", "b", "c"]))
        app.table.to_key("b")
        app.table.set_view(view(["a", "c"]))
        assert app.table.cursor_key == "c"
        app.table.set_view(view(["a"]))
        assert app.table.cursor_key == "a"
        app.table.set_view(view([]))
        assert app.table.cursor_key is None
        await pilot.pause()
        assert app.moves[-1] is None


async def test_one_changed_row_repaints_one_line(refreshed: list[Region]) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.set_view(view(numbered(100)))
        await pilot.pause()
        refreshed.clear()
        app.table.set_view(view(numbered(100), lambda name: 7 if name == "d004.example" else 0))
        assert refreshed == [Region(0, 5, 80, 1)]
        refreshed.clear()
        app.table.set_view(view(numbered(100), lambda name: 7 if name == "d004.example" else 0))
        assert refreshed == []
        app.table.set_view(view(numbered(100), lambda name: 7 if name in ("d004.example", "d090.example") else 0))
        assert refreshed == [], "a row off screen repaints nothing"


async def test_a_cursor_step_repaints_two_lines_and_the_edge_jumps_half_a_page(refreshed: list[Region]) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.set_view(view(numbered(100)))
        await pilot.pause()
        refreshed.clear()
        app.table.move(1)
        assert {region.y for region in refreshed} == {1, 2}
        app.table.to_key("d022.example")
        app.table.move(1)
        assert lines(app.table)[1].split()[0] == "d012.example"
        assert app.table.cursor_key == "d023.example"


async def test_pages_half_pages_and_ends() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        table = app.table
        table.set_view(view(numbered(100)))
        table.page(1)
        assert table.cursor_key == "d023.example"
        table.page(0.5)
        assert table.cursor_key == "d034.example"
        table.page(-1)
        assert table.cursor_key == "d011.example"
        table.to_end(True)
        assert table.cursor_key == "d099.example"
        assert lines(table)[-1].startswith("> d099.example")
        table.move(1)
        assert table.cursor_key == "d099.example"
        table.to_end(False)
        table.move(-1)
        assert lines(table)[1].startswith("> d000.example")


async def test_a_filter_that_loses_the_cursors_row_puts_it_on_the_first_match() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.table.set_view(view([*numbered(50), "fabrikam.example", "fab.example"]))
        app.table.to_key("d030.example")
        app.table.filter_by("fab")
        assert app.table.cursor_key == "fabrikam.example"
        app.table.filter_by("nobody")
        assert app.table.cursor_key is None
        assert "0 of 52 match /nobody. esc clears the filter." in lines(app.table)[1]


async def test_an_empty_list_says_so_in_other_words_than_an_empty_filter() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.table.set_view(view([]))
        assert lines(app.table)[1].strip() == "nothing here yet"


async def test_sorting_goes_by_the_columns_value_and_shows_its_arrow() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.table.set_view(view(["c", "a", "b"]))
        app.table.sort_next()
        assert [line.strip("> ").split()[0] for line in lines(app.table)[1:4]] == ["a", "b", "c"]
        assert app.table.sort_text == "sort NAME^"
        app.table.sort_reverse()
        assert [line.strip("> ").split()[0] for line in lines(app.table)[1:4]] == ["c", "b", "a"]
        assert "NAMEv" in lines(app.table)[0]
        for _ in COLUMNS[:-1]:
            app.table.sort_next()
        assert app.table.sort_text == "", "after the last column the list has its own order again"


async def test_a_long_sorted_list_is_not_sorted_again_by_itself_and_says_so() -> None:
    keys = [f"d{n:06d}" for n in range(6_000)]
    large = ListView(COLUMNS, keys, keys, lambda n: rows([keys[n]])[0], lambda _, n: -n, "")
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.table.set_view(large)
        app.table.sort_next()
        app.table.set_view(large._replace(order=lambda _, n: n))
        assert app.table.sort_text == "sort NAME^ (s again)"
        app.table.to_end(False)
        assert app.table.cursor_key == "d005999"
        app.table.sort_next()
        app.table.to_end(False)
        assert app.table.cursor_key == "d000000"


async def test_each_list_of_a_table_keeps_its_marks_and_another_record_has_none() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        first = view(["a", "b", "c"])
        other = eager(COLUMNS[:2], [Row("b", (Span("b"), Span("")))], "")
        app.table.set_view(first)
        app.table.marks.toggle("b")
        assert lines(app.table)[2].startswith(" +b")
        app.table.set_view(other, other=True)
        assert not app.table.marks.found.number
        app.table.set_view(first, other=True)
        assert app.table.marks.found.keys == ("b",)
        app.table.set_view(first, other=True)
        assert not app.table.marks.found.number


async def test_other_columns_repaint_the_rows_that_say_the_same(refreshed: list[Region]) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.set_view(view(["a", "b"]))
        await pilot.pause()
        refreshed.clear()
        app.table.choose_columns({"n": False})
        assert {region.y for region in refreshed} == {0, 1, 2}
        refreshed.clear()
        app.table.choose_columns({"n": False})
        assert refreshed == []
        app.table.sort_next()
        app.table.choose_columns({})
        narrow = (COLUMNS[0], Column("n", "NUMBER", 3, right=True), COLUMNS[3])
        app.table.set_view(eager(narrow, [Row("a", (Span("a"), Span("1"), Span(". ok")))], ""))
        app.table.sort_next()
        assert "NU^" in lines(app.table)[0], "the arrow stays where the title has no room"


async def test_wide_columns_come_with_width_and_the_state_never_goes() -> None:
    app = Host()
    async with app.run_test(size=(120, 24)) as pilot:
        app.table.set_view(view(["a.example"]))
        assert "EDGE" in lines(app.table)[0]
        await pilot.resize_terminal(80, 24)
        assert "EDGE" not in lines(app.table)[0]
        await pilot.resize_terminal(30, 24)
        assert lines(app.table)[0].split() == ["NAME", "STATE"]


async def test_cells_keep_their_columns_with_wide_characters() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.table.set_view(view(["例え.テスト", "plain.example"]))
        starts = {cell_len(line[: line.index(". ok")]) for line in lines(app.table)[1:3]}
        assert len(starts) == 1


async def test_styles_come_from_the_theme_and_the_cursor_row_has_one_look() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.table.set_view(view(["a.example", "b.example"]))
        assert len(list(app.table.render_line(1))) == 1
        state = next(segment for segment in app.table.render_line(2) if ". ok" in segment.text)
        assert state.style is not None
        assert state.style.color is not None
        assert state.style.color.number == 2, "the terminal's own green"


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_in_every_cell_is_drawn_and_does_nothing(text: str) -> None:
    row = Row("key", tuple(Span(text) for _ in COLUMNS))
    other = Row("other", tuple(Span(text) for _ in COLUMNS))
    app = Host()
    async with app.run_test(size=(120, 24)) as pilot:
        app.table.set_view(eager(COLUMNS, [row, other], text))
        await pilot.pause()
        app.table.filter_by(text)
        app.table.filter_by("")
        for y in range(app.table.size.height):
            strip = app.table.render_line(y)
            assert strip.cell_length == sum(cell_len(segment.text) for segment in strip) == 120
            for segment in strip:
                assert all(character.isprintable() for character in segment.text)
                assert segment.style is None or not segment.style.meta
        app.table.set_view(eager(COLUMNS, [], text))
        assert all(c.isprintable() for y in range(24) for c in app.table.render_line(y).text)


async def test_until_a_key_is_pressed_the_cursor_waits_at_the_top_where_the_worst_comes_up() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        table = app.table
        table.set_view(view(["ending", *numbered(50)]))
        table.set_view(view(["worst", "ending", *numbered(50)]))
        assert table.cursor_key == "worst"
        table.resting = False
        table.set_view(view(["worse", "worst", "ending", *numbered(50)]))
        assert table.cursor_key == "worst"
