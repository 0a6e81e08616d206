"""Why at the console: verdict, next steps with keys that start them, policies, and the form that asks by name."""

from datetime import date

import msgspec
import pytest

from edgeconsole.model.configuration import Action, Configuration, Policy, PolicyGrant, SipDomain
from edgeconsole.model.evidence import Evidence
from edgeconsole.model.names import parse_domain
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Explanation, Question
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.questions import answer
from edgeconsole.tui.asking import completed
from tests.tui.console_world import EdgeInMemory, configuration, console, draft_box, shows, text_of
from tests.tui.kept_screens import says_what_it_said
from tests.tui.records_world import press, typed


class Explained(EdgeInMemory):
    """An edge that explains by the real rules, DNS not looked at."""

    asked: list[Question]

    async def explain(self, question: Question) -> Explanation:
        self._alive()
        self.asked = [*getattr(self, "asked", []), question]
        index = RuleIndex.compile(self.now)
        return answer(index, question, Evidence(), lambda table, key, field: "federation.toml:9", date(2026, 11, 20))


def with_people() -> Configuration:
    """Alice may, Bob of ours may not."""
    return msgspec.structs.replace(
        configuration(),
        policies=(Policy(id="user:Sales", federation=True), Policy(id="global")),
        policy_grants=(PolicyGrant(user="alice@contoso.example", policy="user:Sales"),),
        sip_domains=(SipDomain(name=parse_domain("contoso.example")),),
    )


async def test_x_on_a_domain_offers_what_helps_and_the_key_does_it_at_once() -> None:
    edge = Explained()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "2", "G", "x")
        await shows(pilot, "  p   List adatum.example")
        assert '[[domain]] name = "adatum.example"' in text_of(app)
        await press(pilot, "p")
        await shows(pilot, "y apply")
        await press(pilot, "y")
        await shows(pilot, "done #2: allow adatum.example")
    assert edge.now.domains[-1].action is Action.ALLOW


async def test_x_again_asks_which_step_and_enter_starts_none() -> None:
    edge = Explained()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "2", "G", "x")
        await shows(pilot, "DO NEXT")
        await press(pilot, "x")
        await shows(pilot, "Do next about adatum.example:")
        await press(pilot, "enter")
        await shows(pilot, "nothing changed")
        await press(pilot, "x")
        await shows(pilot, "b block")
        await press(pilot, "b")
        await shows(pilot, "y apply")
    assert len(edge.saved) == 1


async def test_an_answer_about_others_never_acts_on_the_row_under_the_cursor() -> None:
    edge = Explained()
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "2", "X", *typed("alice"), "enter", *typed("eve@adatum.example"), "enter")
        await shows(pilot, "x p List adatum.example")
        await press(pilot, "x")
        await shows(pilot, "x why fabrikam.example")
        await press(pilot, "p", "y")
        await shows(pilot, "done #2: allow adatum.example")


async def test_a_read_only_console_is_told_what_helps_but_offers_no_change() -> None:
    app = console(Explained(), readonly=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "2", "G", "x")
        await shows(pilot, "$ edgeconsole domains allow adatum.example")
        assert "  p   List" not in text_of(app)


async def test_t4_takes_fifteen_keys_with_people_and_domains_completed_and_shows_the_policy() -> None:
    edge = Explained(with_people())
    app = console(edge)
    keys = ("X", *typed("alice"), "tab", *typed("bob@fa"), "tab", "enter")
    assert len(keys) <= 16
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, *keys)
        await shows(pilot, "alice@contoso.example: user:Sales")
        text = text_of(app)
        assert "audio and video: decided like IM" in text
        assert len(edge.asked) == 6
        await press(pilot, "escape", "X", "enter", "enter")
        await shows(pilot, "WHY")
        assert edge.asked[6].recipient == "bob@fabrikam.example"


async def test_a_person_without_the_right_is_shown_on_policies_with_what_to_give_them() -> None:
    app = console(Explained(with_people()))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "X", *typed("carol"), "tab", *typed("fabrikam.example"), "enter")
        await shows(pilot, "x O Give carol@contoso.example")
        await press(pilot, "x", "O")
        await shows(pilot, "Give:")
        assert "IN FORCE carol@contoso.example" in text_of(app)


async def test_an_address_that_is_none_is_said_and_can_be_mended() -> None:
    edge = Explained()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "X", *typed("alice"), "tab", *typed("bob@no..example"), "enter")
        await shows(pilot, "from alice@contoso.example to: …b@no..example_")
        await press(pilot, "shift+tab")
        await shows(pilot, "from: alice@contoso.example")
        await press(pilot, "escape")
    assert not hasattr(edge, "asked")


async def test_the_form_its_answer_and_its_menu_read_as_they_were_read_last() -> None:
    app = console(Explained(with_people()))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "X", *typed("alice"), "tab", *typed("bob@no"))
        await says_what_it_said(pilot, "why-asking")
        await pilot.resize_terminal(80, 24)
        await press(pilot, "tab", "enter")
        await shows(pilot, "DO NEXT")
        await says_what_it_said(pilot, "why-answer")
        await pilot.resize_terminal(80, 24)
        await press(pilot, "x")
        await shows(pilot, "Do next")
        await says_what_it_said(pilot, "why-menu")


async def test_an_answer_stands_and_offers_its_steps_where_the_list_is_empty() -> None:
    edge = Explained()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "6", "X", *typed("alice"), "tab", *typed("adatum.example"), "enter")
        await shows(pilot, "x p List adatum.example")
        await press(pilot, "x", "p")
        await shows(pilot, "y apply")
        await press(pilot, "escape", "7", "x")
        await shows(pilot, "it speaks for no domain of its own")


async def test_an_edge_that_is_down_says_so_where_the_answer_would_stand() -> None:
    edge = Explained()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        edge.down = "the proxy does not answer on /run/edgeconsole/admin.sock"
        await press(pilot, "x")
        await shows(pilot, "does not answer")
        assert "edgeconsole-proxy" in text_of(app)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("al", ("alice@a.example", ["alice@a.example"])),
        ("bob@fa", ("bob@fabrikam.example", ["bob@fabrikam.example"])),
        ("FA", ("fabrikam.example", ["fabrikam.example"])),
        ("bob@no", ("bob@no", ["bob@northwind.example", "bob@notours.example"])),
        ("zoe", ("zoe", [])),
        ("", ("", [])),
    ],
)
def test_people_and_domains_are_completed_as_far_as_they_agree(text: str, result: tuple[str, list[str]]) -> None:
    domains = ["fabrikam.example", "northwind.example", "notours.example"]
    assert completed(text, ["alice@a.example"], domains) == result


async def test_hostile_reasons_and_comments_stay_text_in_the_why_pane() -> None:
    edge = Explained()
    comment = clean("[/b][@click=app.quit]x\x1b]52;c;eA==\x07")
    edge.saved[0] = msgspec.structs.replace(
        edge.now, domains=tuple(msgspec.structs.replace(each, comment=comment) for each in edge.now.domains)
    )
    app = console(edge)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "adatum")
        await press(pilot, "2", "j", "j", "x")
        await shows(pilot, "@click=app.quit")
        assert all(line.isprintable() for line in text_of(app).split("\n"))
