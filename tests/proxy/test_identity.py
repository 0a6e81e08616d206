"""Whom a partner may name: eight places for a name against six wrong names, and not one gets through (S17)."""

import pytest

from tests.proxy.call import BOB_AT, answer, opening
from tests.proxy.federation import EDGE, PARTNER, Federation, allow
from tests.proxy.sip_peer import Received, request

WRONG = {
    "own edge": EDGE,
    "other partner": "litware.example",
    "ours": "contoso.example",
    "IDN twin": "xn--fabrkam-dya.example",
    "subdomain": "sub.fabrikam.example",
    "superdomain": PARTNER,
}
"""Names fabrikam.example does not speak for; the last one is tried by hq.fabrikam.example."""

HQ = "hq.fabrikam.example"

PLACES = ("from", "contact", "route", "via", "identity", "reply-to", "referred-by", "p-asserted-identity")


@pytest.fixture
async def edge(unstarted: Federation) -> Federation:
    """An edge with two partners; only fabrikam.example shows a certificate."""
    await unstarted.start(allow(PARTNER), allow("litware.example"))
    unstarted.dns.srv("litware.example", "5061 sip.litware.example")
    unstarted.dns.srv(HQ, f"5061 sip.{HQ}")
    return unstarted


def spoof(place: str, name: str, sender: str) -> bytes:
    lines = {
        "contact": f"Contact: <sip:ceo@{name}>",
        "route": f"Route: <sip:{name};lr>",
        "identity": f"Identity: c2ln;info=<https://{name}/cert>;alg=ES256\r\nIdentity-Info: <https://{name}/c>",
        "reply-to": f'Reply-To: "Bob" <sip:ceo@{name}>',
        "referred-by": f"Referred-By: <sip:ceo@{name}>",
        "p-asserted-identity": f"P-Asserted-Identity: <sip:ceo@{name}>",
    }
    if place == "from":
        return request(f"<sip:ceo@{name}>")
    if place == "via":
        return request(sender, via=f"Via: SIP/2.0/TLS {name};branch=z9hG4bKspoof;received=192.0.2.9")
    return request(sender, extra=lines[place])


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("place", PLACES)
async def test_no_place_for_a_name_carries_one_its_sender_does_not_speak_for(
    edge: Federation, place: str, wrong: str
) -> None:
    name = WRONG[wrong]
    below = wrong == "superdomain"
    client = await edge.outside(edge.public.issue(f"sip.{HQ}") if below else None)
    sender = f"<sip:bob@{HQ}>" if below else f"<sip:bob@{PARTNER}>"
    reply = await client.ask(spoof(place, name, sender))
    if wrong == "subdomain" and place in ("contact", "identity", "reply-to", "referred-by"):
        # A host below its own domain is the sender's own; as From it would be a domain of its own.
        assert reply.status == 200
        return
    if place in ("from", "contact"):
        assert reply.status == 403
        assert edge.pool.requests.empty()
        assert edge.edge.failures()[0].code == 403
        return
    assert reply.status == 200
    got: Received = await edge.pool.requests.get()
    if place == "via":
        # Only the connection that asked gets the answer, and the address it wrote is overwritten.
        assert got.all("via")[1].endswith(";received=127.0.0.1")
        return
    assert "ceo" not in got.raw.decode()
    assert not {"route", "identity", "identity-info"} & {header for header, _ in got.headers}


@pytest.mark.parametrize(
    "own",
    [
        "Contact: <sip:bob@fabrikam.example;opaque=user:epid:x;gruu>",
        "Contact: <sip:bob@pc33.fabrikam.example:5061>",
        "Contact: <sip:bob@192.0.2.7:5060>",
        "Contact: <sip:bob@[2001:db8::7]:5060>",
        "Contact: <sip:sip.fabrikam.example>",
        "Reply-To: <sip:desk@fabrikam.example>",
        "Identity: c2ln;info=<https://certs.fabrikam.example/c>;alg=ES256",
    ],
)
async def test_what_is_the_senders_own_passes_as_it_came(edge: Federation, own: str) -> None:
    client = await edge.outside()
    assert (await client.ask(request(extra=own))).status == 200
    assert own.encode() in (await edge.pool.requests.get()).raw


async def test_an_answer_names_no_stranger_as_its_contact_either(edge: Federation) -> None:
    client = await edge.inside()
    edge.partner.answering = lambda asked: _answer(asked, "<sip:ceo@contoso.example>")
    client.send(opening("SUBSCRIBE", "<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>", BOB_AT))
    reply = await client.receive()
    assert reply.status == 302
    assert reply.all("contact") == []


def _answer(asked: Received, contact: str) -> bytes:
    return answer(asked, "302 Moved", contact)


async def test_a_contact_nobody_can_read_is_taken_off_an_answer(edge: Federation) -> None:
    client = await edge.inside()
    edge.partner.answering = lambda asked: _answer(asked, '"open <sip:a@b>, x')
    reply = await client.ask(opening("SUBSCRIBE", "<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>", BOB_AT))
    assert (reply.status, reply.all("contact")) == (302, [])


@pytest.mark.parametrize("place", ["From", "To", "uri"])
async def test_a_host_with_dots_after_it_leaves_without_them_and_its_answer_has_them_again(
    world: Federation, place: str
) -> None:
    client = await world.outside()
    sender = "<sip:bob@fabrikam.example.>" if place == "From" else "<sip:bob@fabrikam.example>"
    recipient = "<sip:alice@contoso.example..>" if place == "To" else "<sip:alice@contoso.example>"
    uri = "sip:alice@contoso.example." if place == "uri" else "sip:alice@contoso.example"
    reply = await client.ask(request(f'"x@fabrikam.example. y" {sender}', recipient, uri=uri))
    assert reply.status == 200
    got = await world.pool.requests.get()
    assert got.start == "MESSAGE sip:alice@contoso.example SIP/2.0"
    assert "<sip:bob@fabrikam.example>" in got["from"]
    assert got["to"] == "<sip:alice@contoso.example>"
    assert sender in reply["from"]
    assert reply["to"].startswith(recipient)
