"""Opening the console: the environment before Textual, the log, and what a crash leaves behind."""

import asyncio
import gc
import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edgeconsole.model.observed import Health
from edgeconsole.tui import crash, launch
from tests.tui.console_world import EdgeInMemory, console, shows, until

CANARY = "ec1_canary_7f3a"


def test_importing_the_launcher_costs_no_terminal_library() -> None:
    probe = "import sys, edgeconsole.tui.launch; print(*{'textual', 'rich'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split() == []
    )


def test_what_textual_reads_at_import_is_set_before_and_a_wish_for_frames_is_kept() -> None:
    environ = {"TERM": "xterm-256color", "TEXTUAL_THEME": "nord", "TEXTUAL_PRESS": "D,y"}
    assert launch.prepare(environ)
    assert environ["TEXTUAL_FPS"] == "120"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
    assert "TEXTUAL_PRESS" not in environ
    environ = {"TEXTUAL_FPS": "5"}
    launch.prepare(environ)
    assert environ["TEXTUAL_FPS"] == "5"


@pytest.mark.parametrize(
    ("environ", "colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "vt100"}, False)],
)
def test_no_color_counts_when_it_is_not_empty(environ: dict[str, str], colour: bool) -> None:
    assert launch.prepare(environ) is colour
    assert ("NO_COLOR" in environ) is (environ.get("NO_COLOR") == "1")


def test_the_log_goes_to_a_private_file_one_line_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    try:
        launch.log_to_file(tmp_path / "edgeconsole")
        logging.getLogger("x").warning("peer said %s", "a\nb\x1b]52;c;x\x07")
    finally:
        logging.captureWarnings(False)
        for handler in root.handlers:
            getattr(handler, "stream", sys.stderr).close()
    path = tmp_path / "edgeconsole" / "console.log"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().count("\n") == 1
    assert "\x1b" not in path.read_text()


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    (tmp_path / "edgeconsole").write_text("a file")
    try:
        launch.log_to_file(tmp_path / "edgeconsole")
    finally:
        logging.captureWarnings(False)
    assert isinstance(root.handlers[0], logging.NullHandler)


@pytest.mark.parametrize("screen", ["1", "2"])
async def test_a_crash_leaves_a_private_trace_without_locals_and_one_line(
    screen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = console(EdgeInMemory())

    def broken(*_: object) -> None:
        token = CANARY
        raise RuntimeError(f"no such luck {len(token)} token={CANARY} \x1b[2J")

    async def use() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await shows(pilot, "tailspin.example")
            await pilot.press(screen)
            monkeypatch.setattr(app._controls.changes, "undo", broken)
            await pilot.press("u")

    with pytest.raises(RuntimeError):
        await use()
    assert app.return_code == 70
    assert app.crash is not None
    path = crash.write(app.crash, tmp_path / "state")
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert "no such luck" in text
    assert "broken" in text
    assert CANARY not in text
    assert "\x1b" not in text
    assert str(path) in crash.sentence(app.crash, path)
    assert "\n" not in crash.sentence(app.crash, path)
    assert CANARY not in crash.sentence(app.crash, path)
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert CANARY not in shown.out + shown.err


def test_a_crash_that_cannot_be_written_is_still_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    assert crash.write(ValueError("x"), tmp_path / "state") is None
    assert "no trace could be written" in crash.sentence(ValueError("x"), None)


async def test_garbage_is_collected_once_the_first_reading_is_on_screen_and_not_before() -> None:
    class Held(EdgeInMemory):
        """An edge that answers when it is let."""

        let = asyncio.Event()

        async def health(self) -> Health:
            await self.let.wait()
            return await super().health()

    edge = Held()
    gc.disable()
    try:
        async with console(edge).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            before = gc.isenabled()
            edge.let.set()
            await shows(pilot, "FLEET")
            await until(pilot, gc.isenabled)
            kept = gc.get_freeze_count()
    finally:
        gc.unfreeze()
        gc.enable()
    assert not before
    assert kept > 0
