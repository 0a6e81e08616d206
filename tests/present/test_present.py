"""What is drawn from a snapshot, without a terminal."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import AccessEdge, Action, Configuration, Edge, FederatedDomain, SipDomain, Table
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.observed import (
    OTHERS,
    DiscoveredPartner,
    Failure,
    Health,
    Listener,
    PartnerCounters,
    PlaneState,
    Restriction,
)
from edgeconsole.model.plan import ApplyResult, Impact, Plan
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Direction
from edgeconsole.present import ages, bars, domains, impact, words
from edgeconsole.present.history import summary
from edgeconsole.present.overview import overview
from edgeconsole.present.staged import marked
from edgeconsole.tui.order import Sort, arranged

NOW = datetime(2026, 11, 20, 12, 4, 30, tzinfo=UTC)
SHORTLY = timedelta(seconds=7)
REVISION = Revision("lineage", 7, "etag")


def domain(name: str, action: Action = Action.ALLOW, edge: str | None = None) -> FederatedDomain:
    return FederatedDomain(name=DomainName(name), action=action, access_edge=HostPort(edge) if edge else None)


def snapshot(**changes) -> Snapshot:
    health = Health(
        version="1", backend="local", enforcing=True, saved=REVISION, running=REVISION,
        listeners=(Listener(name="sip", address="127.0.0.1:5061", state=PlaneState.UP),),
    )  # fmt: skip
    fields = {
        "connection": Connection.LIVE,
        "taken_at": NOW,
        "health": health,
        "revision": REVISION,
        "configuration": Configuration(
            edge=Edge(fqdn=DomainName("sip.contoso.example")),
            access_edge=AccessEdge(federation=True),
            sip_domains=(SipDomain(name=DomainName("contoso.example")),),
            domains=(
                domain("fabrikam.example"),
                domain("northwind.example", edge="sip.northwind.example"),
                domain("litware.example", Action.BLOCK),
            ),
        ),
        "counters": (
            PartnerCounters(domain="fabrikam.example", received=12, relayed_in=12, last_seen=NOW - SHORTLY),
            PartnerCounters(domain="adatum.example", received=3, denied_in=3, last_seen=NOW),
        ),
        "discovered": (
            DiscoveredPartner(
                domain="adatum.example", first_seen=NOW - timedelta(hours=2), last_seen=NOW, messages=3,
                allowed=False, outcome="not-listed",
            ),
        ),
    }  # fmt: skip
    return Snapshot(**fields | changes)


def failure(name: str, minutes: float) -> Failure:
    return Failure(
        at=NOW - timedelta(minutes=minutes), direction=Direction.OUTBOUND, domain=name, peer="", stage="connect",
        code=504, diagnostics=1046, text=clean("refused"),
    )  # fmt: skip


def rows(view) -> dict[str, list[str]]:
    return {key: [cell.text for cell in view.row(at).cells] for at, key in enumerate(view.keys)}


def test_listed_domains_come_first_then_those_only_seen() -> None:
    view = domains.list_view(snapshot(), NOW)
    assert list(view.keys) == ["fabrikam.example", "northwind.example", "litware.example", "adatum.example"]
    shown = rows(view)
    assert shown["fabrikam.example"][1] == "allowed"
    assert shown["northwind.example"][1:3] == ["allowed server", "sip.northwind.example"]
    assert shown["litware.example"][-1] == "- blocked"
    assert shown["adatum.example"][-1] == "! refused"


def test_a_recent_failure_marks_the_row_and_an_old_one_does_not() -> None:
    fresh = domains.list_view(snapshot(failures=(failure("fabrikam.example", 1),)), NOW)
    old = domains.list_view(snapshot(failures=(failure("fabrikam.example", 60),)), NOW)
    assert rows(fresh)["fabrikam.example"][-1] == "X FAIL"
    assert rows(old)["fabrikam.example"][-1] == ". ok"


def test_the_filter_finds_a_name_a_kind_and_a_u_label() -> None:
    names = (domain("xn--bcher-kva.example"),)
    view = domains.list_view(snapshot(configuration=Configuration(domains=names)), NOW)
    assert "bücher" in view.search[0]
    assert "allowed" in view.search[0]


def test_sorting_by_state_puts_the_worst_first_and_agrees_with_what_is_shown() -> None:
    view = domains.list_view(snapshot(failures=(failure("northwind.example", 1),)), NOW)
    ordered = sorted(range(len(view.keys)), key=lambda at: view.order("state", at))
    shown = [view.row(at).cells[-1].text for at in ordered]
    assert shown == ["X FAIL", "! refused", ". ok", "- blocked"]


@pytest.mark.parametrize("staged", [{}, {"fabrikam.example": ()}, {"new.example": ()}])
def test_a_whole_column_is_sorted_as_row_by_row(staged: dict[str, tuple[()]]) -> None:
    counted = (PartnerCounters(domain="fabrikam.example", received=3, sent=9, denied_in=1, last_seen=NOW),)
    view = marked(domains.list_view(snapshot(counters=counted), NOW), staged)
    for column in view.columns:
        one_by_one = sorted(range(len(view.keys)), key=lambda at, of=column.id: view.order(of, at))
        assert list(arranged(view, range(len(view.keys)), Sort(column.id))) == one_by_one
    if not staged:
        by_received = arranged(view, range(len(view.keys)), Sort("in"))
        assert view.keys[by_received[0]] == "fabrikam.example"


def test_our_own_domain_is_no_federated_domain_even_if_it_has_counters() -> None:
    view = domains.list_view(snapshot(counters=(PartnerCounters(domain="contoso.example"),)), NOW)
    assert "contoso.example" not in view.keys


def test_the_sum_of_domains_beyond_the_bound_is_no_partner() -> None:
    view = domains.list_view(snapshot(counters=(PartnerCounters(domain=OTHERS, received=9),)), NOW)
    assert OTHERS not in view.keys


def test_the_overview_lists_failures_before_refusals_and_leaves_blocked_domains_out() -> None:
    shown = overview(snapshot(failures=(failure("fabrikam.example", 1), failure("litware.example", 1))), NOW)
    assert list(shown.work.keys) == ["fabrikam.example", "adatum.example"]


def test_an_overview_with_nothing_wrong_says_so() -> None:
    calm = overview(snapshot(discovered=(), failures=()), NOW)
    assert calm.work.empty == "Nothing needs attention."
    dark = overview(snapshot(discovered=(), configuration=Configuration()), NOW)
    assert "Federation is off" in dark.work.empty


def plan(*differences: Difference, **impacts) -> Plan:
    return Plan(
        plan_id="p",
        base=REVISION,
        changes=(),
        differences=differences,
        toml_diff="",
        impact=Impact(**impacts),
        expires=NOW,
    )


TOGGLE = Difference(table=Table.ACCESS_EDGE, key="", field="partner_discovery", before=False, after=True)


def test_the_toggle_is_said_in_one_line_with_its_impact() -> None:
    line = impact.sentence(plan(TOGGLE, opened=("adatum.example",), opens_to_strangers=True))
    assert line == "partner discovery OFF -> ON: any domain with SRV may reach us, opens adatum.example"


def test_a_block_is_said_with_the_pin_it_forgets_and_the_sessions_it_drops() -> None:
    blocked = (
        Difference(table=Table.DOMAIN, key="fabrikam.example", field="action", before="allow", after="block"),
        Difference(table=Table.DOMAIN, key="fabrikam.example", field="access_edge", before="sip.a.example", after=None),
    )
    line = impact.sentence(plan(*blocked, closed=("fabrikam.example",), sessions=2))
    assert line == (
        "block fabrikam.example and forget its Access Edge sip.a.example: "
        "closes fabrikam.example, drops 2 live sessions"
    )


@pytest.mark.parametrize(
    ("outcome", "running", "says"),
    [
        (WriteOutcome.COMMITTED, REVISION, "done #7"),
        (WriteOutcome.COMMITTED, None, "nothing enforces it"),
        (WriteOutcome.COMMITTED, Revision("lineage", 6, "e"), "NOT running"),
        (WriteOutcome.NOT_COMMITTED, REVISION, "not saved"),
        (WriteOutcome.INDETERMINATE, REVISION, "not known to survive"),
    ],
)
def test_what_became_of_a_change_is_never_overstated(outcome, running, says) -> None:
    assert says in impact.done(ApplyResult(outcome=outcome, revision=REVISION, running=running), plan(TOGGLE), "")


def test_history_says_who_undid_what() -> None:
    record = RevisionRecord(
        revision=REVISION, at=NOW, by=Author("alice"), origin=Origin.UNDONE, differences=(TOGGLE,), undoes=6
    )
    assert summary(record) == "undid #6: partner_discovery off -> on"


def test_the_top_bar_shows_a_dead_backend_with_its_age_and_a_revision_that_is_not_running() -> None:
    down = snapshot(connection=Connection.DOWN, down_since=NOW - timedelta(minutes=2))
    assert "X local DOWN 2m" in text(bars.top_bar(down, NOW))
    behind = snapshot(revision=Revision("lineage", 8, "e"))
    assert "! saved #8 running #7" in text(bars.top_bar(behind, NOW))
    assert "RO" in text(bars.top_bar(snapshot(), NOW, readonly=True))


def test_the_top_bar_fits_eighty_columns() -> None:
    assert len(text(bars.top_bar(snapshot(), NOW))) <= 80


def text(line) -> str:
    return "".join(span.text for span in line.spans)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "now"), (42, "42s"), (99, "99s"), (100, "1m"), (5999, "99m"), (6000, "1h"), (172_799, "47h"), (172_800, "2d")],
)
def test_ages_fit_three_characters(seconds: int, shown: str) -> None:
    assert ages.age(NOW, NOW - timedelta(seconds=seconds)) == shown


def test_the_detail_of_a_discovered_partner_says_what_limit_holds_it_back() -> None:
    seen = DiscoveredPartner(
        domain="adatum.example", first_seen=NOW, last_seen=NOW, messages=30, allowed=False, outcome="discovered-rate",
        restriction=Restriction.THROTTLED, contacts=2, refused=9,
    )  # fmt: skip
    lines = [
        "".join(span.text for span in line.spans)
        for line in domains.detail(snapshot(discovered=(seen,)), seen.domain, NOW)
    ]
    (limit,) = [line for line in lines if line.startswith("limit")]
    assert limit.split() == ["limit", "throttled:", "9", "messages", "refused,", "2", "people", "addressed"]


def not_listed(name: str) -> Failure:
    return Failure(
        at=NOW, direction=Direction.INBOUND, domain=name, peer="192.0.2.7:4711", stage="decide", code=403,
        diagnostics=1027, text=clean("not-listed"),
    )  # fmt: skip


def test_a_refusal_by_rules_that_have_been_changed_since_is_over_once_the_change_is_in_force() -> None:
    failures = (not_listed("fabrikam.example"),)
    assert rows(domains.list_view(snapshot(failures=failures), NOW))["fabrikam.example"][-1] != words.FAIL.text
    saved_only = msgspec.structs.replace(snapshot().health, running=Revision("l", 0, "e0"))
    shown = rows(domains.list_view(snapshot(failures=failures, health=saved_only), NOW))
    assert shown["fabrikam.example"][-1] == words.FAIL.text


def test_a_connection_that_failed_before_it_named_a_domain_has_a_row_with_its_peer_and_is_no_domain() -> None:
    nobody = msgspec.structs.replace(not_listed(""), stage="tls", text=clean("certificate has expired"))
    seen = snapshot(failures=(nobody,))
    assert rows(overview(seen, NOW).work)["peer unnamed"][:3] == [
        "! failed", "nobody named", "tls: certificate has expired from 192.0.2.7:4711"
    ]  # fmt: skip
    assert "" not in rows(domains.list_view(seen, NOW))
