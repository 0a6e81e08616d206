"""The guided set-up on the keys: where it stands, what each key makes of it, and what is kept when it is left."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path

import msgspec

from edgeconsole.actions.federate import checks
from edgeconsole.actions.federate.checks import CheckLists
from edgeconsole.actions.federate.flow import QUESTIONS, asked_after, asked_before, next_step, take
from edgeconsole.actions.federate.outcome import Outcome, outcome
from edgeconsole.actions.federate.question import Answers, LookUp, Question, Recommended, Setup, Situation
from edgeconsole.actions.federate.unfinished import Unfinished
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.names import parse_domain, where_wrong
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.wizard import WizardView
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.dialogue import Dialogue
from edgeconsole.tui.wizard import views
from edgeconsole.tui.wizard.checking import Checking
from edgeconsole.tui.wizard.ending import Ending, WizardStage
from edgeconsole.tui.wizard.look_ups import LookUps

_OF_THE_PARTNER = ("find", "access-edge", "provider-edge", "provider-name", "server", "negotiation")
"""Answers that another partner's domain makes worthless."""
_NAMES = frozenset(
    {"partner", "access-edge", "server", "provider-edge", "fqdn", "next-hop", "internal-fqdn"}
)  # fmt: skip
"""Questions that a name answers, with a port perhaps."""
_KEYS = frozenset({"left", "up", "down", "pageup", "pagedown", "<", "?", "ctrl+r"})
"""Keys that mean something while an answer is typed; printable ones on an empty line alone."""


class Page(Enum):
    """What the screen shows."""

    PICK = "pick"
    STEP = "step"
    FINISH = "finish"
    CHECKS = "checks"


