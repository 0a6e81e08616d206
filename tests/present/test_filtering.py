"""The filter's language: words, negation, quotes and fields; half a filter is no error, a wrong one says why."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from edgeconsole.model.configuration import Action, FederatedDomain
from edgeconsole.model.observed import PartnerCounters
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.present import domains, overview, partners, past, policies, probes, staged
from edgeconsole.present.facets import facets_of
from edgeconsole.present.filtering import completions, fields_of, narrows, positions, understood, worded
from edgeconsole.present.table import Column, ListView, Row, Span, eager
from tests.tui.console_world import NOW, busy, configuration, name
from tests.tui.records_world import full, seen

COLUMNS = (
    Column("domain", "DOMAIN", 0),
    Column("state", "STATE", 8),
    Column("sessions", "SESS", 4),
    Column("age", "AGE", 8),
)
ROWS = [
    ("fabrikam.example", "blocked", "0", "12d"),
    ("blocked.example", "ok", "3", "90d"),
    ("two words.example", "idle", "12", "5h"),
    ("plain.example", "ok", "", "-"),
]
RECORDS = [
    FederatedDomain(
        name=name("fabrikam.example"), action=Action.ALLOW, owner="NetOps", ticket="CHG-1", tags=("eu", "supplier"),
        expires=NOW + timedelta(days=12),
    ),
    FederatedDomain(name=name("blocked.example"), action=Action.ALLOW, owner="sales north", tags=("us",)),
    FederatedDomain(name=name("words.example"), action=Action.ALLOW, expires=NOW - timedelta(days=1)),
    None,
]  # fmt: skip
VIEW = eager(
    COLUMNS, [Row(cells[0], tuple(Span(cell) for cell in cells)) for cells in ROWS], "empty", facets_of(RECORDS, NOW)
)


def kept(text: str, view: ListView = VIEW) -> list[int]:
    wanted = understood(text, view)
    assert wanted.problem == ""
    return list(positions(view, view.search, wanted))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("blocked", [0, 1]),
        ("state:blocked", [0]),
        ("STATE:BLOCKED", [0]),
        ("-state:ok", [0, 2]),
        ("-blocked", [2, 3]),
        ("!blocked", [2, 3]),
        ('"two words"', [2]),
        ('"two wor', [2]),
        ("sess>0", [1, 2]),
        ("sess>3", [2]),
        ("sess<1", [0]),
        ("age<30d", [0, 2]),
        ("age>1d ok", [1]),
        ("state:", [0, 1, 2, 3]),
        ("sess>", [0, 1, 2, 3]),
        ("-", [0, 1, 2, 3]),
        ("owner:netops", [0]),
        ('owner:"sales north"', [1]),
        ("owner:none", [2, 3]),
        ("-owner:none", [0, 1]),
        ("tag:eu", [0]),
        ("tags:us", [1]),
        ("-tag:eu", [1, 2, 3]),
        ("ticket:chg owner:net", [0]),
        ("expires<30d", [0, 2]),
        ("expires<0", [2]),
        ("expires>1w", [0]),
        ("expires:2026-12", [0]),
        ("expires>2026-12-01", [0]),
        ("expires<2026-12", [2]),
        ("expires:none", [1, 3]),
        ("age:none", [3]),
    ],
)
def test_a_filter_shows_what_it_says(text: str, expected: list[int]) -> None:
    assert kept(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("whose:x", "no field is named whose: there are domain, state, sessions, age, owner, ticket, tag"),
        ("sess>many", "sess"),
        ("sess>many", "needs a number"),
        ("expires<soon", "expires< needs a number, with m, h or d where it is a time"),
    ],
)
def test_what_cannot_be_understood_is_said(text: str, problem: str) -> None:
    assert problem in understood(text, VIEW).problem


def test_a_value_that_cannot_be_is_told_with_those_that_can() -> None:
    view = domains.list_view(Snapshot(connection=Connection.LIVE, configuration=configuration()), NOW)
    assert (
        "kind is one of ours, allowed server, allowed, discovered, blocked" in understood("kind:nought", view).problem
    )
    assert understood("kind:blo", view).problem == ""
    assert understood("kind:none", view).problem == ""


def test_terms_that_are_split_already_are_not_split_again() -> None:
    assert list(positions(VIEW, VIEW.search, understood(["two words", "owner:none"], VIEW))) == [2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "",
            ["domain:", "state:", "sessions:", "age:", "owner:", "ticket:", "tag:", "comment:", "expires:", "review:"],
        ),
        ("o", ["owner:"]),
        ("-o", ["-owner:"]),
        ("blocked t", ["blocked ticket:", "blocked tag:"]),
        ("owner:", ["owner:netops", 'owner:"sales north"']),
        ("owner:s", ['owner:"sales north"']),
        ('ok owner:"sales n', ['ok owner:"sales north"']),
        ("tag:", ["tag:eu", "tag:supplier", "tag:us"]),
        ("-tag:su", ["-tag:supplier"]),
        ("tag:pli", ["tag:supplier"]),
        ("nobody:", []),
        ("age<3", []),
    ],
)
def test_a_filter_is_completed_by_names_of_fields_and_by_values_that_are_there(text: str, expected: list[str]) -> None:
    assert completions(text, VIEW) == expected


@pytest.mark.parametrize(
    "text", ["[", "a:b:c", '"', '-"', "::", ":", "<", "x" * 400, "\x1b]0;x\x07:y", "owner:(", "é:1"]
)
def test_whatever_is_typed_is_a_filter(text: str) -> None:
    positions(VIEW, VIEW.search, understood(text, VIEW))
    completions(text, VIEW)


def others() -> Snapshot:
    return Snapshot(connection=Connection.LIVE, taken_at=NOW, configuration=full(), **seen())  # type: ignore[arg-type]


def fleet(**more: object) -> Snapshot:
    listed = tuple(
        msgspec.structs.replace(record, owner="netops", expires=NOW + timedelta(days=3))
        if record.name == "northwind.example"
        else record
        for record in configuration().domains
    )
    seen = {"connection": Connection.LIVE, "taken_at": NOW, "configuration": configuration(domains=listed), **busy()}
    return Snapshot(**{**seen, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind:blocked", {"litware.example"}),
        ("owner:netops", {"northwind.example"}),
        ("expires<7d", {"northwind.example"}),
        ("in>100", {"fabrikam.example"}),
        ("denied>0", {"fabrikam.example", "litware.example"}),
        ("last<30m", {"fabrikam.example"}),
        ("last:none", {"northwind.example", "adatum.example"}),
        ("sessions>0", {"fabrikam.example"}),
        ("edge:sip.north", {"northwind.example"}),
        ("state:fail", {"tailspin.example"}),
        ("state:refused", {"adatum.example"}),
    ],
)
def test_domains_are_filtered_a_column_at_a_time(text: str, expected: set[str]) -> None:
    view = domains.list_view(fleet(), NOW)
    assert {view.keys[place] for place in kept(text, view)} == expected


def test_what_a_filter_finds_of_a_domain_is_what_its_row_says() -> None:
    view = domains.list_view(fleet(counters=(PartnerCounters(domain="contoso.example"), *fleet().counters)), NOW)
    said = {facet.id: facet.texts() for facet in view.facets}
    for place in range(len(view.keys)):
        cells = dict(zip((column.id for column in view.columns), view.row(place).cells, strict=True))
        for column in ("state", "kind"):
            assert said[column][place] == worded(cells[column].text)


def test_a_state_is_asked_for_by_its_word() -> None:
    view = domains.list_view(fleet(), NOW)
    assert completions("state:", view) == ["state:blocked", "state:fail", "state:idle", "state:ok", "state:refused"]
    assert [worded(text) for text in (". ok", "X cert", "-", "- off", "x", "12d", "")] == [
        "ok", "cert", "-", "off", "x", "12d", "",
    ]  # fmt: skip


def test_what_is_staged_is_found_by_its_state() -> None:
    view = staged.marked(domains.list_view(fleet(), NOW), {"new.example": (), "fabrikam.example": ()})
    assert {view.keys[place] for place in kept("state:staged", view)} == {"new.example", "fabrikam.example"}
    assert {view.keys[place] for place in kept("owner:netops", view)} == {"northwind.example"}
    assert {view.keys[place] for place in kept("in>100", view)} == {"fabrikam.example"}


def test_every_list_has_the_fields_that_mean_something_there() -> None:
    known = others()
    lists = {
        "domains": domains.list_view(fleet(), NOW),
        "work": overview.overview(fleet(), NOW).work,
        "partners": partners.list_view(known, NOW, history=True),
        "grants": policies.grants_view(known),
        "probes": probes.view(known.probes, NOW),
        "certificates": probes.certificate_view((), NOW),
        "history": past.list_view(past.Past(), known, NOW),
    }
    wanted = {
        "domains": {"owner", "ticket", "tag", "comment", "expires", "review", "kind", "state", "platform"},
        "work": {"owner", "ticket", "tag", "what", "age"},
        "partners": {"owner", "ticket", "tag", "expires", "domain", "kind", "state", "trust"},
        "grants": {"user", "policy", "state"},
        "probes": {"code", "who", "stage", "kind", "since"},
        "certificates": {"whose", "issuer", "name", "days"},
        "history": {"who", "record", "why", "age", "when"},
    }
    for title, view in lists.items():
        assert wanted[title] <= {*fields_of(view)}, title
        for facet in view.facets:
            assert len(facet.texts()) == len(view.keys)
            assert facet.numbers is None or len(facet.numbers()) == len(view.keys)


def test_partners_are_filtered_by_their_records() -> None:
    view = partners.list_view(others(), NOW, history=True)
    assert {view.keys[place] for place in kept("kind:hosting", view)} == {
        key for key in view.keys if key.startswith("hosting:")
    }
    assert kept("owner:none -kind:hosting", view)


def test_a_time_of_another_zone_is_the_same_time() -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    record = FederatedDomain(name=name("a.example"), action=Action.ALLOW, expires=moment)
    view = eager(COLUMNS[:1], [Row("a", (Span("a"),))], "", facets_of([record], NOW))
    assert kept("expires<12h", view) == [0]
    assert kept("expires<11h", view) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "b"),
        ("f", "fa"),
        ("ok", "ok state:ok"),
        ("owner:netops", "owner:netops f"),
        ("-owner:netops", "-owner:netops l"),
        ("", "!x"),
    ],
)
def test_a_filter_typed_on_looks_among_what_it_kept_and_finds_the_same(before: str, after: str) -> None:
    first, second = understood(before, VIEW), understood(after, VIEW)
    assert narrows(second, first)
    within = positions(VIEW, VIEW.search, first)
    assert list(positions(VIEW, VIEW.search, second, within)) == list(positions(VIEW, VIEW.search, second))


@pytest.mark.parametrize(
    ("before", "after"),
    [("fa", "f"), ("!o", "!ok"), ("!", "!o"), ("o", "!ok"), ("ok b", "ok"), ("a", "b"), ("state:ok", "sta")],
)
def test_a_filter_that_may_bring_rows_back_looks_among_all(before: str, after: str) -> None:
    assert not narrows(understood(after, VIEW), understood(before, VIEW))
