"""Metrics a strict reader takes, that only grow, and whose number no stranger decides."""

import pytest

from edgeconsole.model.observed import Health
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.metrics import exposition
from tests.proxy.federation import PARTNER, Federation, allow
from tests.proxy.openmetrics import Family, read
from tests.proxy.sip_peer import request

OUTBOUND = request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>")


def scrape(world: Federation) -> dict[str, Family]:
    edge = world.edge
    health = Health(
        version="1.2.3", backend="local", enforcing=True, started=edge._clock(), listeners=edge.listeners(),
        certificate_expires=edge.certificate_expires,
    )  # fmt: skip
    return read(exposition(edge, health))


async def test_what_passed_and_what_was_refused_is_counted_by_direction_and_partner(world: Federation) -> None:
    outside, inside = await world.outside(), await world.inside()
    await outside.ask(request())
    await outside.ask(request())
    await inside.ask(OUTBOUND)
    await outside.ask(request("<sip:eve@blocked.example>"))
    found = scrape(world)
    total, named = found["edgeconsole_requests"], found["edgeconsole_partner_requests"]
    assert total.value(direction="in", outcome="relayed") == 2
    assert total.value(direction="in", outcome="denied") == 1
    assert total.value(direction="out", outcome="relayed") == 1
    assert named.value(partner=PARTNER, direction="in", outcome="relayed") == 2
    assert {dict(labels)["partner"] for labels in named.samples} == {PARTNER}
    assert found["edgeconsole_sessions"].value(plane="sip", direction="in") == 1
    assert found["edgeconsole_failures"].value(stage="decide") == 1
    assert found["edgeconsole_listener_up"].value(listener="sip") == 1
    assert found["edgeconsole_certificate_expiry_timestamp_seconds"].unit == "seconds"
    assert found["process_resident_memory_bytes"].value() > 1_000_000


async def test_counters_only_grow(world: Federation) -> None:
    client = await world.outside()
    before: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for sender in (PARTNER, "blocked.example", PARTNER, "other.example"):
        await client.ask(request(f"<sip:bob@{sender}>"))
        now = {
            (name, labels): value
            for name, family in scrape(world).items()
            if family.kind == "counter"
            for labels, value in family.samples.items()
        }
        assert all(now[key] >= value for key, value in before.items())
        before = now
    world.activate(allow("litware.example"))
    after = scrape(world)["edgeconsole_requests"]
    assert after.value(direction="in", outcome="relayed") == 2


async def test_no_stranger_becomes_a_label(world: Federation) -> None:
    client = await world.outside()
    await client.ask(request())
    few = scrape(world)
    for number in range(6_000):
        world.edge.record.counters.of(f"stranger{number}.example", listed=False).denied(Direction.INBOUND)
    many = scrape(world)
    assert sum(len(family.samples) for family in many.values()) == sum(len(family.samples) for family in few.values())
    assert many["edgeconsole_requests"].value(direction="in", outcome="denied") == 6_000


async def test_limits_of_discovered_partners_carry_their_event_numbers(unstarted: Federation) -> None:
    await unstarted.start(allow("litware.example"), discovery=True)
    client = await unstarted.outside()
    client.send(b"".join(request() for _ in range(25)))
    for _ in range(25):
        await client.receive()
    found = scrape(unstarted)
    assert found["edgeconsole_discovered_refused"].value(event="14603") == 5
    assert found["edgeconsole_discovered_refused"].value(event="14508") == 0
    assert found["edgeconsole_discovered_peers"].value(restriction="throttled") == 1


@pytest.mark.parametrize(
    "text",
    [
        "# TYPE a counter\na 1\n# EOF\n",
        "# TYPE a gauge\na 1\na 2\n# EOF\n",
        '# TYPE a gauge\na{b="\n"} 1\n# EOF\n',
        "# TYPE a gauge\na 1\n",
        "# TYPE a_x gauge\n# UNIT a_x seconds\na_x 1\n# EOF\n",
    ],
)
def test_the_reader_is_strict(text: str) -> None:
    with pytest.raises(AssertionError):
        read(text)
