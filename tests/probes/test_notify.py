"""Who is told what: transitions once, expiries once a stage, no storms, and programs and servers that fail."""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from edgeconsole.model.probe import ProbeKind, ProbeResult, Severity
from edgeconsole.model.probe_settings import ProbeSettings
from edgeconsole.probes import notify
from edgeconsole.probes.notify import BURST, Delivery, Kind, NotDelivered, Notice, Notices, sender
from edgeconsole.probes.state import TargetState, advance
from tests.probes.results import START, at, certificate, result

DEFAULTS = ProbeSettings()


class Desk:
    """Rounds in, notices out."""

    def __init__(self, settings: ProbeSettings = DEFAULTS) -> None:
        self._known: set[str] = set()
        self.notices = Notices(settings, "edge test", self.told)
        self.state = TargetState(target="fabrikam.example", kind=ProbeKind.SIP)

    def told(self, name: str) -> bool:
        known = name in self._known
        self._known.add(name)
        return known

    def __call__(self, *rounds: ProbeResult) -> list[Notice]:
        found = []
        for each in rounds:
            before = self.state
            self.state, changes = advance(before, each)
            found += self.notices.of_round(before, self.state, changes, each)
        return found


def kinds(notices: Sequence[Notice]) -> list[Kind]:
    return [each.kind for each in notices]


def test_that_all_is_well_at_the_start_is_no_news() -> None:
    assert Desk()(result(), result(seconds=60)) == []


def test_a_trouble_is_told_once_when_it_is_sure_and_once_when_it_is_over() -> None:
    desk = Desk()
    desk(result())
    assert desk(*(result("tcp.timeout", seconds=number) for number in (10, 20))) == []
    (told,) = desk(result("tcp.timeout", seconds=50))
    assert (told.kind, told.after, told.code, told.fix) == (
        Kind.TROUBLE,
        Severity.CRITICAL,
        "tcp.timeout",
        "mend tcp.timeout",
    )
    assert told.since == at(10)
    assert desk(*(result("tcp.timeout", seconds=number) for number in range(100, 1000, 100))) == []
    (over,) = desk(result(seconds=2000), result(seconds=2060))
    assert (over.kind, over.before, over.after, over.since) == (Kind.RECOVERY, Severity.CRITICAL, Severity.OK, at(10))


def test_recoveries_can_be_left_out() -> None:
    desk = Desk(ProbeSettings(notify_recovery=False))
    desk(result(), result("cert.expired", seconds=10))
    assert desk(result(seconds=20), result(seconds=30)) == []


def test_a_trouble_that_lasts_is_reminded_of_only_where_that_is_asked_for() -> None:
    desk = Desk(ProbeSettings(notify_repeat=timedelta(hours=1)))
    desk(result("cert.expired"))
    told = desk(*(result("cert.expired", seconds=number) for number in range(300, 7501, 300)))
    assert kinds(told) == [Kind.REMINDER, Kind.REMINDER]


def test_what_goes_up_and_down_is_told_once_and_then_not_until_it_is_calm() -> None:
    desk = Desk()
    told = []
    for number in range(60):
        bad = number % 4 >= 2
        told += desk(result("cert.expired", seconds=number) if bad else result(seconds=number))
    assert kinds(told).count(Kind.FLAPPING) == 1
    assert len(told) < 15, "the first rounds before it was known, then silence"
    assert desk(*(result(seconds=100 + number) for number in range(30))) == []


def test_an_expiry_is_told_once_for_each_stage_and_certificate() -> None:
    desk = Desk()
    told = []
    for day in range(62):
        told += desk(result(seconds=day * 86_400, chain=(certificate(days=60),)))
    assert [each.days_left for each in told if each.kind is Kind.EXPIRY] == [30, 14, 7, 3, 1, 0]
    again = Desk()
    first = again(result(chain=(certificate("aa" * 32, days=5), certificate("bb" * 32, days=400))))
    assert [each.fingerprint for each in first] == ["aa" * 32], "straight into the stage it is in"
    assert again(result(seconds=60, chain=(certificate("aa" * 32, days=5),))) == []


def test_renewing_starts_the_stages_again() -> None:
    desk = Desk()
    desk(result(chain=(certificate("aa" * 32, days=10),)))
    told = desk(result(seconds=60, chain=(certificate("cc" * 32, days=10),)))
    assert [each.fingerprint for each in told] == ["cc" * 32]


# Delivery.


