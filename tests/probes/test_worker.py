"""The worker and the proxy's side of it: orders, reports, ends that nobody asked for, configurations that change."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from edgeconsole.model.configuration import Action, Configuration, Edge, FederatedDomain
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.names import DomainName
from edgeconsole.model.observed import EventKind
from edgeconsole.model.probe import Severity, TargetStatus
from edgeconsole.model.probe_settings import ProbeSettings
from edgeconsole.model.probing import ProbeDone, ProbeProgress
from edgeconsole.proxy import probing
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.probing import Probing

ROOT = Path(__file__).parents[2]
STAND_IN = (sys.executable, str(Path(__file__).with_name("worker_stand_in.py")))


def configuration(*names: str, **settings: object) -> Configuration:
    probe = msgspec.structs.replace(ProbeSettings(rate=50, interval=timedelta(hours=1)), **settings)
    domains = tuple(FederatedDomain(name=DomainName(name), action=Action.ALLOW) for name in names)
    return Configuration(edge=Edge(fqdn=DomainName("sip.contoso.example")), domains=domains, probe=probe)


class Desk:
    """The proxy's side, with an edge that only has a configuration and events."""

    def __init__(self, directory: Path, first: Configuration) -> None:
        self.edge = FederationEdge(first, base_directory=directory, clock=lambda: datetime.now(UTC), new_id=lambda: "x")
        self.path = directory / "federation.toml"
        self.pauses: list[float] = []
        self.probing = Probing(self.edge, path=self.path, command=STAND_IN, pause=self.pause)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def configure(self, new: Configuration) -> None:
        self.edge.configuration = new
        self.edge.events.add(EventKind.CONFIGURATION, detail="running")

    async def until(self, true: Callable[[], bool]) -> None:
        cursor = 0
        async with asyncio.timeout(20):
            while not true():
                cursor = self.edge.events.last_id
                await asyncio.wait([asyncio.ensure_future(self.edge.events.wait(cursor))], timeout=0.2)

    def status(self, name: str) -> TargetStatus | None:
        return self.probing.status_of(name)

    def ran(self, name: str) -> bool:
        status = self.status(name)
        return status is not None and status.last is not None


@pytest.fixture(autouse=True)
def _can_import_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path, configuration("fabrikam.example", "bad.example"))
    yield made
    await made.probing.stop()


async def notes_of(desk: Desk, *targets: str, **asked: bool) -> list[ProbeProgress | ProbeDone]:
    return [each async for each in desk.probing.probe(targets, **asked)]


async def test_nothing_runs_until_somebody_wants_it(desk: Desk) -> None:
    assert desk.probing.pid is None
    assert await desk.probing.history("fabrikam.example") is None
    assert await desk.probing.certificates() == ()
    assert desk.probing.pid is None


async def test_a_run_that_is_asked_for_tells_its_stages_and_its_result(desk: Desk) -> None:
    notes = await notes_of(desk, "fabrikam.example")
    assert isinstance(notes[0], ProbeProgress)
    done = [each.result for each in notes if isinstance(each, ProbeDone)]
    assert [(each.target, each.vantage) for each in done] == [("fabrikam.example", "edge sip.contoso.example")]
    await desk.until(lambda: desk.ran("fabrikam.example"))
    status = desk.status("fabrikam.example")
    assert status is not None
    assert (status.severity, status.last is not None and status.last.endpoints) == (Severity.OK, ())


async def test_all_and_those_that_fail_can_be_asked_for(desk: Desk) -> None:
    everything = [each.result.target for each in await notes_of(desk, everything=True) if isinstance(each, ProbeDone)]
    assert sorted(everything) == ["bad.example", "fabrikam.example", "sip.contoso.example"]
    failing = [each.result.target for each in await notes_of(desk, failing=True) if isinstance(each, ProbeDone)]
    assert failing == ["bad.example"]


async def test_a_stranger_can_be_asked_for_and_is_not_kept(desk: Desk) -> None:
    notes = await notes_of(desk, "newcomer.example")
    assert isinstance(notes[-1], ProbeDone)
    assert desk.status("newcomer.example") is None


async def test_what_is_no_target_is_refused_before_anything_runs(desk: Desk) -> None:
    with pytest.raises(BadInput, match="IP address"):
        await notes_of(desk, "192.0.2.7")


async def test_a_run_that_breaks_is_a_result_and_the_worker_goes_on(desk: Desk) -> None:
    desk.configure(configuration("break.example", "fabrikam.example"))
    (broken,) = [each.result for each in await notes_of(desk, "break.example") if isinstance(each, ProbeDone)]
    assert (broken.severity, broken.findings[0].code) == (Severity.UNKNOWN, "probe.internal")
    assert isinstance((await notes_of(desk, "fabrikam.example"))[-1], ProbeDone)


async def test_the_history_and_the_certificates_are_told(desk: Desk) -> None:
    await notes_of(desk, everything=True)
    await desk.until(lambda: desk.ran("bad.example"))
    history = await desk.probing.history("bad.example")
    assert history is not None
    assert history.status.last is not None
    assert history.status.last.endpoints, "whole"
    assert [each.code for each in history.changes] == ["cert.expired", ""]
    assert len(history.rounds) == 1
    assert len(history.certificates) == 1
    rows = await desk.probing.certificates()
    assert {row.owner for row in rows} == {"bad.example", "fabrikam.example", "sip.contoso.example"}
    assert next(row.problem for row in rows if row.owner == "bad.example") == "cert.expired: it showed cert.expired"


