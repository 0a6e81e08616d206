"""What is recognised at a glance says what reading it whole would say: whatever partners write, the two agree."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip import fields
from edgeconsole.proxy.sip.framer import Framer
from edgeconsole.proxy.sip.message import Malformed, Message, full_name
from edgeconsole.proxy.sip.rewrite import Way, back, forward_inbound
from edgeconsole.proxy.sip.transaction import answers
from edgeconsole.proxy.sip.validator import Refusal, Request, check_request, check_response

NOTHING = re.compile(rb"(?!)")
WAY = Way(b"Via: SIP/2.0/TLS edge;branch=z9hG4bKq", "192.0.2.7")
OURS = frozenset({"sip.contoso.example"})


@contextmanager
def read_whole() -> Iterator[None]:
    """Nothing is recognised: every address and every Via is read by its grammar."""
    before = fields._PLAIN_TAG, fields._PLAIN_VIA
    fields._PLAIN_TAG, fields._PLAIN_VIA = NOTHING, NOTHING
    try:
        yield
    finally:
        fields._PLAIN_TAG, fields._PLAIN_VIA = before


def pieces(*texts: bytes, most: int = 4) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(texts), max_size=most).map(b"".join)


TAILS = pieces(
    b";tag=", b";TAG=", b"; tag = ", b"t", b"~", b";x", b'="y>"', b";x=y", b">", b'"', b"\\", b" ", b",", b";tagged=1",
    b"<sip:eve@evil.example>", b"=", b".",
)  # fmt: skip
ADDRESSES = st.builds(
    lambda head, tail: head + tail,
    st.sampled_from([
        b"<sip:bob@fabrikam.example>", b'"Bob" <sip:bob@fabrikam.example>', b"<sip:bob@fabrikam.example>;tag=f",
        b'"\\">;tag=q" <sip:bob@fabrikam.example>;tag=f', b"sip:bob@fabrikam.example", b"<sip:bob@FABRIKAM.example.>",
        b'"<sip:eve@evil.example>" <sip:bob@fabrikam.example>', b"", b"<tel:+1>", b"<sip:bob@fabrikam.example;x=y>",
    ]),
    TAILS,
)  # fmt: skip
SENDERS = st.builds(
    lambda head, tail: head + tail,
    st.sampled_from(
        [b"<sip:bob@fabrikam.example>;tag=f", b'"B" <sip:bob@fabrikam.example.>;tag=f', b"sip:b@x.example"]
    ),
    pieces(b";x=y", b";tag=g", b";Tag=h", b' ;x="y>"', b" ", most=1),
)
VIAS = st.builds(
    lambda head, tail: head + tail,
    st.sampled_from([b"SIP/2.0/TLS h.example;branch=z9hG4bKa", b"SIP/2.0/TLS  h:5061;branch=z9hG4bKkeep"]),
    pieces(
        b";keep", b";keep=30", b";received=192.0.2.9", b";rport", b" ", b', SIP/2.0/TLS g;branch=b', b';x="a,b"',
        b", SIP/2.0/TLS evil.example", b";BRANCH=c", most=2,
    ),
)  # fmt: skip
SPELLINGS = st.sampled_from([
    (b"Via", b"From", b"To", b"Call-ID", b"CSeq"), (b"v", b"f", b"t", b"i", b"cseq"),
    (b"VIA ", b"FROM", b"to\t", b"CALL-ID", b"CSEQ"),
])  # fmt: skip


def framed(start: bytes, lines: list[bytes]) -> Message | None:
    found = Framer(Limits()).feed(b"\r\n".join([start, *lines, b"Content-Length: 0", b"", b""]))
    return found[0] if found and isinstance(found[0], Message) else None


@settings(max_examples=400)
@given(ADDRESSES)
def test_an_address_reads_the_same_with_its_tag_told_apart_first(value: bytes) -> None:
    def read() -> object:
        try:
            return fields.read_address(value)
        except Malformed as error:
            return str(error)

    at_a_glance = read()
    with read_whole():
        assert read() == at_a_glance


@settings(max_examples=400)
@given(
    SPELLINGS,
    st.lists(VIAS, min_size=1, max_size=2),
    SENDERS,
    st.sampled_from(
        [b"<sip:alice@contoso.example>", b"<sip:alice@contoso.example>;tag=t", b"Alice <sip:a@b.example.>"]
    ),
    st.lists(VIAS, max_size=2),
    pieces(b" ", b";x=y", b", SIP/2.0/TLS evil.example", b";branch=e", most=1),
)
@example(
    (b"Via", b"From", b"To", b"Call-ID", b"CSeq"), [b"SIP/2.0/TLS h;branch=z9hG4bKa"],
    b"<sip:bob@fabrikam.example>;tag=f", b"<sip:alice@contoso.example>", [], b", SIP/2.0/TLS evil.example",
)  # fmt: skip
def test_a_request_and_its_answer_go_the_same_way(
    names: tuple[bytes, ...], vias: list[bytes], sender: bytes, recipient: bytes, others_back: list[bytes], after: bytes
) -> None:
    others = [names[1] + b": " + sender, names[2] + b": " + recipient, names[3] + b": c", names[4] + b": 1 MESSAGE"]
    ask = [names[0] + b": " + via for via in vias]
    returned = others_back or [vias[0].rstrip() + b";received=192.0.2.7" + after, *vias[1:]]
    reply = [b"Via: SIP/2.0/TLS sip.contoso.example;branch=z9hG4bKq", *(b"Via: " + via for via in returned)]

    def relayed() -> list[object]:
        message = framed(b"MESSAGE sip:alice@contoso.example SIP/2.0", [*ask, *others])
        if message is None:
            return []
        checked = check_request(message, OURS)
        if isinstance(checked, Refusal):
            return [checked]
        assert isinstance(checked, Request)
        told: list[object] = [forward_inbound(checked, WAY)]
        answer = framed(b"SIP/2.0 200 OK", [*reply, *others])
        response = None if answer is None else check_response(answer)
        if answer is not None and response is not None:
            told += [answers(answer, checked), back(answer, checked, frozenset({"server"}), None)]
        return told

    at_a_glance = relayed()
    with read_whole():
        assert relayed() == at_a_glance


@given(
    st.lists(
        st.tuples(pieces(b"Via", b"v", b"From", b" ", b"\t", b"X-", b"i", b"\xff", b"(", most=3), TAILS), max_size=5
    )
)
def test_the_shape_of_a_head_is_what_its_names_say_one_by_one(headers: list[tuple[bytes, bytes]]) -> None:
    lines = [name + b":" + value for name, value in headers]
    found = []
    for kept in (True, True, False):
        try:
            message = Message(b"", list(lines), True, kept=kept)
        except Malformed:
            found.append(None)
        else:
            found.append([(name, message.all(name)) for name in sorted(set(message.names))])
    try:
        whole = [(full_name(name), value.strip(b" \t")) for name, value in headers]
    except Malformed:
        assert found == [None, None, None]
    else:
        told = [
            (each, [value for name, value in whole if name == each]) for each in sorted({name for name, _ in whole})
        ]
        assert found == [told, told, told]
