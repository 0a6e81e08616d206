"""Who a peer is: names in certificates, and dialback keys nobody else can make or use."""

import pytest
from cryptography import x509

from edgeconsole.model.terms import Negotiation
from edgeconsole.proxy.xmpp.dialback import Budget, Keys, load_secret
from tests.proxy.xmpp.peer import auth, connect, encrypted, greeted, header, live, message
from tests.proxy.xmpp.world import OURS, PARTNER, XmppWorld, partner

XMPP_ADDRESS, SERVICE = "1.3.6.1.5.5.7.8.5", "1.3.6.1.5.5.7.8.7"


def other(kind: str, text: str) -> x509.OtherName:
    tag = b"\x0c" if kind == XMPP_ADDRESS else b"\x16"
    return x509.OtherName(x509.ObjectIdentifier(kind), tag + bytes([len(text)]) + text.encode())


@pytest.mark.parametrize(
    "name",
    [
        x509.DNSName(PARTNER),
        x509.DNSName(PARTNER.upper()),
        other(XMPP_ADDRESS, PARTNER),
        other(SERVICE, f"_xmpp-server.{PARTNER}"),
    ],
)
async def test_a_certificate_that_names_the_domain_opens_a_stream(xmpp: XmppWorld, name: x509.GeneralName) -> None:
    await xmpp.start()
    peer = await live(xmpp, xmpp.public.issue(extra=(name,)))
    assert "<stream:features/>" in peer.heard


@pytest.mark.parametrize(
    "name",
    [
        x509.DNSName("*.example"),
        x509.DNSName(f"*.{PARTNER}"),
        x509.DNSName(f"xmpp.{PARTNER}"),
        x509.DNSName(f"{PARTNER}.evil.example"),
        x509.DNSName(f"x{PARTNER}"),
        other(SERVICE, f"_xmpp-client.{PARTNER}"),
        other(SERVICE, PARTNER),
        other(XMPP_ADDRESS, f"frida@{PARTNER}"),
        x509.OtherName(x509.ObjectIdentifier(XMPP_ADDRESS), b"\x16\x10" + PARTNER.encode()),
        x509.RFC822Name(f"x@{PARTNER}"),
        x509.UniformResourceIdentifier(f"xmpp://{PARTNER}"),
    ],
)
async def test_no_other_name_opens_a_stream(xmpp: XmppWorld, name: x509.GeneralName) -> None:
    await xmpp.start()
    credential = xmpp.public.issue(extra=(name,), common_name=PARTNER)
    with pytest.raises(EOFError, match="not-authorized"):
        await greeted(xmpp, credential)


async def test_no_certificate_and_a_stranger_authority_open_nothing(xmpp: XmppWorld) -> None:
    await xmpp.start()
    peer = await encrypted(xmpp, None)
    peer.send(header())
    assert "<not-authorized" in await peer.end()
    with pytest.raises((OSError, EOFError)):
        await greeted(xmpp, xmpp.private.issue(PARTNER))


async def test_an_untrusted_certificate_leaves_dialback_where_the_partner_may_use_it(xmpp: XmppWorld) -> None:
    await xmpp.start(partner(sasl=Negotiation.OPTIONAL), partner("northwind.example"))
    own = xmpp.private.issue(PARTNER, "northwind.example")
    with pytest.raises((OSError, EOFError)):
        await greeted(xmpp, own)
    again = await greeted(xmpp, own)
    assert "urn:xmpp:features:dialback" in again.heard
    assert "EXTERNAL" not in again.heard
    for _ in range(2):
        with pytest.raises((OSError, EOFError)):
            await greeted(xmpp, own, sender="northwind.example")


OTHERS = {
    "another partner": "northwind.example",
    "ours": OURS,
    "a stranger": "stranger.example",
    "a sub-domain": f"x.{PARTNER}",
    "a super-domain": "example.org",
    "a twin": "xn--fbrikam-5fg.example",
}
PLACES = ("stream", "authzid", "stanza", "dialback", "after tls", "after sasl")


@pytest.mark.parametrize("place", PLACES)
async def test_nobody_passes_for_somebody_else(xmpp: XmppWorld, place: str) -> None:
    """Identity spoof cells: a partner with a good certificate claims another name in each place that carries one."""
    await xmpp.start(partner(), partner("northwind.example"))
    for other_name in OTHERS.values():
        await pass_for(xmpp, place, other_name)
    assert not any(counted.relayed_in for counted in xmpp.edge.counters())


