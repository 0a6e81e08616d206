"""Whose certificate it is: the cases of RFC 5922, RFC 9525, RFC 6120 and of an Access Edge, one by one."""

from datetime import UTC, datetime

import pytest

from edgeconsole.model.probe import PeerCertificate
from edgeconsole.model.text import Untrusted, clean
from edgeconsole.rules.probing.names import Profile, is_named, match


def certificate(
    *dns: str,
    uris: tuple[str, ...] = (),
    services: tuple[str, ...] = (),
    xmpp: tuple[str, ...] = (),
    common: str = "",
    others: int = 0,
) -> PeerCertificate:
    return PeerCertificate(
        fingerprint="00", subject=clean(common), issuer=Untrusted("i"), serial="1",
        not_before=datetime(2026, 1, 1, tzinfo=UTC), not_after=datetime(2027, 1, 1, tzinfo=UTC),
        names=tuple(map(clean, dns)), key="EC P-256", signature="sha256", uris=tuple(map(clean, uris)),
        services=tuple(map(clean, services)), xmpp_names=tuple(map(clean, xmpp)), common_name=clean(common),
        other_names=others,
    )  # fmt: skip


D = "fabrikam.example"

RFC_5922 = [
    (certificate(uris=(f"sip:{D}",)), True),
    (certificate(uris=(f"SIP:{D.upper()}",)), True),
    (certificate(uris=(f"sips:{D}",)), False),
    (certificate(uris=(f"sip:alice@{D}",)), False),
    (certificate(uris=(f"sip:{D}:5061",)), True),
    (certificate(uris=(f"sip:{D};transport=tls",)), True),
    (certificate(D, uris=("sip:other.example",)), False),
    (certificate("sip.fabrikam.example", uris=(f"sip:{D}",)), True),
    (certificate(D), True),
    (certificate(D.upper()), True),
    (certificate(f"*.{D}"), False),
    (certificate(f"sip.{D}"), False),
    (certificate(f"www.{D}", D), True),
    (certificate(D, uris=(f"http://{D}",)), True),
    (certificate(common=D, others=1), False),
    (certificate(others=1), False),
    (certificate(), False),
]


@pytest.mark.parametrize(("shown", "proven"), RFC_5922)
def test_a_sip_domain_is_proven_as_rfc_5922_says(shown: PeerCertificate, proven: bool) -> None:
    assert match(Profile.SIP5922, shown, host=f"sip.{D}", domain=D).proven is proven


def test_a_common_name_without_any_alternative_name_is_a_weak_yes_of_rfc_5922() -> None:
    found = match(Profile.SIP5922, certificate(common=D), host=f"sip.{D}", domain=D)
    assert found.proven
    assert found.weak


def test_a_u_label_is_compared_as_its_a_label() -> None:
    shown = certificate(uris=("sip:bücher.example",))
    assert match(Profile.SIP5922, shown, host="sip.x", domain="xn--bcher-kva.example").proven


RFC_9525 = [
    ("sip.fabrikam.example", "sip.fabrikam.example", True),
    ("SIP.Fabrikam.Example", "sip.fabrikam.example", True),
    ("sip.fabrikam.example.", "sip.fabrikam.example", True),
    ("sip.fabrikam.example", "sip.fabrikam.example.", True),
    ("*.fabrikam.example", "sip.fabrikam.example", True),
    ("*.fabrikam.example", "fabrikam.example", False),
    ("*.fabrikam.example", "a.sip.fabrikam.example", False),
    ("s*.fabrikam.example", "sip.fabrikam.example", False),
    ("*p.fabrikam.example", "sip.fabrikam.example", False),
    ("sip.*.example", "sip.fabrikam.example", False),
    ("*.*.example", "sip.fabrikam.example", False),
    ("*.example", "fabrikam.example", False),
    ("*", "fabrikam.example", False),
    ("*.", "fabrikam.example", False),
    ("fabrikam.example", "evilfabrikam.example", False),
    ("fabrikam.example", "fabrikam.example.evil.example", False),
    ("", "fabrikam.example", False),
    ("fabrikam.example", "", False),
    ("192.0.2.1", "192.0.2.1", False),
    ("fabrikam.example\\x00.evil.example", "fabrikam.example", False),
    (" fabrikam.example", "fabrikam.example ", True),
    ("fabrikam..example", "fabrikam..example", False),
    ("xn--bcher-kva.example", "bücher.example", True),
    ("*.bücher.example", "sip.xn--bcher-kva.example", True),
    ("-a.fabrikam.example", "-a.fabrikam.example", False),
]


@pytest.mark.parametrize(("pattern", "host", "named"), RFC_9525)
def test_a_dns_name_covers_what_rfc_9525_says(pattern: str, host: str, named: bool) -> None:
    assert is_named(pattern, host, wildcards=True) is named


@pytest.mark.parametrize(("pattern", "host", "named"), RFC_9525)
def test_no_wildcard_counts_where_none_may(pattern: str, host: str, named: bool) -> None:
    assert is_named(pattern, host, wildcards=False) is (named and "*" not in pattern)


XMPP = [
    (certificate(D), True),
    (certificate(f"*.{D}"), False),
    (certificate("*.example"), False),
    (certificate(f"xmpp.{D}"), False),
    (certificate(services=(f"_xmpp-server.{D}",)), True),
    (certificate(services=(f"_xmpp-client.{D}",)), False),
    (certificate(services=(f"_XMPP-Server.{D.upper()}",)), True),
    (certificate(xmpp=(D,)), True),
    (certificate(xmpp=(f"alice@{D}",)), False),
    (certificate(common=D), True),
    (certificate("other.example", common=D), False),
]


@pytest.mark.parametrize(("shown", "proven"), XMPP)
def test_an_xmpp_domain_is_proven_as_rfc_6120_says(shown: PeerCertificate, proven: bool) -> None:
    assert match(Profile.XMPP, shown, host=f"xmpp.{D}", domain=D).proven is proven


def test_a_wildcard_covers_an_xmpp_domain_one_label_below() -> None:
    assert match(Profile.XMPP, certificate(f"*.{D}"), host="x", domain=f"chat.{D}").proven


LYNC = [
    (certificate(f"sip.{D}"), True),
    (certificate(f"SIP.{D}"), True),
    (certificate(f"*.{D}"), False),
    (certificate(D), False),
    (certificate(common=f"sip.{D}"), False),
    (certificate(uris=(f"sip:sip.{D}",)), False),
    (certificate("a.example", f"sip.{D}"), True),
]


@pytest.mark.parametrize(("shown", "proven"), LYNC)
def test_an_access_edge_is_proven_by_its_exact_host_alone(shown: PeerCertificate, proven: bool) -> None:
    assert match(Profile.LYNC, shown, host=f"sip.{D}", domain=D).proven is proven
