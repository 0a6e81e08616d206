"""Partners, Policies and domains typed by name: what each key asks, does and says, and where it does nothing."""

import pytest

from edgeconsole.model.configuration import AccessEdge, Action
from edgeconsole.model.names import HostPort
from edgeconsole.model.terms import Routing
from tests.tui.console_world import EdgeInMemory, configuration, console, draft_box, shows, text_of, until
from tests.tui.records_world import EdgeWithDns, full, lines_with, press, seen, typed


@pytest.fixture
def edge() -> EdgeWithDns:
    return EdgeWithDns(full(), seen())


def switches(edge: EdgeInMemory) -> AccessEdge:
    return edge.now.access_edge


async def at(pilot, screen: str, key: str) -> None:
    """Go to a screen, its cursor on a row."""
    await press(pilot, screen)
    await until(pilot, lambda: pilot.app.front is not None and pilot.app.front.table.to_key(key))


async def test_a_provider_is_turned_off_and_on_by_one_key_and_y(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, "3", "hosting:Microsoft 365")
        await press(pilot, "d")
        await shows(pilot, "hosting_provider Microsoft 365 enabled on -> off")
        await press(pilot, "y")
        await shows(pilot, "- disabled")
        assert not edge.now.hosting_providers[0].enabled
        await press(pilot, "d", "y")
        await shows(pilot, ". enabled")


async def test_what_has_no_switch_and_what_negotiates_nothing_say_so(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, "3", "xmpp:im.example")
        await press(pilot, "d")
        await shows(pilot, "only providers have a switch")
        await at(pilot, "3", "hosting:Microsoft 365")
        await press(pilot, "N")
        await shows(pilot, "only XMPP partners negotiate")
        await press(pilot, "x")
        await shows(pilot, "speaks for no domain of its own")
    assert edge.applied == []


async def test_a_service_that_has_ended_is_history_that_no_key_changes(edge: EdgeWithDns) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, "3", "ended:Yahoo!")
        for key, words in (("e", "has ended"), ("delete", "no record here"), ("h", "no record of it"), ("d", "only")):
            await press(pilot, key)
            await shows(pilot, words)
        assert lines_with(app, "Yahoo!")[0].endswith("- ended 2014-06-30")
    assert edge.applied == []


async def test_a_partner_is_removed_after_its_impact_was_shown_and_u_brings_it_back(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, "3", "xmpp:jabber.example")
        await press(pilot, "delete")
        await shows(pilot, "remove xmpp_partner jabber.example: ")
        await press(pilot, "y")
        await until(pilot, lambda: all(each.name != "jabber.example" for each in edge.now.xmpp_partners))
        await press(pilot, "u", "y")
        await until(pilot, lambda: any(each.name == "jabber.example" for each in edge.now.xmpp_partners))


async def test_who_changed_a_partner_or_one_switch_is_told_by_h(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, "4", "discovered_rate")
        await press(pilot, "e", "ctrl+u", "5", "enter", "y")
        await shows(pilot, "done #2")
        await press(pilot, "h")
        await shows(pilot, "WHO CHANGED discovered_rate")
        await shows(pilot, "discovered_rate 20 -> 5")
        await at(pilot, "4", "federation")
        await press(pilot, "h")
        await shows(pilot, "nobody, as far as the history goes")


async def test_a_switch_is_turned_by_one_key_a_word_picked_a_number_typed(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, "4", "refresh_crls")
        await press(pilot, "e", "y")
        await until(pilot, lambda: not switches(edge).refresh_crls)
        await at(pilot, "4", "routing")
        await press(pilot, "e", "1", "y")
        await until(pilot, lambda: switches(edge).routing is Routing.DEFAULT_ROUTE)
        await at(pilot, "4", "outgoing_tls")
        await press(pilot, "e", "ctrl+u", "9", "enter")
        await shows(pilot, "it may be 1 to 4")
        await press(pilot, "backspace", "2", "enter", "y")
        await until(pilot, lambda: switches(edge).outgoing_tls == 2)
        await press(pilot, "delete", "y")
        await until(pilot, lambda: switches(edge).outgoing_tls == 4)


async def test_staged_switches_are_marked_one_by_one(edge: EdgeWithDns) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, "4", "partner_discovery")
        await press(pilot, "e", "s")
        await until(pilot, lambda: lines_with(app, "partner_discovery")[0].endswith("* staged"))
        assert not lines_with(app, "  federation")[0].endswith("* staged")
    assert edge.applied == []