async def pass_for(xmpp: XmppWorld, place: str, other_name: str) -> None:
    """Try one cell and be refused."""
    if place == "stream":
        with pytest.raises(EOFError, match=r"not-authorized|policy-violation|invalid-from"):
            await greeted(xmpp, xmpp.partner_credential, sender=other_name)
        return
    if place == "after tls":
        peer = await encrypted(xmpp, xmpp.partner_credential)
        peer.send(header(other_name))
    elif place == "authzid":
        peer = await greeted(xmpp)
        peer.send(auth(other_name))
    elif place == "after sasl":
        peer = await greeted(xmpp)
        peer.send(auth(PARTNER))
        await peer.until("<success")
        peer.send(header(other_name))
    elif place == "stanza":
        peer = await live(xmpp)
        peer.send(message(sender=f"eve@{other_name}"))
    else:
        peer = await live(xmpp)
        peer.send(f"<db:result from='{other_name}' to='{OURS}'>key</db:result>" + message(sender=f"eve@{other_name}"))
    assert "</stream:error>" in await peer.end()


def test_a_key_is_bound_to_both_domains_and_the_stream() -> None:
    keys = Keys(b"a secret of the pool")
    key = keys.key("example.org", "inform.example", "s1")
    assert keys.is_ours(f" {key}\n", "example.org", "inform.example", "s1")
    for wrong in (("inform.example.org", "example", "s1"), ("example.org", "inform.example", "s2")):
        assert not keys.is_ours(key, *wrong)
    assert Keys(b"a secret of the pool").is_ours(key, "example.org", "inform.example", "s1")
    assert not Keys().is_ours(key, "example.org", "inform.example", "s1")


def test_the_key_is_that_of_the_specification() -> None:
    """The example of XEP-0185, section 3."""
    key = Keys(b"s3cr3tf0rd14lb4ck").key("xmpp.example.com", "example.org", "D60000229F")
    assert key == "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643"


def test_verifications_are_bounded_by_minute_and_by_address() -> None:
    now = 0.0
    budget = Budget(3, 2, lambda: now)
    assert [budget.spend("a"), budget.spend("a"), budget.spend("a"), budget.spend("b"), budget.spend("c")] == [
        True, True, False, True, False,
    ]  # fmt: skip
    now = 61.0
    assert budget.spend("a")


def test_the_secret_comes_from_where_the_file_says(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "secret").write_text("0123456789abcdef\n")
    assert load_secret("file:secret", tmp_path) == b"0123456789abcdef"
    monkeypatch.setenv("DIALBACK", "fedcba9876543210")
    assert load_secret("env:DIALBACK", tmp_path) == b"fedcba9876543210"
    for reference in ("file:absent", "env:ABSENT", "cred:absent"):
        with pytest.raises(Exception, match="dialback secret"):
            load_secret(reference, tmp_path)


async def test_only_a_partner_whose_settings_say_dialback_learns_whether_a_key_is_ours(xmpp: XmppWorld) -> None:
    await xmpp.start(partner(tls=Negotiation.OPTIONAL))
    peer = await connect(xmpp)
    peer.send(header())
    assert "urn:xmpp:features:dialback" in await peer.until("</stream:features>")
    peer.send(f"<db:verify from='{PARTNER}' to='{OURS}' id='s1'>made up</db:verify>")
    assert 'type="invalid"' in await peer.until("</db:verify>")
    strict = await connect(xmpp)
    xmpp.activate(xmpp_partners=(partner(),))
    strict.send(header() + f"<db:verify from='{PARTNER}' to='{OURS}' id='s1'>made up</db:verify>")
    assert "<not-authorized" in await strict.end()


async def test_a_server_that_asked_for_a_key_and_goes_has_not_failed(xmpp: XmppWorld) -> None:
    await xmpp.start(partner(tls=Negotiation.OPTIONAL))
    peer = await connect(xmpp)
    peer.send(header())
    await peer.until("</stream:features>")
    peer.send(f"<db:verify from='{PARTNER}' to='{OURS}' id='s1'>made up</db:verify>")
    await peer.until("</db:verify>")
    peer.send("</stream:stream>")
    assert "</stream:stream>" in await peer.end()
    assert xmpp.edge.failures() == ()
    rude = await connect(xmpp)
    rude.send(header())
    await rude.until("</stream:features>")
    rude.send("</stream:stream>")
    await rude.end()
    assert [str(each.text) for each in xmpp.edge.failures()] == ["the other side closed the stream"]