class Wizard:
    """One set-up at a time; every answer is on disk as soon as it is taken."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        changes: Changes,
        stage: WizardStage,
        clock: Callable[[], datetime],
        directory: Path | None,
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._clock = clock
        self._unfinished = Unfinished(directory) if directory is not None else None
        self._left: Answers | None = self._unfinished.read() if self._unfinished is not None else None
        self._lists = CheckLists(directory)
        self._looks = LookUps(store, stage, self._refresh)
        self._checking = Checking(store, stage, self._situation)
        self._ending = Ending(store, dialogue, changes, stage, self._over, self._refresh)
        self._page = Page.PICK
        self._answers = Answers(setup=Setup.SIP)
        self._question: Question = QUESTIONS[Setup.SIP][0]
        self._domain = ""
        """The domain under the cursor when it was opened."""
        self._candidate: str | None = None
        self._chosen = False
        """Whether the cursor was moved: what is recommended later leaves it where it is then."""
        self._said: Sequence[Line] = ()
        """Why the last answer was not taken, or why the step is there."""
        self._before: Sequence[Line] = ()
        """What was said of the one before."""
        self.view = WizardView()

    def start(self, domain: str = "", *, ask: bool = True) -> None:
        """Open the first page; a domain under the cursor that has no record is offered as the partner.

        Without `ask` it is taken as the SIP partner, and the first question that it leaves open is asked.
        """
        configuration = self._store.snapshot.configuration
        listed = {each.name for each in configuration.domains}
        listed |= {name for each in configuration.xmpp_partners for name in each.domains}
        self._domain = "" if domain in listed else domain
        self._page = Page.PICK
        self._dialogue.say("")
        if not ask and self._domain:
            self._begin(Answers(setup=Setup.SIP, values={"partner": domain}))
        else:
            self._refresh()
        self._stage.go("wizard")

    def check(self, domain: str) -> None:
        """Open the check list of a partner."""
        configuration = self._store.snapshot.configuration
        kept = (each for each in self._lists.all if each.values.get("partner") == domain)
        try:
            answers = next(kept, None) or checks.answers_for(configuration, parse_domain(domain))
        except EdgeconsoleError as error:
            self._dialogue.say(f"{error.message}: {keycap('row.new')} sets it up", Style.WARN)
            return
        self._open_checks(answers)
        self._stage.go("wizard")

    def _open_checks(self, answers: Answers) -> None:
        self._page = Page.CHECKS
        self._checking.open(answers, self._refresh)
        self._refresh()

    def look_at(self, key: str | None) -> None:
        """Take note of the row under the cursor: what would be said of that answer is shown."""
        if key is None:
            return
        if self._page is Page.CHECKS:
            self._checking.select(key)
        elif self._page is Page.STEP and key != views.TYPED:
            self._chosen = self._chosen or key != self.view.at
            self._candidate, self._said = key, ()
        else:
            return
        self._refresh()

    def follow(self, *, in_front: bool) -> None:
        """Take note of a newer picture of the edge; nothing is asked of it unless the check list is on screen."""
        if not in_front:
            return
        if self._page is Page.CHECKS:
            self._checking.follow()
        # The screen is being drawn: it takes the view from here.
        self._draw()
        if self._page is Page.STEP and self._typed_step and self._dialogue.idle:
            self._type(self._situation(self._answers).given(self._question.id))

    def enter(self, key: str) -> None:
        """Go on with the row under the cursor."""
        match self._page:
            case Page.PICK:
                self._picked(key)
            case Page.STEP if key == views.TYPED:
                self._type(self._situation(self._answers).given(self._question.id))
            case Page.STEP:
                self._answer(key)
            case Page.FINISH:
                self._end(key)
            case Page.CHECKS if key == views.DONE:
                self._leave_checks()
            case Page.CHECKS:
                self._checking.select(key)
                self._refresh()

    def back(self) -> None:
        """Go one step back; no answer is lost."""
        match self._page:
            case Page.PICK:
                self._dialogue.say(f"this is the first page; {keycap('app.back')} leaves", Style.MUTED)
                return
            case Page.CHECKS:
                self._page = Page.PICK
            case Page.FINISH:
                asked = [each for each in QUESTIONS[self._answers.setup] if each.id in self._answers.values]
                self._show(asked[-1])
                return
            case Page.STEP:
                before = asked_before(self._situation(self._answers), self._question)
                if before is not None:
                    self._show(before)
                    return
                self._page = Page.PICK
        self._dialogue.say("")
        self._refresh()

    def look_again(self) -> None:
        """Look up once more what is on screen."""
        if self._page is Page.CHECKS:
            self._checking.look()
        elif self._page is Page.STEP and self._question.looks_up is not None:
            self._looks.want(self._situation(self._answers), self._question.looks_up, again=True)
        else:
            self._dialogue.say("nothing is looked up on this page", Style.MUTED)
        self._refresh()

    def _picked(self, key: str) -> None:
        if key == views.RESUME and self._left is not None:
            self._begin(self._left)
        elif key == views.DROP:
            self._drop()
        elif key.startswith(views.CHECKS):
            self._open_checks(self._lists.all[int(key.removeprefix(views.CHECKS))])
        else:
            self._begin(Answers(setup=Setup(key)))

    def _begin(self, answers: Answers) -> None:
        self._answers = answers
        self._looks.forget()
        self._ending.forget()
        self._before = ()
        self._go_on(next_step(self._situation(answers)))

    def _drop(self) -> None:
        self._forget()
        self._page = Page.PICK
        self._dialogue.say("thrown away; nothing was changed")
        self._refresh()

    def _forget(self) -> None:
        self._left = None
        if self._unfinished is not None:
            self._unfinished.drop()

    def _go_on(self, question: Question | None) -> None:
        if question is not None:
            self._show(question)
            return
        self._page = Page.FINISH
        self._dialogue.say("")
        self._refresh()

    def _show(self, question: Question) -> None:
        self._page, self._question = Page.STEP, question
        self._candidate, self._said, self._chosen = None, (), False
        situation = self._situation(self._answers)
        self._looks.want(situation, question.looks_up)
        self._refresh()
        if self._typed_step:
            self._type(situation.given(question.id))
        else:
            self._dialogue.say("")

    @property
    def _typed_step(self) -> bool:
        return not self._question.choices(self._situation(self._answers))

    def _type(self, text: str, at: int | None = None) -> None:
        """Let the answer be typed in the bottom row; one that was refused with the cursor at its mistake."""
        self._dialogue.enter(
            f"{self._question.title}:",
            self._entered,
            text,
            typing=self._typing,
            left=self._leave,
            keys=_KEYS,
            pressed=self._pressed,
            at=at,
            own="left back  ? why  ctrl+r look again",
        )

    def _leave(self) -> None:
        # The first page offers to go on; staying on this one would let its line be opened again on the way out.
        self._page = Page.PICK
        self._stage.go()

    def _typing(self, text: str) -> None:
        self._candidate, self._said = text.strip() or None, ()
        self._refresh()

    def _entered(self, text: str) -> None:
        advice = self._advice(self._situation(self._answers))
        self._answer(text or (advice.value if advice is not None else ""))

    def _advice(self, situation: Situation) -> Recommended | None:
        if self._question.id == "partner" and self._domain:
            return Recommended(self._domain, "it was under the cursor")
        return self._question.recommend(situation)

    def _pressed(self, key: str) -> None:
        match key:
            case "left" | "<":
                self.back()
            case "ctrl+r":
                self.look_again()
            case "?":
                self._said = (Line((Span("why: ", Style.STRONG), Span(self._question.why))),)
                self._refresh()
            case _:
                screen = self._stage.front
                if screen is not None:
                    screen.pane.move({"up": -1, "down": 1, "pageup": -8, "pagedown": 8}[key])

    def _about(self, situation: Situation) -> Sequence[Line]:
        """Return what is to be said of the answer that is about to be given, as things are known now."""
        if self._said or self._candidate is None:
            return self._said
        try:
            return views.remarks(take(situation, self._question, self._candidate).remarks)
        except EdgeconsoleError as error:
            return views.refusal(error, typing=self._typed_step)

    def _answer(self, value: str) -> None:
        """Take an answer and go on, or say why it cannot be taken and leave what was typed to be mended."""
        situation = self._situation(self._answers)
        try:
            taken = take(situation, self._question, value)
        except BadInput as error:
            if self._typed_step:
                self._type(value, where_wrong(value) if self._question.id in _NAMES else None)
            self._candidate, self._said = value or None, views.refusal(error, typing=False)
            self._refresh()
            return
        answers = taken.answers
        if self._question.id == "partner" and situation.given("partner") not in ("", answers.values["partner"]):
            kept = {name: text for name, text in answers.values.items() if name not in _OF_THE_PARTNER}
            answers = msgspec.structs.replace(answers, values=kept)
        self._answers = answers
        self._before = views.remarks(taken.remarks, self._question.title)
        self._keep(answers)
        self._go_on(asked_after(self._situation(answers), self._question))

    def _keep(self, answers: Answers) -> None:
        self._left = answers
        problem = self._unfinished.keep(answers) if self._unfinished is not None else None
        if problem is not None:
            self._before = (*self._before, Line((Span(str(problem), Style.WARN),)))

    def _end(self, key: str) -> None:
        if key == views.DROP:
            self._drop()
            return
        situation = self._situation(self._answers)
        made = self._made(situation)
        if isinstance(made, EdgeconsoleError):
            self._refresh()
        else:
            self._ending.do(key, situation, made)

    def _over(self, *, applied: bool) -> None:
        """The set-up came to its end: it is staged, or applied; its check list is kept until it is dismissed."""
        problem = self._lists.add(self._answers)
        self._forget()
        if problem is not None:
            self._dialogue.tell(str(problem), Style.WARN)
        if applied:
            self._open_checks(self._answers)
        else:
            self._page = Page.PICK

    def _leave_checks(self) -> None:
        if self._checking.answers is not None:
            self._lists.dismiss(self._checking.answers)
        self._page = Page.PICK
        self._stage.go()

    def _made(self, situation: Situation) -> Outcome | EdgeconsoleError:
        try:
            return outcome(situation)
        except EdgeconsoleError as error:
            return error

    def _situation(self, answers: Answers) -> Situation:
        drafts = self._store.drafts
        configuration = drafts.view.configuration if drafts is not None else self._store.snapshot.configuration
        return Situation(configuration=configuration, answers=answers, now=self._clock(), facts=self._looks.facts)

    def _refresh(self) -> None:
        """Work out what the screen says now, and have it drawn."""
        self._draw()
        self._stage.redraw()

    def _draw(self) -> None:
        view = self._drawn()
        if view != self.view:
            self.view = view

    def _drawn(self) -> WizardView:
        situation = self._situation(self._answers)
        match self._page:
            case Page.PICK:
                first_run = self._store.snapshot.configuration.edge is None
                return views.pick(self._left, self._lists.all, self._domain, first_run=first_run)
            case Page.CHECKS:
                return self._checking.view(kept=self._checking.answers in self._lists.all)
            case Page.FINISH:
                made, can_stage = self._made(situation), self._store.drafts is not None
                said = (*self._before, *self._ending.lines)
                return views.finish(situation, made, can_stage=can_stage, written=said)
            case Page.STEP:
                wanted = self._question.looks_up is LookUp.PARTNER
                view = views.step(
                    situation,
                    self._question,
                    self._advice(situation),
                    candidate=self._candidate,
                    said=(*self._about(situation), *self._before),
                    looked=self._looks.lines if wanted else (),
                )
                return view._replace(at=self._candidate) if self._chosen and self._candidate else view
