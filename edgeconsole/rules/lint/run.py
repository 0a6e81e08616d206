"""Runs every rule of the table over a configuration; linear in its length."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.rules.explain import Places
from edgeconsole.rules.lint.finding import NO_FACTS, Finding, Hit, Inspection, LintFacts, LintRule
from edgeconsole.rules.lint.table import RULES


def lint(
    configuration: Configuration, *, now: datetime, places: Places, facts: LintFacts = NO_FACTS
) -> tuple[Finding, ...]:
    """Return everything that is wrong or risky at a moment, in the order of the table.

    `places` gives the line of a setting; `facts` is what was seen in DNS and in certificates, where it was looked at.
    """
    view = Inspection(configuration, now, facts)
    return tuple(_finding(rule, hit, places) for rule in RULES for hit in rule.check(view))


def _finding(rule: LintRule, hit: Hit, places: Places) -> Finding:
    subject = subject_of(hit.table, hit.key, hit.field)
    return Finding(
        code=rule.code,
        severity=rule.severity,
        where=places(hit.table, hit.key, hit.field) or subject,
        subject=subject,
        reason=hit.reason,
        fix=hit.fix,
        changes=hit.changes,
        safe=hit.safe,
    )


def subject_of(table: Table, key: str, field: str) -> str:
    """Return a setting's name as messages write it: `domain "fabrikam.example".access_edge`."""
    name = f'{table.value} "{key}"' if key else table.value
    return f"{name}.{field}" if field else name


def safe_changes(findings: Iterable[Finding]) -> tuple[Change, ...]:
    """Return the safe fixes as one change a record; where one fix removes a record, the others of it are moot."""
    merged: dict[tuple[Table, str], dict[str, FieldValue] | None] = {}
    for change in _safe(findings):
        place = (change.table, change.key)
        if change.fields is None or (place in merged and merged[place] is None):
            merged[place] = None
        else:
            merged[place] = {**(merged.get(place) or {}), **change.fields}
    return tuple(Change(table=table, key=key, fields=fields) for (table, key), fields in merged.items())


def _safe(findings: Iterable[Finding]) -> Iterator[Change]:
    for finding in findings:
        if finding.safe:
            yield from finding.changes
