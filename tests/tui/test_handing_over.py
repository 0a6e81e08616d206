"""H writes the hand-over file: in three keys, into a place that is told, over nothing that is there."""

import stat
from pathlib import Path

import pytest

from edgeconsole.actions.direct import block_change
from tests.tui.console_world import EdgeInMemory, console, draft_box, shows


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


async def test_a_shift_is_handed_over_in_three_keys_and_nothing_is_overwritten_unasked(home: Path) -> None:
    edge, box = EdgeInMemory(), draft_box()
    await edge.somebody(block_change("evil.example"))
    app = console(edge, drafts=box)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "tailspin.example")
        box.stage([block_change("fabrikam.example")])
        await pilot.press("H", "enter")
        await shows(pilot, "handed over in")
        (file,) = home.glob("handover-sip.contoso.example-*.md")
        text = file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for words in (
            "bob (command)", "| domain | evil.example | action | none | block |", "certificate has expired",
            "staged by the console that wrote this", "## Revert script", "## Script of what is staged",
        ):  # fmt: skip
            assert words in text
        file.write_text("mine")
        await pilot.press("H", "enter")
        await shows(pilot, "y replace")
        await pilot.press("enter")
        await shows(pilot, "nothing changed")
        assert file.read_text() == "mine"
        await pilot.press("H", "enter")
        await shows(pilot, "y replace")
        await pilot.press("y")
        await shows(pilot, "handed over in")
        assert file.read_text() == text
        assert edge.applied == []


async def test_an_edge_that_went_away_is_handed_over_with_what_was_known_of_it(home: Path) -> None:
    edge = EdgeInMemory()
    app = console(edge, readonly=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "tailspin.example")
        edge.fail("the proxy does not answer")
        await pilot.press("H", "enter")
        await shows(pilot, "handed over in")
    (file,) = home.glob("*.md")
    assert "**The edge does not answer since" in file.read_text()
    assert "There are none for revision 1: the edge did not answer" in file.read_text()


async def test_a_place_that_cannot_be_written_is_told(home: Path) -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "tailspin.example")
        app._controls.exchange.handing_over.into(f"{home}/none/here.md")
        await shows(pilot, "none/here.md cannot be written: No such")
