"""The stream parser: the same elements however the bytes are cut, bounded work, and no input that it fails on."""

import random
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeconsole.proxy.xmpp.limits import XmppLimits
from edgeconsole.proxy.xmpp.parser import Closing, Element, Event, StreamParser, Violation
from tests.proxy.xmpp.peer import header, message

LIMITS = XmppLimits()
STREAM = (
    header()
    + " <message a='>/>'/><message>/></message>\n<iq type='get'><x/>/></iq><presence/><a></a><b/>"
    + "<message><body>&lt;&amp;&#x41;<![CDATA[ </message> ]]>\u00e9\U0001f600</body>"
    + "<x xmlns='urn:x' y = \"'\"/></message>"
    + "<m:message xmlns:m='jabber:server'><m:body/></m:message></stream:stream>"
).encode()


def read(pieces: list[bytes], longest: int = LIMITS.greeting) -> list[Event]:
    parser = StreamParser(LIMITS, longest=longest)
    return [event for piece in pieces for event in parser.feed(piece)]


WHOLE = read([STREAM])


def test_elements_keep_their_own_bytes() -> None:
    raw = [event.raw.decode() for event in WHOLE if isinstance(event, Element)]
    assert raw[:4] == ["<message a='>/>'/>", "<message>/></message>", "<iq type='get'><x/>/></iq>", "<presence/>"]
    assert [event.name for event in WHOLE if isinstance(event, Element)][-1] == "message"
    assert isinstance(WHOLE[-1], Closing)
    assert "".join(raw).replace("\n", "") in STREAM.decode().replace("\n", "")


def test_every_split_gives_the_same_elements() -> None:
    for at in range(1, len(STREAM)):
        assert read([STREAM[:at], STREAM[at:]]) == WHOLE, at


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_small_pieces_give_the_same_elements(size: int) -> None:
    assert read([STREAM[at : at + size] for at in range(0, len(STREAM), size)]) == WHOLE


@given(st.binary(max_size=300), st.integers(1, 50))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_elements_or_one_violation_at_the_end(tail: bytes, size: int) -> None:
    stream = header().encode() + tail
    events = read([stream])
    assert not any(isinstance(event, Violation) for event in events[:-1])
    pieces = read([stream[at : at + size] for at in range(0, len(stream), size)])
    kept = [event for event in events if isinstance(event, Element)]
    assert [event for event in pieces if isinstance(event, Element)][: len(kept)] == kept


def mutants(seed: int, count: int) -> list[bytes]:
    """Change, drop, repeat and splice bytes of a good stream."""
    chance = random.Random(seed)
    seeds = [STREAM, (header() + message() * 3).encode()]
    salt = [b"<", b">", b"/>", b"</", b"&", b"]]>", b"<!--", b"<![CDATA[", b"<?x?>", b"<!DOCTYPE", b"xmlns:", b"\xff"]
    found = []
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            kind = chance.randrange(4)
            if kind == 0:
                data[at] = chance.randrange(256)
            elif kind == 1:
                del data[at : at + chance.randint(1, 20)]
            elif kind == 2:
                data[at:at] = chance.choice(salt)
            else:
                data[at:at] = data[at : at + chance.randint(1, 60)]
            data = data or bytearray(b"<")
        found.append(bytes(data))
    return found


def hold_against(data: bytes) -> None:
    """Whole and in pieces end alike, and every element that was let through is one element for another parser."""
    whole = read([data])
    cut = len(data) // 3 or 1
    pieces = read([data[:cut], data[cut : 2 * cut], data[2 * cut :]])
    assert [each for each in whole if isinstance(each, Element)] == [
        each for each in pieces if isinstance(each, Element)
    ]
    for event in whole:
        if isinstance(event, Element):
            assert event.raw.startswith(b"<")
            assert event.raw.endswith(b">")


def test_mutated_streams_never_break_the_parser() -> None:
    for data in mutants(1, 3_000):
        hold_against(data)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_mutated_streams_never_break_the_parser_for_five_minutes() -> None:
    until, seed = time.monotonic() + 300, 2
    while time.monotonic() < until:
        for data in mutants(seed, 2_000):
            hold_against(data)
        seed += 1


@pytest.mark.parametrize(
    "bomb",
    [
        b"<a " + b"x" * 1_000_000,
        b"<a>" * 100_000,
        b"<a>" + b"&amp;" * 200_000,
        b"<a b='" + b"y>" * 500_000,
        b"<a>" + b"<b/>" * 250_000,
        b"<" + b"n" * 1_000_000,
        b"<a " + b" ".join(b"xmlns:p%d='u'" % n for n in range(60_000)),
        b" " * 1_000_000,
    ],
    ids=["attribute name", "depth", "references", "attribute", "children", "name", "prefixes", "white space"],
)
def test_a_bomb_is_refused_in_bounded_memory(bomb: bytes) -> None:
    parser = StreamParser(LIMITS, longest=LIMITS.greeting)
    parser.feed(header().encode())
    tracemalloc.start()
    events = [event for at in range(0, len(bomb), 1_000) for event in parser.feed(bomb[at : at + 1_000])]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    if bomb.strip():
        assert isinstance(events[-1], Violation)
        assert events[-1].condition == "policy-violation"
