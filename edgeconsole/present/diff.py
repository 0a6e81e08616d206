"""Differences as lines: fields grouped by record, and the text of the file as it will be written."""

from collections.abc import Iterator, Sequence

from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import Table
from edgeconsole.model.plan import Plan
from edgeconsole.model.text import clean
from edgeconsole.present.ages import plural
from edgeconsole.present.impact import effect
from edgeconsole.present.table import Line, Span, Style

LINE_LIMIT = 2_000
"""Characters shown of one line of a file; a longer one ends in an ellipsis."""


def value(of: object) -> str:
    """Return a field's value as a change shows it."""
    if of is None:
        return "unset"
    if isinstance(of, bool):
        return "true" if of else "false"
    if isinstance(of, list | tuple):
        return "[" + ", ".join(value(part) for part in of) + "]"
    return clean(str(of), LINE_LIMIT)


def record_name(table: Table, key: str) -> str:
    """Return how a record is called: `domain fabrikam.example`, `access_edge`."""
    return f"{table.value} {clean(key)}" if key else table.value


def field_lines(differences: Sequence[Difference]) -> Iterator[Line]:
    """Yield each record that differs, and under it each of its fields, before and after."""
    records: dict[tuple[Table, str], list[Difference]] = {}
    for step in differences:
        records.setdefault((step.table, step.key), []).append(step)
    for (table, key), steps in records.items():
        yield Line((Span(record_name(table, key), Style.STRONG),))
        width = max(len(step.field) for step in steps)
        for step in steps:
            yield Line((Span(f"  {clean(step.field):<{width}}  "), *_step(step)))


def _step(step: Difference) -> tuple[Span, ...]:
    if step.before is None:
        return (Span(f"+ {value(step.after)}", Style.OK),)
    if step.after is None:
        return (Span(f"- {value(step.before)}", Style.FAIL),)
    return Span(value(step.before), Style.FAIL), Span(" -> ", Style.MUTED), Span(value(step.after), Style.OK)


def toml_lines(text: str) -> Iterator[Line]:
    """Yield a unified diff line by line: what goes, what comes, and what stays around it."""
    for line in text.splitlines():
        yield Line((Span(clean(line, LINE_LIMIT), _look(line)),))


def _look(line: str) -> Style:
    # The heads come first: they start like lines that go and come.
    if line.startswith(("--- ", "+++ ")):
        return Style.STRONG
    if line.startswith(("@@", "\\")):
        return Style.MUTED
    return {"-": Style.FAIL, "+": Style.OK}.get(line[:1], Style.PLAIN)


def impact_lines(plan: Plan) -> Iterator[Line]:
    """Yield what a plan does to partners, and what it warns of."""
    yield Line((Span("effect  ", Style.STRONG), Span(effect(plan))))
    for reason in plan.guard:
        yield Line((Span(f"guard   must be confirmed: {clean(reason, LINE_LIMIT)}", Style.WARN),))
    for warning in plan.warnings:
        yield Line((Span(f"warning  {clean(warning, LINE_LIMIT)}", Style.WARN),))


def plan_lines(plan: Plan) -> Iterator[Line]:
    """Yield a whole plan: its size, fields, text and effect."""
    if plan.empty:
        yield Line((Span(f"nothing would change: {plan.base} says so already"),))
        return
    records = len({(step.table, step.key) for step in plan.differences})
    yield Line((Span(f"{plural(records, 'record')} would change, on top of {plan.base}", Style.STRONG),))
    yield from field_lines(plan.differences)
    yield Line((Span(""),))
    yield from toml_lines(plan.toml_diff)
    yield Line((Span(""),))
    yield from impact_lines(plan)
