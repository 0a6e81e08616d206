"""The on-call tasks on a real edge: key by key, each to its effect on what the edge lets through.

Each is done as it should be, with one slip, and once left by Esc before it is done: leaving changes nothing.
"""

import asyncio
from datetime import timedelta

import pytest

from edgeconsole.lab.sip_agent import SipClient
from edgeconsole.lab.xmpp_agent import message
from edgeconsole.lab.xmpp_link import StreamRefused
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.probe import Severity
from tests.tui.scenarios.edge_lab import ALICE, PATIENCE, Hands, OnTheLab, now
from tests.tui.scenarios.tasks import DOMAIN, TASKS, Task

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("tasks-on-the-lab"),
    pytest.mark.timeout(120),
]

WAYS = ("keys", "slip", "left")


def ways(*sample: str) -> pytest.MarkDecorator:
    """The three ways to do a task; those that are no sample belong to the long suite."""
    slow = pytest.mark.slow
    return pytest.mark.parametrize("way", [way if way in sample else pytest.param(way, marks=slow) for way in WAYS])


async def do(lab: OnTheLab, hands: Hands, task: Task, way: str) -> None:
    """Do a task one of the three ways; left by Esc, the edge is as it was, and then it is done all the same."""
    if way != "left":
        await hands.press(*getattr(task, way))
        return
    before = await lab.backend.read()
    await hands.press(*task.left)
    assert await lab.backend.read() == before
    await hands.press(*(task.resumed or task.keys))


def remove(*names: str) -> tuple[Change, ...]:
    return tuple(Change(table=Table.DOMAIN, key=name) for name in names)


async def ended(client: SipClient) -> None:
    await asyncio.wait_for(client.closed, 5)


@ways("keys")
async def test_t1_a_stranger_is_let_in_once_discovery_is_on(lab: OnTheLab, way: str) -> None:
    assert await lab.received("discovered") == 403
    async with lab.console() as hands:
        await do(lab, hands, TASKS["T1"], way)
        await hands.shows("done #", "disc ON")
        assert await lab.received("discovered") == 200


@ways("keys")
async def test_t2_the_partners_session_ends_and_its_next_message_is_refused(lab: OnTheLab, way: str) -> None:
    async with lab.as_partner("allowed") as client:
        assert (await client.message(sender=f"ann@{DOMAIN}", recipient=ALICE, text="hi")).status == 200
        async with lab.console() as hands:
            await do(lab, hands, TASKS["T2"], way)
            await hands.shows("done #", "- blocked")
        await ended(client)
    assert await lab.received("allowed") == 403


@ways()
async def test_t3_a_message_reaches_the_partner_at_the_pinned_access_edge(lab: OnTheLab, way: str) -> None:
    await lab.prepare(*remove(DOMAIN))
    assert (await lab.sent(f"ann@{DOMAIN}"))[0] == 403
    async with lab.console() as hands:
        await do(lab, hands, TASKS["T3"], way)
        await hands.shows(f"allow {DOMAIN} at sip.{DOMAIN}")
    assert (await lab.sent(f"ann@{DOMAIN}"))[0] == 200
    record = next(each for each in (await lab.configuration()).domains if each.name == DOMAIN)
    assert str(record.access_edge) == lab.partner("allowed").address.replace("127.0.0.1", f"sip.{DOMAIN}")


@ways()
async def test_t4_the_reason_told_is_the_one_the_edge_refuses_with(lab: OnTheLab, way: str) -> None:
    await lab.prepare(Change(table=Table.DOMAIN, key=DOMAIN, fields={"action": "block", "access_edge": None}))
    status, code = await lab.sent(f"bob@{DOMAIN}")
    async with lab.console((120, 40)) as hands:
        await do(lab, hands, TASKS["T4"], way)
        await hands.shows("X denied", f"ms-diagnostics {code}", f"{DOMAIN} is blocked")
    assert (status, code) == (403, "1005")


@ways()
async def test_t5_every_certificate_the_edge_has_seen_is_listed_the_expired_one_first(lab: OnTheLab, way: str) -> None:
    async for _ in lab.backend.probe(everything=True):
        pass
    async with lab.console((120, 40)) as hands:
        await do(lab, hands, TASKS["T5"], way)
        await hands.shows("X expired")
        shown = hands.rows
    rows = await lab.backend.certificates()
    assert {row.owner for row in rows} >= {DOMAIN, "treyresearch.example", "cohovineyard.example"}
    assert set(shown) == {row.certificate.fingerprint for row in rows if row.certificate is not None}
    ends = {row.certificate.fingerprint: row.certificate.not_after for row in rows if row.certificate is not None}
    assert [ends[key] for key in shown] == sorted(ends[key] for key in shown)


