"""A change that waits to be confirmed, in words."""

from collections.abc import Sequence

from edgeconsole.model.plan import PendingConfirm, Plan
from edgeconsole.model.revision import Origin, Revision, RevisionRecord
from edgeconsole.model.text import clean
from edgeconsole.present.ages import minute
from edgeconsole.present.table import Line, Span, Style

_NAME = 16
"""Characters of a name in a line that must fit."""


def banner(pending: PendingConfirm, seconds: float, decide: str) -> Line:
    """Return one line for every screen: what goes back, when, and the key that decides; it fits 60 columns."""
    what = f"{pending.after} by {clean(pending.by.name, _NAME)}: "
    when = f"reverting in {countdown(seconds)}" if seconds > 0 else "reverting now"
    return Line(
        (
            Span(f"! {what}", Style.WARN),
            Span(when, Style.WARN),
            Span(f"   {decide} ", Style.STRONG),
            Span("keep / roll back now / later"),
        )
    )


def ended(pending: PendingConfirm, now: Revision | None, history: Sequence[RevisionRecord]) -> tuple[str, bool]:
    """Return what became of a change that waited, and whether nobody said so: then it has to be read."""
    who = f"{pending.after} by {clean(pending.by.name, _NAME)}"
    if now is not None and now.etag == pending.after.etag:
        return f"{who} was kept", False
    latest = history[0] if history else None
    if latest is not None and latest.origin is Origin.ROLLED_BACK and latest.by.via == "timer":
        return f"{who} reverted by timer, nobody confirmed ({minute(latest.at)})", True
    if latest is not None and latest.origin is Origin.ROLLED_BACK:
        return f"{who} was taken back by {clean(latest.by.name, _NAME)}", False
    return f"{who} is not what is saved any more", True


def reasons(plan: Plan) -> str:
    """Return why a change must be kept by hand after it was applied."""
    return f"must be kept by hand, since {'; '.join(plan.guard)}"


def countdown(seconds: float) -> str:
    """Return seconds as `0:43`; never less than nothing."""
    whole = max(int(seconds), 0)
    return f"{whole // 60}:{whole % 60:02}"


def how(pending: PendingConfirm) -> str:
    """Return what to type to keep a change, for the commands."""
    return f"it goes back in {countdown(pending.seconds_left)} unless you type: edgeconsole confirm {pending.token}"


def demanded(plan: Plan) -> str:
    """Return why a plan can be applied with a time to confirm it in only."""
    return f"must be confirmed (--confirm 2m): {'; '.join(plan.guard)}"
