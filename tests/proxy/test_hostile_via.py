"""Via values that strangers write: said anew in linear time, and no answer taken that belongs to somebody else."""

import pytest

from edgeconsole.model.names import InvalidName, parse_domain
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.message import Message, read_head
from edgeconsole.proxy.sip.rewrite import with_received
from edgeconsole.proxy.sip.transaction import answers
from edgeconsole.proxy.sip.uri import unescaped
from edgeconsole.proxy.sip.validator import Request, check_request


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (b"Via: SIP/2.0/TLS h;branch=b", b"Via: SIP/2.0/TLS h;branch=b;received=1.2.3.4"),
        (b"Via: SIP/2.0/TLS h;rEcEiVed=9.9.9.9;branch=b", b"Via: SIP/2.0/TLS h;branch=b;received=1.2.3.4"),
        (
            b"Via: SIP/2.0/TLS h ; received = 9.9.9.9 , SIP/2.0/TLS i",
            b"Via: SIP/2.0/TLS h ;received=1.2.3.4, SIP/2.0/TLS i",
        ),
        (
            b'Via: SIP/2.0/TLS h;x="a;received=b";branch=b',
            b'Via: SIP/2.0/TLS h;x="a;received=b";branch=b;received=1.2.3.4',
        ),
    ],
)
def test_where_a_request_came_from_is_said_once_and_by_us(written: bytes, sent: bytes) -> None:
    assert with_received(written, "1.2.3.4") == sent


def test_a_value_of_blanks_and_quotes_costs_linear_time() -> None:
    for filling in (b" ", b'"', b";", b'\\"', b";received"):
        # A quadratic reading of these would not end within the time a test has.
        with_received(b"Via: SIP/2.0/TLS h;received=9;branch=z9hG4bKa" + filling * 200_000, "1.2.3.4")


def head(vias: list[str], **changes: str) -> Message:
    fields = {
        "From": "<sip:a@a.example>;tag=1",
        "To": "<sip:b@b.example>",
        "Call-ID": "c1",
        "CSeq": "7 MESSAGE",
    } | changes
    lines = ["MESSAGE sip:b@b.example SIP/2.0", *(f"Via: {via}" for via in vias)]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return read_head("\r\n".join(lines).encode(), Limits())


OURS, THEIRS = "SIP/2.0/TLS edge;branch=z9hG4bKours", "SIP/2.0/TLS far;branch=z9hG4bKtheirs"


@pytest.mark.parametrize(
    ("vias", "changes", "taken"),
    [
        ([OURS, THEIRS], {}, True),
        ([f"{OURS}, {THEIRS};received=1.2.3.4"], {}, True),
        ([OURS, "SIP/2.0/TLS victim;branch=z9hG4bKvictim"], {}, False),
        ([OURS], {}, False),
        ([OURS, f'{THEIRS};x="unclosed, '], {}, False),
        ([OURS, THEIRS, "SIP/2.0/TLS more;branch=z9hG4bKmore"], {}, False),
        ([OURS, THEIRS], {"From": "<sip:x@victim.example>;tag=9"}, False),
        ([OURS, THEIRS], {"Call-ID": "other"}, False),
        ([OURS, THEIRS], {"CSeq": "8 MESSAGE"}, False),
    ],
)
def test_an_answer_belongs_to_its_request_or_is_dropped(vias, changes, taken) -> None:
    asked = check_request(head([THEIRS]), frozenset())
    assert isinstance(asked, Request)
    assert answers(head(vias, **changes), asked) is taken


def test_an_escaped_name_is_the_name_it_hides() -> None:
    assert unescaped(b"%6dADDR") == b"maddr"
    assert unescaped(b"x-maddr") == b"x-maddr"


def test_a_name_of_thousands_of_dots_is_refused_before_it_is_remembered() -> None:
    with pytest.raises(InvalidName, match="longer"):
        parse_domain("evil.example" + "." * 7_900)
