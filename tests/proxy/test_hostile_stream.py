"""Hundreds of thousands of broken messages, crowds of half-open and slow peers: nothing escapes, nothing disagrees."""

import asyncio
import contextlib
import itertools
import os
import random
import re
import resource
import time

import pytest

from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip import fields, uri
from edgeconsole.proxy.sip.claims import foreign_claims, foreign_contact
from edgeconsole.proxy.sip.framer import Framer, Violation
from edgeconsole.proxy.sip.message import Malformed, Message
from edgeconsole.proxy.sip.validator import check_request, check_response
from tests.proxy.federation import Federation
from tests.proxy.mutations import SEEDS, cuts, mutated
from tests.proxy.sip_peer import SipClient, request
from tests.proxy.test_framer import shown

LIMITS = Limits()
OWN = frozenset({"edge.example"})
_LENGTH = re.compile(rb"(?:^|\r\n)(?:content-length|l)[ \t]*:[ \t]*([0-9]+)[ \t]*(?=\r\n|$)", re.IGNORECASE)


def agree(number: int) -> None:
    """Hold the framer against itself on a cut stream, and against another reader of the length."""
    stream = mutated(number) + request()
    whole = Framer(LIMITS).feed(stream)
    framer = Framer(LIMITS)
    edges = [0, *cuts(number, len(stream)), len(stream)]
    parts = [item for start, end in itertools.pairwise(edges) for item in framer.feed(stream[start:end])]
    assert shown(whole) == shown(parts), number
    for item in whole:
        if isinstance(item, Message):
            head = b"\r\n".join(item.lines)
            assert [int(each) for each in _LENGTH.findall(head)] == [len(item.body)], number
            (again,) = Framer(LIMITS).feed(item.to_bytes())
            assert isinstance(again, Message), number
            assert (again.lines, again.body) == (item.lines, item.body), number
            read(item)
        elif isinstance(item, Violation):
            assert item is whole[-1], number


def read(message: Message) -> None:
    """Read a message as the edge does; nothing may come out but an answer."""
    if message.is_response:
        check_response(message)
    else:
        check_request(message, OWN)
    foreign_contact(message, "b.example", OWN)
    foreign_claims(message, "b.example", OWN)


def test_framer_and_parser_agree_on_mutated_messages_however_they_are_cut() -> None:
    for number in range(5_000):
        agree(number)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", range(4))
def test_framer_and_parser_agree_on_200_000_mutated_messages(block: int) -> None:
    for number in range(block * 50_000, (block + 1) * 50_000):
        agree(number)


def test_every_single_cut_of_every_seed_frames_the_same() -> None:
    for seed in SEEDS:
        stream = seed + request()
        if len(stream) > 3_000:
            continue
        whole = shown(Framer(LIMITS).feed(stream))
        for at in range(1, len(stream)):
            framer = Framer(LIMITS)
            assert shown([*framer.feed(stream[:at]), *framer.feed(stream[at:])]) == whole, (stream, at)


_READERS = (
    fields.read_address, fields.read_via, fields.split_list, fields.read_sequence, uri.read_uri, uri.unescaped,
)  # fmt: skip
_BITS = re.compile(rb"[A-Za-z0-9.]+|[^A-Za-z0-9.]")


def field(rng: random.Random) -> bytes:
    """Return a header value, or what is left of one."""
    line = rng.choice(rng.choice(SEEDS).split(b"\r\n"))
    bits = _BITS.findall(line.partition(b":")[2] or line)
    for _ in range(rng.randrange(4)):
        if bits:
            at = rng.randrange(len(bits))
            bits[at : at + rng.randrange(2)] = rng.choices(bits, k=rng.choice((1, 2, 200)))
    return b"".join(bits)[:9_000]


def read_fields(number: int) -> None:
    value = field(random.Random(number))
    for reader in _READERS:
        with contextlib.suppress(Malformed):
            reader(value)


def bytes_at_random(number: int) -> None:
    rng = random.Random(number)
    framer = Framer(LIMITS)
    for _ in range(4):
        for item in framer.feed(rng.randbytes(rng.randrange(400))):
            if isinstance(item, Message):
                read(item)


TARGETS = {"framer": bytes_at_random, "messages": agree, "fields": read_fields}


@pytest.mark.parametrize("target", TARGETS)
def test_a_thousand_hostile_inputs_raise_nothing(target: str) -> None:
    for number in range(10**9, 10**9 + 1_000):
        TARGETS[target](number)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("target", TARGETS)
def test_five_minutes_of_hostile_inputs_raise_nothing(target: str) -> None:
    """EDGECONSOLE_FUZZ_SECONDS makes it shorter or longer; the first number is new each time and in every failure."""
    ends = time.monotonic() + float(os.environ.get("EDGECONSOLE_FUZZ_SECONDS", "300"))
    for number in itertools.count(random.SystemRandom().randrange(10**15)):
        TARGETS[target](number)
        if time.monotonic() > ends:
            return


@pytest.fixture
def many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4_096:
        pytest.skip(f"this user may open {hard} files; 4,096 are needed")
    if soft < 4_096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4_096, hard))


@pytest.mark.usefixtures("many_files")
async def test_a_thousand_half_open_handshakes_are_dropped_and_a_partner_gets_in_meanwhile(
    unstarted: Federation,
) -> None:
    await unstarted.start(
        limits=unstarted.short_limits(
            half_open=1_100, half_open_per_address=1_100, handshake_seconds=1.0, arrivals=1e4, arrivals_per_address=1e4
        )
    )
    port = unstarted.port("sip")
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(1_000)]
    client = await unstarted.outside()
    assert (await client.ask(request())).status == 200
    assert set(await asyncio.gather(*(reader.read() for reader, _ in opened))) == {b""}
    for _, writer in opened:
        writer.close()
    (door, _) = unstarted.edge._doors
    assert not door._arriving
    assert (await client.ask(request())).status == 200


@pytest.mark.usefixtures("many_files")
async def test_beyond_the_bound_half_open_connections_are_turned_away_at_once(world: Federation) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", world.port("sip")) for _ in range(200)]
    (door, _) = world.edge._doors
    for reader, _ in opened[16:]:
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    assert len(door._arriving) <= 16
    for _, writer in opened:
        writer.close()


@pytest.mark.usefixtures("many_files")
async def test_two_hundred_peers_that_drip_their_bytes_are_cut(unstarted: Federation) -> None:
    await unstarted.start(
        limits=unstarted.short_limits(
            connections_per_address=300, half_open_per_address=64, message_seconds=0.5, arrivals_per_address=1e4
        )
    )
    clients = [await unstarted.outside() for _ in range(200)]

    async def drip(client: SipClient) -> bytes:
        ended = asyncio.ensure_future(client.ended())
        for byte in request():
            client.send(bytes([byte]))
            if (await asyncio.wait({ended}, timeout=0.1))[0]:
                break
        return await ended

    assert set(await asyncio.gather(*map(drip, clients))) == {b""}
    assert unstarted.pool.requests.empty()
    assert {failure.text for failure in unstarted.edge.failures()} == {"a message was not complete in time"}
    honest = await unstarted.outside()
    assert (await honest.ask(request())).status == 200
