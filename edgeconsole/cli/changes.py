"""A planned change carried out from the command line: shown, confirmed where that is needed, applied, reported."""

import shlex
import sys
from datetime import timedelta

import msgspec

from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.model.durations import parse_duration
from edgeconsole.model.errors import BadInput, ConfirmRequired, Conflict
from edgeconsole.model.plan import CONFIRM_LONGEST, CONFIRM_SHORTEST, ApplyResult, Plan
from edgeconsole.model.revision import Origin, WriteOutcome
from edgeconsole.present import confirm as confirming
from edgeconsole.present import impact
from edgeconsole.present.ages import stamp

EXITS = {
    WriteOutcome.COMMITTED: Exit.YES,
    WriteOutcome.NOT_COMMITTED: Exit.NO,
    WriteOutcome.INDETERMINATE: Exit.INDETERMINATE,
}
"""Exit codes of a write by what became of it."""

OFFERED = timedelta(minutes=2)
"""Time to confirm in that is offered where a change needs one and none was given."""

_NO_CONFIRM = "no"


async def carry_out(command: Command, plan: Plan) -> int:
    """Apply a plan, or only show it under --dry-run."""
    if command.arguments.dry_run:
        _show_plan(command, plan)
        return Exit.YES
    if plan.empty:
        if command.json:
            command.show({"outcome": "unchanged", "revision": plan.base})
        else:
            output.say("nothing to change: it is so already")
        return Exit.YES
    emergency = getattr(command.arguments, "emergency", False)
    length = confirm_length(command)
    if not emergency and plan.guard and not waits(command, length):
        length = demanded(command, plan)
        if length is None:
            output.say("nothing was changed")
            return Exit.NO
    why = command.arguments.why or ""
    return report(command, plan, await command.store.apply(plan, why, confirm=length, emergency=emergency))


def report(command: Command, plan: Plan, result: ApplyResult, *, shown: bool = False) -> int:
    """Print what applying a plan did, and return the exit code; `shown` where the plan was printed before."""
    if command.json:
        command.show({"impact": plan.impact, **msgspec.structs.asdict(result)})
        return EXITS[result.outcome]
    if not shown:
        output.say(impact.sentence(plan))
    undo = "edgeconsole rollback takes it back" if result.pending else "edgeconsole undo takes it back"
    output.say(impact.done(result, plan, undo))
    if result.pending is not None:
        output.say(confirming.how(result.pending))
    return EXITS[result.outcome]


def confirm_length(command: Command) -> timedelta | None:
    """Return how long a change waits to be confirmed, None where the command line does not say. Raises BadInput.

    `--confirm no` takes back what the context asks for.
    """
    text = getattr(command.arguments, "confirm", None)
    if text is None:
        return None
    if text == _NO_CONFIRM:
        command.store.confirm = None
        return None
    length = parse_duration(text)
    if not CONFIRM_SHORTEST <= length <= CONFIRM_LONGEST:
        raise BadInput(
            f"{text} is no time to confirm a change in; it is from 10s to 1h",
            remedy="Long enough to see whether it works and to type edgeconsole confirm",
        )
    return length


def waits(command: Command, length: timedelta | None) -> bool:
    """Return whether a change will wait to be confirmed, as typed or as the context asks for."""
    return length is not None or command.store.confirm is not None


def can_ask(command: Command) -> bool:
    """Return whether a person is there to answer."""
    return not command.json and sys.stdin.isatty()


def agreed(question: str) -> bool:
    """Ask the person at the terminal; an empty answer is no."""
    try:
        return input(f"{question} y does, anything else does not: ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def demanded(command: Command, plan: Plan) -> timedelta | None:
    """Offer a time to confirm in; None where it is not wanted. Raises ConfirmRequired where nobody can be asked."""
    if not can_ask(command):
        raise confirm_required(command, plan)
    output.say(impact.sentence(plan))
    for reason in plan.guard:
        output.say(f"must be confirmed: {reason}")
    offered = confirming.countdown(OFFERED.total_seconds())
    return OFFERED if agreed(f"Apply it, so that it goes back in {offered} unless you confirm it?") else None


def confirm_required(command: Command, plan: Plan) -> ConfirmRequired:
    """Return the refusal of a plan above the guard: why, and what to type instead."""
    return ConfirmRequired(
        f"this change must be confirmed after it was applied: {'; '.join(plan.guard)}",
        remedy=f"Nothing was changed; type: {again(command, '--confirm', '2m')}",
    )


def again(command: Command, *words: str) -> str:
    """Return the command line as it was typed with more words at its end, ready to be copied into a shell."""
    typed = list(command.arguments.typed)
    if "--confirm" in words and "--confirm" in typed:
        # `--confirm no` took back what the context asks for; the time that is needed takes its place.
        place = typed.index("--confirm")
        del typed[place : place + 2]
    return shlex.join(["edgeconsole", *typed, *words])


def refuse_others(command: Command, plan: Plan) -> None:
    """Raise Conflict where a plan takes back what somebody else did and the command line does not name it."""
    back = plan.reverses
    if back is None or back.own or back.origin is Origin.EXTERNAL:
        return
    via = f" via {back.by.via}" if back.by.via else ""
    raise Conflict(
        f"the last change is not yours: #{back.number} by {back.by.name}{via} at {stamp(back.at)} "
        f"({impact.sentence(plan).partition(': ')[2]})",
        remedy=f"Nothing was changed; edgeconsole history has yours, and this takes theirs back: "
        f"{again(command, str(_explicit(command, back.number)))}",
    )


def _explicit(command: Command, number: int) -> int:
    """Return the number that names the same: undo names what goes, rollback what comes back."""
    return number - 1 if command.arguments.words_of_verb == ("rollback",) else number


def _show_plan(command: Command, plan: Plan) -> None:
    if command.json:
        command.show(plan)
        return
    output.say(impact.sentence(plan))
    if plan.guard:
        output.say(confirming.demanded(plan))
    output.say(plan.toml_diff.rstrip("\n"))
