"""The framer: bounds, keep-alives, and the same messages however the stream is cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.framer import KEEP_ALIVE, Framed, Framer, Violation
from edgeconsole.proxy.sip.message import Malformed, Message, read_head
from tests.proxy.sip_peer import request

LIMITS = Limits()
SMALL = Limits(header_block=600, line=200, headers=12, body=40)


def shown(framed: list[Framed]) -> list[object]:
    """Return what was framed in a form that compares."""
    found: list[object] = []
    for item in framed:
        if isinstance(item, Message):
            found.append(item.to_bytes())
        elif isinstance(item, Violation):
            found.append((item.status, item.text, item.message.to_bytes() if item.message else None))
        else:
            found.append(item)
    return found


def framed(chunks: list[bytes], limits: Limits = LIMITS) -> list[Framed]:
    framer = Framer(limits)
    return [item for chunk in chunks for item in framer.feed(chunk)]


PIECES = st.sampled_from(
    [
        request(),
        request(body=b""),
        request(body=b"x\r\n\r\ny"),
        request(body=b"z" * 50),
        request(extra="X: folded\r\n  over\r\n\tlines"),
        request(content_length="l :  5"),
        request(content_length="Content-Length: 99"),
        request(content_length=None),
        request(content_length="Content-Length: 5\r\nContent-Length: 5"),
        request(extra="X-Long: " + "y" * 250),
        request(extra="\r\n".join(f"X{number}: 1" for number in range(20))),
        request(extra="Bad\nLine: 1"),
        request(extra="Bad Name: 1"),
        b"\r\n",
        b"\r\n\r\n",
        b"\r",
        b"\n",
        b"MESSAGE",
        b"\x00\xff",
        b": no name\r\n\r\n",
    ]
)


@given(st.lists(PIECES, min_size=1, max_size=5), st.data())
def test_every_split_of_a_stream_frames_the_same(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    edges = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(edges)]
    for limits in (LIMITS, SMALL):
        assert shown(framed(chunks, limits)) == shown(framed([stream], limits))


@given(st.lists(PIECES, min_size=1, max_size=3))
def test_byte_by_byte_frames_the_same(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    assert shown(framed([stream[at : at + 1] for at in range(len(stream))], SMALL)) == shown(framed([stream], SMALL))


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything(stream: bytes) -> None:
    framed([stream])


@given(
    st.lists(st.sampled_from([b"l", b"L ", b"Content-Length", b"X", b"x:y", b" 5", b"5", b":", b"\r\n", b"7", b"\t"]))
)
def test_framer_and_parser_agree_on_the_length(parts: list[bytes]) -> None:
    head = b"OPTIONS sip:a@b.example SIP/2.0\r\n" + b"".join(parts).strip(b"\r\n")
    if b"\r\n\r\n" in head:
        return
    try:
        message = read_head(head, LIMITS)
    except Malformed:
        message = None
    (first, *_) = framed([head + b"\r\n\r\n" + b"b" * 100]) or [None]
    if isinstance(first, Message):
        assert message is not None
        assert [int(value) for value in message.all("content-length")] == [len(first.body)]
    else:
        assert isinstance(first, Violation)


def test_a_single_line_end_between_messages_is_nothing_and_a_double_one_asks_for_an_answer() -> None:
    kinds = framed([b"\r\n" + request() + b"\r\n\r\n" + request() + b"\r\n\r\n\r\n" + request()])
    assert [item is KEEP_ALIVE for item in kinds] == [False, True, False, True, False]


@pytest.mark.parametrize(
    ("wire", "status", "text"),
    [
        (request(extra="X: " + "y" * 9000), 400, "a header is longer than 8192 bytes"),
        (request(extra="\r\n".join(["X: y"] * 130)), 400, "more than 128 headers"),
        (request(extra="\r\n".join([f"X: {'y' * 400}"] * 100)), 400, "start line and headers exceed 32768 bytes"),
        (request(body=b"x" * 65537), 413, "the body exceeds 65536 bytes"),
        (request(content_length=None), 400, "exactly one Content-Length is needed"),
        (request(content_length="Content-Length: 5\r\nl: 5"), 400, "exactly one Content-Length is needed"),
        (request(content_length="Content-Length: 5, 5"), 400, "Content-Length is no number"),
        (request(content_length="Content-Length: +5"), 400, "Content-Length is no number"),
        (request(content_length="Content-Length: \u0665"), 400, "Content-Length is no number"),
        (request(content_length="Content-Length: "), 400, "Content-Length is no number"),
        (request(content_length="Content-Length: 99999999999"), 400, "Content-Length is no number"),
        (request(extra="X: a\nEvil: b"), 400, "a CR or LF stands alone"),
        (request(extra="X: a\rEvil: b"), 400, "a CR or LF stands alone"),
        (request(extra="no colon"), 400, "a header has no colon"),
        (request(extra="X\x0b: y"), 400, "a header name has a character that a token cannot carry"),
        (b"\n" + request(), 400, "a CR or LF stands alone"),
        (b"\rX" + request(), 400, "a CR stands alone"),
    ],
)
def test_what_breaks_the_rules_of_framing_ends_the_stream(wire: bytes, status: int, text: str) -> None:
    found = framed([wire + request()])
    assert len(found) == 1
    assert isinstance(found[0], Violation)
    assert (found[0].status, found[0].text) == (status, text)


def test_the_largest_message_within_bounds_passes() -> None:
    (message,) = framed([request(body=b"x" * 65536, extra=f"X: {'y' * 8000}")])
    assert isinstance(message, Message)


def test_partial_tells_begun_from_not_begun() -> None:
    framer = Framer(LIMITS)
    assert not framer.partial
    framer.feed(b"\r\n")
    assert not framer.partial
    framer.feed(request()[:-1])
    assert framer.partial
    framer.feed(b"o")
    assert not framer.partial


def test_line_ends_between_messages_take_nothing_from_the_messages() -> None:
    sent = request()
    (one,) = shown(framed([sent]))
    stream = b"\r\n" + sent + b"\r\n\r\n" + sent + b"\r\n\r\n\r\n" + sent + b"\r\n"
    assert shown(framed([stream])) == [one, KEEP_ALIVE, one, KEEP_ALIVE, one]


def test_a_keep_alive_that_drips_in_is_one_and_leaves_nothing_begun() -> None:
    framer = Framer(LIMITS)
    assert [framer.feed(bytes([byte])) for byte in b"\r\n\r\n"] == [[], [], [], [KEEP_ALIVE]]
    assert framer.feed(b"\r\n") == []
    assert not framer.partial
    assert isinstance(framer.feed(request())[0], Message)


def test_the_head_may_be_exactly_as_long_as_its_bound() -> None:
    whole = request()
    head = whole.partition(b"\r\n\r\n")[0]
    (message,) = framed([whole], Limits(header_block=len(head)))
    assert isinstance(message, Message)
    for chunks in ([whole], [head[:-1], whole[len(head) - 1 :]]):
        (refused,) = framed(chunks, Limits(header_block=len(head) - 1))
        assert isinstance(refused, Violation)
        assert refused.text == f"start line and headers exceed {len(head) - 1} bytes"


def test_a_head_without_an_end_is_refused_from_the_byte_that_no_end_can_follow() -> None:
    limits = Limits(header_block=len(request()))
    endless = request().partition(b"\r\n\r\n")[0] + b"\r\nX: " + b"y" * len(request())
    assert framed([endless[: limits.header_block + 3]], limits) == []
    (refused,) = framed([endless[: limits.header_block + 4]], limits)
    assert isinstance(refused, Violation)


def test_a_head_that_is_too_long_is_answered_from_what_was_read_of_it_and_not_of_the_message_before() -> None:
    long = request(call_id="Call-ID: the-long-one", extra=f"X: {'y' * 900}")
    (first, refused) = framed([request(body=b"") + long], Limits(header_block=500))
    assert isinstance(first, Message)
    assert isinstance(refused, Violation)
    assert refused.message is not None
    assert refused.message.value("call-id") == b"the-long-one"


def test_a_head_that_is_just_too_long_is_answered_from_all_that_fits() -> None:
    head = request(call_id="Call-ID: the-long-one").partition(b"\r\n\r\n")[0]
    (refused,) = framed([head + b"\r\n\r\n"], Limits(header_block=len(head) - 1))
    assert isinstance(refused, Violation)
    assert refused.message is not None
    assert refused.message.value("call-id") == b"the-long-one"


def test_the_end_of_a_head_is_found_where_its_beginning_came_with_the_message_before() -> None:
    framer = Framer(LIMITS)
    second = request(body=b"")
    assert len(framer.feed(request() + second[:-3])) == 1
    assert shown(framer.feed(second[-3:])) == [second]


def test_a_message_has_begun_from_its_first_byte_to_the_last_of_its_body() -> None:
    framer, message = Framer(LIMITS), request()
    begun = [(framer.feed(bytes([byte])), framer.partial)[1] for byte in message]
    assert begun == [True] * (len(message) - 1) + [False]
    framer = Framer(LIMITS)
    framer.feed(b"x")
    assert framer.partial
    for line_ends in (b"", b"\r", b"\r\n", b"\r\n\r"):
        framer = Framer(LIMITS)
        framer.feed(line_ends)
        assert not framer.partial


@pytest.mark.parametrize(("digits", "status"), [("9" * 10, 413), ("9" * 11, 400)])
def test_a_length_of_ten_digits_is_a_number_that_is_too_large(digits: str, status: int) -> None:
    (refused,) = framed([request(content_length=f"Content-Length: {digits}")])
    assert isinstance(refused, Violation)
    assert refused.status == status
