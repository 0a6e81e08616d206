"""Every lint rule finds its failing example at its line, leaves the passing one alone, and its fix is one."""

import re
from datetime import UTC, datetime

import pytest

from edgeconsole.config.edit import apply_changes, differences
from edgeconsole.config.read import Loaded, parse
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.terms import Modality
from edgeconsole.rules.classify import classify
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.lint import RULES, Finding, LintFacts, Severity, lint, safe_changes
from tests.lint.examples import EXAMPLES, HERE, Example, allow, block, world, xmpp

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CODES = [rule.code for rule in RULES]


def nowhere(table: Table, key: str, field: str) -> str:
    return ""


def findings(text: str, facts: LintFacts) -> tuple[Loaded, tuple[Finding, ...]]:
    loaded = parse(text, "/etc/edgeconsole/federation.toml")
    return loaded, lint(loaded.configuration, now=NOW, places=loaded.places, facts=facts)


def of(code: str, found: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in found if finding.code == code]


def test_the_codes_are_unique_ordered_and_stable_in_form() -> None:
    assert sorted(set(CODES)) == CODES
    assert all(re.fullmatch(r"EC[1-8]\d\d", code) for code in CODES)
    assert all(rule.title and rule.source for rule in RULES)


def test_every_code_has_an_example_that_fails_and_one_that_passes() -> None:
    assert sorted(EXAMPLES) == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_rule_finds_its_failing_example_where_it_stands(code: str) -> None:
    example = EXAMPLES[code]
    _, found = findings(example.bad, example.facts)
    hits = of(code, found)
    assert hits
    marked = [number for number, line in enumerate(example.bad.splitlines(), 1) if HERE in line]
    assert sorted({hit.where for hit in hits if ":" in hit.where}) == [f"federation.toml:{line}" for line in marked]
    for hit in hits:
        assert hit.reason
        assert hit.fix
        assert not hit.reason.endswith(".")
        assert hit.safe <= bool(hit.changes)


@pytest.mark.parametrize("code", CODES)
def test_a_rule_leaves_its_passing_example_alone(code: str) -> None:
    example = EXAMPLES[code]
    _, found = findings(example.good, example.facts if example.good_facts is None else example.good_facts)
    assert of(code, found) == []


def test_nothing_is_found_in_the_plain_world() -> None:
    assert findings(world(), LintFacts())[1] == ()


WITH_CHANGES = [
    (code, hit)
    for code in CODES
    for hit in of(code, findings(EXAMPLES[code].bad, EXAMPLES[code].facts)[1])
    if hit.changes
]
SAFE = {"EC102", "EC106", "EC108", "EC204", "EC302", "EC304", "EC307", "EC310", "EC409", "EC603", "EC604"}


def test_these_and_no_other_rules_have_a_safe_fix() -> None:
    assert {code for code, hit in WITH_CHANGES if hit.safe} == SAFE


