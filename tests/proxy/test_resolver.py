"""The edge's resolver against a real name server: evidence, bounds and the cache."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from edgeconsole.model.errors import BadInput
from edgeconsole.model.evidence import SrvStatus
from edgeconsole.proxy.resolver import Resolver
from tests.proxy.nameserver import Nameserver


class Time:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def dns() -> AsyncIterator[Nameserver]:
    server = Nameserver()
    await server.start()
    yield server
    server.stop()


@pytest.fixture
async def time() -> Time:
    return Time()


@pytest.fixture
async def resolver(dns: Nameserver, time: Time) -> AsyncIterator[Resolver]:
    found = Resolver(dns.address, time=time)
    yield found
    await found.stop()


async def test_records_come_normalised_in_the_servers_order(dns: Nameserver, resolver: Resolver) -> None:
    dns.srv("a.example", "20 1 5061 SIP2.A.example", "10 5 5062 sip1.a.example")
    answer = await resolver.srv("a.example")
    assert answer.status is SrvStatus.FOUND
    assert [(each.target, each.port, each.priority, each.weight) for each in answer.records] == [
        ("sip2.a.example", 5061, 20, 1),
        ("sip1.a.example", 5062, 10, 5),
    ]


async def test_an_answer_is_peeked_at_while_fresh_and_asked_again_after(
    dns: Nameserver, resolver: Resolver, time: Time
) -> None:
    dns.srv("a.example", "5061 sip.a.example")
    assert resolver.cached("a.example") is None
    answer = await resolver.srv("a.example")
    assert resolver.cached("a.example") is answer
    time.now += 301
    assert resolver.cached("a.example") is None
    await resolver.srv("a.example")
    assert dns.asked["_sipfederationtls._tcp.a.example", "SRV"] == 2


@pytest.mark.parametrize(("ttl", "kept", "gone"), [(0, 29, 31), (5, 29, 31), (86400, 3599, 3601)])
async def test_the_time_to_live_is_bounded(
    dns: Nameserver, resolver: Resolver, time: Time, ttl: int, kept: int, gone: int
) -> None:
    dns.ttl = ttl
    dns.srv("a.example", "5061 sip.a.example")
    await resolver.srv("a.example")
    start = time.now
    time.now = start + kept
    assert resolver.cached("a.example") is not None
    time.now = start + gone
    assert resolver.cached("a.example") is None


@pytest.mark.parametrize(
    "targets",
    [["0 0 0 ."], ["5061 single"], ["5061 under_score.a.example"], ["0 sip.a.example"], ["5061 10.0.0.1"]],
)
async def test_a_record_without_a_usable_target_is_no_service(
    dns: Nameserver, resolver: Resolver, targets: list[str]
) -> None:
    dns.records["_sipfederationtls._tcp.a.example", "SRV"] = [
        target.replace(" .", " ") + "." if target.count(" ") == 3 else f"0 0 {target}." for target in targets
    ]
    assert (await resolver.srv("a.example")).status is SrvStatus.MISSING


async def test_a_missing_name_is_kept_ten_seconds_and_trouble_one(
    dns: Nameserver, resolver: Resolver, time: Time
) -> None:
    dns.broken.add("_sipfederationtls._tcp.b.example")
    assert (await resolver.srv("a.example")).status is SrvStatus.MISSING
    assert (await resolver.srv("b.example")).status is SrvStatus.UNAVAILABLE
    time.now += 2
    assert resolver.cached("a.example") is not None
    assert resolver.cached("b.example") is None
    time.now += 9
    assert resolver.cached("a.example") is None


async def test_at_most_twenty_targets_are_kept_the_preferred_ones(dns: Nameserver, resolver: Resolver) -> None:
    dns.srv("a.example", *(f"{99 - number} 0 5061 s{number}.a.example" for number in range(25)))
    answer = await resolver.srv("a.example")
    assert [each.target for each in answer.records] == [f"s{number}.a.example" for number in range(5, 25)]


async def test_everybody_who_asks_at_once_shares_one_question(dns: Nameserver, resolver: Resolver) -> None:
    dns.srv("a.example", "5061 sip.a.example")
    asking = [asyncio.ensure_future(resolver.srv("a.example")) for _ in range(10)]
    await asyncio.sleep(0)
    asking[0].cancel()
    answers = await asyncio.gather(*asking[1:])
    assert len({id(answer) for answer in answers}) == 1
    assert dns.asked.total() == 1


async def test_text_of_dns_comes_clean(dns: Nameserver, resolver: Resolver) -> None:
    answer = await resolver.srv("missing.example")
    assert answer.detail
    assert answer.detail.isprintable()


async def test_both_families_are_asked_and_a_literal_is_not(dns: Nameserver, resolver: Resolver) -> None:
    dns.a("h.example", "192.0.2.1")
    dns.aaaa("h.example", "2001:db8::1")
    assert await resolver.addresses("h.example") == ("192.0.2.1", "2001:db8::1")
    assert await resolver.addresses("h.example") == ("192.0.2.1", "2001:db8::1")
    assert await resolver.addresses("2001:db8::9") == ("2001:db8::9",)
    assert await resolver.addresses("missing.example") == ()
    assert dns.asked["h.example", "A"] == 1


@pytest.mark.parametrize("server", ["dns.example", "127.0.0.1:x", "127.0.0.1:0", "", "[::1"])
def test_what_is_no_server_is_named(server: str) -> None:
    with pytest.raises(BadInput):
        Resolver(server)


@pytest.mark.parametrize("server", ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:5353", "[::1]"])
def test_a_server_is_an_address_with_or_without_a_port(server: str) -> None:
    Resolver(server)
