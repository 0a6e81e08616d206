"""federate: the guided set-up in plain text; questions at a terminal, --answer for scripts."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from edgeconsole.actions.federate import files
from edgeconsole.actions.federate.flow import QUESTIONS, TITLES, next_step, take
from edgeconsole.actions.federate.look_up import look_up
from edgeconsole.actions.federate.outcome import Outcome, outcome
from edgeconsole.actions.federate.question import Answers, LookUp, Question, Setup, Situation
from edgeconsole.actions.federate.unfinished import Unfinished
from edgeconsole.cli import output
from edgeconsole.cli.changes import can_ask, carry_out
from edgeconsole.cli.command import Command
from edgeconsole.cli.reach import find_place, now
from edgeconsole.cli.verbs.checklist import checklist
from edgeconsole.model.errors import BadInput, EdgeconsoleError, Problem
from edgeconsole.model.text import clean
from edgeconsole.present import federate as shown
from edgeconsole.store.autosave import context_of, directory_for

_WIDEST = 100
_BACK = "<"
_HELP = "?"


async def federate(command: Command) -> int:
    """Walk through a set-up and apply what it amounts to; with --dry-run only show it."""
    if command.arguments.setup == "checklist":
        return await checklist(command)
    walk = _Walk(command, _typed(command))
    situation = await walk.to_the_end()
    found = outcome(situation)
    walk.finished()
    if not command.json:
        _print(found)
    if command.arguments.out:
        _write(Path(command.arguments.out), found, situation, command)
    if not found.changes:
        return 0
    plan = await command.store.plan(found.changes)
    return await carry_out(command, plan)


def _typed(command: Command) -> Mapping[str, str]:
    """Return the answers of the command line by step. Raises BadInput for a step that does not exist."""
    given = command.arguments
    setup = Setup(given.setup)
    known = {question.id for question in QUESTIONS[setup]}
    answers = {"partner": given.partner} if given.partner and "partner" in known else {}
    if given.partner and "partner" not in known:
        raise BadInput(f"{setup.value} has no partner to name", remedy=f"edgeconsole federate {setup.value}")
    for word in given.answer:
        step, equals, value = word.partition("=")
        if not equals or step not in known:
            raise BadInput(
                f"{clean(word)!r} answers no step of {setup.value}",
                remedy=f"Write STEP=VALUE; steps: {', '.join(sorted(known))}",
            )
        answers[step] = value
    return answers


class _Walk:
    """The way through the questions of one set-up."""

    def __init__(self, command: Command, typed: Mapping[str, str]) -> None:
        self._command = command
        self._typed = typed
        self._width = min(shutil.get_terminal_size((80, 24)).columns, _WIDEST) - 1
        self._unfinished = Unfinished(_directory(command))
        self._looked: set[tuple[LookUp, str, str]] = set()

    async def to_the_end(self) -> Situation:
        """Return the situation with every question answered. Raises BadInput for one nobody answers."""
        store = self._command.store
        configuration = (await store.backend.read()).configuration
        setup = Setup(self._command.arguments.setup)
        situation = Situation(configuration=configuration, answers=self._start(setup), now=now())
        self._say(TITLES[setup][0].upper(), "")
        while (question := next_step(situation)) is not None:
            situation = await self._live(situation, question)
            situation = self._answered(situation, question)
        return situation

    def _start(self, setup: Setup) -> Answers:
        left = self._unfinished.read() if self._command.arguments.resume else None
        if self._command.arguments.resume and (left is None or left.setup is not setup):
            raise BadInput(
                f"no unfinished set-up of {setup.value} is kept for this edge", remedy="Start it without --resume"
            )
        return left or Answers(setup=setup)

    def finished(self) -> None:
        """Forget what was kept: the set-up came to its end."""
        self._unfinished.drop()

    async def _live(self, situation: Situation, question: Question) -> Situation:
        """Look up what the step needs, once for each partner."""
        wanted = question.looks_up
        if wanted is None or self._command.arguments.no_look_up:
            return situation
        key = (wanted, situation.partner, situation.given("access-edge"))
        if key in self._looked:
            return situation
        self._looked.add(key)
        self._say(f"looking up {situation.partner or 'ourselves'} …")
        try:
            facts = await look_up(self._command.store.backend, situation, wanted)
        except EdgeconsoleError as error:
            self._say(f"  not looked up: {error}")
            return situation
        if facts.partner is not None and not self._command.json:
            for line in shown.result(facts.partner):
                print(f"  {output.text_of(line)}")
        return msgspec.structs.replace(situation, facts=facts)

    def _answered(self, situation: Situation, question: Question) -> Situation:
        if question.id in self._typed:
            return self._take(situation, question, self._typed[question.id])
        advice = question.recommend(situation)
        if self._command.arguments.recommended:
            if advice is not None:
                self._say(f"{question.title}: {advice.value or '(empty)'}, since {advice.why}")
                return self._take(situation, question, advice.value)
            if question.optional:
                return self._take(situation, question, "")
        if can_ask(self._command) and not self._command.arguments.recommended:
            return self._ask(situation, question)
        raise self._open(situation, question)

    def _ask(self, situation: Situation, question: Question) -> Situation:
        advice = question.recommend(situation)
        self._say("", f"{question.title}: {question.ask(situation)}")
        for choice in question.choices(situation):
            mark = "*" if advice is not None and choice.value == advice.value else " "
            self._say(f" {mark} {choice.value:<24} {choice.help or choice.title}")
        if advice is not None:
            self._say(f"Recommended: {advice.value or '(empty)'}: {advice.why}. Enter takes it.")
        while True:
            try:
                text = input("> ").strip()
            except (EOFError, KeyboardInterrupt):
                print()
                raise self._left(situation) from None
            if text == _HELP:
                self._say(question.why)
                continue
            if text == _BACK:
                return self._one_back(situation)
            if not text and advice is not None:
                text = advice.value
            try:
                return self._take(situation, question, text)
            except BadInput as error:
                self._say(f"X {error}")
                for problem in error.problems:
                    self._say(f"X {problem}")

    def _one_back(self, situation: Situation) -> Situation:
        asked = [each for each in QUESTIONS[situation.answers.setup] if each.id in situation.answers.values]
        if not asked:
            return situation
        values = {key: value for key, value in situation.answers.values.items() if key != asked[-1].id}
        return msgspec.structs.replace(situation, answers=msgspec.structs.replace(situation.answers, values=values))

    def _take(self, situation: Situation, question: Question, text: str) -> Situation:
        taken = take(situation, question, text)
        for each in taken.remarks:
            self._say(output.text_of(shown.remark(each.weight.value, each.text, each.remedy)))
        return msgspec.structs.replace(situation, answers=taken.answers)

    def _left(self, situation: Situation) -> BadInput:
        problem = self._unfinished.keep(situation.answers)
        if problem is not None:
            return BadInput("the set-up was left before its end", problems=(problem,))
        return BadInput(
            "the set-up was left before its end; nothing was changed and the answers are kept",
            remedy=f"edgeconsole federate {situation.answers.setup.value} --resume goes on",
        )

    def _open(self, situation: Situation, question: Question) -> BadInput:
        choices = ", ".join(choice.value for choice in question.choices(situation))
        advice = question.recommend(situation)
        wanted = f"one of {choices}" if choices else "text"
        said = f" (recommended: {advice.value}, {advice.why})" if advice is not None and advice.value else ""
        problem = Problem(field=question.id, message=f"{question.ask(situation)} {wanted}{said}")
        return BadInput(
            f"the step {question.id!r} has no answer",
            remedy=f"Add --answer {question.id}=VALUE, or --recommended to take what is recommended",
            problems=(problem,),
        )

    def _say(self, *lines: str) -> None:
        if not self._command.json:
            for line in lines:
                output.print_lines(shown.wrapped(line, self._width)) if line else print()


def _directory(command: Command) -> Path:
    given = command.arguments
    place = find_place(config=given.config, socket=given.socket, context=given.context)
    return directory_for(context_of(given.config, given.socket, place.name), os.environ)


def _print(found: Outcome) -> None:
    sections = (
        ("WHAT WILL BE WRITTEN", shown.changes(found.changes)),
        ("DNS RECORDS TO PUBLISH", shown.records(found.new_records)),
        ("FIREWALL RULES TO OPEN", shown.ports(found.new_ports)),
        ("CERTIFICATES", shown.certificates(found.certificates)),
    )
    for title, lines in sections:
        made = list(lines)
        if made:
            print(f"\n{title}")
            output.print_lines(made)
    if not found.changes:
        print("nothing is changed")
    sys.stdout.flush()


def _write(folder: Path, found: Outcome, situation: Situation, command: Command) -> None:
    """Write the files of the set-up into a folder; a file that exists is left as it is."""
    texts = shown.texts(
        found.after,
        situation.partner,
        xmpp=situation.answers.setup is Setup.XMPP,
        records=found.records,
        ports=found.ports,
        now=situation.now,
    )
    for path in files.write(folder, texts, found.certificates, command.arguments.key or ""):
        output.complain(f"wrote {path}")
    if command.arguments.key:
        output.complain("the authority gets each .csr; each .key stays here")
