"""Direct verbs in the console: plan, one line with the impact, `y`, done. Only `_apply` changes the edge."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NamedTuple, Protocol

from edgeconsole.actions import direct
from edgeconsole.model.capability import Capability
from edgeconsole.model.configuration import Action, Configuration
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.present import errors, impact
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.prompt import Mode, Prompt

Planner = Callable[[Store], Awaitable[Plan]]


class Cancellable(Protocol):
    """Work that can be given up."""

    def cancel(self) -> object: ...


class Stage(Protocol):
    """What a change needs of the console it is asked on."""

    def redraw(self) -> None: ...
    def once_shown(self, callback: Callable[[], None]) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None], group: str) -> Cancellable: ...


class Answer(NamedTuple):
    """A key that answers a question: its meaning in a word, and what it starts."""

    meaning: str
    start: Callable[[], None]


class Changes:
    """One change at a time, from the key that asked to the sentence that says what became of it."""

    def __init__(self, store: Store, prompt: Prompt, stage: Stage) -> None:
        self._store = store
        self._prompt = prompt
        self._stage = stage
        self._answers: Mapping[str, Answer] = {}
        self._planning: Cancellable | None = None
        self._applying = False

    @property
    def reason_against(self) -> str | None:
        """Why nothing can be changed now."""
        if self._applying:
            return "a change is being applied"
        return self._store.reason_against(Capability.EDIT)

    def toggle_discovery(self) -> None:
        """Ask about partner discovery the other way round."""
        self.propose("partner discovery", direct.toggle_discovery)

    def undo(self) -> None:
        """Ask about the reverse of the last change."""
        self.propose("undo", direct.undo)

    def block(self, domain: str) -> None:
        """Ask about blocking the domain; where it is blocked already, ask what instead."""
        if _is_blocked(self._store.snapshot.configuration, domain):
            self._ask(
                f"{domain} is blocked",
                {
                    "a": Answer("allow", lambda: self._allow(domain)),
                    "r": Answer("remove rule", lambda: self._remove(domain)),
                },
            )
        else:
            self.propose(f"block {domain}", lambda store: direct.block(store, domain))

    def propose(self, what: str, planner: Planner) -> None:
        """Plan, then ask; keys typed meanwhile are swallowed, since their answer could not be meant."""
        reason = self.reason_against
        if reason is not None:
            self._prompt.say(f"cannot change anything now: {reason}", Style.WARN)
            return
        self._prompt.wait(f"{what}: working out what it changes… esc leaves")
        self._planning = self._stage.spawn(self._plan(planner), "change")

    def answered(self, key: str) -> None:
        """Do what an answer stands for."""
        answers, self._answers = self._answers, {}
        if key in answers:
            answers[key].start()

    def left(self) -> None:
        """Give up planning. What is being applied cannot be called back."""
        self._answers = {}
        if self._applying:
            self._prompt.say("still being applied; what became of it will be said here", Style.WARN)
        elif self._planning is not None:
            self._planning.cancel()

    def _allow(self, domain: str) -> None:
        self.propose(f"allow {domain}", lambda store: direct.allow(store, domain))

    def _remove(self, domain: str) -> None:
        self.propose(f"remove the rule for {domain}", lambda store: direct.remove(store, [domain]))

    def _ask(self, question: str, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        turn = self._prompt.ask(question, {key: answer.meaning for key, answer in answers.items()})
        self._stage.redraw()
        self._stage.once_shown(lambda: self._prompt.arm(turn))

    async def _plan(self, planner: Planner) -> None:
        try:
            plan = await planner(self._store)
        except EdgeconsoleError as error:
            self._prompt.say(errors.sentence(error), Style.FAIL)
        else:
            if plan.empty:
                self._prompt.say("nothing would change")
            else:
                warnings = "".join(f" ! {warning}" for warning in plan.warnings)
                self._ask(impact.sentence(plan) + warnings, {"y": Answer("apply", lambda: self._carry_out(plan))})
        self._planning = None
        self._stage.redraw()

    def _carry_out(self, plan: Plan) -> None:
        self._applying = True
        self._prompt.wait(f"applying: {impact.title(plan)}…")
        self._stage.spawn(self._apply(plan), "apply")

    async def _apply(self, plan: Plan) -> None:
        try:
            result = await direct.carry_out(self._store, plan)
        except EdgeconsoleError as error:
            self._finish(errors.sentence(error), Style.FAIL)
        else:
            self._finish(impact.done(result, plan), _style(result))

    def _finish(self, text: str, style: Style) -> None:
        self._applying = False
        if self._prompt.mode is Mode.WAITING:
            self._prompt.say(text, style)
        else:
            self._prompt.tell(text, style)
        self._stage.redraw()


def _style(result: ApplyResult) -> Style:
    if result.outcome is WriteOutcome.NOT_COMMITTED:
        return Style.FAIL
    return Style.OK if result.outcome is WriteOutcome.COMMITTED and result.enforced else Style.WARN


def _is_blocked(configuration: Configuration, domain: str) -> bool:
    """Return whether the domain has a block record of its own; one of a parent domain is not its to remove."""
    return any(record.name == domain and record.action is Action.BLOCK for record in configuration.domains)
