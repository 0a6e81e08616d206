"""An index made from the one before is the index of the whole configuration, whatever changed in between."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.model.configuration import Action, Configuration, FederatedDomain
from edgeconsole.model.names import parse_domain
from edgeconsole.rules.classify import classify
from edgeconsole.rules.index import RuleIndex
from tests.rules.configurations import OURS, REMOTE, configurations

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOURS = st.integers(-2, 3)

RECORDS = st.builds(
    FederatedDomain,
    name=st.sampled_from([parse_domain(f"p{number}.example") for number in range(8)]),
    action=st.sampled_from(list(Action)),
    expires=st.sampled_from([None, None, None, NOON, NOON + timedelta(hours=2)]),
)
LISTS = st.lists(RECORDS, max_size=8, unique_by=lambda each: each.name).map(tuple)


def lists(index: RuleIndex) -> tuple[object, ...]:
    return index.allow, index.block, index.expired, index.next_expiry


@given(LISTS, st.lists(st.tuples(st.integers(0, 7), st.none() | RECORDS, HOURS | st.none()), max_size=6))
def test_every_way_of_changing_leads_to_the_same_index(
    start: tuple[FederatedDomain, ...], steps: list[tuple[int, FederatedDomain | None, int | None]]
) -> None:
    domains, index = start, RuleIndex.compile(Configuration(domains=start), NOON)
    for at, record, hours in steps:
        left = list(domains)
        if at < len(left):
            del left[at]
        if record is not None:
            # A name that stands twice is for lint to tell; the index must still be the whole list's.
            left.insert(at, record)
        domains = tuple(left)
        now = None if hours is None else NOON + timedelta(hours=hours)
        configuration = Configuration(domains=domains)
        index = RuleIndex.compile(configuration, now, before=index)
        assert lists(index) == lists(RuleIndex.compile(configuration, now))


TABLES = tuple(name for name in Configuration.__struct_fields__ if name != "version")
EXPIRY = st.sampled_from([None, None, NOON - timedelta(hours=1), NOON + timedelta(minutes=90)])
CHANGES = st.tuples(configurations(), st.frozensets(st.sampled_from(TABLES), min_size=1), EXPIRY, HOURS | st.none())


def renewed(configuration: Configuration, other: Configuration, tables: frozenset[str]) -> Configuration:
    """Return a configuration with some tables of another one; records that are the same stay the same objects."""
    taken = {name: getattr(other, name) for name in tables}
    if "domains" in taken:
        mine = {each: each for each in configuration.domains}
        taken["domains"] = tuple(mine.get(each, each) for each in taken["domains"])
    return msgspec.structs.replace(configuration, **taken)


def expiring(configuration: Configuration, at: datetime | None) -> Configuration:
    """Return a configuration whose first domain and last XMPP partner end at a moment."""
    if at is None:
        return configuration
    (*domains,), (*partners,) = configuration.domains, configuration.xmpp_partners
    domains[:1] = [msgspec.structs.replace(each, expires=at) for each in domains[:1]]
    partners[-1:] = [msgspec.structs.replace(each, expires=at) for each in partners[-1:]]
    return msgspec.structs.replace(configuration, domains=tuple(domains), xmpp_partners=tuple(partners))


@given(configurations(), st.lists(CHANGES, min_size=1, max_size=5))
def test_whatever_tables_change_the_whole_index_is_that_of_the_configuration(
    configuration: Configuration,
    changes: list[tuple[Configuration, frozenset[str], datetime | None, int | None]],
) -> None:
    index = RuleIndex.compile(configuration, NOON)
    for other, tables, ends, hours in changes:
        configuration = expiring(renewed(configuration, other, tables), ends)
        now = None if hours is None else NOON + timedelta(hours=hours)
        index = RuleIndex.compile(configuration, now, before=index)
        anew = RuleIndex.compile(configuration, now)
        assert index == anew
        for name in (*OURS, *REMOTE):
            assert classify(index, name) == classify(anew, name)


def test_a_switch_leaves_the_lists_as_they_are() -> None:
    domains = tuple(FederatedDomain(name=parse_domain(f"p{n}.example"), action=Action.ALLOW) for n in range(10))
    configuration = Configuration(domains=domains)
    before = RuleIndex.compile(configuration, NOON)
    discovery = msgspec.structs.replace(configuration.access_edge, partner_discovery=True)
    after = RuleIndex.compile(msgspec.structs.replace(configuration, access_edge=discovery), NOON, before=before)
    assert after.allow is before.allow
    assert (before.partner_discovery, after.partner_discovery) == (False, True)


def test_a_block_among_many_patches_a_copy_and_leaves_the_rules_before_alone() -> None:
    domains = tuple(FederatedDomain(name=parse_domain(f"p{n}.example"), action=Action.ALLOW) for n in range(2_000))
    before = RuleIndex.compile(Configuration(domains=domains), NOON)
    blocked = msgspec.structs.replace(domains[700], action=Action.BLOCK)
    configuration = Configuration(domains=(*domains[:700], blocked, *domains[701:]))
    after = RuleIndex.compile(configuration, NOON, before=before)
    assert (blocked.name in after.allow, after.block) == (False, {blocked.name: blocked})
    assert (blocked.name in before.allow, before.block) == (True, {})