@ways()
async def test_t6_the_last_change_is_undone_on_the_edge(lab: OnTheLab, way: str) -> None:
    await lab.prepare(Change(table=Table.DOMAIN, key=DOMAIN, fields={"action": "block", "access_edge": None}))
    assert await lab.received("allowed") == 403
    async with lab.console() as hands:
        await do(lab, hands, TASKS["T6"], way)
        await hands.shows("done #")
    assert await lab.received("allowed") == 200
    assert (await lab.backend.history())[0].undoes is not None


@ways()
async def test_t7_who_changed_it_is_who_the_edge_noted(lab: OnTheLab, way: str) -> None:
    await lab.prepare(Change(table=Table.DOMAIN, key=DOMAIN, fields={"comment": "contract 4412"}))
    record = (await lab.backend.history())[0]
    async with lab.console((120, 40)) as hands:
        await hands.stand_on("2", DOMAIN)
        await do(lab, hands, TASKS["T7"], way)
        await hands.shows(f"WHO CHANGED {DOMAIN}", f"#{record.revision.number}", record.by.name)


@ways()
async def test_t9_the_stages_shown_are_those_the_edge_went_through(lab: OnTheLab, way: str) -> None:
    async with lab.console((120, 40)) as hands:
        await hands.stand_on("2", DOMAIN)
        await do(lab, hands, TASKS["T9"], way)
        screen = await hands.shows("1 target probed")
    last = (await lab.backend.probe_history(f"sip {DOMAIN}")).status.last
    assert last is not None
    assert {stage.state.value for stage in last.stages} == {"ok"}
    assert all(f". {stage.stage.value}" in screen for stage in last.stages)


@ways()
async def test_t10_what_is_listed_as_failing_is_what_the_edge_finds_failing(lab: OnTheLab, way: str) -> None:
    async for _ in lab.backend.probe(everything=True):
        pass
    async with lab.console((120, 40)) as hands:
        await do(lab, hands, TASKS["T10"], way)
        await hands.shows("failing only")
        shown = set(hands.rows)
    targets = (await lab.backend.probes()).targets
    failing = {f"{each.kind.value} {each.target}" for each in targets if each.severity is not Severity.OK}
    assert {f"sip {lab.partner(kind).domain}" for kind in ("expired", "wrong-name", "srv-missing")} <= failing
    assert shown == failing


@ways()
async def test_t11_the_partner_is_let_in_for_two_hours_and_its_end_is_kept_by_the_edge(lab: OnTheLab, way: str) -> None:
    await lab.prepare(*remove(DOMAIN))
    async with lab.console() as hands:
        await do(lab, hands, TASKS["T11"], way)
        await hands.shows(f"allow {DOMAIN} at sip.{DOMAIN}")
    record = next(each for each in (await lab.configuration()).domains if each.name == DOMAIN)
    assert record.expires is not None
    assert abs(record.expires - now() - timedelta(hours=2)) < timedelta(minutes=1)
    assert (await lab.sent(f"ann@{DOMAIN}"))[0] == 200
    soon = (now() + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    await lab.prepare(Change(table=Table.DOMAIN, key=DOMAIN, fields={"expires": soon}))
    async with asyncio.timeout(PATIENCE):
        while (await lab.sent(f"ann@{DOMAIN}"))[0] == 200:
            await asyncio.sleep(0.05)  # the record ends by the edge's own clock


async def burst(lab: OnTheLab) -> set[int]:
    """Send what a throttled partner sends at once; return the statuses."""
    async with lab.as_partner("throttled") as client:
        sender = f"will@{lab.partner('throttled').domain}"
        sending = [client.message(sender=sender, recipient=ALICE, text="hi") for _ in range(40)]
        return {answer.status for answer in await asyncio.gather(*sending)}


@ways()
async def test_t12_a_burst_of_the_promoted_partner_passes_whole(lab: OnTheLab, way: str) -> None:
    await lab.prepare(Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True}))
    assert await burst(lab) > {200}
    async with lab.console() as hands:
        await do(lab, hands, TASKS["T12"], way)
        await hands.shows("done #")
    assert await burst(lab) == {200}


