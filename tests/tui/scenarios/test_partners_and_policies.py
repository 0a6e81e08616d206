"""The on-call tasks T3, T11, T13 and T14, key by key: within budget, ending in the effect and in words on screen.

Each also with one typo and with one Esc: mended by at most three more keys, and nothing changed by leaving.
"""

from datetime import timedelta

import pytest

from edgeconsole.model.configuration import Action, FederatedDomain, XmppPartner
from edgeconsole.model.names import HostPort
from edgeconsole.model.terms import Negotiation
from edgeconsole.rules.negotiation import Method, methods_of
from edgeconsole.rules.policies import PolicyIndex
from tests.tui.console_world import NOW, console, draft_box, shows, text_of
from tests.tui.records_world import EdgeWithDns, full, press, typed

DOMAIN = "fabrikam.example"
T3 = ("n", *typed(DOMAIN), "enter", "p", "y")
T11 = ("n", *typed(DOMAIN), "enter", "t", "2", "h", "enter", "p", "y")
T13 = ("3", "N", "1", "y")
T14 = ("4", "O", *typed("alice"), "enter", "1", "y")
BUDGETS = {"T3": (T3, 20), "T11": (T11, 24), "T13": (T13, 8), "T14": (T14, 14)}


@pytest.fixture
def edge() -> EdgeWithDns:
    return EdgeWithDns(full(domains=()), {})


@pytest.mark.parametrize("task", BUDGETS)
def test_each_task_stays_within_its_budget_of_keys(task: str) -> None:
    keys, budget = BUDGETS[task]
    assert len(keys) <= budget


def allowed(edge: EdgeWithDns) -> FederatedDomain:
    return next(record for record in edge.now.domains if record.name == DOMAIN)


def partner(edge: EdgeWithDns) -> XmppPartner:
    return next(each for each in edge.now.xmpp_partners if each.name == "jabber.example")


def winner(edge: EdgeWithDns, user: str = "alice@contoso.example") -> str:
    return PolicyIndex.compile(edge.now).winner(user).id


async def test_t3_a_partner_is_allowed_at_the_access_edge_its_srv_names(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *T3)
        await shows(pilot, f"done #2: allow {DOMAIN} at sip.{DOMAIN}")
    assert allowed(edge).action is Action.ALLOW
    assert allowed(edge).access_edge == HostPort(f"sip.{DOMAIN}", 5061)


async def test_t3_with_a_typo_that_is_told_and_mended(edge: EdgeWithDns) -> None:
    keys = ("n", *typed("fabrikam..example"), "enter", *["backspace"] * 8, *typed("example"), "enter", "p", "y")
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *keys[:19])
        await shows(pilot, "has an empty label")
        assert edge.applied == []
        await press(pilot, *keys[19:])
        await shows(pilot, "done #2: allow")
    assert allowed(edge).access_edge == HostPort(f"sip.{DOMAIN}", 5061)


async def test_t3_with_one_wrong_letter_costs_two_keys(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *T3[:5], "x", "backspace", *T3[5:])
        await shows(pilot, "done #2: allow")
    assert allowed(edge).name == DOMAIN


@pytest.mark.parametrize("at", [1, 9, 18, 19], ids=["empty", "half a name", "at the choice", "at the question"])
async def test_t3_left_by_esc_changes_nothing(edge: EdgeWithDns, at: int) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *T3[:at], "escape")
        await shows(pilot, "nothing changed")
        assert edge.applied == []
        await press(pilot, *T3)
        await shows(pilot, "done #2: allow")


async def test_t11_a_partner_is_allowed_for_two_hours(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *T11[:-2])
        await shows(pilot, "Until 2026-11-20 14:04Z")
        await press(pilot, *T11[-2:])
        await shows(pilot, "done #2: allow")
    assert allowed(edge).expires == NOW + timedelta(hours=2)


async def test_t11_with_a_time_that_is_none_and_with_esc(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *T11[:19], "2", "x", "enter")
        await shows(pilot, "is not a length of time")
        await press(pilot, "backspace", "h", "enter", "escape")
        await shows(pilot, "nothing changed")
        assert edge.applied == []
        await press(pilot, *T11)
        await shows(pilot, "done #2: allow")
    assert allowed(edge).expires == NOW + timedelta(hours=2)


async def test_t13_an_xmpp_partners_negotiation_is_mended_by_a_preset(edge: EdgeWithDns) -> None:
    assert methods_of(partner(edge))[-1] is Method.TCP_DIALBACK
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *T13[:2])
        await shows(pilot, "TLS with both certificates checked")
        await press(pilot, *T13[2:])
        await shows(pilot, "done #2: xmpp_partner jabber.example")
        await shows(pilot, ". listed")
    assert partner(edge).tls is Negotiation.REQUIRED
    assert not partner(edge).dialback
    assert methods_of(partner(edge)) == (Method.SASL_OVER_TLS,)


async def test_t13_with_a_wrong_preset_and_esc_changes_nothing_until_the_right_one(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, "3", "N", "4", "escape")
        await shows(pilot, "nothing changed")
        await press(pilot, "N", "9")
        await shows(pilot, "nothing changed")
        assert edge.applied == []
        await press(pilot, "N", "1", "y")
        await shows(pilot, "done #2")
    assert methods_of(partner(edge)) == (Method.SASL_OVER_TLS,)


async def test_t14_a_person_gets_another_policy_and_what_is_in_force_is_seen(edge: EdgeWithDns) -> None:
    assert winner(edge) == "global"
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *T14[:-2])
        await shows(pilot, "alice@contoso.example: global is in force")
        await press(pilot, *T14[-2:])
        await shows(pilot, "done #2: add policy_grant alice@contoso.example: policy user:Sales")
        await shows(pilot, "> wins   user   user:Sales")
        assert "alice@contoso.example: user:Sales" in text_of(app)
    assert winner(edge) == "user:Sales"


async def test_t14_with_a_typo_and_with_esc(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, "4", "O", *typed("al"), "x", "backspace", *typed("ice"), "enter", "1", "escape")
        await shows(pilot, "nothing changed")
        await shows(pilot, "> wins   global")
        assert edge.applied == []
        await press(pilot, *T14[1:])
        await shows(pilot, "done #2")
    assert winner(edge) == "user:Sales"


async def test_enter_never_confirms_any_of_them(edge: EdgeWithDns) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        for keys in (T3, T11, T13, T14):
            await press(pilot, *keys[:-1], "enter")
            await shows(pilot, "nothing changed")
    assert edge.applied == []
