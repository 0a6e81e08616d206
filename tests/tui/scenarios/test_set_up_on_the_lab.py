"""Federations set up step by step on a real edge, until the check list has nothing open: what is green was seen."""

import pytest

from edgeconsole.lab.xmpp_agent import message
from edgeconsole.lab.xmpp_link import StreamRefused
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from tests.tui.records_world import typed
from tests.tui.scenarios.edge_lab import ALICE, Hands, OnTheLab

pytestmark = [
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("tasks-on-the-lab"),
    pytest.mark.timeout(120),
]

JABBER = "cohovineyard.example"


async def choose(hands: Hands, word: str) -> None:
    """Put the cursor on the row of an answer, and go on."""
    for _ in range(12):
        if f"> {word}" in hands.screen:
            break
        await hands.press("j")
    await hands.shows(f"> {word}")
    await hands.press("enter")


async def take_what_is_recommended(hands: Hands, *titles: str) -> None:
    for title in titles:
        await hands.shows(f"- {title} -")
        await hands.press("enter")


async def apply_now(hands: Hands) -> None:
    await hands.shows("- FINISH -")
    await choose(hands, "apply now")
    await hands.press("y")
    await hands.shows("check list", "r looks again, last looked at")


async def test_an_xmpp_partner_is_set_up_until_stanzas_pass_both_ways(lab: OnTheLab) -> None:
    await lab.prepare(Change(table=Table.XMPP_PARTNER, key=JABBER))
    with pytest.raises(StreamRefused):
        await lab.xmpp_stream(JABBER)
    async with lab.console((120, 40)) as hands:
        await hands.press("i")
        await choose(hands, "XMPP partner")
        await hands.shows("Partner: _")
        await hands.press(*typed(JABBER), "enter")
        await take_what_is_recommended(hands, "MORE DOMAINS", "SERVER", "TRUST")
        await hands.shows("- NEGOTIATION -", "the strongest that the partner's server offers", "offers EXTERNAL")
        await take_what_is_recommended(hands, "NEGOTIATION", "KEEP-ALIVE", "CONNECTIONS", "NOTE", "UNTIL")
        await apply_now(hands)
        assert "o open" in hands.screen
        inward = await lab.xmpp_stream(JABBER)
        await inward.write(message(f"clara@{JABBER}", ALICE, "to us"))
        outward = await lab.xmpp_out(JABBER)
        await outward.write(message(ALICE, f"clara@{JABBER}", "to them"))
        await lab.xmpp_arrives(lab.world.xmpp.internal, "to us")
        await lab.xmpp_arrives(lab.world.xmpp.partners[JABBER].agent, "to them")
        screen = await hands.shows("nothing is missing")
        assert "X failed" not in screen
        await inward.close()
        await outward.close()
    record = next(each for each in (await lab.configuration()).xmpp_partners if each.name == JABBER)
    assert (record.tls.value, record.sasl.value, record.dialback) == ("required", "required", False)


async def test_a_partner_without_srv_is_pinned_by_the_set_up_and_reached(lab: OnTheLab) -> None:
    partner = lab.partner("srv-missing")
    assert (await lab.sent(f"tess@{partner.domain}"))[0] == 504
    async with lab.console((80, 24)) as hands:
        await hands.press("i")
        await choose(hands, "SIP partner")
        await hands.shows("Partner: _")
        await hands.press(*typed(partner.domain), "enter")
        await hands.shows("> allowed server")
        await hands.press("enter")
        await hands.shows("Access Edge: _")
        await hands.press(*typed(partner.address.replace("127.0.0.1", partner.edge_fqdn)), "enter")
        await take_what_is_recommended(hands, "TRUST", "NOTE", "UNTIL")
        await apply_now(hands)
        assert (await lab.sent(f"tess@{partner.domain}"))[0] == 200
        assert await lab.received("srv-missing") == 200
        await hands.shows("nothing is missing")
