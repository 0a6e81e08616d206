"""What leaves the console for other windows: copies by OSC 52, the raw view, and lists saved to files."""

import base64
import csv
import io
import json
import stat
from pathlib import Path

import pytest

from edgeconsole.actions.direct import block_change
from edgeconsole.model.configuration import Table
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.present import copies, domains, listing
from edgeconsole.present.listing import Listing
from edgeconsole.present.table import Column, ListView, Row, Span, eager
from edgeconsole.tui.driver import controls
from tests.hostile.corpus import CORPUS
from tests.tui.console_world import NOW, EdgeInMemory, busy, configuration, console, draft_box, shows, text_of, until


def osc52(text: str) -> str:
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"


def test_a_copy_passes_to_the_terminal_as_base64_up_to_its_limit_and_in_no_other_form() -> None:
    assert controls.passing(osc52("fabrikam.example"), answers=True) == osc52("fabrikam.example")
    longest = "x" * controls.CLIPBOARD_BYTES
    assert controls.passing(osc52(longest), answers=True)
    assert controls.passing(osc52(longest + "xxx"), answers=True) == ""
    for bad in (
        "\x1b]52;c;?\x07",
        "\x1b]52;c;\x07",
        "\x1b]52;p;eHh4eA==\x07",
        "\x1b]52;c;eHh4\x1b\\",
        "\x1b]52;c;eH h4\x07",
    ):
        assert controls.passing(bad, answers=True) == ""


def test_a_terminal_that_would_print_it_gets_no_copy() -> None:
    assert controls.passing(osc52("x" * 9), answers=False) == ""


def seen(**changed: object) -> Snapshot:
    return Snapshot(connection=Connection.LIVE, taken_at=NOW, configuration=configuration(), **{**busy(), **changed})  # type: ignore[arg-type]


def offered(domain: str, snapshot: Snapshot | None = None, **more: str) -> dict[str, str]:
    found = copies.choices(
        snapshot or seen(),
        table=Table.DOMAIN,
        key=domain,
        domain=domain,
        row=more.get("row", "a row"),
        toml=more.get("toml", ""),
    )
    return {each.name: each.text for each in found}


def test_the_menu_offers_what_the_row_has_and_nothing_else() -> None:
    assert offered("northwind.example") == {
        "name": "northwind.example",
        "edge": "sip.northwind.example",
        "row": "a row",
        "why as a command": "edgeconsole explain someone@contoso.example someone@northwind.example",
    }
    assert offered("tailspin.example")["error"] == "2026-11-20T12:00:30Z tls: certificate has expired"
    assert offered("adatum.example")["edge"] == "sip.adatum.example"


def test_what_is_copied_is_inert_where_it_is_pasted() -> None:
    for text in CORPUS:
        for copied in offered(text or "x", row=text, toml=text).values():
            assert all(line.isprintable() for line in copied.split("\n")), ascii(text)


def listed(*cells: str) -> Listing:
    columns = (Column("name", "NAME", 10), Column("count", "COUNT", 5, right=True))
    rows = [Row(str(place), (Span(cell), Span(str(place)))) for place, cell in enumerate(cells)]
    view = eager(columns, rows, "")
    return Listing(view, tuple(enumerate(columns)), range(len(rows)))


def test_a_list_is_saved_as_aligned_text_as_csv_and_as_json() -> None:
    view = listed("fabrikam.example", "=cmd|' /C calc'!A0")
    assert listing.text(view).split("\n")[:2] == ["NAME                COUNT", "fabrikam.example        0"]
    assert list(csv.reader(io.StringIO(listing.comma_separated(view)))) == [
        ["name", "count"], ["fabrikam.example", "0"], ["'=cmd|' /C calc'!A0", "1"],
    ]  # fmt: skip
    assert json.loads(listing.objects(view))[0] == {"name": "fabrikam.example", "count": "0"}


