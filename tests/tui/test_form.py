"""The form of a record: edited field by field or in an editor, checked at once, staged; and records that are new."""

import re

import pytest

from edgeconsole.model.configuration import Action, Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.terms import Negotiation
from edgeconsole.tui.fields import fields_of, raw_of
from edgeconsole.tui.fragment import Unfit, fragment, read
from tests.tui.console_world import console, draft_box, shows, text_of, until
from tests.tui.records_world import EdgeWithDns, full, lines_with, press, seen, typed


@pytest.fixture
def edge() -> EdgeWithDns:
    return EdgeWithDns(full(), seen())


async def opened(pilot, field: str = "") -> None:
    """Open the form of the first XMPP partner, the cursor on a field."""
    await press(pilot, "3")
    await shows(pilot, "jabber.example")
    await press(pilot, "e")
    await shows(pilot, "Form > xmpp_partner jabber.example")
    if field:
        assert pilot.app.front.table.to_key(field)


async def test_a_switch_turns_a_word_is_picked_a_text_is_typed_and_w_stages_them_all(edge: EdgeWithDns) -> None:
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "dialback")
        await press(pilot, "e")
        assert app.front.table.to_key("tls")
        await press(pilot, "enter", "1")
        assert app.front.table.to_key("owner")
        await press(pilot, "e", *typed("netops"), "enter")
        await shows(pilot, "* 3 changed")
        await press(pilot, "w")
        await shows(pilot, "staged: xmpp_partner jabber.example, 3 fields")
        await shows(pilot, "[3 Partners]")
        await shows(pilot, "* staged")
    assert edge.applied == []
    (change,) = box.view.changes
    assert (change.table, change.key) == (Table.XMPP_PARTNER, "jabber.example")
    partner = box.view.configuration.xmpp_partners[0]
    assert (partner.tls, partner.dialback, partner.owner) == (Negotiation.REQUIRED, False, "netops")


async def test_a_value_that_cannot_be_keeps_its_text_and_says_why(edge: EdgeWithDns) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "proxy_fqdn")
        await press(pilot, "e", *typed("xmpp"), "enter")
        await shows(pilot, "has one label")
        assert lines_with(app, "xmpp_")
        await press(pilot, *typed(".im.example"), "enter")
        await shows(pilot, "xmpp.im.example:5269")
        await shows(pilot, "* 1 changed")


async def test_a_field_goes_back_to_its_default_by_delete_and_the_name_stays(edge: EdgeWithDns) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "tls")
        await press(pilot, "delete")
        await shows(pilot, "* 1 changed")
        assert app.front.table.to_key("name")
        await press(pilot, "e")
        await shows(pilot, "names the record and cannot be changed")


async def test_esc_asks_before_anything_is_lost(edge: EdgeWithDns) -> None:
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "dialback")
        await press(pilot, "e", "escape")
        await shows(pilot, "has 1 unstaged change")
        await press(pilot, "n")
        await shows(pilot, "* 1 changed")
        await press(pilot, "3")
        await shows(pilot, "[3 Partners]")
        await press(pilot, "e")
        await shows(pilot, "* 1 changed")
        await press(pilot, "escape", "y")
        await shows(pilot, "[3 Partners]")
        await shows(pilot, "nothing was staged")
    assert box.view.changes == ()


async def test_another_record_is_not_opened_over_unstaged_changes(edge: EdgeWithDns) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "dialback")
        await press(pilot, "e", "3", "j", "e")
        await shows(pilot, "The form of xmpp_partner jabber.example has 1 unstaged change.")
        await press(pilot, "g")
        await shows(pilot, "Form > xmpp_partner jabber.example")
        await shows(pilot, "* 1 changed")


async def test_what_the_record_as_a_whole_may_not_be_keeps_it_from_being_staged(edge: EdgeWithDns) -> None:
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "2", "e")
        await shows(pilot, "Form > domain fabrikam.example")
        assert app.front.table.to_key("action")
        await press(pilot, "e", "2")
        assert app.front.table.to_key("access_edge")
        await press(pilot, "e", *typed("sip.fabrikam.example"), "enter")
        await shows(pilot, "a blocked domain has no Access Edge")
        await press(pilot, "w")
        await shows(pilot, "to mend first")
        assert box.view.changes == ()
        await press(pilot, "delete", "w")
        await shows(pilot, "staged: domain fabrikam.example")
    assert box.view.configuration.domains[0].action is Action.BLOCK


async def test_what_is_staged_already_is_what_the_form_starts_from(edge: EdgeWithDns) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "dialback")
        await press(pilot, "e", "w")
        await shows(pilot, "* staged")
        await press(pilot, "e")
        await shows(pilot, "Form > xmpp_partner jabber.example")
        assert re.search(r"dialback\s+no\s+\. set", text_of(app))
        await shows(pilot, "unchanged")


