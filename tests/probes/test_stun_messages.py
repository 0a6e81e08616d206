"""STUN messages: the vectors of RFC 5769, and what is no message."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.probes.stun import ALLOCATE, BINDING, BadMessage, make_request, read_message

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")

REQUEST = bytes.fromhex(
    "00010058 2112a442 b7e7a701bc34d686fa87dfae 80220010 5354554e207465737420636c69656e74 00240004 6e0001ff"
    "80290008 932ff9b151263b36 00060009 6576746a3a683676592020 20 00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004 e57a3bcf"
)
"""RFC 5769, 2.1."""
IPV4 = bytes.fromhex(
    "0101003c 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220 00200008 0001a147e112a643"
    "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96"
)
"""RFC 5769, 2.2: 192.0.2.1, port 32853."""
IPV6 = bytes.fromhex(
    "01010048 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220"
    "00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9 00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004 c8fb0b4c"
)
"""RFC 5769, 2.3: 2001:db8:1234:5678:11:2233:4455:6677, port 32853."""
LONG_TERM = bytes.fromhex(
    "00010060 2112a442 78ad3433c6ad72c029da412e 00060012 e3839ee38388e383aae38383e382af e382b90000"
    "0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341 0014000b 6578616d706c652e6f726700"
    "00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666"
)
"""RFC 5769, 2.4."""


def test_the_sample_request_is_read_with_its_fingerprint() -> None:
    message = read_message(REQUEST)
    assert message.kind == BINDING
    assert message.transaction == TRANSACTION
    assert message.attributes[0x8022] == b"STUN test client"
    assert message.attributes[0x0006] == b"evtj:h6vY"


@pytest.mark.parametrize(("wire", "address"), [(IPV4, "192.0.2.1"), (IPV6, "2001:db8:1234:5678:11:2233:4455:6677")])
def test_the_sample_responses_give_the_reflexive_address(wire: bytes, address: str) -> None:
    message = read_message(wire)
    assert (message.address, message.port) == (address, 32853)
    assert message.transaction == TRANSACTION
    assert message.attributes[0x8022] == b"test vector"


def test_the_sample_request_with_long_term_authentication_is_read() -> None:
    message = read_message(LONG_TERM)
    assert message.attributes[0x0006].decode() == "\u30de\u30c8\u30ea\u30c3\u30af\u30b9"
    assert message.attributes[0x0014] == b"example.org"


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 5, 6, 7, len(IPV4) - 1, len(IPV4) - 20, 20, 40])
def test_a_changed_byte_is_found(at: int) -> None:
    changed = bytearray(IPV4)
    changed[at] ^= 0x40
    with pytest.raises(BadMessage):
        read_message(bytes(changed))


@pytest.mark.parametrize("kind", [BINDING, ALLOCATE])
def test_our_requests_are_messages_with_a_right_fingerprint(kind: int) -> None:
    wire = make_request(kind, TRANSACTION)
    assert read_message(wire).transaction == TRANSACTION
    assert int.from_bytes(wire[-4:], "big") == zlib.crc32(wire[:-8]) ^ 0x5354554E


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(wire: bytes) -> None:
    for each in (wire, IPV4[:8] + wire, IPV4[:2] + len(wire).to_bytes(2, "big") + IPV4[4:20] + wire):
        try:
            read_message(each)
        except BadMessage:
            continue