async def test_what_moved_since_a_cursor_is_told_and_no_more(desk: Desk) -> None:
    await notes_of(desk, everything=True)
    await desk.until(lambda: all(map(desk.ran, ("bad.example", "fabrikam.example", "sip.contoso.example"))))
    whole = desk.probing.probes()
    assert whole.whole
    assert len(whole.targets) == 3
    assert desk.probing.probes(whole.cursor).targets == ()
    await notes_of(desk, "bad.example")
    await desk.until(lambda: bool(desk.probing.probes(whole.cursor).targets))
    moved = desk.probing.probes(whole.cursor)
    assert not moved.whole
    assert [each.target for each in moved.targets] == ["bad.example"]
    assert desk.probing.probes(1).whole, "the cursor of another proxy"


async def test_a_change_of_the_configuration_takes_effect_at_once(desk: Desk) -> None:
    desk.probing.start()
    await desk.until(lambda: desk.ran("fabrikam.example"))
    cursor = desk.probing.probes().cursor
    desk.configure(configuration("fabrikam.example", "added.example"))
    await desk.until(lambda: desk.ran("added.example") and desk.status("bad.example") is None)
    assert desk.probing.probes(cursor).removed == ("sip bad.example",)


async def test_probing_that_is_switched_off_starts_no_worker_and_switching_it_on_does(tmp_path: Path) -> None:
    desk = Desk(tmp_path, configuration("fabrikam.example", enabled=False))
    try:
        desk.probing.start()
        for _ in range(20):
            await asyncio.sleep(0)
        assert desk.probing.pid is None
        desk.configure(configuration("fabrikam.example"))
        await desk.until(lambda: desk.ran("fabrikam.example"))
    finally:
        await desk.probing.stop()


async def test_a_killed_worker_starts_again_and_what_it_was_doing_is_told_as_our_own_trouble(desk: Desk) -> None:
    desk.configure(configuration("hang.example", "fabrikam.example"))
    desk.probing.start()
    await desk.until(lambda: (each := desk.status("hang.example")) is not None and each.running)
    first = desk.probing.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await desk.until(lambda: desk.probing.pid not in (None, first))
    await desk.until(lambda: desk.ran("hang.example"))
    status = desk.status("hang.example")
    assert status is not None
    assert status.last is not None
    assert status.last.findings[0].code == "probe.internal"
    assert desk.pauses[1] == probing.BACK_OFF[0]
    alarms = [each for each in desk.edge.events.after(0) if each.kind is EventKind.ALARM]
    assert "started again" in alarms[0].detail


async def test_who_waits_for_a_run_is_told_that_the_worker_ended(desk: Desk) -> None:
    desk.configure(configuration("die.example"))
    with pytest.raises(EdgeconsoleError, match="worker ended"):
        await notes_of(desk, "die.example")


async def test_a_worker_that_keeps_ending_is_started_ever_less_often(desk: Desk) -> None:
    desk.configure(configuration("die.example"))
    for _ in range(3):
        with pytest.raises(EdgeconsoleError):
            await notes_of(desk, "die.example")
    assert [each for each in desk.pauses if each in probing.BACK_OFF][:3] == [0.5, 2.0, 10.0]


async def test_a_worker_that_cannot_be_started_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "ANSWER_SECONDS", 0.3)
    desk = Desk(tmp_path, configuration("fabrikam.example"))
    desk.probing = Probing(desk.edge, path=desk.path, command=(str(tmp_path / "missing"),))
    try:
        with pytest.raises(EdgeconsoleError, match="cannot be started"):
            await notes_of(desk, "fabrikam.example")
    finally:
        await desk.probing.stop()


async def test_a_trouble_goes_to_the_operators_program_once_however_often_it_is_found(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read() + chr(10))"
    names = ("bad.example", "fabrikam.example", "bad.later.example")
    desk = Desk(tmp_path, configuration(*names, notify_command=(sys.executable, "-c", program)))
    try:
        for name in ("bad.example", "bad.example", "fabrikam.example", "bad.example", "bad.later.example"):
            await notes_of(desk, name)
        # The last of them shows that nothing of the rounds before it is still to come.
        await desk.until(lambda: told.exists() and told.read_text().count("bad.later.example") >= 1)
    finally:
        await desk.probing.stop()
    notices = [msgspec.json.decode(line) for line in told.read_text().splitlines()]
    assert [(each["kind"], each["target"]) for each in notices] == [
        ("trouble", "bad.example"), ("trouble", "bad.later.example"),
    ]  # fmt: skip
    assert notices[0]["code"] == "cert.expired"
    assert notices[0]["fix"] == "mend cert.expired"


async def test_where_memory_runs_out_the_worker_goes_before_the_proxy(desk: Desk) -> None:
    await notes_of(desk, "fabrikam.example")
    assert Path(f"/proc/{desk.probing.pid}/oom_score_adj").read_text() == "800\n"


async def test_no_worker_outlives_the_proxy(desk: Desk) -> None:
    await notes_of(desk, "fabrikam.example")
    pid = desk.probing.pid
    assert pid is not None
    await desk.probing.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_what_was_found_is_there_after_a_restart_of_the_proxy(desk: Desk, tmp_path: Path) -> None:
    await notes_of(desk, "bad.example")
    await desk.probing.stop()
    again = Desk(tmp_path, configuration("fabrikam.example", "bad.example", enabled=False))
    try:
        await notes_of(again, "newcomer.example")
        await again.until(lambda: again.ran("bad.example"))
        status = again.status("bad.example")
        assert status is not None
        assert status.severity is Severity.CRITICAL
    finally:
        await again.probing.stop()
