"""Changes of a configuration: what they make of it, what they refuse, and how they are turned round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.config.edit import apply_changes, differences, turned
from edgeconsole.config.read import parse
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import HostPort
from tests.config.federation_files import SAMPLE, changes_for, domain, federation_texts, sampled

START = parse(SAMPLE, "federation.toml").configuration


def names(configuration: Configuration) -> list[str]:
    return [record.name for record in configuration.domains]


def refused(*changes: Change) -> Problem:
    with pytest.raises(BadInput) as caught:
        apply_changes(START, changes)
    (problem,) = caught.value.problems
    return problem


def test_a_value_is_set_and_others_are_left() -> None:
    after = apply_changes(START, [domain("evil.example", comment="why")])
    assert after.domains[2].comment == "why"
    assert after.domains[0] is START.domains[0]
    assert after.edge is START.edge


def test_none_clears_a_value() -> None:
    assert apply_changes(START, [domain("fabrikam.example", access_edge=None)]).domains[0].access_edge is None


def test_an_unknown_domain_is_created_last_with_its_name_in_normal_form() -> None:
    after = apply_changes(START, [domain("Adatum.Example.", action="allow", access_edge="sip.adatum.example:443")])
    assert names(after)[-1] == "adatum.example"
    assert after.domains[-1].access_edge == HostPort("sip.adatum.example", 443)


def test_a_record_is_removed() -> None:
    assert names(apply_changes(START, [Change(table=Table.DOMAIN, key="LITWARE.example")])) == [
        "fabrikam.example",
        "evil.example",
    ]


def test_changes_build_on_one_another() -> None:
    after = apply_changes(START, [domain("x.example", action="block"), domain("x.example", comment="y")])
    assert (after.domains[-1].name, after.domains[-1].comment) == ("x.example", "y")


def test_a_table_that_stands_once_is_created_and_falls_back_to_its_defaults() -> None:
    proxied = apply_changes(START, [Change(table=Table.PROXY, fields={"resolver": "127.0.0.1:53"})])
    assert proxied.proxy.resolver == "127.0.0.1:53"
    assert apply_changes(proxied, [Change(table=Table.PROXY)]).proxy == Configuration().proxy
    assert apply_changes(START, [Change(table=Table.EDGE)]).edge is None


def test_a_change_that_says_what_is_there_already_changes_nothing() -> None:
    after = apply_changes(START, [domain("evil.example", action="block"), domain("evil.example")])
    assert after.domains[2] is START.domains[2]
    assert differences(START, after) == ()


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (Change(table=Table.DOMAIN, key="litwar.example"), 'domain "litwar.example"', "does not exist"),
        (Change(table=Table.DOMAIN, key="192.0.2.1"), 'domain "192.0.2.1".name', "IP address"),
        (Change(table=Table.EDGE, key="x", fields={}), "edge", "no key"),
        (domain("evil.example", name="good.example"), 'domain "evil.example".name', "cannot be changed"),
        (domain("evil.example", acces_edge="a.b.c"), 'domain "evil.example".acces_edge', "not known"),
        (domain("evil.example", acces_edge=None), 'domain "evil.example".acces_edge', "not known"),
        (domain("evil.example", action=None), 'domain "evil.example".action', "is missing"),
        (domain("evil.example", access_edge="sip.evil.example"), 'domain "evil.example".access_edge', "no Access Edge"),
        (domain("new.example"), 'domain "new.example".action', "is missing"),
        (domain("new.example", action=["allow"]), 'domain "new.example".action', "'allow', 'block'"),
        (domain("contoso.example", action="allow"), 'domain "contoso.example".name', "one of our own"),
        (
            Change(table=Table.SIP_DOMAIN, key="evil.example", fields={}),
            'domain "evil.example".name',
            "one of our own",
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_its_field(change: Change, field: str, said: str) -> None:
    problem = refused(change)
    assert problem.field == field
    assert said in problem.message


def test_a_mistyped_name_is_answered_with_the_one_that_was_meant() -> None:
    assert refused(Change(table=Table.DOMAIN, key="litwar.example")).remedy == "Did you mean litware.example?"


def test_all_bad_changes_are_told_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        apply_changes(START, [domain("a.example"), domain("b.example", action="x"), domain("c.example")])
    assert len(caught.value.problems) == 3


def test_a_domain_may_move_from_partner_to_our_own_in_one_step() -> None:
    after = apply_changes(
        START,
        [Change(table=Table.SIP_DOMAIN, key="evil.example", fields={}), Change(table=Table.DOMAIN, key="evil.example")],
    )
    assert [record.name for record in after.sip_domains] == ["contoso.example", "evil.example"]


def test_differences_tell_fields_as_the_file_carries_them() -> None:
    after = apply_changes(
        START,
        [
            domain("fabrikam.example", access_edge=None, comment="x"),
            domain("new.example", action="block"),
            Change(table=Table.DOMAIN, key="evil.example"),
            Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True}),
        ],
    )

    def step(key: str, field: str, before: object, after: object) -> Difference:
        return Difference(table=Table.DOMAIN, key=key, field=field, before=before, after=after)

    assert set(map(repr, differences(START, after))) == set(
        map(
            repr,
            [
                Difference(table=Table.ACCESS_EDGE, key="", field="partner_discovery", before=False, after=True),
                step("evil.example", "name", "evil.example", None),
                step("evil.example", "action", "block", None),
                step("fabrikam.example", "access_edge", "sip.fabrikam.example", None),
                step("fabrikam.example", "comment", None, "x"),
                step("new.example", "name", None, "new.example"),
                step("new.example", "action", None, "block"),
            ],
        )
    )


@sampled
@given(st.data(), federation_texts())
def test_the_inverse_of_changes_leads_back_the_order_of_records_aside(data: st.DataObject, text: str) -> None:
    before = parse(text, "federation.toml").configuration
    after = apply_changes(before, data.draw(changes_for(before)))
    back = apply_changes(after, turned(differences(after, before)))
    assert set(back.domains) == set(before.domains)
    assert (back.edge, back.proxy, back.access_edge) == (before.edge, before.proxy, before.access_edge)
    assert differences(before, back) == ()
