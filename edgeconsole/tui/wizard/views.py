"""The pages of the guided set-up, drawn from where it stands. Pure: nothing here asks or remembers."""

from collections.abc import Iterator, Sequence

from edgeconsole.actions.federate.flow import QUESTIONS, TITLES, preview, steps
from edgeconsole.actions.federate.outcome import Check, CheckItem, Outcome
from edgeconsole.actions.federate.question import Answers, Choice, Question, Recommended, Remark, Setup, Situation
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.present import federate as shown
from edgeconsole.present.ages import plural
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.wizard import AnswerRow, StepRow, StepState, WizardView

_BLANK = Line(())
RESUME, DROP, CHECKS = "resume", "drop", "checks "
TYPED = "typed"
"""The row of a step whose answer is typed."""
APPLY, STAGE, FILES, DONE = "apply", "stage", "files", "done"


def subject(answers: Answers) -> str:
    """Return what a set-up is about, in a word or two."""
    named = answers.values.get("partner") or answers.values.get("provider-name") or answers.values.get("fqdn")
    return f"{TITLES[answers.setup][0]} {named}" if named else TITLES[answers.setup][0]


def pick(left: Answers | None, lists: Sequence[Answers], domain: str, *, first_run: bool) -> WizardView:
    """Return the first page: what is to be set up, what was left, and whose check list is still open."""
    rows: list[AnswerRow] = []
    if left is not None:
        done = plural(len(left.values), "answer")
        rows.append(AnswerRow(RESUME, f"go on: {subject(left)}", f"it was left with {done}", recommended=True))
    rows += [AnswerRow(f"{CHECKS}{at}", f"check list: {subject(each)}", "what is done, and what is still missing")
             for at, each in enumerate(lists)]  # fmt: skip
    order = [Setup.EDGE] if first_run else []
    order += [each for each in Setup if each is not Setup.EDGE]
    for setup in order:
        title, help_text = TITLES[setup]
        best = left is None and setup is order[0] and (first_run or bool(domain))
        about = f"{title} {domain}" if domain and setup in (Setup.SIP, Setup.XMPP) else title
        rows.append(AnswerRow(setup.value, about, help_text, recommended=best))
    if left is not None:
        rows.append(AnswerRow(DROP, "throw away", f"forget the answers about {subject(left)}"))
    return WizardView(
        page="pick",
        place="",
        title="SET-UP",
        question="This edge is not described yet. What do you want to set up?" if first_run else
        "What do you want to set up?",
        answers=tuple(rows),
        at=rows[0].key,
        heading="WHAT",
        pane="HOW IT GOES",
        lines=(
            Line((Span(f"One question a step; {keycap('row.open')} goes on, {keycap('federate.back')} goes back, "
                       f"{keycap('app.help')} says why, {keycap('app.back')} leaves and keeps."),)),
            Line((Span("Partners are looked up in DNS and probed meanwhile. Nothing changes before you apply it."),)),
            Line((Span("As a command: edgeconsole federate sip DOMAIN", Style.MUTED),)),
        ),
        why="It decides which questions are asked.",
    )  # fmt: skip


def step(
    situation: Situation,
    question: Question,
    advice: Recommended | None,
    *,
    candidate: str | None,
    said: Sequence[Line],
    looked: Sequence[Line],
) -> WizardView:
    """Return the page of one question; `said` is about answers, `looked` what a look-up found or is doing."""
    rows, number = _steps(situation, question.id)
    given = situation.answers.values.get(question.id)
    answers = _answers(situation, question, advice)
    lines = [*said]
    if advice is not None:
        lines.append(_advice(advice, question.choices(situation)))
    if looked:
        lines += [
            _BLANK,
            Line(
                (
                    Span("LOOK-UPS", Style.STRONG),
                    Span(f"   {keycap('view.refresh')} or ctrl+r looks again", Style.MUTED),
                )
            ),
            *looked,
        ]
    written = _written(situation, question, candidate)
    if written:
        lines += [_BLANK, Line((Span("WHAT WILL BE WRITTEN", Style.STRONG),)), *written]
    return WizardView(
        page=f"step {situation.answers.setup.value} {question.id}",
        crumb=subject(situation.answers),
        place=f"step {number} of {len(rows)}   answers are kept",
        steps=rows,
        title=question.title.upper(),
        question=question.ask(situation),
        answers=answers,
        at=_start(answers, given, advice),
        pane="WHAT IS KNOWN",
        lines=tuple(lines),
        why=question.why,
    )


