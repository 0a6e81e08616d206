"""Changes in the console: plan, one line with the impact, an answer, done. Only `_apply` changes the configuration."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

from edgeconsole.actions import direct, draft
from edgeconsole.model.capability import Capability
from edgeconsole.model.configuration import Action, Configuration
from edgeconsole.model.durations import write_duration
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.present import confirm, errors, impact
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui import waiting
from edgeconsole.tui.dialogue import Answer, Cancellable, Dialogue, Stage

Planner = Callable[[Store], Awaitable[Plan]]
Carry = Callable[[Plan, timedelta | None], Awaitable[ApplyResult]]

CONFIRMATION = "apply"
"""What is typed for a change above the guard."""


class Proposal(NamedTuple):
    """A planned change while it is asked about."""

    plan: Plan
    carry: Carry
    time: timedelta | None
    """How long it waits to be kept; None applies it for good."""
    timed: bool
    """Whether the time can be chosen."""
    staged: bool
    """Whether it is in the draft already, so that it need not be staged."""
    about: str = ""
    """What is said before the question: which rows it is about."""
    done: Callable[[], object] = lambda: None
    """Called when it was applied or staged."""
    back: Callable[[], None] | None = None
    """Asks what was asked before."""


class Changes:
    """One change at a time, from the key that asked to the sentence that says what became of it."""

    def __init__(self, store: Store, dialogue: Dialogue, stage: Stage) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._planning: Cancellable | None = None
        self._applying = False

    @property
    def reason_against(self) -> str | None:
        """Why nothing can be changed now."""
        if self._applying:
            return "a change is being applied"
        return self._store.reason_against(Capability.EDIT)

    @property
    def applying(self) -> bool:
        """Whether a change is on its way."""
        return self._applying

    @property
    def can_wait(self) -> bool:
        """Whether something would take back what nobody keeps."""
        health = self._store.snapshot.health
        return health is not None and health.enforcing

    def toggle_discovery(self) -> None:
        """Ask about partner discovery the other way round."""
        self.propose("partner discovery", direct.toggle_discovery)

    def undo(self) -> None:
        """Ask about the reverse of the last change."""
        self.propose("undo", direct.undo)

    def block(self, domain: str) -> None:
        """Ask about blocking the domain; where it is blocked already, ask what instead."""
        if _is_blocked(self._store.snapshot.configuration, domain):
            self._dialogue.ask(
                f"{domain} is blocked",
                {
                    "a": Answer("allow", lambda: self._allow(domain)),
                    "r": Answer("remove rule", lambda: self._remove(domain)),
                },
            )
        else:
            self.propose(f"block {domain}", lambda store: direct.block(store, domain))

    def propose(
        self,
        what: str,
        planner: Planner,
        carry: Carry | None = None,
        *,
        time: timedelta | None = None,
        own: bool = False,
        about: str = "",
        done: Callable[[], object] = lambda: None,
        back: Callable[[], None] | None = None,
    ) -> None:
        """Plan, then ask; keys typed meanwhile are swallowed, since their answer could not be meant.

        `own` is the draft itself: its time can be chosen, and it need not be staged. `about` is said before the
        question, `done` is called when the change was applied or staged, `back` when Esc goes to the question before.
        """
        reason = self.reason_against
        if reason is not None:
            self._dialogue.say(f"cannot change anything now: {reason}", Style.WARN)
            return
        self._dialogue.wait(f"{what}: working out what it changes… esc leaves", self._give_up)
        about = f"{about}. " if about else ""

        def proposed(plan: Plan) -> Proposal:
            return self._proposed(plan, carry or self._directly, time, own)._replace(about=about, done=done, back=back)

        self._planning = self._stage.spawn(self._plan(planner, proposed), "change")

    async def _directly(self, plan: Plan, time: timedelta | None) -> ApplyResult:
        return await direct.carry_out(self._store, plan, confirm=time)

    def _give_up(self) -> None:
        if self._planning is not None:
            self._planning.cancel()

    def _allow(self, domain: str) -> None:
        self.propose(f"allow {domain}", lambda store: direct.allow(store, domain))

    def _remove(self, domain: str) -> None:
        self.propose(f"remove the rule for {domain}", lambda store: direct.remove(store, [domain]))

    async def _plan(self, planner: Planner, proposed: Callable[[Plan], Proposal]) -> None:
        try:
            plan = await planner(self._store)
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
        else:
            if plan.empty:
                self._dialogue.say("nothing would change")
            else:
                self._ask(proposed(plan))
        self._planning = None

    def _proposed(self, plan: Plan, carry: Carry, time: timedelta | None, own: bool) -> Proposal:
        if not self.can_wait:
            return Proposal(plan, carry, None, False, own)
        time = time or self._store.confirm or (waiting.USUAL if plan.guard else None)
        return Proposal(plan, carry, time, own or bool(plan.guard), own)

    def _ask(self, proposal: Proposal) -> None:
        plan = proposal.plan
        parts = [f"{proposal.about}{impact.sentence(plan)}.", *(f"! {warning}" for warning in plan.warnings)]
        if plan.guard:
            parts.append(f"! {confirm.reasons(plan)}.")
        answers = {"y": Answer("apply", lambda: self._agreed(proposal))}
        if proposal.time is not None:
            parts.append(f"Back in {write_duration(proposal.time)} unless kept.")
        elif proposal.timed:
            parts.append("No timer.")
        if proposal.timed:
            answers["+"] = Answer("longer", lambda: self._timed(proposal, 1))
            answers["-"] = Answer("shorter", lambda: self._timed(proposal, -1))
        if self._store.drafts is not None and not proposal.staged:
            answers["s"] = Answer("stage", lambda: self._put_aside(proposal))
        self._dialogue.ask(" ".join(parts), answers, back=proposal.back)

    def _timed(self, proposal: Proposal, by: int) -> None:
        needed = bool(proposal.plan.guard) or self._store.confirm is not None
        self._ask(proposal._replace(time=waiting.step(proposal.time, by, needed=needed)))

    def _put_aside(self, proposal: Proposal) -> None:
        """Stage what was planned."""
        drafts, plan = self._store.drafts, proposal.plan
        assert drafts is not None
        try:
            draft.stage(drafts, plan)
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
        else:
            proposal.done()
            self._dialogue.say(
                f"staged: {impact.title(plan)}. "
                f"{keycap('go.review')} reviews and applies, {keycap('history.undo')} takes it back",
                Style.OK,
            )

    def _agreed(self, proposal: Proposal) -> None:
        if proposal.plan.guard:
            self._dialogue.enter(
                f'{impact.title(proposal.plan)}: type "{CONFIRMATION}" to do it, esc leaves',
                lambda _: self._carry_out(proposal),
                word=CONFIRMATION,
            )
        else:
            self._carry_out(proposal)

    def _carry_out(self, proposal: Proposal) -> None:
        self._applying = True
        self._dialogue.wait(f"applying: {impact.title(proposal.plan)}…", self._too_late)
        self._stage.spawn(self._apply(proposal), "apply")

    def _too_late(self) -> None:
        self._dialogue.say("still being applied; what became of it will be said here", Style.WARN)

    async def _apply(self, proposal: Proposal) -> None:
        try:
            result = await proposal.carry(proposal.plan, proposal.time)
        except EdgeconsoleError as error:
            self._finish(errors.sentence(error), Style.FAIL)
        else:
            if result.outcome is not WriteOutcome.NOT_COMMITTED:
                proposal.done()
            undo = (
                f"{keycap('history.undo')} undoes"
                if result.pending is None
                else f"{keycap('change.decide')} keeps it or takes it back"
            )
            self._finish(impact.done(result, proposal.plan, undo), _style(result))

    def _finish(self, text: str, style: Style) -> None:
        self._applying = False
        self._dialogue.finish(text, style)


def _style(result: ApplyResult) -> Style:
    if result.outcome is WriteOutcome.NOT_COMMITTED:
        return Style.FAIL
    return Style.OK if result.outcome is WriteOutcome.COMMITTED and result.enforced else Style.WARN


def _is_blocked(configuration: Configuration, domain: str) -> bool:
    """Return whether the domain has a block record of its own; one of a parent domain is not its to remove."""
    return any(record.name == domain and record.action is Action.BLOCK for record in configuration.domains)
