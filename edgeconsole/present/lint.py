"""Lint findings as lines, worst first, and the manual page of all codes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from edgeconsole.present.ages import plural
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.rules.lint import RULES, Finding, Severity

EACH = 10
"""Findings of one code that are shown; a long list has hundreds of the same kind, and the first tell what it is."""

_MARKS: dict[Severity, Span] = {
    Severity.ERROR: Span("X", Style.FAIL),
    Severity.WARNING: Span("!", Style.WARN),
    Severity.INFORMATION: Span("-", Style.MUTED),
}

_HEADINGS: dict[Severity, str] = {
    Severity.ERROR: "errors: cannot work, or contradict one another",
    Severity.WARNING: "warnings: work otherwise than they read, or carry a risk",
    Severity.INFORMATION: "information",
}


def lines(findings: Sequence[Finding], each: int = EACH) -> Iterator[Line]:
    """Yield the findings by severity and code, at most `each` of one code, with place, reason and fix."""
    for severity in Severity:
        found = [finding for finding in findings if finding.severity is severity]
        if not found:
            continue
        yield Line((Span(_HEADINGS[severity], Style.STRONG),))
        for code, group in groupby(found, key=lambda finding: finding.code):
            same = list(group)
            for finding in same[:each]:
                yield from finding_lines(finding)
            if len(same) > each:
                yield Line((Span(f"  … and {len(same) - each:,} more {code}; --json lists them all", Style.MUTED),))


def finding_lines(finding: Finding) -> Iterator[Line]:
    """Yield one finding: where, why, and what to do."""
    subject = "" if finding.where == finding.subject else f"  {finding.subject}"
    yield Line((_MARKS[finding.severity], Span(f" {finding.code} {finding.where}"), Span(subject, Style.MUTED)))
    yield Line((Span(f"    {finding.reason}."),))
    yield Line((Span(f"    fix: {finding.fix}" + (" (--fix does it)" if finding.safe else ""), Style.MUTED),))


def summary(findings: Sequence[Finding]) -> str:
    """Return how many of each severity there are, and how many `--fix` removes."""
    counts = Counter(finding.severity for finding in findings)
    parts = [
        plural(counts[Severity.ERROR], "error"),
        plural(counts[Severity.WARNING], "warning"),
        plural(counts[Severity.INFORMATION], "note"),
    ]
    safe = sum(finding.safe for finding in findings)
    return ", ".join(parts) + (f"; --fix removes {safe:,} of them" if safe else "")


def worst(findings: Sequence[Finding]) -> Severity | None:
    """Return the highest severity found, None where nothing was."""
    found = {finding.severity for finding in findings}
    return next((severity for severity in Severity if severity in found), None)


_HEAD = """\
# What `check` finds

`edgeconsole check [FILE]` reads a configuration, says whether an edge would start with it, and lints it: every finding
has a stable code, a severity, the line it stands on, the reason and the fix. The exit code is 0 without errors, 1 with
lint errors, 2 where the file cannot be read. A code never changes its meaning and is never used again.

`--fix` makes the safe changes as one planned change, with history and undo like any other; `--dry-run` shows it only. A
fix is safe when it lets nobody in, cuts nobody off whom anything reaches, and drops no hand-written note of a record
that still counts.

The rules marked *DNS* judge only what was looked up; nothing is taken for granted of what was not. Look-alike names
(EC801, EC802) are found with a table of common look-alike letters, not with the whole of UTS 39: that nothing is found
does not mean that a name is no imitation.

Source is the section of docs/rules.md, with the page or table row it goes back to. This page is generated from
the code: `make docs`.

| code | severity | what | source |
|---|---|---|---|
"""


def manual_page() -> str:
    """Return the manual page of all codes, in Markdown."""
    rows = [
        f"| {rule.code} | {rule.severity.value} | {rule.title}{' (*DNS*)' if rule.code.startswith('EC7') else ''} "
        f"| {rule.source} |\n"
        for rule in RULES
    ]
    return _HEAD + "".join(rows)