@ways("keys")
async def test_t13_a_stream_is_accepted_by_the_method_chosen(lab: OnTheLab, way: str) -> None:
    domain = "cohovineyard.example"
    await lab.prepare(
        Change(table=Table.XMPP_PARTNER, key="alpineski.example"),
        Change(table=Table.XMPP_PARTNER, key=domain, fields={"sasl": "not-supported", "dialback": True}),
    )
    with pytest.raises(StreamRefused):
        await lab.xmpp_stream(domain)
    async with lab.console() as hands:
        await do(lab, hands, TASKS["T13"], way)
        await hands.shows("done #", domain)
    stream = await lab.xmpp_stream(domain)
    await stream.write(message(f"clara@{domain}", ALICE, "by certificate"))
    await lab.xmpp_arrives(lab.world.xmpp.internal, "by certificate")
    await stream.close()


@ways()
async def test_t14_the_policy_given_is_the_one_the_edge_refuses_by(lab: OnTheLab, way: str) -> None:
    await lab.prepare(
        Change(table=Table.POLICY, key="global", fields={"federation": True}),
        Change(table=Table.POLICY, key="user:Legal", fields={"federation": False}),
    )
    assert (await lab.sent(f"ann@{DOMAIN}"))[0] == 200
    async with lab.console() as hands:
        await do(lab, hands, TASKS["T14"], way)
        await hands.shows("done #", "> wins   user   user:Legal")
    assert await lab.sent(f"ann@{DOMAIN}") == (403, "1002")
    assert (await lab.sent(f"ann@{DOMAIN}", "carol@contoso.example"))[0] == 200


@ways()
async def test_x1_what_a_block_would_end_is_told_and_nothing_is_ended(lab: OnTheLab, way: str) -> None:
    async with lab.as_partner("allowed") as client:
        assert (await client.message(sender=f"ann@{DOMAIN}", recipient=ALICE, text="hi")).status == 200
        before = await lab.backend.read()
        planned = await lab.backend.plan([Change(table=Table.DOMAIN, key=DOMAIN, fields={"action": "block"})])
        async with lab.console() as hands:
            await hands.stand_on("2", DOMAIN)
            await do(lab, hands, TASKS["X1"], way)
            await hands.shows(f"block {DOMAIN}", "drops 1 live session")
        assert planned.impact.sessions == 1
        assert await lab.backend.read() == before
        assert (await client.message(sender=f"ann@{DOMAIN}", recipient=ALICE, text="hi")).status == 200


@ways()
async def test_x2_a_partner_that_came_back_is_seen_well_again(lab: OnTheLab, way: str) -> None:
    domain = lab.partner("allowed-server").domain
    server = lab.world.partners[domain].server
    port = server.address.port
    await server.close()
    async for _ in lab.backend.probe([f"sip:{domain}"]):
        pass
    assert (await lab.sent(f"nora@{domain}"))[0] == 504
    await server.start(port)
    assert server.address.port == port
    async with lab.console((120, 40)) as hands:
        await hands.stand_on("2", domain)
        await do(lab, hands, TASKS["X2"], way)
        await hands.shows("1 target probed", ". application")
    last = (await lab.backend.probe_history(f"sip {domain}")).status.last
    assert last is not None
    assert last.severity is Severity.OK
    assert (await lab.sent(f"nora@{domain}"))[0] == 200


@ways("keys")
async def test_x3_one_partners_connections_end_and_nobody_elses(lab: OnTheLab, way: str) -> None:
    other = lab.partner("allowed-server").domain
    async with lab.as_partner("allowed") as one, lab.as_partner("allowed-server") as two:
        assert (await one.message(sender=f"ann@{DOMAIN}", recipient=ALICE, text="hi")).status == 200
        assert (await two.message(sender=f"nora@{other}", recipient=ALICE, text="hi")).status == 200
        async with lab.console() as hands:
            await hands.stand_on("2", DOMAIN)
            await do(lab, hands, TASKS["X3"], way)
            await hands.shows(f"closed 1 connection of {DOMAIN}")
        await ended(one)
        assert (await two.message(sender=f"nora@{other}", recipient=ALICE, text="hi")).status == 200
    assert await lab.received("allowed") == 200