def _answers(situation: Situation, question: Question, advice: Recommended | None) -> tuple[AnswerRow, ...]:
    choices = question.choices(situation)
    if not choices:
        empty = "an empty line means none" if question.optional else ""
        return (AnswerRow(TYPED, situation.given(question.id) or "typed in the line at the bottom", empty),)
    best = advice.value if advice is not None else None
    return tuple(AnswerRow(each.value, each.title, each.help, recommended=each.value == best) for each in choices)


def _start(answers: Sequence[AnswerRow], given: str | None, advice: Recommended | None) -> str:
    wanted = given if given is not None else advice.value if advice is not None else ""
    return wanted if any(row.key == wanted for row in answers) else answers[0].key


def _advice(advice: Recommended, choices: Sequence[Choice]) -> Line:
    value = next((each.title for each in choices if each.value == advice.value), advice.value or "nothing")
    takes = "" if choices else " Enter on an empty line takes it."
    return Line((Span(f"Recommended: {value}", Style.OK), Span(f": {advice.why}.{takes}")))


def _steps(situation: Situation, current: str) -> tuple[tuple[StepRow, ...], int]:
    known = steps(situation)
    number = next((place for place, each in enumerate(known) if each.id == current), len(known))
    rows = [
        StepRow(
            each.title,
            situation.given(each.id),
            StepState.CURRENT if place == number
            else StepState.DONE if each.id in situation.answers.values else StepState.NEXT,
        )
        for place, each in enumerate(known)
    ]  # fmt: skip
    last = StepState.CURRENT if number == len(known) else StepState.NEXT
    return (*rows, StepRow("Finish", "", last)), number + 1


def _written(situation: Situation, question: Question, candidate: str | None) -> list[Line]:
    if candidate is not None:
        situation = _with(situation, question.id, candidate)
    try:
        return list(shown.changes(preview(situation)))
    except EdgeconsoleError:
        # What is typed is not yet what it is going to be.
        return []


def _with(situation: Situation, question: str, value: str) -> Situation:
    return Situation(
        configuration=situation.configuration,
        answers=situation.answers.with_answer(question, value),
        now=situation.now,
        facts=situation.facts,
    )


def remarks(found: Sequence[Remark], about: str = "") -> list[Line]:
    """Return what is to be said of an answer."""
    before = (Span(f"{about}: ", Style.MUTED),) if about else ()
    return [Line((*before, *shown.remark(each.weight.value, each.text, each.remedy).spans)) for each in found]


def refusal(error: EdgeconsoleError, *, typing: bool) -> list[Line]:
    """Return why an answer is not taken; while it is still typed that is no failure."""
    style = Style.MUTED if typing else Style.FAIL
    head = "so far: " if typing else "X "
    if not error.problems:
        return [Line((Span(f"{head}{error.message}", style), Span(f". {error.remedy}" if error.remedy else "")))]
    return [
        Line((Span(f"{head}{each.message}", style), Span(f". {each.remedy}" if each.remedy else "")))
        for each in error.problems
    ]


def finish(
    situation: Situation, made: Outcome | EdgeconsoleError, *, can_stage: bool, written: Sequence[Line]
) -> WizardView:
    """Return the last page: what it amounts to, and what to do with it."""
    rows, number = _steps(situation, "")
    return WizardView(
        page="finish",
        crumb=subject(situation.answers),
        place=f"step {number} of {len(rows)}   answers are kept",
        steps=rows,
        title="FINISH",
        question="This is what it comes to. What shall be done with it?",
        answers=_endings(situation, made, can_stage=can_stage),
        at=APPLY if not isinstance(made, EdgeconsoleError) and made.changes else DROP,
        heading="WHAT",
        pane="WHAT IT COMES TO",
        lines=(*written, *_sections(made)),
        why="The set-up touches nothing by itself: you apply it, or stage it and apply it in Review.",
    )