class Carrier:
    """A delivery whose clock stands until it pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[Notice] = []
        self.delivery = Delivery(self.send, vantage="edge test", monotonic=lambda: self.now, pause=self.pause)

    async def pause(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    async def send(self, notice: Notice) -> None:
        self.sent.append(notice)

    async def settle(self) -> None:
        running = asyncio.create_task(self.delivery.run())
        for _ in range(200):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def notice(number: int = 0) -> Notice:
    return Notice(kind=Kind.TROUBLE, at=START, vantage="edge test", target=f"p{number}.example", summary="down")


async def test_a_few_go_out_one_by_one() -> None:
    carrier = Carrier()
    carrier.delivery.add([notice(1), notice(2)])
    await carrier.settle()
    assert [each.target for each in carrier.sent] == ["p1.example", "p2.example"]


async def test_a_thousand_at_once_are_one_digest() -> None:
    carrier = Carrier()
    carrier.delivery.add([notice(number) for number in range(1000)])
    await carrier.settle()
    (digest,) = carrier.sent
    assert (digest.kind, digest.count, len(digest.notices)) == (Kind.DIGEST, 1000, 100)


async def test_over_a_day_no_more_go_out_than_the_rate_lets() -> None:
    carrier = Carrier()
    running = asyncio.create_task(carrier.delivery.run())
    for number in range(3000):
        carrier.delivery.add([notice(number)])
        await asyncio.sleep(0)
        carrier.now += 1
    for _ in range(300):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(carrier.sent) <= BURST + carrier.now / notify.SECONDS_EACH + 1
    assert sum(each.count for each in carrier.sent) == 3000, "none is lost"


async def test_a_notice_that_is_not_taken_is_logged_and_the_next_one_goes_out(caplog) -> None:
    carrier = Carrier()

    async def broken(each: Notice) -> None:
        if each.target == "p1.example":
            raise NotDelivered("nobody there")
        await carrier.send(each)

    carrier.delivery._send = broken
    carrier.delivery.add([notice(1), notice(2)])
    with caplog.at_level(logging.WARNING):
        await carrier.settle()
    assert [each.target for each in carrier.sent] == ["p2.example"]
    assert "nobody there" in caplog.text


# What carries a notice out.


async def test_a_program_gets_the_notice_on_its_standard_input_and_its_arguments_as_they_stand(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = "import sys; open(sys.argv[1], 'w').write(sys.argv[2] + sys.stdin.read())"
    send = sender(ProbeSettings(notify_command=(sys.executable, "-c", code, str(out), "$(id); `id`\n")))
    assert send is not None
    await send(notice(7))
    said = out.read_text()
    assert said.startswith("$(id); `id`\n")
    assert json.loads(said.partition("\n")[2])["target"] == "p7.example"


async def test_a_program_that_fails_says_so_in_its_own_words() -> None:
    send = sender(ProbeSettings(notify_command=(sys.executable, "-c", "raise SystemExit('no pager today')")))
    assert send is not None
    with pytest.raises(NotDelivered, match=r"exit code 1: no pager today"):
        await send(notice())


async def test_a_program_that_is_not_there_is_a_reason(tmp_path: Path) -> None:
    send = sender(ProbeSettings(notify_command=(str(tmp_path / "missing"),)))
    assert send is not None
    with pytest.raises(NotDelivered, match="missing"):
        await send(notice())


async def test_a_program_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "TIMEOUT", 0.2)
    send = sender(ProbeSettings(notify_command=(sys.executable, "-c", "import time; time.sleep(60)")))
    assert send is not None
    with pytest.raises(NotDelivered, match="killed"):
        await send(notice())


async def hook(status: int, port_of: list[int], got: list[dict[str, object]]) -> web.AppRunner:
    async def take(request: web.Request) -> web.Response:
        got.append({"host": request.headers["Host"], **await request.json()})
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/"})

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port_of.append(runner.addresses[0][1])
    return runner


async def test_a_server_gets_the_notice_as_json() -> None:
    ports: list[int] = []
    got: list[dict[str, object]] = []
    runner = await hook(204, ports, got)
    try:
        send = sender(ProbeSettings(notify_url=f"http://localhost:{ports[0]}/hook"))
        assert send is not None
        await send(notice(3))
    finally:
        await runner.cleanup()
    assert got[0]["target"] == "p3.example"
    assert got[0]["host"] == f"localhost:{ports[0]}"


@pytest.mark.parametrize("status", [302, 500])
async def test_a_server_that_does_not_take_it_is_a_reason_and_redirects_lead_nowhere(status: int) -> None:
    ports: list[int] = []
    got: list[dict[str, object]] = []
    runner = await hook(status, ports, got)
    try:
        send = sender(ProbeSettings(notify_url=f"http://localhost:{ports[0]}/hook"))
        assert send is not None
        with pytest.raises(NotDelivered, match=str(status)):
            await send(notice())
    finally:
        await runner.cleanup()
    assert len(got) == 1


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "0.0.0.0", "224.0.0.1", "[::ffff:169.254.169.254]", "168.63.129.16"]
)
async def test_a_notice_never_goes_where_machines_keep_their_secrets(host: str) -> None:
    send = sender(ProbeSettings(notify_url=f"http://{host}/latest/meta-data"))
    assert send is not None
    with pytest.raises(NotDelivered, match="no notice may go"):
        await send(notice())


def test_nobody_is_told_where_nobody_is_named() -> None:
    assert sender(ProbeSettings()) is None