def test_hostile_cells_are_inert_in_every_form() -> None:
    view = listed(*CORPUS)
    for text in (listing.text(view), listing.comma_separated(view), listing.objects(view)):
        assert all(line.isprintable() for line in text.split("\n"))
    assert listing.text(view).count("\n") == len(CORPUS) + 1
    assert len(json.loads(listing.objects(view))) == len(CORPUS)


def test_only_the_rows_and_columns_that_are_shown_are_saved() -> None:
    view: ListView = domains.list_view(seen(), NOW)
    text = listing.text(Listing(view, ((0, view.columns[0]),), [1, 0]))
    assert text.split("\n")[1:3] == [view.keys[1], view.keys[0]]


@pytest.fixture
def xterm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)


async def test_y_copies_a_part_of_the_row_and_says_what_to_do_if_nothing_arrives(xterm: None) -> None:
    app = console(EdgeInMemory(), readonly=True)
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("2")
        await shows(pilot, "northwind.example")
        await pilot.press("slash", *"northwind", "enter", "y")
        await shows(pilot, "n name  e edge  r row  t TOML  x why as a command")
        await pilot.press("t")
        await shows(pilot, "TOML copied; if nothing arrives: Y   [[domain]]…")
        assert app.clipboard == (
            '[[domain]]\nname = "northwind.example"\naction = "allow"\naccess_edge = "sip.northwind.example"\n'
        )
        await pilot.press("y")
        await shows(pilot, "n name")
        await pilot.press("enter")
        await until(pilot, lambda: "Copy what?" not in text_of(app))


async def test_a_terminal_without_a_clipboard_is_told_of_the_raw_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    app = console(EdgeInMemory())
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("y")
        await shows(pilot, "this terminal takes no copies; Y shows the row as plain text to select")


async def test_the_raw_view_is_plain_text_over_the_whole_screen_until_a_key_is_pressed() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        for key in ("x", "escape", "space", "down"):
            before = app.current_mode
            await pilot.press("Y")
            await until(pilot, lambda: "1 Overview" not in text_of(app))
            shown = text_of(app)
            assert "DOMAIN" in shown
            assert "certificate has expired (4m ago)" in shown
            assert not set(shown) & set("|─│") - {"|"}
            if key in ("space", "down"):
                await pilot.press(key)
                await pilot.pause()
                assert "1 Overview" not in text_of(app)
                key = "q"
            await pilot.press(key)
            await shows(pilot, "1 Overview")
            assert app.current_mode == before


async def test_a_view_is_saved_where_it_is_told_and_nothing_is_overwritten_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    box = draft_box()
    app = console(EdgeInMemory(), drafts=box)
    async with app.run_test(size=(200, 40)) as pilot:
        await pilot.press("2")
        await shows(pilot, "northwind.example")
        await pilot.press("slash", *"northwind", "enter", "ctrl+s", "enter")
        await shows(pilot, "1 row saved in")
        (file,) = tmp_path.glob("edgeconsole-domains-*.txt")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "northwind.example" in file.read_text()
        assert "fabrikam.example" not in file.read_text()
        file.write_text("mine")
        await pilot.press("ctrl+s", "enter")
        await shows(pilot, "y replace")
        await pilot.press("escape")
        assert file.read_text() == "mine"
        app._controls.exchange.saving._named(app.front, str(tmp_path / "x.png"))
        await shows(pilot, "End it in .txt, .csv, .json")
        box.stage([block_change("fabrikam.example")])
        await pilot.press("6")
        await shows(pilot, "lint finds")
        await pilot.press("ctrl+s", "enter")
        await shows(pilot, "the patch saved in")
        (patch,) = tmp_path.glob("*.patch")
        assert "+action = block" in patch.read_text()


def test_the_words_of_a_row_stand_in_one_line_and_in_many() -> None:
    row = listed("fabrikam.example").row("0")
    assert listing.row_text(row) == "fabrikam.example  0"
    assert listing.row_lines(row) == ["NAME   fabrikam.example", "COUNT  0"]
