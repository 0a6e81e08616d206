"""The edge as a service: ready, reload, watchdog and stop, seen as the service manager and the partners see it."""

import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edgeconsole.backends.local import open_local
from edgeconsole.model.observed import EventKind
from tests.proxy.edge_child import EdgeChild
from tests.proxy.federation import EDGE
from tests.proxy.sip_peer import SipClient, reply_to, request
from tests.proxy.test_own_certificates import shown_by_edge


@pytest.fixture
async def child() -> AsyncIterator[EdgeChild]:
    # A Unix socket's path is short.
    with tempfile.TemporaryDirectory() as directory:
        made = EdgeChild(Path(directory), watchdog_microseconds=400_000)
        yield made
        await made.stop()


def renew(child: EdgeChild, *, key: bool = True) -> None:
    renewed = child.public.issue(EDGE)
    child._edge_credential.certificate.write_bytes(renewed.certificate.read_bytes())
    if key:
        child._edge_credential.key.write_bytes(renewed.key.read_bytes())


async def test_it_is_ready_feeds_the_watchdog_reloads_on_sighup_and_keeps_its_sessions(child: EdgeChild) -> None:
    await child.start()
    first = await child.told("READY=1", "WATCHDOG=1")
    assert "STATUS=serving revision" in first[0]
    before = await child.outside()
    assert (await before.ask(request())).status == 200
    renew(child)
    child.signal(signal.SIGHUP)
    told = await child.told("RELOADING=1", "READY=1")
    assert "failed" not in told[-1]
    after = await child.outside()
    assert shown_by_edge(after) != shown_by_edge(before)
    assert (await before.ask(request())).status == 200


async def test_a_reload_that_fails_is_told_and_changes_nothing(child: EdgeChild) -> None:
    await child.start()
    before = shown_by_edge(await child.outside())
    renew(child, key=False)
    child.signal(signal.SIGHUP)
    told = await child.told("RELOADING=1", "READY=1")
    assert "the last reload failed" in told[-1]
    assert shown_by_edge(await child.outside()) == before
    errors = [record["message"] for record in child.records() if record["level"] == "error"]
    assert any("edge.private_key" in message and "does not belong" in message for message in errors)


async def test_a_renewed_certificate_is_taken_up_without_a_signal(child: EdgeChild) -> None:
    await child.start()
    before = shown_by_edge(await child.outside())
    backend = open_local(child.directory / "admin.sock")
    events = backend.events(0)
    renew(child)
    async for event in events:
        if event.kind is EventKind.CONFIGURATION and event.detail == "certificates":
            break
    await backend.aclose()
    assert shown_by_edge(await child.outside()) != before


async def test_sigterm_lets_what_is_under_way_finish_and_takes_nothing_new(child: EdgeChild) -> None:
    child.pool.answering = lambda message: None
    await child.start()
    client = await child.outside()
    client.send(request())
    got = await child.pool.requests.get()
    child.signal(signal.SIGTERM)
    await child.told("STOPPING=1")
    while True:
        try:
            late = await SipClient.open(child.port("sip"), child.client_context())
        except OSError:
            break
        await late.close()
    turned_away = await client.ask(request())
    assert (turned_away.status, turned_away["retry-after"]) == (503, "1")
    child.pool.connections[0].send(reply_to(got))
    assert (await client.receive()).status == 200
    assert await child.ended() == 0
    assert not [record for record in child.records() if "trace" in record]


async def test_what_never_finishes_does_not_keep_it_from_stopping(child: EdgeChild) -> None:
    child.pool.answering = lambda message: None
    await child.start()
    client = await child.outside()
    client.send(request())
    await child.pool.requests.get()
    child.signal(signal.SIGTERM)
    assert await child.ended() == 0


async def test_reloads_asked_for_at_once_come_one_after_another(child: EdgeChild) -> None:
    await child.start()
    for _ in range(3):
        child.signal(signal.SIGHUP)
    await child.told("READY=1", "RELOADING=1", "READY=1")
    assert (await (await child.outside()).ask(request())).status == 200
