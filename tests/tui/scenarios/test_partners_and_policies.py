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
from tests.tui.scenarios.tasks import DOMAIN, TASKS

T3, T11, T13, T14 = (TASKS[name].keys for name in ("T3", "T11", "T13", "T14"))


@pytest.fixture
def edge() -> EdgeWithDns:
    return EdgeWithDns(full(domains=()), {})


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


async def test_t3_with_a_typo_that_is_told_and_mended_where_the_cursor_stands(edge: EdgeWithDns) -> None:
    keys = TASKS["T3"].slip
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


@pytest.mark.parametrize(
    ("at", "rest"),
    [
        pytest.param(1, T3, id="empty"),
        pytest.param(9, ("n", "end", *T3[9:]), id="half a name"),
        pytest.param(18, ("n", "enter", "p", "y"), id="at the choice"),
        pytest.param(19, ("p", "y"), id="at the question"),
    ],
)
async def test_t3_left_by_esc_changes_nothing_and_goes_on_with_three_more_keys(
    edge: EdgeWithDns, at: int, rest: tuple[str, ...]
) -> None:
    assert at + 1 + len(rest) - len(T3) <= 3
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *T3[:at], "escape")
        await shows(pilot, "p allow at" if at == 19 else "nothing changed")
        assert edge.applied == []
        await press(pilot, *rest)
        await shows(pilot, "done #2: allow")
    assert allowed(edge).name == DOMAIN


async def test_a_name_that_was_left_gives_way_to_another(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Nothing needs attention")
        await press(pilot, *typed("nnorthwind.example"), "escape", "n")
        await shows(pilot, "northwind.example_  enter takes it")
        await press(pilot, *T3[1:])
        await shows(pilot, f"done #2: allow {DOMAIN}")
        await press(pilot, "n")
        await shows(pilot, "domain of the partner: _")


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
        await press(pilot, *TASKS["T14"].slip[:-1], "escape")
        await shows(pilot, "global is in force. Give:")
        await shows(pilot, "> wins   global")
        assert edge.applied == []
        await press(pilot, *TASKS["T14"].resumed)
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
