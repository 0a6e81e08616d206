"""An explanation as lines: the verdict, then every check with what was found and the line that decided."""

from collections.abc import Iterable
from datetime import datetime

from edgeconsole.model.verdict import Direction, Explanation, StepResult, VerdictKind
from edgeconsole.present import words
from edgeconsole.present.probes import status_lines
from edgeconsole.present.table import Line, Span, Style


def lines(explanation: Explanation, now: datetime | None = None) -> tuple[Line, ...]:
    """Return the lines of the why pane; with the present moment also what probes of the other side found last."""
    known = explanation.probe
    probed = () if known is None or now is None else status_lines(known, now)
    return (headline(explanation), *steps(explanation), *probed)


def headline(explanation: Explanation) -> Line:
    """Return who may reach whom, in one line."""
    way = "in" if explanation.direction is Direction.INBOUND else "out"
    spans = [
        Span(f"{explanation.sender} -> {explanation.recipient} ({way})  ", Style.STRONG),
        words.VERDICT_SPANS[explanation.verdict],
        Span(f"  federation type: {words.CLASS_WORDS[explanation.partner_class]}", Style.MUTED),
    ]
    if explanation.verdict is VerdictKind.ALLOWED and not explanation.complete:
        spans.append(Span("  by configuration; not everything was checked", Style.STALE))
    elif explanation.next_hop:
        spans.append(Span(f"  via {explanation.next_hop}", Style.MUTED))
    return Line(tuple(spans))


def steps(explanation: Explanation) -> Iterable[Line]:
    """Return one line a check that had something to say, then the names of those that did not matter here."""
    said = [step for step in explanation.steps if step.result is not StepResult.NOT_NEEDED or step.where]
    for number, step in enumerate(said, 1):
        spans = [Span(f"{number:>2} "), _padded(words.STEP_SPANS[step.result]), Span(f" {step.why}")]
        if step.where:
            spans.append(Span(f"  {step.where}", Style.MUTED))
        if step.code is not None:
            spans.append(Span(f"  ms-diagnostics {step.code}", Style.MUTED))
        yield Line(tuple(spans))
    silent = [step.check.value for step in explanation.steps if step not in said]
    if silent:
        yield Line((Span(f"   not needed here: {', '.join(silent)}", Style.MUTED),))


def _padded(span: Span) -> Span:
    return Span(f"{span.text:<9}", span.style)
