"""The past of probes on disk: what comes back after a restart, what is dropped, what a broken file costs."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from edgeconsole.model.probe import ProbeKind, Severity, Stage
from edgeconsole.model.probing import Round
from edgeconsole.probes.history import History
from edgeconsole.probes.state import TargetState, advance
from edgeconsole.wire.json import decode, encode
from tests.probes.results import START, at, certificate, result

KEY = "sip fabrikam.example"
NEW = TargetState(target="fabrikam.example", kind=ProbeKind.SIP)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "probes.sqlite"


def fill(history: History, *rounds) -> TargetState:
    state = NEW
    for each in rounds:
        state, changes = advance(state, each)
        history.record(state, each, changes)
    history.flush()
    return state


def test_what_was_recorded_is_there_after_a_restart(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    bad = result("cert.expired", seconds=60, chain=(certificate(),))
    state = fill(history, result(), bad)
    history.close()
    again = History(path, clock)
    assert again.remembered()[KEY] == (state, bad)
    assert again.last(KEY) == bad
    assert [each.severity for each in again.rounds(KEY)] == [Severity.CRITICAL, Severity.OK]
    assert again.rounds(KEY)[0].failing is Stage.CERTIFICATE
    assert again.rounds(KEY)[0].stages["tcp"] == 5.0
    assert decode(encode(again.rounds(KEY)), tuple[Round, ...]) == again.rounds(KEY)
    assert [(each.code, each.after) for each in again.changes(KEY)] == [
        ("cert.expired", Severity.CRITICAL),
        ("", Severity.CRITICAL),
        ("", Severity.OK),
    ]
    assert again.problem == ""
    again.close()


def test_the_file_is_its_owners_alone(path: Path, clock: Clock) -> None:
    History(path, clock).close()
    assert path.stat().st_mode & 0o077 == 0


def test_certificates_are_remembered_once_with_first_and_last_sight(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    old, new = certificate("aa" * 32), certificate("bb" * 32)
    fill(history, result(chain=(old,)), result(seconds=60, chain=(old,)), result(seconds=120, chain=(new,)))
    seen = history.certificates(KEY)
    assert [(each.certificate, each.first_seen, each.last_seen) for each in seen] == [
        (new, at(120), at(120)),
        (old, at(0), at(60)),
    ]
    history.close()


def test_a_day_amounts_to_availability_and_latency_of_what_worked(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    rounds = [result(seconds=number * 60, took=number / 1000) for number in range(1, 101)]
    bad = [result("tcp.timeout", seconds=7_000 + number, took=5.0) for number in range(25)]
    nothing = result("dns.timeout", seconds=8_000, severity=Severity.UNKNOWN)
    fill(history, *rounds, *bad, nothing)
    clock.now = at(9_000)
    figures = history.figures(KEY)
    assert figures == (0.8, 50.0, 95.0)
    clock.now = at(9_000 + 86_400)
    assert history.figures(KEY) == (None, None, None)
    history.close()


def test_hours_are_summed_up_and_runs_dropped_when_they_are_old(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    fill(history, *(result(seconds=number * 300, took=0.01) for number in range(36)))
    clock.now = at(3 * 3600 + 60)
    live = history.hours(KEY)
    history.compact(timedelta(hours=1))
    assert history.hours(KEY) == live, "an hour says the same before and after it was summed up"
    assert [(each.start, each.runs, each.good, each.median_ms) for each in live] == [
        (at(hour * 3600), 12, 12, 10.0) for hour in range(3)
    ]
    assert len(history.rounds(KEY)) == 11
    history.close()


def test_the_file_does_not_grow_for_ever(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeconsole.probes.history.MOST_RUNS", 100)
    history = History(path, clock)
    sizes = []
    for generation in range(4):
        fill(history, *(result(seconds=generation * 10_000 + number) for number in range(500)))
        clock.now = at((generation + 1) * 10_000)
        history.compact(timedelta(days=7))
        sizes.append(path.stat().st_size)
    assert len(history.rounds(KEY, 10_000)) == 100
    assert sizes[-1] <= sizes[0] * 1.5
    assert not Path(f"{path}-wal").exists() or Path(f"{path}-wal").stat().st_size == 0
    history.close()


def test_what_no_configuration_names_any_more_is_forgotten_but_what_changed_stays(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    fill(history, result(chain=(certificate(),)))
    history.compact(timedelta(days=7), targets=())
    assert not history.remembered()
    assert not history.rounds(KEY)
    assert not history.certificates(KEY)
    assert history.changes(KEY)
    history.close()


def test_a_notice_is_new_once_also_after_a_restart(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    assert not history.told("expiry abc 14")
    assert history.told("expiry abc 14")
    history.close()
    again = History(path, clock)
    assert again.told("expiry abc 14")
    again.close()


@pytest.mark.parametrize("content", [b"this is no database at all, and longer than a header" * 40, b"\x00" * 8192])
def test_a_file_that_is_none_is_moved_aside_and_said_so(path: Path, clock: Clock, content: bytes) -> None:
    path.write_bytes(content)
    history = History(path, clock)
    aside = path.with_name("probes.sqlite.broken-20261120T120000Z")
    assert aside.read_bytes() == content
    assert str(aside) in history.problem
    fill(history, result())
    assert len(history.rounds(KEY)) == 1
    history.close()


def test_a_damaged_page_is_found_at_the_start(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    fill(history, *(result(seconds=number) for number in range(500)))
    history.compact(timedelta(days=7))
    history.close()
    raw = bytearray(path.read_bytes())
    for page in range(2, len(raw) // 4096):
        raw[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(raw)
    again = History(path, clock)
    assert "moved to" in again.problem
    fill(again, result())
    assert len(again.rounds(KEY)) == 1
    again.close()


def test_a_file_of_another_format_is_kept_apart(path: Path, clock: Clock) -> None:
    History(path, clock).close()
    with sqlite3.connect(path) as base:
        base.execute("UPDATE meta SET value = 99 WHERE name = 'format'")
    base.close()
    history = History(path, clock)
    assert "99" in history.problem
    history.close()


def test_where_nothing_can_be_written_probing_goes_on_in_memory(tmp_path: Path, clock: Clock) -> None:
    history = History(tmp_path / "no" / "such" / "directory.sqlite", clock)
    assert "in memory only" in history.problem
    fill(history, result())
    assert len(history.rounds(KEY)) == 1
    history.close()


def test_a_full_disk_costs_nothing_that_is_in_memory_and_is_over_when_there_is_room(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    fill(history, result())
    full = history._base.execute("PRAGMA page_count").fetchone()[0]
    history._base.execute(f"PRAGMA max_page_count = {full}")
    fill(history, *(result(seconds=number, chain=(certificate(f"{number:064x}"),)) for number in range(1, 200)))
    assert "cannot be written" in history.problem
    assert "199 runs wait" in history.problem
    history.told("expiry abc 14")
    assert history.told("expiry abc 14"), "and no storm of notices either"
    history.compact(timedelta(days=7))
    history._base.execute("PRAGMA max_page_count = 100000")
    history.flush()
    assert history.problem == ""
    assert len(history.rounds(KEY)) == 200
    history.close()


def test_what_an_older_release_wrote_and_nobody_can_read_is_left_out(path: Path, clock: Clock) -> None:
    history = History(path, clock)
    fill(history, result())
    history.close()
    with sqlite3.connect(path) as base:
        base.execute("UPDATE target SET state = ?, last = ?", (b"\x81\xa1x\x01", msgspec.msgpack.encode({"a": 1})))
    base.close()
    again = History(path, clock)
    assert not again.remembered()
    assert again.last(KEY) is None
    again.close()


_WRITER = """
import sys
from datetime import timedelta
from pathlib import Path
from edgeconsole.model.probing import Round
from edgeconsole.probes.history import History
from edgeconsole.probes.state import TargetState, advance
from edgeconsole.wire.json import decode, encode
from edgeconsole.model.probe import ProbeKind
from tests.probes.results import START, result
history = History(Path(sys.argv[1]), lambda: START)
state = TargetState(target="fabrikam.example", kind=ProbeKind.SIP)
for number in range(1_000_000):
    shown = result(seconds=number)
    state, changes = advance(state, shown)
    history.record(state, shown, changes)
    history.flush()
    print(number, flush=True)
"""


@pytest.mark.parametrize("runs", [1, 40, 150])
def test_what_was_flushed_before_a_kill_is_there_after_it(path: Path, clock: Clock, runs: int) -> None:
    root = Path(__file__).parents[2]
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, cwd=root, text=True)
    assert writer.stdout is not None
    for _ in range(runs):
        told = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(10)
    writer.stdout.close()
    history = History(path, clock)
    assert history.problem == ""
    assert len(history.rounds(KEY, 10_000)) >= told + 1
    history.close()