def _endings(situation: Situation, made: Outcome | EdgeconsoleError, *, can_stage: bool) -> tuple[AnswerRow, ...]:
    rows: list[AnswerRow] = []
    if not isinstance(made, EdgeconsoleError) and made.changes:
        rows.append(AnswerRow(APPLY, "apply now", "plans it, says what it opens, and asks; then the check list"))
        if can_stage:
            rows.append(AnswerRow(STAGE, "stage it", "into the draft; 6 Review applies it"))
        sheet = ", the sheet for the partner" if situation.partner else ""
        rows.append(
            AnswerRow(FILES, "write files", f"zone records, firewall rules{sheet}; keys and requests if wanted")
        )
    rows.append(AnswerRow(DROP, "throw away", "forget these answers"))
    return tuple(rows)


def _sections(made: Outcome | EdgeconsoleError) -> Iterator[Line]:
    if isinstance(made, EdgeconsoleError):
        yield from refusal(made, typing=False)
        yield Line((Span(f"{keycap('federate.back')} goes back to the answers", Style.MUTED),))
        return
    sections = (
        ("WHAT WILL BE WRITTEN", shown.changes(made.changes)),
        ("DNS RECORDS TO PUBLISH, not needed before", shown.records(made.new_records)),
        ("FIREWALL RULES TO OPEN, not needed before", shown.ports(made.new_ports)),
        ("CERTIFICATES and the names they need", shown.certificates(made.certificates)),
    )
    for title, lines in sections:
        found = list(lines)
        if found:
            yield Line((Span(title, Style.STRONG),))
            yield from found
            yield _BLANK
    if not made.changes:
        yield Line((Span("nothing is changed"),))


_MARKS = {
    Check.DONE: (". done", Style.OK),
    Check.OPEN: ("o open", Style.WARN),
    Check.FAILED: ("X failed", Style.FAIL),
    Check.UNKNOWN: ("? unknown", Style.STALE),
}


def checklist(
    answers: Answers, items: Sequence[CheckItem], selected: str, looked: Sequence[Line], *, kept: bool
) -> WizardView:
    """Return the check list; the first thing that is missing has the cursor."""
    done = sum(item.state is Check.DONE for item in items)
    rows = [_check(item) for item in items]
    end = "forget this list" if kept else "leave this list"
    rows.append(
        AnswerRow(
            DONE,
            end,
            f"any time again: {keycap('federate.checklist')} on the domain, or edgeconsole federate checklist DOMAIN",
        )
    )
    first = next((item.id for item in items if item.state is not Check.DONE), DONE)
    about = next((item for item in items if item.id == (selected or first)), None)
    lines = [*(_about(about) if about is not None else ()), *looked]
    return WizardView(
        page=f"checks {subject(answers)}",
        crumb=f"{subject(answers)} > check list",
        place=f"{done} of {len(items)} done" + ("" if done < len(items) else ": nothing is missing"),
        steps=tuple(_step(each, answers) for each in QUESTIONS[answers.setup] if each.id in answers.values),
        title="CHECK LIST",
        question="All of it done means people can write to each other." if answers.values.get("partner") else
        "All of it done means this side is ready.",
        answers=tuple(rows),
        at=first,
        heading="STATE",
        pane="ABOUT IT",
        lines=tuple(lines),
        why="A set-up is finished when messages pass, not when a file is saved; every line was looked at, not assumed.",
    )  # fmt: skip


def _step(question: Question, answers: Answers) -> StepRow:
    return StepRow(question.title, answers.values[question.id], StepState.DONE)


def _check(item: CheckItem) -> AnswerRow:
    word, style = _MARKS[item.state]
    detail = f"  {item.detail}" if item.detail else ""
    return AnswerRow(item.id, word, f"{item.title}{detail}", style=style)


def _about(item: CheckItem) -> Iterator[Line]:
    word, style = _MARKS[item.state]
    yield Line((Span(f"{word}  ", style), Span(item.title, Style.STRONG)))
    if item.detail:
        yield Line((Span(item.detail),))
    if item.fix:
        yield Line((Span("what to do: ", Style.MUTED), Span(item.fix)))
