"""Limits of discovered partners over real TLS: the 21st message, the 1,001st person, and what lifts them."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from edgeconsole.model.edge import AccessEdge
from edgeconsole.model.observed import EventKind, PeerCertificate, Restriction
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Reason
from edgeconsole.proxy.observed import EventJournal
from edgeconsole.proxy.safeguards import Safeguards
from edgeconsole.transfer.formats import event_log
from tests.proxy.federation import PARTNER, PARTNER_EDGE, Federation, allow
from tests.proxy.sip_peer import Received, SipClient, reply_to, request

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def ask_many(client: SipClient, requests: list[bytes]) -> list[Received]:
    """Send all at once and return the answers."""
    client.send(b"".join(requests))
    return [await client.receive() for _ in requests]


def to(person: str) -> bytes:
    return request("<sip:bob@fabrikam.example>", f"<sip:{person}@contoso.example>")


def events(world: Federation, kind: EventKind) -> list[str]:
    return [event.detail for event in world.edge.events.after(0) if event.kind is kind]


@pytest.fixture
async def discovering(unstarted: Federation) -> Federation:
    """A running edge with partner discovery on; fabrikam.example is on no list."""
    await unstarted.start(allow("litware.example"), discovery=True)
    return unstarted


def reconfigure(world: Federation, **settings: object) -> None:
    before = world.edge.configuration
    changed = msgspec.structs.replace(before.access_edge, **settings)
    world.edge.activate(msgspec.structs.replace(before, access_edge=changed))


async def warm(world: Federation) -> SipClient:
    """Connect and have one message of another second pass, so that nothing waits for DNS or our pool any more."""
    client = await world.outside()
    assert (await client.ask(to("person0"))).status == 200
    world.seconds += 1.0
    return client


async def test_the_21st_message_in_a_second_is_refused_and_shown(discovering: Federation) -> None:
    client = await warm(discovering)
    replies = await ask_many(client, [request() for _ in range(23)])
    assert sorted(reply.status for reply in replies) == [200] * 20 + [503] * 3
    refused = next(reply for reply in replies if reply.status == 503)
    assert refused["retry-after"] == "1"
    assert refused["ms-diagnostics"].startswith("1007;")
    (partner,) = discovering.edge.discovered()
    assert (partner.restriction, partner.refused, partner.outcome) == (Restriction.THROTTLED, 3, "discovered-rate")
    (counted,) = discovering.edge.counters()
    assert (counted.received, counted.relayed_in, counted.denied_in, counted.refused_rate) == (24, 21, 3, 3)
    (failure,) = discovering.edge.failures()
    assert (failure.stage, failure.code) == ("safeguards", 503)
    assert "more than 20 messages a second" in failure.text
    (told,) = events(discovering, EventKind.DISCOVERED_THROTTLED)
    assert told.startswith("14603: ")
    assert 'Certificate Subject: "' in told


async def test_a_second_later_messages_pass_again_and_the_mark_fades_after_a_minute(discovering: Federation) -> None:
    client = await discovering.outside()
    await ask_many(client, [request() for _ in range(21)])
    discovering.seconds = 0.999
    assert (await client.ask(request())).status == 503
    discovering.seconds = 1.0
    assert (await client.ask(request())).status == 200
    (peer,) = discovering.edge.watched()
    assert peer.restriction is Restriction.THROTTLED
    discovering.seconds = 61.0
    (peer,) = discovering.edge.watched()
    assert (peer.restriction, peer.since, peer.refused_rate) == (Restriction.NONE, None, 2)


async def test_allow_listing_lifts_the_rate_at_once(discovering: Federation) -> None:
    client = await discovering.outside()
    assert (await ask_many(client, [request() for _ in range(21)]))[-1].status in (200, 503)
    assert (await client.ask(request())).status == 503
    discovering.activate(allow("litware.example"), allow(PARTNER), discovery=True)
    assert {reply.status for reply in await ask_many(client, [request() for _ in range(60)])} == {200}
    assert discovering.edge.watched() == ()
    assert discovering.edge.discovered() == ()


async def test_the_1001st_person_is_refused_and_known_ones_are_not(discovering: Federation) -> None:
    reconfigure(discovering, discovered_rate=100_000)
    client = await warm(discovering)
    first = await ask_many(client, [to(f"person{number}") for number in range(1, 1_000)])
    assert {reply.status for reply in first} == {200}
    (peer,) = discovering.edge.watched()
    assert (peer.contacts, peer.restriction) == (1_000, Restriction.NONE)
    refused = await client.ask(to("person1000"))
    assert refused.status == 403
    assert refused["ms-diagnostics"].startswith("1027;")
    assert (await client.ask(to("person7"))).status == 200
    (partner,) = discovering.edge.discovered()
    assert (partner.restriction, partner.contacts, partner.refused) == (Restriction.CONTACTS, 1_000, 1)
    (counted,) = discovering.edge.counters()
    assert (counted.denied_in, counted.refused_contacts) == (1, 1)
    (failure,) = discovering.edge.failures()
    assert (failure.stage, failure.code) == ("safeguards", 403)
    assert "person1000@contoso.example" in failure.text
    (told,) = events(discovering, EventKind.DISCOVERED_CONTACTS)
    assert told.startswith("14508: ")
    discovering.activate(allow("litware.example"), allow(PARTNER), discovery=True)
    assert (await client.ask(to("person1000"))).status == 200


@pytest.mark.parametrize("lifted", [{"discovered_contacts_limit": False}, {"discovered_contacts": 3}])
async def test_the_limit_of_people_is_lifted_by_its_setting(discovering: Federation, lifted: dict[str, object]) -> None:
    reconfigure(discovering, discovered_contacts=2)
    client = await discovering.outside()
    replies = [await client.ask(to(name)) for name in ("one", "two", "three")]
    assert [reply.status for reply in replies] == [200, 200, 403]
    reconfigure(discovering, **lifted)
    assert (await client.ask(to("three"))).status == 200
    (peer,) = discovering.edge.watched()
    assert peer.restriction is Restriction.NONE


async def test_the_same_person_written_otherwise_is_one_person(discovering: Federation) -> None:
    reconfigure(discovering, discovered_contacts=1)
    client = await discovering.outside()
    for person in ("alice", "ALICE", "%61lice"):
        assert (await client.ask(to(person))).status == 200
    assert (await client.ask(to("bert"))).status == 403


async def test_one_edge_has_one_measure_for_all_its_domains(discovering: Federation) -> None:
    shared = discovering.public.issue(PARTNER_EDGE, "sip.tailspin.example")
    discovering.dns.srv("tailspin.example", "5061 sip.tailspin.example")
    client = await discovering.outside(shared)
    await ask_many(client, [request() for _ in range(20)])
    refused = await client.ask(request("<sip:eve@tailspin.example>"))
    assert refused.status == 503
    (peer,) = discovering.edge.watched()
    assert peer.domains == (PARTNER, "tailspin.example")
    assert {partner.restriction for partner in discovering.edge.discovered()} == {Restriction.THROTTLED}


async def test_an_allowed_partner_has_no_limit(world: Federation) -> None:
    client = await world.outside()
    assert {reply.status for reply in await ask_many(client, [request() for _ in range(60)])} == {200}
    assert world.edge.watched() == ()


async def test_who_fails_to_prove_its_name_is_rejected_not_weighed_and_forgotten_with_the_rules(
    discovering: Federation,
) -> None:
    client = await discovering.outside(discovering.public.issue("sip.elsewhere.example"))
    for _ in range(30):
        assert (await client.ask(request())).status == 403
    (peer,) = discovering.edge.watched()
    assert (peer.restriction, peer.messages, peer.domains) == (Restriction.REJECTED, 30, (PARTNER,))
    assert (peer.edge, peer.refused_rate) == ("sip.elsewhere.example", 0)
    (partner,) = discovering.edge.discovered()
    assert partner.restriction is Restriction.NONE
    reconfigure(discovering, archiving_disclaimer=True)
    assert discovering.edge.watched() == ()


def test_the_table_of_rejected_certificates_is_bounded() -> None:
    alone = Alone(rejected_certificates=5, certificates_purged=40)
    for number in (0, 1, 2, 3, 4, 0, 5):
        alone.guards.reject(certificate(number), (), "p.example")
    kept = [int(peer.certificate.serial, 16) for peer in alone.guards.watched()]
    assert kept == [5, 0, 4, 3]
    none = Alone(rejected_certificates=0)
    none.guards.reject(certificate(1), (), "p.example")
    assert none.guards.watched() == ()


async def test_guessing_names_makes_a_partner_suspicious_where_that_is_set(unstarted: Federation) -> None:
    unstarted.pool.answering = lambda message: reply_to(message, "404 Not Found")
    await unstarted.start(allow("litware.example"), discovery=True)
    reconfigure(unstarted, discovered_suspicious=80, discovered_rate=100)
    client = await unstarted.outside()
    replies = await ask_many(client, [to(f"guess{number}") for number in range(30)])
    assert [reply.status for reply in replies[:20]] == [404] * 20
    unstarted.seconds = 5.0
    assert (await client.ask(to("one"))).status == 404
    assert (await client.ask(to("two"))).status == 503
    unstarted.seconds = 6.0
    assert (await client.ask(to("two"))).status == 404
    (peer,) = unstarted.edge.watched()
    assert (peer.restriction, peer.answered) == (Restriction.SUSPICIOUS, 0)
    reconfigure(unstarted, discovered_suspicious=0)
    assert (await client.ask(to("three"))).status == 404


def certificate(number: int) -> PeerCertificate:
    return PeerCertificate(subject=clean(f"CN=edge{number}"), issuer=clean("CN=Public"), serial=f"{number:x}")


class Alone:
    """Safeguards without an edge."""

    def __init__(self, **settings: object) -> None:
        self.seconds = 0.0
        self.journal = EventJournal(lambda: NOW)
        self.guards = Safeguards(
            msgspec.structs.replace(AccessEdge(), **settings),
            self.journal,
            clock=lambda: NOW + timedelta(seconds=self.seconds),
            seconds=lambda: self.seconds,
        )

    def weigh(self, number: int, contact: str | None = "alice@contoso.example") -> Reason | None:
        names = (f"sip.p{number}.example",)
        held = self.guards.weigh(certificate(number), names, f"p{number}.example", contact)
        return held.reason if held else None


def test_of_many_refusals_in_a_second_one_is_told() -> None:
    alone = Alone(discovered_rate=1)
    names = ("sip.p1.example",)
    held = [alone.guards.weigh(certificate(1), names, "p1.example", None) for _ in range(50)]
    assert [each.told for each in held if each] == [True] + [False] * 48
    alone.seconds = 0.5
    assert alone.weigh(1) is Reason.DISCOVERED_RATE


def test_a_full_table_forgets_a_share_and_keeps_who_is_held_back() -> None:
    alone = Alone(accepted_certificates=10, certificates_purged=20, discovered_contacts=1)
    for number in range(10):
        alone.weigh(number)
    assert alone.weigh(0, "bert@contoso.example") is Reason.DISCOVERED_CONTACTS
    alone.seconds = 1.0
    alone.weigh(10)
    kept = {int(peer.certificate.serial, 16) for peer in alone.guards.watched()}
    assert kept == {0, 3, 4, 5, 6, 7, 8, 9, 10}
    assert alone.weigh(0, "bert@contoso.example") is Reason.DISCOVERED_CONTACTS


def test_a_rate_of_nothing_lets_nothing_pass() -> None:
    assert Alone(discovered_rate=0).weigh(1) is Reason.DISCOVERED_RATE


@pytest.mark.parametrize(
    ("contact", "restriction"),
    [
        ("alice@contoso.example", Restriction.NONE),
        ("bert@contoso.example", Restriction.CONTACTS),
        (None, Restriction.NONE),
    ],
)
def test_what_a_message_would_meet_depends_on_whom_it_is_for(contact: str | None, restriction: Restriction) -> None:
    alone = Alone(discovered_contacts=1)
    alone.weigh(1)
    alone.weigh(1, "carl@contoso.example")
    assert alone.guards.restriction_for("p1.example", contact) is restriction
    assert alone.guards.restriction_for("unknown.example", contact) is Restriction.NONE


def test_the_report_and_the_log_read_as_the_events_they_are_named_for(caplog: pytest.LogCaptureFixture) -> None:
    alone = Alone(discovered_rate=1, discovered_contacts=1)
    with caplog.at_level("INFO"):
        for contact in ("alice@contoso.example", "bert@contoso.example"):
            alone.weigh(1, contact)
            alone.weigh(1, contact)
            alone.seconds += 2.0
        alone.guards.report()
    (event,) = [each for each in alone.journal.after(0) if each.kind is EventKind.DISCOVERED_REPORT]
    assert event.detail.startswith("14601: Name: sip.p1.example; Domains: p1.example")
    assert [event_log.EVENT_ID.findall(record.getMessage()) for record in caplog.records] == [
        ["14603"], ["14508"], ["14601"],
    ]  # fmt: skip
    lines = [record.getMessage() for record in caplog.records]
    assert event_log.PARTNER.search(lines[2])["domains"] == "p1.example"
    assert all(event_log.SUBJECT.search(line)["subject"] == "CN=edge1" for line in lines[:2])


async def test_reports_come_as_often_as_the_setting_says() -> None:
    alone = Alone(discovered_report=timedelta(minutes=60))
    loop = asyncio.get_running_loop()
    alone.guards.start()
    assert round(alone.guards.next_report - loop.time()) == 3600
    alone.guards.use(msgspec.structs.replace(AccessEdge(), discovered_report=timedelta(minutes=5)), lambda domain: True)
    assert round(alone.guards.next_report - loop.time()) == 300
    alone.guards.stop()


def test_nothing_is_reported_where_nothing_was_discovered() -> None:
    alone = Alone()
    alone.guards.report()
    assert alone.journal.after(0) == ()
