"""What concerns a person of ours, and a record whose time is over, holds on the wire as `explain` tells it."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from edgeconsole.model.configuration import Policy, PolicyGrant, XmppPartner
from edgeconsole.model.names import parse_domain
from edgeconsole.model.observed import EventKind
from tests.proxy.federation import EDGE, PARTNER, Federation, allow
from tests.proxy.sip_peer import request

ALICE = "<sip:alice@contoso.example>"
BOB = "<sip:bob@fabrikam.example>"


def only_alice(world: Federation) -> None:
    """Let alice and nobody else of ours use federation."""
    managed = msgspec.structs.replace(
        world.edge.configuration,
        policies=(Policy(id="global"), Policy(id="user:Sales", federation=True)),
        policy_grants=(PolicyGrant(user="alice@contoso.example", policy="user:Sales"),),
    )
    world.edge.activate(managed)


async def test_a_policy_holds_in_both_directions(world: Federation) -> None:
    only_alice(world)
    inside, outside = await world.inside(), await world.outside()
    assert (await inside.ask(request(ALICE, BOB))).status == 200
    assert (await outside.ask(request(BOB, ALICE))).status == 200
    for refused in (
        await inside.ask(request("<sip:carol@contoso.example>", BOB)),
        await outside.ask(request(BOB, "<sip:carol@contoso.example>")),
    ):
        assert refused.status == 403
        assert refused["ms-diagnostics"].startswith("1002;")


@pytest.mark.parametrize(
    "spelling", ["sip:ALICE@Contoso.Example", "sip:%61lice@contoso.example.", "sips:alice@contoso.example"]
)
async def test_a_person_is_the_same_in_every_spelling(world: Federation, spelling: str) -> None:
    only_alice(world)
    inside = await world.inside()
    assert (await inside.ask(request(f"<{spelling}>", BOB))).status == 200


async def test_an_allowed_to_does_not_carry_another_request_uri_past_a_policy(world: Federation) -> None:
    only_alice(world)
    outside = await world.outside()
    for recipient, uri in (
        (ALICE, "sip:carol@contoso.example"),
        ("<sip:carol@contoso.example>", "sip:alice@contoso.example"),
    ):
        assert (await outside.ask(request(BOB, recipient, uri=uri))).status == 403


async def test_the_edge_answers_for_itself_whatever_the_policies_of_people(world: Federation) -> None:
    only_alice(world)
    outside = await world.outside()
    for _ in range(2):
        assert (await outside.ask(request(f"<sip:{PARTNER}>", f"<sip:{EDGE}>", method="OPTIONS"))).status == 200


async def test_a_domain_of_the_other_plane_is_not_reached_over_sip(world: Federation) -> None:
    partner = XmppPartner(name=parse_domain("chat.example"))
    world.edge.activate(msgspec.structs.replace(world.edge.configuration, xmpp_partners=(partner,)))
    inside = await world.inside()
    assert (await inside.ask(request(ALICE, "<sip:bob@chat.example>"))).status == 403
    assert not world.dns.asked


async def test_a_record_whose_time_is_over_stops_counting_at_that_moment(world: Federation) -> None:
    client = await world.outside()
    soon = datetime.now(UTC) + timedelta(seconds=0.2)
    world.activate(msgspec.structs.replace(allow(PARTNER), expires=soon))
    assert (await client.ask(request())).status == 200
    assert await client.ended() == b""
    kinds = [(event.kind, event.detail) for event in world.edge.events.after(0)]
    assert (EventKind.CONFIGURATION, "a record expired") in kinds
    assert PARTNER in world.edge.index.expired
