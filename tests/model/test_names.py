"""Names in their one normal form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.model.names import (
    HostPort,
    InvalidName,
    parse_access_edge,
    parse_domain,
    parse_listen,
    parse_next_hop,
    sip_domain_of,
    to_unicode,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("fabrikam.example", "fabrikam.example"),
        ("FABRIKAM.Example", "fabrikam.example"),
        ("fabrikam.example.", "fabrikam.example"),
        ("EVIL.test..", "evil.test"),
        ("  fabrikam.example ", "fabrikam.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("ｆａｂｒｉｋａｍ.example", "fabrikam.example"),
    ],
)
def test_spellings_of_one_domain_have_one_normal_form(text: str, name: str) -> None:
    assert parse_domain(text) == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("192.0.2.1", "IP address"),
        ("[2001:db8::1]", "IP address"),
        ("*.fabrikam.example", "wildcard"),
        ("bob@fabrikam.example", "after the @"),
        ("fabrikam", "one label"),
        ("a..example", "empty label"),
        (".example.com", "empty label"),
        ("-a.example", "hyphen"),
        ("a-.example", "hyphen"),
        ("a.-example", "hyphen"),
        ("a.example-", "hyphen"),
        ("a.12", "number"),
        ("a_b.example", "character"),
        ("x" * 64 + ".example", "longer"),
        ("a." * 130 + "example", "longer"),
        ("a\x1b[31m.example", "character"),
        ("a\u202eb.example", "not a valid"),
    ],
)
def test_what_is_no_domain_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(InvalidName, match=says):
        parse_domain(text)


def test_a_label_has_up_to_63_letters_digits_and_hyphens_between_them() -> None:
    for name in ("x" * 63 + ".example", "example." + "x" * 63, "a-b.c--d.example", "1.2.a3", "a.1b"):
        assert parse_domain(name) == name
    for name in ("x" * 64 + ".example", "example." + "x" * 64):
        with pytest.raises(InvalidName, match="longer"):
            parse_domain(name)


@given(st.text())
def test_any_text_is_a_normal_form_or_refused_and_normalising_twice_changes_nothing(text: str) -> None:
    try:
        name = parse_domain(text)
    except InvalidName:
        return
    assert parse_domain(name) == name
    assert name.isascii()
    assert name == name.lower()


def test_an_access_edge_has_the_federation_port_unless_one_is_given() -> None:
    assert parse_access_edge("sip.fabrikam.example") == HostPort("sip.fabrikam.example", 5061)
    assert parse_access_edge("sip.fabrikam.example:5062") == HostPort("sip.fabrikam.example", 5062)
    assert str(parse_access_edge("SIP.fabrikam.example:5061")) == "sip.fabrikam.example"


@pytest.mark.parametrize("text", ["192.0.2.1", "192.0.2.1:5061", "[::1]:5061", "::1"])
def test_an_address_is_no_access_edge_since_no_certificate_carries_it(text: str) -> None:
    with pytest.raises(InvalidName, match="IP address"):
        parse_access_edge(text)


@pytest.mark.parametrize(
    "text", ["sip.a.example:0", "sip.a.example:65536", "sip.a.example:x", "sip.a.example:", "a.b:٣"]
)
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidName, match="port"):
        parse_access_edge(text)


def test_a_listener_binds_to_an_address_and_may_let_the_system_choose_the_port() -> None:
    assert parse_listen("127.0.0.1:0") == HostPort("127.0.0.1", 0)
    assert parse_listen("[::]:5061").with_port() == "[::]:5061"
    with pytest.raises(InvalidName, match="IP address"):
        parse_listen("sip.a.example:5061")
    with pytest.raises(InvalidName, match="no port"):
        parse_listen("127.0.0.1")


def test_a_server_of_ours_may_be_named_by_one_label_or_an_address() -> None:
    assert parse_next_hop("pool01:5061").host == "pool01"
    assert parse_next_hop("10.0.0.5") == HostPort("10.0.0.5", 5061)
    with pytest.raises(InvalidName):
        parse_next_hop("a b")


def test_the_domain_of_an_address_is_what_follows_the_at_sign() -> None:
    assert sip_domain_of("sip:bob@Fabrikam.example") == "fabrikam.example"
    assert sip_domain_of("bob@fabrikam.example") == "fabrikam.example"
    assert sip_domain_of("fabrikam.example") == "fabrikam.example"


def test_a_u_label_is_shown_beside_its_a_label() -> None:
    assert to_unicode("xn--bcher-kva.example") == "bücher.example"
    assert to_unicode("fabrikam.example") == "fabrikam.example"
    assert to_unicode("xn--a.example") == "xn--a.example"
