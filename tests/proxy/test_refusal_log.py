"""Lines about refusals: told, bounded, and impossible to forge."""

import logging
from datetime import UTC, datetime

import pytest

from edgeconsole.model.observed import Failure
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.logs import LogfmtFormatter
from edgeconsole.proxy.refusal_log import RefusalLog
from tests.proxy.federation import Federation
from tests.proxy.sip_peer import request


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def failure(domain: str = "fabrikam.example", text: str = "blocked") -> Failure:
    return Failure(
        at=datetime(2026, 1, 1, tzinfo=UTC), direction=Direction.INBOUND, domain=domain, peer="192.0.2.1:5061",
        stage="decide", code=403, diagnostics=1027, text=clean(text),
    )  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told(clock: Clock, caplog: pytest.LogCaptureFixture) -> RefusalLog:
    caplog.set_level(logging.WARNING, "edgeconsole.proxy.refusal_log")
    return RefusalLog(clock)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [LogfmtFormatter().format(record).partition(" message=")[2] for record in caplog.records]


def test_one_kind_is_told_at_once_and_then_counted(
    told: RefusalLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(50):
        told.note(failure())
    clock.now += 11
    told.note(failure())
    first, second = lines(caplog)
    assert first == (
        '"refused: blocked" direction="in" stage="decide" domain="fabrikam.example" peer="192.0.2.1:5061" '
        'status="403" diagnostics="1027"'
    )
    assert second.endswith('more="49"')


def test_many_kinds_at_once_are_bounded_and_the_rest_is_counted(
    told: RefusalLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(500):
        told.note(failure(f"d{number}.example"))
    clock.now += 1
    told.note(failure("last.example"))
    found = lines(caplog)
    assert len(found) == 21
    assert found[-1].endswith('unheard="480"')


def test_a_value_cannot_forge_a_record_or_a_field(told: RefusalLog, caplog: pytest.LogCaptureFixture) -> None:
    told.note(failure(text='x" status="200"\nlevel=info \x1b[31m\u2028'))
    (line,) = lines(caplog)
    assert line.isascii()
    assert line.isprintable()
    assert r"x\" status=\"200\"" in line


async def test_what_the_edge_refuses_is_in_its_log(world: Federation, caplog: pytest.LogCaptureFixture) -> None:
    client = await world.outside()
    for method in ("REGISTER", "MESSAGE"):
        await client.ask(request("<sip:eve@stranger.example>", method=method))
    first, second = lines(caplog)
    assert first.startswith('"refused: REGISTER is not relayed between organisations" direction="in" stage="parse"')
    assert 'domain="stranger.example"' in second