@pytest.mark.parametrize(("code", "hit"), WITH_CHANGES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_fix_removes_its_finding_and_touches_no_other_record(code: str, hit: Finding) -> None:
    example = EXAMPLES[code]
    loaded, _ = findings(example.bad, example.facts)
    after = apply_changes(loaded.configuration, hit.changes)
    again = lint(after, now=NOW, places=nowhere, facts=example.facts)
    assert not [found for found in again if (found.code, found.subject) == (code, hit.subject)]
    touched = {(step.table, step.key) for step in differences(loaded.configuration, after)}
    assert touched == {(change.table, change.key) for change in hit.changes}
    for change in hit.changes:
        if change.fields is not None:
            steps = differences(loaded.configuration, after)
            new = {step.field for step in steps if (step.table, step.key) == (change.table, change.key)}
            assert new <= {*change.fields, "name"}


@pytest.mark.parametrize("code", sorted(SAFE - {"EC204"}))
def test_a_safe_fix_changes_the_federation_type_of_nobody(code: str) -> None:
    loaded, found = findings(EXAMPLES[code].bad, EXAMPLES[code].facts)
    after = apply_changes(loaded.configuration, safe_changes(of(code, found)))
    assert reached(after) == reached(loaded.configuration)


def reached(configuration: Configuration) -> list[tuple[object, ...]]:
    """How each name is reached, but for the name of the record that says so."""
    index = RuleIndex.compile(configuration, NOW)
    names = ["litware.example", "it.litware.example", "a.it.litware.example", "jabber.example", "a.example", "x.test"]
    answers = []
    for name in names:
        for modality in (None, Modality.AUDIO):
            found = classify(index, name, modality)
            edge = found.domain_record.access_edge if found.domain_record else None
            answers.append((name, modality, found.partner_class, edge))
    return answers


def test_an_ended_service_that_is_disabled_only_closes() -> None:
    loaded, found = findings(EXAMPLES["EC204"].bad, LintFacts())
    after = apply_changes(loaded.configuration, safe_changes(found))
    assert RuleIndex.compile(loaded.configuration).public
    assert not RuleIndex.compile(after).public


def test_a_record_with_notes_is_not_removed_unasked() -> None:
    noted = world(allow("litware.example") + allow("it.litware.example", 'comment = "contract 4411"'))
    (hit,) = of("EC102", findings(noted, LintFacts())[1])
    assert not hit.safe
    assert hit.changes == (Change(table=Table.DOMAIN, key="it.litware.example"),)


def test_a_record_that_outlives_the_broader_one_is_not_redundant() -> None:
    ends = world(allow("litware.example", "expires = 2027-01-01T00:00:00Z") + allow("it.litware.example"))
    assert of("EC102", findings(ends, LintFacts())[1]) == []


def test_a_chain_of_redundant_records_is_cut_to_its_broadest_at_once() -> None:
    chain = world(block("a.example") + block("b.a.example") + block("c.b.a.example"))
    loaded, found = findings(chain, LintFacts())
    after = apply_changes(loaded.configuration, safe_changes(found))
    assert [record.name for record in after.domains] == ["a.example"]


def test_all_safe_fixes_together_are_one_change_a_record() -> None:
    text = world(
        xmpp("a.example", 'tls = "not-supported"', 'additional_domains = ["a.example"]', "connection_limit = 2000")
        + xmpp("b.example", "expires = 2026-01-01T00:00:00Z", "connection_limit = 2000")
        + allow("litware.example", "expires = 2026-01-01T00:00:00Z", 'match = "exact"'),
        access={"suffix_match": "false"},
    )
    loaded, found = findings(text, LintFacts())
    changes = safe_changes(found)
    assert len({(change.table, change.key) for change in changes}) == len(changes) == 3
    again = lint(apply_changes(loaded.configuration, changes), now=NOW, places=nowhere)
    assert not [finding for finding in again if finding.safe]


def test_without_lines_a_finding_names_the_setting() -> None:
    loaded = parse(EXAMPLES["EC103"].bad, "federation.toml")
    (hit,) = of("EC103", lint(loaded.configuration, now=NOW, places=nowhere))
    assert hit.where == hit.subject == 'domain "tenant.example".access_edge'


def test_nobody_is_asked_for_an_owner_or_a_ticket() -> None:
    assert not [rule for rule in RULES if "owner" in rule.title or "ticket" in rule.title]


@pytest.mark.parametrize("dns", ["EC701", "EC702", "EC703", "EC704", "EC705", "EC706", "EC707", "EC708"])
def test_what_was_not_looked_up_is_not_judged(dns: str) -> None:
    assert of(dns, findings(EXAMPLES[dns].bad, LintFacts())[1]) == []


def test_each_srv_rule_has_a_code() -> None:
    sources = " ".join(rule.source for rule in RULES)
    assert all(f"R{number}" in sources for number in range(1, 9))


def test_an_srv_that_leads_to_a_known_provider_is_exempt_from_the_target_rule() -> None:
    example: Example = EXAMPLES["EC705"]
    for text in (example.bad, example.good):
        _, found = findings(text, example.facts)
        assert not of("EC701", found)


def test_severities_are_the_three_words_of_the_manual() -> None:
    assert {rule.severity for rule in RULES} == set(Severity)
