"""The trust header: what a partner's edge claims is weighed, taken off and said anew by ours."""

import msgspec
import pytest

from edgeconsole.model.terms import Verification
from tests.proxy.federation import PARTNER, PARTNER_EDGE, Federation, allow
from tests.proxy.sip_peer import request

CLAIM = "ms-edge-proxy-message-trust: ms-source-type=InternetUser;ms-ep-fqdn=x;ms-source-verified-user={}"


@pytest.mark.parametrize(
    ("level", "claim", "stamped"),
    [
        (Verification.USE_SOURCE, "verified", "verified"),
        (Verification.USE_SOURCE, "unverified", "unverified"),
        (Verification.USE_SOURCE, None, "unverified"),
        (Verification.USE_SOURCE, "verifiedish", "unverified"),
        (Verification.ALWAYS_VERIFIABLE, None, "verified"),
        (Verification.ALWAYS_VERIFIABLE, "unverified", "verified"),
        (Verification.ALWAYS_UNVERIFIABLE, "verified", "unverified"),
    ],
)
async def test_a_claim_is_weighed_by_the_level_of_its_source(unstarted: Federation, level, claim, stamped) -> None:
    await unstarted.start(msgspec.structs.replace(allow(PARTNER), verification=level))
    client = await unstarted.outside()
    extra = CLAIM.format(claim) if claim else "X-Nothing: said"
    assert (await client.ask(request(extra=extra))).status == 200
    got = await unstarted.pool.requests.get()
    (header,) = got.all("ms-edge-proxy-message-trust")
    assert dict(part.split("=") for part in header.split(";")) == {
        "ms-source-type": "AutoFederation",
        "ms-ep-fqdn": "sip.contoso.example",
        "ms-source-verified-user": stamped,
        "ms-source-network": "federation",
        "ms-remote-fqdn": PARTNER_EDGE,
    }


async def test_a_header_given_twice_claims_nothing(unstarted: Federation) -> None:
    await unstarted.start(allow(PARTNER))
    client = await unstarted.outside()
    twice = CLAIM.format("verified") + "\r\n" + CLAIM.format("verified")
    await client.ask(request(extra=twice))
    (header,) = (await unstarted.pool.requests.get()).all("ms-edge-proxy-message-trust")
    assert "ms-source-verified-user=unverified" in header


@pytest.mark.parametrize(("marks", "said"), [(True, "verified"), (False, "unverified")])
async def test_what_leaves_says_whether_we_verified_our_sender_and_nothing_a_server_of_ours_wrote(
    unstarted: Federation, marks: bool, said: str
) -> None:
    await unstarted.start()
    before = unstarted.edge.configuration
    settings = msgspec.structs.replace(before.access_edge, mark_verifiable=marks)
    unstarted.edge.activate(msgspec.structs.replace(before, access_edge=settings))
    client = await unstarted.inside()
    written = f"{CLAIM.format('verified')}\r\nms-asserted-verification-level: ms-source-verified-user=other"
    await client.ask(request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>", extra=written))
    got = await unstarted.partner.requests.get()
    assert got.all("ms-edge-proxy-message-trust") == []
    assert got["ms-asserted-verification-level"] == f"ms-source-verified-user={said}"


async def test_the_claim_between_two_edges_is_weighed_too(world: Federation) -> None:
    client = await world.outside()
    await client.ask(request(extra="ms-asserted-verification-level: ms-source-verified-user=verified"))
    got = await world.pool.requests.get()
    assert got.all("ms-asserted-verification-level") == []
    assert "ms-source-verified-user=verified" in got["ms-edge-proxy-message-trust"]


@pytest.mark.parametrize("told", [True, False])
async def test_partners_are_told_that_messages_are_archived_where_the_configuration_says_so(
    world: Federation, told: bool
) -> None:
    before = world.edge.configuration
    settings = msgspec.structs.replace(before.access_edge, archiving_disclaimer=told)
    world.edge.activate(msgspec.structs.replace(before, access_edge=settings))
    client = await world.inside()
    forged = "ms-archiving-disclaimer: never"
    await client.ask(request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>", extra=forged))
    assert (await world.partner.requests.get()).all("ms-archiving-disclaimer") == (["archived"] if told else [])
