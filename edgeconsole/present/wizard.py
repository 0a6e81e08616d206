"""The guided set-up on a screen: its steps, the question, the answers to choose from, and what is known by now."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager

_TITLE, _VALUE = 14, 24
"""Cells of a step's title in the list of steps, and of an answer in the list of answers."""
_RECOMMENDED = 11


class StepState(Enum):
    """Where a step stands."""

    DONE = "done"
    CURRENT = "current"
    NEXT = "next"


class StepRow(NamedTuple):
    """One step of the list of steps."""

    title: str
    answer: str
    state: StepState


class AnswerRow(NamedTuple):
    """One thing that can be chosen."""

    key: str
    title: str
    help: str = ""
    recommended: bool = False
    style: Style = Style.PLAIN


class WizardView(NamedTuple):
    """Everything the screen shows; `page` is another one where the cursor has to be placed anew."""

    page: str = ""
    crumb: str = ""
    place: str = ""
    steps: tuple[StepRow, ...] = ()
    title: str = ""
    question: str = ""
    answers: tuple[AnswerRow, ...] = ()
    at: str = ""
    """The answer the cursor starts on."""
    heading: str = "ANSWER"
    pane: str = ""
    lines: tuple[Line, ...] = ()
    why: str = ""
    """Why the step is there."""


NO_WIZARD = WizardView()


def steps_line(steps: Sequence[StepRow], width: int) -> Line:
    """Return the steps on one line, the current one always in sight."""
    current = next((place for place, step in enumerate(steps) if step.state is StepState.CURRENT), len(steps))
    for first in range(len(steps)):
        spans = [Span("… > ", Style.MUTED)] if first else []
        for place, step in enumerate(steps[first:], first):
            joint = " > " if place > first else ""
            name = f"[{place + 1} {step.title}]" if place == current else f"{place + 1} {step.title}"
            spans += [Span(joint, Style.MUTED), Span(name, _style(step.state))]
            if place == current and sum(len(span.text) for span in spans) <= width:
                # What comes after may be cut; where one is may not.
                return Line((*spans, *_after(steps, place)))
    return Line(tuple(Span(f"{place + 1} {step.title} ", _style(step.state)) for place, step in enumerate(steps)))


def _after(steps: Sequence[StepRow], current: int) -> tuple[Span, ...]:
    later = enumerate(steps[current + 1 :], current + 2)
    return tuple(Span(f" > {place} {step.title}", Style.MUTED) for place, step in later)


def steps_list(steps: Sequence[StepRow]) -> tuple[Line, ...]:
    """Return the steps one under the other, with what was answered."""
    marks = {StepState.DONE: " . ", StepState.CURRENT: " > ", StepState.NEXT: "   "}
    return tuple(
        Line(
            (
                Span(f"{marks[step.state]}{place:>2} {step.title:<{_TITLE}} ", _style(step.state)),
                Span(step.answer, Style.MUTED),
            )
        )
        for place, step in enumerate(steps, 1)
    )


def _style(state: StepState) -> Style:
    return {StepState.DONE: Style.OK, StepState.CURRENT: Style.STRONG, StepState.NEXT: Style.MUTED}[state]


def help_starts(view: WizardView) -> int:
    """Return the cells of a row that stand before what is said of it: mark, answer, recommendation, and their gaps."""
    return 2 + sum(column.width + 1 for column in _columns(view))


def _columns(view: WizardView) -> tuple[Column, ...]:
    width = max([len(row.title) for row in view.answers] + [len(view.heading), 1])
    return (
        Column("answer", view.heading, min(width, _VALUE + 12)),
        Column("recommended", "", _RECOMMENDED if len(view.answers) > 1 and view.heading != "STATE" else 1),
        Column("help", "", 0),
    )


def answers(view: WizardView) -> ListView:
    """Return the answers as a list; what is recommended says so in a word."""
    columns = _columns(view)
    rows = [
        Row(
            row.key,
            (
                Span(row.title, row.style),
                Span("recommended" if row.recommended else "", Style.OK),
                Span(row.help, Style.MUTED),
            ),
        )
        for row in view.answers
    ]
    return eager(columns, rows, "")
