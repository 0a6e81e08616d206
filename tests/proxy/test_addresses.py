"""Addresses a partner's DNS may not lead us to, in every disguise."""

import pytest

from edgeconsole.model.errors import BadInput
from edgeconsole.rules.addresses import read_networks, why_denied

HOSTILE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:c0a8:101::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "127.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "2130706433",
    "127.0.0.1 ",
    "localhost",
    "",
]


@pytest.mark.parametrize("address", HOSTILE)
def test_a_hostile_address_is_denied(address: str) -> None:
    assert why_denied(address)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"],
)
def test_a_public_address_is_not(address: str) -> None:
    assert why_denied(address) is None


def test_an_operator_opens_what_he_names_and_nothing_beside_it() -> None:
    allowed = read_networks(["127.0.0.0/8", "10.1.0.0/16", "fd00::/8"])
    for address in ("127.0.0.1", "10.1.2.3", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::10.1.0.1"):
        assert why_denied(address, allowed) is None
    for address in ("10.2.0.1", "fe80::1", "::ffff:10.2.0.1", "169.254.169.254"):
        assert why_denied(address, allowed)


def test_what_is_no_network_is_named() -> None:
    with pytest.raises(BadInput) as caught:
        read_networks(["10.0.0.0/8", "10.0.0.1/8", "everything"])
    assert [problem.field for problem in caught.value.problems] == ["proxy.allow_addresses"] * 2