async def test_a_right_of_a_policy_is_turned_by_its_letter(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4", "F")
        await shows(pilot, "rights belong to policies")
        await press(pilot, "t")
        await at(pilot, "4", "user:Legal")
        await press(pilot, "F", "x", "y")
        await until(pilot, lambda: edge.now.policies[-1].xmpp)
        assert not edge.now.policies[-1].federation


async def test_a_persons_policy_is_taken_away_and_their_site_then_counts(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4", "O", *typed("bob"), "enter")
        await shows(pilot, "user:Legal is in force")
        await press(pilot, "r", "y")
        await shows(pilot, "> wins   global")
        assert edge.now.policy_grants == ()
        await press(pilot, "O", *typed("rita"), "enter", "escape")
        await shows(pilot, "> wins   site   site:Redmond")
        await press(pilot, "escape")
        await until(pilot, lambda: "IN FORCE" not in text_of(app))


async def test_a_person_that_cannot_be_is_asked_for_again(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4", "O", *typed("a b@x"), "enter")
        await shows(pilot, "needs a SIP address")
        await press(pilot, "ctrl+u", *typed("rita"), "enter")
        await shows(pilot, "site:Redmond")


async def test_where_policies_are_not_managed_that_is_said_and_nothing_offered() -> None:
    edge = EdgeWithDns(configuration(), {})
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4", "t")
        await shows(pilot, "Policies are not managed here")
        await press(pilot, "O", *typed("alice"), "enter")
        await shows(pilot, "everything the partner's rules allow")


async def test_a_read_only_console_shows_who_wins_and_changes_nothing(edge: EdgeWithDns) -> None:
    app = console(edge, readonly=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4", "O", *typed("bob"), "enter")
        await shows(pilot, "> wins   user   user:Legal")
        assert "Give:" not in text_of(app)
        for key in ("e", "n", "E", "delete"):
            await press(pilot, key)
            await shows(pilot, "is not possible now: this console is read-only")


async def test_a_typed_domain_without_srv_is_allowed_by_dns_pinned_by_hand_or_blocked(edge: EdgeWithDns) -> None:
    edge.srv = False
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "2", "n", *typed("adatum.example"), "enter")
        await shows(pilot, "_sipfederationtls._tcp.adatum.example does not exist")
        assert "p allow at" not in text_of(app)
        await press(pilot, "e", *typed("192.0.2.1"), "enter")
        await shows(pilot, "is an IP address")
        await press(pilot, "ctrl+u", *typed("edge.adatum.example:5062"), "enter", "y")
        await until(pilot, lambda: edge.now.domains[-1].access_edge == HostPort("edge.adatum.example", 5062))
        await press(pilot, "n", *typed("adatum.example"), "enter")
        await shows(pilot, "record already (allow)")
        await press(pilot, "d", "y")
        await until(pilot, lambda: edge.now.domains[-1].access_edge is None)
        await press(pilot, "n", *typed("adatum.example"), "enter", "b", "y")
        await until(pilot, lambda: edge.now.domains[-1].action is Action.BLOCK)


async def test_a_look_up_without_an_answer_keeps_nobody_from_going_on(edge: EdgeWithDns) -> None:
    edge.silent = True
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "n", *typed("adatum.example"), "enter")
        await shows(pilot, "no answer within 5 seconds")
        await press(pilot, "d", "y")
        await shows(pilot, "done #2: allow adatum.example")


async def test_a_typed_domain_goes_on_in_a_form_with_what_is_known_filled_in(edge: EdgeWithDns) -> None:
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "n", *typed("adatum.example"), "enter", "f")
        await shows(pilot, "Form > new domain adatum.example")
        await shows(pilot, "sip.adatum.example")
        await press(pilot, "w")
        await shows(pilot, "staged: domain adatum.example")
    assert box.view.configuration.domains[-1].access_edge == HostPort("sip.adatum.example", 5061)


async def test_the_three_lists_of_policies_have_a_cursor_and_a_filter_each(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4", "slash", "t", "l", "s", "enter")
        await shows(pilot, "/tls")
        await press(pilot, "t")
        await shows(pilot, "[policies]")
        assert "/tls" not in text_of(app)
        await press(pilot, "t", "t")
        await shows(pilot, "[Access Edge]")
