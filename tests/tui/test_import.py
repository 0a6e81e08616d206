"""The import screen: a file read, judged row by row, taken or left out, and staged as one step."""

import asyncio
import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from edgeconsole.actions import imports as reading
from edgeconsole.actions.direct import block_change
from edgeconsole.model.configuration import Action
from edgeconsole.present import imports
from edgeconsole.present.import_standing import ImportStanding
from edgeconsole.tui.paths import complete
from edgeconsole.tui.strips import strip_of
from tests.hostile.corpus import CORPUS
from tests.tui.console_world import EdgeInMemory, configuration, console, draft_box, shows, text_of, until
from tests.tui.kept_screens import SIZES, says_what_it_said

RULES = """\
allow adatum.example
allow fabrikam.example
block tailspin.example
block new-enemy.example
block new-enemy.example
allow no_such..name
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.txt"
    path.write_text(RULES)
    return path


def standing_of(text: bytes, tmp_path: Path) -> ImportStanding:
    path = tmp_path / "file"
    path.write_bytes(text)
    review = reading.judge(reading.read(str(path)), configuration())
    taken = frozenset(place for place, row in enumerate(review.rows) if row.selected and row.change is not None)
    return ImportStanding("file", review, taken)


async def opened(pilot: Pilot[int], path: Path) -> None:
    await shows(pilot, "tailspin.example")
    pilot.app._controls.exchange.importing.open(str(path))  # type: ignore[attr-defined]
    await shows(pilot, "A stages the")


def test_rows_stand_by_verdict_with_line_and_reason(tmp_path: Path) -> None:
    view = imports.list_view(standing_of(RULES.encode(), tmp_path))
    told = [[cell.text for cell in view.row(place).cells] for place in range(len(view.keys))]
    assert [(line, verdict) for _, _, line, _, verdict in told] == [
        ("6", "X invalid"), ("3", "! conflict"), ("1", "+ new"), ("4", "+ new"), ("5", "= duplicate"), ("2", ". same"),
    ]  # fmt: skip
    assert [take for _, take, *_ in told] == ["", "", "take", "take", "", ""]


def test_the_pane_says_what_a_row_would_do_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    standing = standing_of(RULES.encode(), tmp_path)
    said = {
        key: "\n".join("".join(span.text for span in line.spans) for line in imports.pane(standing, key)[1])
        for key in "0235"
    }
    assert "IT WOULD SET\n  action               allow" in said["0"]
    assert "o takes it in, c decides all conflicts at once" in said["2"]
    assert "'no_such..name' has an empty label" in said["5"]
    assert "6 rows: 1 invalid, 1 conflict, 2 new, 1 duplicate, 1 same" in said["3"]


def test_every_hostile_text_in_a_file_is_drawn_inert(tmp_path: Path) -> None:
    records = [{"name": text, "action": "allow", "comment": text} for text in CORPUS]
    records += [{"name": f"p{place}.example", "action": "allow", "comment": text} for place, text in enumerate(CORPUS)]
    path = tmp_path / "file"
    path.write_text(json.dumps({"edgeconsole": 1, "domain": records}))
    review = reading.judge(reading.read(str(path)), configuration())
    standing = ImportStanding("file", review, frozenset(range(0, len(records), 2)))
    view = imports.list_view(standing)
    assert len(view.keys) == len(records)
    for place, key in enumerate(view.keys):
        lines = [view.row(place).cells, *(line.spans for line in imports.pane(standing, key)[1])]
        assert all(strip_of(line, 200, lambda _style: None).text.isprintable() for line in lines), key


def test_a_path_is_completed_as_far_as_the_names_agree(tmp_path: Path) -> None:
    for name in ("partners-old.csv", "partners-new.csv", "other.csv", "hid\u202eden.csv", ".secret"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert complete(f"{tmp_path}/pa") == (f"{tmp_path}/partners-", "partners-new.csv  partners-old.csv")
    assert complete(f"{tmp_path}/partners-n").text == f"{tmp_path}/partners-new.csv"
    assert complete(f"{tmp_path}/f").text == f"{tmp_path}/folder/"
    assert complete(f"{tmp_path}/hid").hint == "nothing there begins so"
    assert ".secret" not in complete(f"{tmp_path}/").hint
    assert "No such file" in complete(f"{tmp_path}/none/x").hint


async def test_a_file_is_reviewed_and_what_is_clean_staged_as_one_step_that_u_takes_back(rules: Path) -> None:
    edge, box = EdgeInMemory(), draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, rules)
        assert box.view.edits == ()
        await pilot.press("A")
        await shows(pilot, "Stage 2 records of rules.txt (1 row left out, 1 invalid row left out)?")
        await pilot.press("enter")
        await shows(pilot, "nothing changed")
        assert box.view.edits == ()
        await pilot.press("A")
        await shows(pilot, "y stage")
        await pilot.press("y")
        await shows(pilot, "staged 2 records of rules.txt: a applies with a timer, u takes it back")
        assert [edit.key for edit in box.view.edits] == ["adatum.example", "new-enemy.example"]
        assert app.current_mode == "review"
        assert edge.applied == []
        await pilot.press("u")
        await until(pilot, lambda: box.view.edits == ())


async def test_500_domains_are_in_force_within_seventeen_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "partners.csv").write_text("\n".join(f"p{place}.example" for place in range(500)))
    monkeypatch.chdir(tmp_path)
    edge, box, pressed = EdgeInMemory(), draft_box(), 0
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")

        async def press(*keys: str, until_shown: str) -> None:
            nonlocal pressed
            pressed += len(keys)
            await pilot.press(*keys)
            await shows(pilot, until_shown)

        await press("I", "p", "tab", until_shown="partners.csv_")
        await press("enter", until_shown="b block")
        await press("b", until_shown="A stages the 500 taken: 500 new")
        await press("A", until_shown="y stage")
        await press("y", until_shown="staged 500 records")
        await shows(pilot, "lint finds")
        await press("a", until_shown="y apply")
        await press("y", until_shown="reverting in")
    assert pressed <= 17
    blocked = {record.name for record in edge.now.domains if record.action is Action.BLOCK}
    assert blocked >= {f"p{place}.example" for place in range(500)}


async def test_rows_are_left_out_and_taken_in_and_conflicts_settled(rules: Path) -> None:
    box = draft_box()
    app = console(EdgeInMemory(), drafts=box)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, rules)
        await pilot.press("o")
        await shows(pilot, "there is nothing to take: 'no_such..name' has an empty label")
        await pilot.press("j", "o")
        await shows(pilot, "taken in: tailspin.example")
        await pilot.press("j", "o")
        await shows(pilot, "left out: adatum.example")
        await shows(pilot, "2 taken, ")
        await pilot.press("c")
        await shows(pilot, "t the file's")
        await pilot.press("t")
        await shows(pilot, "A stages the 3")
        await pilot.press("slash", *"enemy", "enter")
        await shows(pilot, "> 2 of 6")


async def test_what_was_staged_meanwhile_is_judged_again_before_anything_is_staged(rules: Path) -> None:
    box = draft_box()
    app = console(EdgeInMemory(), drafts=box)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, rules)
        box.stage([block_change("new-enemy.example")])
        await pilot.press("A")
        await shows(pilot, "A stages the 1")
        assert len(box.view.edits) == 1


async def test_a_read_only_console_looks_at_a_file_and_stages_nothing(rules: Path) -> None:
    app = console(EdgeInMemory(), readonly=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, rules)
        await pilot.press("A")
        await shows(pilot, "Accept is not possible now")


_BAD = {
    "No such file": None,
    "zip archive or an Excel workbook": b"PK\x03\x04rest",
    "line 2 has a NUL character": b"allow a.example\nallow \x00",
    "the file is empty": b"",
    "json: line 2": b'{"edgeconsole": 1,\n "domain": [}',
    "line 3": b'"Identity","Domain"\n"a.example","x"\n"b',
}
"""What is said of files that cannot be taken; None is one that is not there."""


async def test_a_file_that_cannot_be_taken_is_told_and_the_one_under_review_stays(rules: Path, tmp_path: Path) -> None:
    app = console(EdgeInMemory(), drafts=draft_box())
    async with app.run_test(size=(200, 24)) as pilot:
        await opened(pilot, rules)
        for place, (says, content) in enumerate(_BAD.items()):
            bad = tmp_path / f"bad{place}"
            if content is not None:
                bad.write_bytes(content)
            app._controls.exchange.importing.open(str(bad))
            await shows(pilot, says)
            assert "Import > rules.txt" in text_of(app)
            assert "new-enemy.example" in text_of(app)


async def test_a_file_of_no_known_kind_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_text("just words\n")
    app = console(EdgeInMemory(), drafts=draft_box())
    async with app.run_test(size=(200, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        app._controls.exchange.importing.open(str(path))
        await shows(pilot, "Its kind:")
        await pilot.press(*"plain-b", "tab", "enter")
        await shows(pilot, "2 invalid")


async def test_the_screen_says_what_it_said_when_somebody_last_read_it(rules: Path) -> None:
    app = console(EdgeInMemory(), drafts=draft_box())
    sizes = SIZES[:3]
    async with app.run_test(size=sizes[0]) as pilot:
        await shows(pilot, "tailspin.example")
        app.go("import")
        await shows(pilot, "Nothing is under review")
        await says_what_it_said(pilot, "import-empty", sizes)
        app._controls.exchange.importing.open(str(rules))
        await shows(pilot, "A stages the")
        await says_what_it_said(pilot, "import-live", sizes)
        await pilot.press("A")
        await shows(pilot, "y stage")
        await says_what_it_said(pilot, "import-asking", sizes)
        await pilot.press("escape", "j", "enter")
        await shows(pilot, "left out")
        await says_what_it_said(pilot, "import-pane", sizes)


async def test_the_console_answers_keys_while_rows_are_judged(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()
    judge = reading.judge

    def slow(found, configuration, conflict, progress):  # type: ignore[no-untyped-def]
        progress(2)
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
        return judge(found, configuration, conflict, progress)

    monkeypatch.setattr(reading, "judge", slow)
    app = console(EdgeInMemory(), drafts=draft_box())
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "tailspin.example")
        app._controls.exchange.importing.open(str(rules))
        await pilot.press("2")
        await shows(pilot, "northwind.example")
        await pilot.press("I")
        await shows(pilot, "judging rules.txt: 2 of 6 rows…")
        gate.set()
        await shows(pilot, "A stages the 2")


async def test_marked_rows_are_left_out_together_and_taken_in_again(rules: Path) -> None:
    app = console(EdgeInMemory(), drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, rules)
        await pilot.press("g", "space", "G", "v", "o")
        await shows(pilot, "left out: 3 rows; 3 have nothing to take")
        assert "marked" not in text_of(app)
        assert app._controls.exchange.standing.taken == frozenset()
        await pilot.press("g", "space", "G", "v", "o")
        await shows(pilot, "taken in: 3 rows")
        assert len(app._controls.exchange.standing.taken) == 3


async def test_a_file_under_review_is_gone_back_to_and_no_screen_is_taken_away_when_it_is_read(rules: Path) -> None:
    app = console(EdgeInMemory(), drafts=draft_box())
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, rules)
        await pilot.press("2")
        await shows(pilot, "northwind.example")
        await pilot.press("I")
        await shows(pilot, "rules.txt is under review; I again reads another")
        await pilot.press("I")
        await shows(pilot, "import which file?")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.current_mode == "domains")


async def test_nothing_is_judged_before_the_configuration_was_read(rules: Path) -> None:
    edge = EdgeInMemory()
    edge.down = "the proxy does not answer"
    app = console(edge)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "does not answer")
        app._controls.exchange.importing.open(str(rules))
        await shows(pilot, "has not been read yet")
        assert app.current_mode == "overview"
