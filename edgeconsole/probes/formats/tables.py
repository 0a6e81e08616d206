"""Findings of probes as CSV for a sheet, and as Markdown to send to a partner: only what is not right, and what to do.

Both carry text of strangers: nothing of it becomes a formula in a sheet, or markup, a link or a row in a page.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from edgeconsole.model.probe import Finding, ProbeResult, Severity

COLUMNS = (
    "target", "kind", "vantage", "started", "severity", "code", "stage", "endpoint", "who", "what", "fix", "reference",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a sheet takes for the beginning of a formula (OWASP: CSV injection)."""

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#!|~])")


def csv_of(results: Sequence[ProbeResult]) -> str:
    """Return a line for each finding that nobody expected; a target without any has one line too."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for result in results:
        about = (result.target, result.kind.value, result.vantage, f"{result.started:%Y-%m-%dT%H:%M:%SZ}")
        found = [each for each in result.findings if not each.expected]
        rows = [_cells(each) for each in found] or [(result.severity.value, "", "", "", "", result.summary, "", "")]
        for row in rows:
            writer.writerow([_inert(cell) for cell in (*about, *row)])
    return out.getvalue()


def markdown(results: Sequence[ProbeResult]) -> str:
    """Return a report for whoever runs the targets: each stage, what is wrong with it, and how to mend it."""
    return "\n".join(line for result in results for line in _report(result))


def _cells(finding: Finding) -> tuple[str, ...]:
    return (
        finding.severity.value, finding.code, finding.stage.value, finding.endpoint, finding.who.value, finding.what,
        finding.fix, finding.reference,
    )  # fmt: skip


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _report(result: ProbeResult) -> Iterator[str]:
    yield f"# {_text(result.target)}: {_text(result.severity.value)}"
    yield ""
    when = f"{result.started:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Looked at over {result.kind.value} on {when} by {_text(result.vantage)}. {_text(result.summary)}"
    yield ""
    if result.stages:
        yield "| stage | result | what |"
        yield "|---|---|---|"
        for stage in result.stages:
            yield f"| {_text(stage.stage.value)} | {_text(stage.state.value)} | {_text(stage.why)} |"
        yield ""
    for each in result.findings:
        if not each.expected and each.severity not in (Severity.OK, Severity.INFO):
            yield from _finding(each)


def _finding(finding: Finding) -> Iterator[str]:
    where = f" at {_text(finding.endpoint)}" if finding.endpoint else ""
    yield f"## {_text(finding.severity.value)}: {_text(finding.code)}{where}"
    yield ""
    yield f"Found: {_text(finding.what)}"
    yield ""
    source = f" ({_text(finding.reference)})" if finding.reference else ""
    yield f"To do, {_text(finding.who.value)}: {_text(finding.fix)}{source}"
    yield ""


def _text(text: str) -> str:
    """Return text that Markdown shows as it stands, in one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
