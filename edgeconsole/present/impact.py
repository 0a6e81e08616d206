"""A planned change and its effect, each in one line."""

from edgeconsole.model.configuration import Table
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import Origin, WriteOutcome
from edgeconsole.present.ages import plural
from edgeconsole.present.history import describe
from edgeconsole.present.words import switch


def title(plan: Plan) -> str:
    """Return what the plan does: `partner discovery OFF -> ON`, `block litware.example`, `undo #7 by bob: …`."""
    back = plan.reverses
    if back is None:
        return _what(plan)
    whose = "" if back.own else " edited by hand" if back.origin is Origin.EXTERNAL else f" by {back.by.name}"
    return f"undo #{back.number}{whose}: {_what(plan)}"


def _what(plan: Plan) -> str:
    if len(plan.differences) == 1:
        only = plan.differences[0]
        if only.table is Table.ACCESS_EDGE and only.field in _SWITCHES:
            return f"{_SWITCHES[only.field]} {switch(bool(only.before))} -> {switch(bool(only.after))}"
    return describe(plan.differences)


_SWITCHES = {"partner_discovery": "partner discovery", "federation": "federation"}


def sentence(plan: Plan) -> str:
    """Return title and impact in one line."""
    if plan.empty:
        return "nothing would change"
    return f"{title(plan)}: {effect(plan)}"


def effect(plan: Plan) -> str:
    """Return what the plan opens and closes."""
    impact = plan.impact
    parts: list[str] = []
    if impact.opens_to_strangers:
        parts.append("any domain with SRV may reach us")
    if impact.opened:
        parts.append(f"opens {_names(impact.opened)}")
    if impact.closed:
        parts.append(f"closes {_names(impact.closed)}")
    if impact.moved:
        parts.append(f"re-routes {_names(impact.moved)}")
    if impact.sessions:
        parts.append(f"drops {plural(impact.sessions, 'live session')}")
    return ", ".join(parts) if parts else "no partner seen so far is affected"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 2 else f"{names[0]} and {len(names) - 1} more"


def done(result: ApplyResult, plan: Plan, undo: str) -> str:
    """Return what applying the plan did, for the flash row; `undo` says how to take it back."""
    what = title(plan)
    if result.outcome is WriteOutcome.NOT_COMMITTED:
        return f"not saved: {what}. {result.detail}".rstrip()
    closed = f", {plural(result.closed_sessions, 'session')} closed" if result.closed_sessions else ""
    if result.outcome is WriteOutcome.INDETERMINATE:
        return f"written, not known to survive a power cut: {what} {result.revision}. {result.detail}".rstrip()
    if result.running is None:
        return f"saved {result.revision}: {what}; nothing enforces it, no proxy runs"
    if not result.enforced:
        return f"saved {result.revision}, NOT running (still {result.running}): {what}. {result.detail}".rstrip()
    return f"done {result.revision}: {what}{closed}. {undo}"