@pytest.mark.parametrize(
    ("kind", "name", "needed"),
    [
        ("x", "new.example", "partner_type"),
        ("h", "Acme Cloud", "proxy_fqdn is needed"),
        ("p", "Jabber", "verification"),
    ],
)
async def test_a_new_partner_of_each_kind_is_named_first_then_filled_in(
    edge: EdgeWithDns, kind: str, name: str, needed: str
) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "3", "n", kind, *["space" if each == " " else each for each in typed(name)], "enter")
        await shows(pilot, f"Form > new {'xmpp_partner' if kind == 'x' else ''}")
        await shows(pilot, needed)
        await press(pilot, "w")
        if kind != "x":
            await shows(pilot, "to mend first")


async def test_a_new_policy_and_a_record_that_is_there_already(edge: EdgeWithDns) -> None:
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4", "t", "n", *typed("user:Sales"), "enter")
        await shows(pilot, "is there already")
        await press(pilot, "n", *typed("Guests"), "enter")
        await shows(pilot, "needs global, site:NAME or user:NAME")
        await press(pilot, "ctrl+u", *typed("user:Guests"), "enter")
        await shows(pilot, "Form > new policy user:Guests")
        assert app.front.table.to_key("federation")
        await press(pilot, "enter", "w")
        await shows(pilot, "staged: policy user:Guests")
    assert [change.key for change in box.view.changes] == ["user:Guests"]


async def test_without_a_draft_no_form_opens_and_it_says_so(edge: EdgeWithDns) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3")
        await shows(pilot, "jabber.example")
        await press(pilot, "e")
        await shows(pilot, "keeps no draft")


async def test_the_editor_gives_the_record_back_or_is_opened_again_on_the_line_that_is_wrong(
    edge: EdgeWithDns, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = console(edge, drafts=draft_box())
    seen_by_editor: list[str] = []

    def type_in(text: str) -> str:
        seen_by_editor.append(text)
        wrong = text.replace('tls = "optional"', 'tls = "maybe"')
        return text.replace('"maybe"', '"required"') if '"maybe"' in text else wrong

    monkeypatch.setattr(app, "edit_text", type_in)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3")
        await shows(pilot, "jabber.example")
        await press(pilot, "E")
        await shows(pilot, "Not taken, line 3: tls needs one of")
        await press(pilot, "z")
        await press(pilot, "E")
        await until(pilot, lambda: len(seen_by_editor) == 2)
        assert '"maybe"' in seen_by_editor[1]
        await shows(pilot, "taken: 1 field changed; w stages")


async def test_an_editor_that_cannot_be_started_is_told(edge: EdgeWithDns, monkeypatch: pytest.MonkeyPatch) -> None:
    app = console(edge, drafts=draft_box())

    def broken(_text: str) -> str:
        raise BadInput("the editor 'nano' cannot be started: no such file", remedy="Set EDITOR")

    monkeypatch.setattr(app, "edit_text", broken)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await press(pilot, "E")
        await shows(pilot, "cannot be started")


def test_the_editor_of_the_environment_is_run_on_a_private_file(tmp_path) -> None:
    from edgeconsole.tui.editor import edit

    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nstat -c %a "$1" >> "$1"\n')
    script.chmod(0o700)
    assert edit("a = 1\n", {"EDITOR": str(script)}) == "a = 1\n600\n"
    with pytest.raises(BadInput, match="cannot be started"):
        edit("", {"EDITOR": str(tmp_path / "none")})
    with pytest.raises(BadInput, match="ended with 1"):
        edit("", {"VISUAL": "false"})


@pytest.mark.parametrize("table", [Table.DOMAIN, Table.XMPP_PARTNER, Table.HOSTING_PROVIDER, Table.POLICY])
def test_a_record_as_text_reads_back_as_the_same_record(table: Table) -> None:
    from edgeconsole.config.schema import shape_of

    shape = shape_of(table)
    for record in shape.records(full()):
        raw = raw_of(record)
        text = fragment(table, raw, fields_of(table, raw, raw))
        assert read(table, shape.key_of(record), text) == raw


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('[[domain]]\nname = "a.example"\naction = allow\n', 3, "Invalid value"),
        ('[[domain]]\nname = "a.example"\naction = "maybe"\n', 3, "needs one of"),
        ('[[domain]]\nname = "b.example"\naction = "allow"\n', 2, "cannot be changed"),
        ('[[domain]]\nname = "a.example"\nacton = "allow"\n', 3, "is not known"),
        ('[[policy]]\nid = "global"\n', 1, "does not belong here"),
        ("", 0, "one table"),
        ('[domain]\nname = "a.example"\naction = "allow"\n', 0, "one table"),
    ],
)
def test_a_text_that_cannot_be_taken_names_its_line(text: str, line: int, why: str) -> None:
    with pytest.raises(Unfit) as told:
        read(Table.DOMAIN, "a.example", text)
    assert told.value.line == line
    assert why in str(told.value)
