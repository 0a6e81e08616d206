"""An explanation as lines: the verdict, what to do next, then every check with what was found and where it stands."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from edgeconsole.model.terms import Modality
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Direction, Explanation, StepResult, VerdictKind
from edgeconsole.present import words
from edgeconsole.present.probes import status_lines
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.rules.next_steps import NextStep

_BLANK = Line(())

Key = Callable[[NextStep], str]
"""The key that starts a step here, as the pane writes it; empty where none does."""


def lines(explanation: Explanation, now: datetime | None = None) -> tuple[Line, ...]:
    """Return one explanation; with the present moment also what probes of the other side found last."""
    return (headline(explanation), *steps(explanation), *_probed([explanation], now))


def answer(
    explanations: Sequence[Explanation],
    to_do: Sequence[NextStep],
    key: Key,
    now: datetime | None,
    besides: Sequence[Line] = (),
) -> tuple[Line, ...]:
    """Return the pane about one pair of addresses: verdicts, what to do, what else is known, steps, the last probe.

    `besides` is what else is known: other modalities, the last failure, the policies of the people concerned.
    """
    first, *others = explanations
    told = [headline(first), *(headline(each, like=first) for each in others), *next_lines(to_do, key)]
    told += besides
    for each in explanations:
        told += [_BLANK, Line((Span(f"STEPS {_way(each)}", Style.STRONG),)), *steps(each)]
    probed = _probed(explanations, now)
    told += [_BLANK, *probed] if probed else []
    return tuple(told)


def headline(explanation: Explanation, *, like: Explanation | None = None) -> Line:
    """Return who may reach whom, in one line; what another one says already is left out."""
    spans = [Span(f"{_way(explanation)}  ", Style.STRONG), words.VERDICT_SPANS[explanation.verdict]]
    if like is None or like.partner_class is not explanation.partner_class:
        spans.append(Span(f"  federation type: {words.CLASS_WORDS[explanation.partner_class]}", Style.MUTED))
    if like is not None and (like.verdict, like.complete) == (explanation.verdict, explanation.complete):
        return Line(tuple(spans))
    if explanation.verdict is VerdictKind.ALLOWED and not explanation.complete:
        spans.append(Span("  by configuration; not everything was checked", Style.STALE))
    elif explanation.next_hop:
        spans.append(Span(f"  via {explanation.next_hop}", Style.MUTED))
    return Line(tuple(spans))


def _way(explanation: Explanation) -> str:
    way = "in" if explanation.direction is Direction.INBOUND else "out"
    return f"{explanation.sender} -> {explanation.recipient} ({way})"


def _probed(explanations: Iterable[Explanation], now: datetime | None) -> tuple[Line, ...]:
    """Return the last probe, once, though both directions carry it."""
    known = next((each.probe for each in explanations if each.probe is not None), None)
    return () if known is None or now is None else tuple(status_lines(known, now))


def next_lines(to_do: Iterable[NextStep], key: Key | None = None) -> Iterator[Line]:
    """Yield what to do: with the keys that start it, or without keys with the commands."""
    yield Line((Span("DO NEXT", Style.STRONG),))
    for step in to_do:
        pressed = key(step) if key is not None else ""
        head = (Span(f"  {pressed:<4}", Style.STRONG),) if key is not None else (Span("  "),)
        yield Line((*head, Span(clean(step.text, _LIMIT))))
        indent = "      " if key is not None else "    "
        if step.record:
            yield Line((Span(f"{indent}{clean(step.record, _LIMIT)}", Style.MUTED),))
        if step.command and not pressed:
            yield Line((Span(f"{indent}$ {clean(step.command, _LIMIT)}", Style.MUTED),))


_LIMIT = 600
"""Letters of one line; a sentence carries names and reasons from outside."""


def modality_lines(like: Sequence[Explanation], others: Mapping[Modality, Sequence[Explanation]]) -> Iterator[Line]:
    """Yield how other ways to communicate are decided: one line where they are like `like`, else each that differs."""
    same: list[str] = []
    for modality, explanations in others.items():
        differing = [
            (base, each)
            for base, each in zip(like, explanations, strict=True)
            if (each.verdict, each.reason) != (base.verdict, base.reason)
        ]
        if not differing:
            same.append(modality.value)
        for _, each in differing:
            decided = next((step for step in each.steps if step.check is each.decided_by), None)
            said = "" if each.verdict is VerdictKind.ALLOWED or decided is None else f"  {decided.why}"
            where = f"  {decided.where}" if said and decided is not None and decided.where else ""
            yield Line(
                (
                    Span(f"{modality.value:<6}"),
                    Span(f"{_way(each)}  ", Style.MUTED),
                    words.VERDICT_SPANS[each.verdict],
                    Span(said),
                    Span(where, Style.MUTED),
                )
            )
    if same:
        yield Line((Span(f"{' and '.join(same)}: decided like IM", Style.MUTED),))


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
