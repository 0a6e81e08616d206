"""The way through a set-up: which step comes next, and whether an answer is taken."""

from typing import NamedTuple

import msgspec

from edgeconsole.actions.federate import switches
from edgeconsole.actions.federate.changes import changes_of
from edgeconsole.actions.federate.edge import EDGE_QUESTIONS
from edgeconsole.actions.federate.partner import SIP_QUESTIONS
from edgeconsole.actions.federate.provider import PROVIDER_QUESTIONS, PUBLIC_IM_QUESTIONS, PUSH_QUESTIONS
from edgeconsole.actions.federate.question import Answers, Question, Remark, Setup, Situation, Weight
from edgeconsole.actions.federate.xmpp import XMPP_QUESTIONS
from edgeconsole.model.change import Change
from edgeconsole.model.errors import BadInput, Problem

_SWITCHES = (switches.FEDERATION, switches.DISCOVERY, switches.DISCLAIMER)
_LAST = (switches.POLICY, switches.COMMENT, switches.EXPIRES)

QUESTIONS: dict[Setup, tuple[Question, ...]] = {
    Setup.SIP: (*SIP_QUESTIONS, *PROVIDER_QUESTIONS, *_SWITCHES, *_LAST),
    Setup.XMPP: (*XMPP_QUESTIONS, switches.FEDERATION, *_LAST),
    Setup.HOSTING: (*PROVIDER_QUESTIONS, *_SWITCHES, switches.POLICY),
    Setup.PUSH: (*PUSH_QUESTIONS, switches.FEDERATION),
    Setup.PUBLIC_IM: PUBLIC_IM_QUESTIONS,
    Setup.EDGE: (*EDGE_QUESTIONS, switches.DISCLAIMER),
}

TITLES: dict[Setup, tuple[str, str]] = {
    Setup.SIP: ("SIP partner", "an organisation with Lync, Skype for Business or another SIP edge"),
    Setup.XMPP: ("XMPP partner", "an organisation with an XMPP server"),
    Setup.HOSTING: ("hosting provider", "Microsoft 365 or another hoster, for all its tenants"),
    Setup.PUSH: ("push notifications", "for Lync 2010 Mobile, through Microsoft's clearing house"),
    Setup.PUBLIC_IM: ("public IM", "Skype, Messenger, AOL, Yahoo!: what has ended, and when"),
    Setup.EDGE: ("this edge", "the first run: names, addresses and certificates of our own"),
}


class Taken(NamedTuple):
    """An answer that was taken."""

    answers: Answers
    remarks: tuple[Remark, ...]
    """Warnings and notes about it."""


def steps(situation: Situation) -> tuple[Question, ...]:
    """Return the questions that apply as things stand; they change with the answers."""
    relevant = _applying(situation)
    return tuple(question for question in QUESTIONS[situation.answers.setup] if question.applies(relevant))


def next_step(situation: Situation) -> Question | None:
    """Return the first question without an answer; None where all have one."""
    return next((each for each in steps(situation) if each.id not in situation.answers.values), None)


def take(situation: Situation, question: Question, text: str) -> Taken:
    """Take an answer. Raises BadInput with what is wrong with it and what to do."""
    typed = text.strip()
    choices = question.choices(situation)
    if choices:
        values = [choice.value for choice in choices]
        if typed not in values:
            raise BadInput(f"{question.title}: {typed!r} is no answer", remedy=f"Choose one of {', '.join(values)}")
        value = typed
    elif not typed and not question.optional:
        raise BadInput(f"{question.title} is needed", remedy=question.why)
    else:
        value = question.parse(situation, typed) if typed else ""
    answered = msgspec.structs.replace(situation, answers=situation.answers.with_answer(question.id, value))
    remarks = question.remarks(answered, value)
    stopping = [remark for remark in remarks if remark.weight is Weight.STOPS]
    if stopping:
        problems = tuple(Problem(field=question.id, message=each.text, remedy=each.remedy) for each in stopping)
        raise BadInput(f"{question.title}: {value} cannot be taken", problems=problems)
    return Taken(answered.answers, remarks)


def staged(situation: Situation) -> tuple[Change, ...]:
    """Return the change the set-up amounts to. Raises BadInput where a question is open."""
    missing = next_step(situation)
    if missing is not None:
        raise BadInput(f"{missing.title} is not answered yet", remedy=missing.ask(situation))
    return changes_of(_applying(situation))


def preview(situation: Situation) -> tuple[Change, ...]:
    """Return what the set-up would come to if all that is open is answered as recommended; nothing where that is open.

    For the eye alone: what is staged comes from `staged`.
    """
    guessed = situation
    while (question := next_step(guessed)) is not None:
        advice, choices = question.recommend(guessed), question.choices(guessed)
        if advice is None and not choices and not question.optional:
            return ()
        value = advice.value if advice is not None else choices[0].value if choices else ""
        guessed = msgspec.structs.replace(guessed, answers=guessed.answers.with_answer(question.id, value))
    return changes_of(_applying(guessed))


def asked_before(situation: Situation, question: Question) -> Question | None:
    """Return the step before one; None at the first."""
    known = [each.id for each in steps(situation)]
    place = known.index(question.id) if question.id in known else 0
    return steps(situation)[place - 1] if place else None


def asked_after(situation: Situation, question: Question) -> Question | None:
    """Return the step after one, answered or not, so that every answer is seen again; None where all have one."""
    known = steps(situation)
    place = next((place for place, each in enumerate(known) if each.id == question.id), len(known))
    return known[place + 1] if place + 1 < len(known) else next_step(situation)


def _applying(situation: Situation) -> Situation:
    """Return the situation with only the answers of questions that apply: one gone back on leaves no trace."""
    kept: dict[str, str] = {}
    for question in QUESTIONS[situation.answers.setup]:
        so_far = msgspec.structs.replace(situation, answers=Answers(setup=situation.answers.setup, values=dict(kept)))
        if question.id in situation.answers.values and question.applies(so_far):
            kept[question.id] = situation.answers.values[question.id]
    return msgspec.structs.replace(situation, answers=Answers(setup=situation.answers.setup, values=kept))
