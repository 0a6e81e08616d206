"""Header values: one reading or none, and no text that costs more than linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.proxy.sip.fields import read_address, read_sequence, read_via, split_list
from edgeconsole.proxy.sip.message import Malformed
from edgeconsole.proxy.sip.uri import UnknownScheme, read_uri


@pytest.mark.parametrize(
    ("value", "user", "host", "tag"),
    [
        (b"<sip:b@good.example>;tag=1", b"b", "good.example", b"1"),
        (b"sip:b@good.example;tag=1", b"b", "good.example", b"1"),
        (b'"sip:a@evil.example" <sip:b@good.example>;tag=1', b"b", "good.example", b"1"),
        (b'"\\" <sip:a@evil.example>" <sip:b@good.example>', b"b", "good.example", b""),
        (b"Bob <SIP:b@GOOD.example.>;TAG=1", b"b", "GOOD.example.", b"1"),
        (b'<sip:b@good.example;x=1>;y=";tag=evil";tag=1', b"b", "good.example", b"1"),
        (b"<sips:good.example:5061>", b"", "good.example", b""),
        (b"<sip:b;x=a%40evil.example@good.example>", b"b;x=a%40evil.example", "good.example", b""),
    ],
)
def test_an_address_is_what_stands_in_its_uri(value: bytes, user: bytes, host: str, tag: bytes) -> None:
    address = read_address(value)
    assert (address.uri.user, address.uri.host, address.tag) == (user, host, tag)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"<sip:a@b.example",
        b"<sip:a@b.example> <sip:c@d.example>",
        b"<sip:a@b.example>, <sip:c@d.example>",
        b'"a" b <sip:a@b.example>',
        b'"a sip:a@b.example',
        b"< sip:a@b.example >",
        b"<sip:a@b@c.example>",
        b"<sip:a@b.example>;tag=1;tag=2",
        b"<sip:a%4@b.example>",
        b"<sip:a@b%2eexample>",
        b"<sip:@b.example>",
        b"<sip:a@b.example:0>",
        b"<sip:a@b.example:99999>",
        b"<sip:a@b_c.example>",
        b"<sip:a@b.example\x00>",
        "<sip:a@b\u00fc.example>".encode(),
        b"sip:a@b.example?x=y",
        b"sip:a,b@c.example",
    ],
)
def test_what_has_no_single_reading_is_malformed(value: bytes) -> None:
    with pytest.raises(Malformed):
        read_address(value)


@pytest.mark.parametrize("value", [b"tel:+15551234", b"http://a.example", b"soap.beep://a", b"sipx:a@b.example"])
def test_other_schemes_are_told_apart(value: bytes) -> None:
    with pytest.raises(UnknownScheme):
        read_uri(value)


def test_a_via_is_read_with_its_odd_spacing() -> None:
    via = read_via(b"SIP  /  2.0 /TLS   Host.Example : 5061 ; branch = z9hG4bKx ; received=2001:db8::1;rport")
    assert (via.host, via.branch) == (b"Host.Example", b"z9hG4bKx")


@pytest.mark.parametrize("value", [b"", b"SIP/2.0/TLS", b"SIP/2.0/TLS h;;", b"SIP/3.0/TLS h", b"SIP/2.0/TLS h, x"])
def test_a_via_that_is_none_is_malformed(value: bytes) -> None:
    with pytest.raises(Malformed):
        read_via(value)


def test_a_list_is_split_outside_quotes_and_brackets() -> None:
    assert split_list(b'"a,\\",b" <sip:x,y@z.example>, c;x="1,2" ,d') == [
        b'"a,\\",b" <sip:x,y@z.example>',
        b'c;x="1,2"',
        b"d",
    ]
    with pytest.raises(Malformed):
        split_list(b'a, "b')


@pytest.mark.parametrize("value", [b"1", b"1MESSAGE", b"2147483648 MESSAGE", b"-1 MESSAGE", b"1 MESS AGE"])
def test_a_bad_cseq_is_malformed(value: bytes) -> None:
    with pytest.raises(Malformed):
        read_sequence(value)


@given(st.binary(max_size=200))
def test_no_value_raises_anything_but_malformed(value: bytes) -> None:
    for read in (read_address, read_via, read_sequence, read_uri, split_list):
        try:
            read(value)
        except Malformed:
            continue


@pytest.mark.parametrize(
    "unit", [b"a ", b'"a" ', b"\\", b'"', b"<", b";a", b";a=", b'";a="', b"a,", b"sip:", b"%41", b"a@", b"SIP/2.0/"]
)
def test_hostile_repetition_costs_linear_time(unit: bytes) -> None:
    short, long = unit * 200, unit * 3200

    def cost(value: bytes) -> float:
        started = time.process_time()
        for _ in range(20):
            for read in (read_address, read_via, read_uri, split_list):
                for prefix in (b"", b'"', b"<sip:", b"SIP/2.0/TLS h"):
                    try:
                        read(prefix + value)
                    except Malformed:
                        continue
        return time.process_time() - started

    # Sixteen times the text; quadratic time would be 256 times the cost.
    assert cost(long) < 100 * cost(short) + 0.05
