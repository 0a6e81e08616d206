"""A change that waits to be confirmed, in words."""

from collections.abc import Sequence

from edgeconsole.model.plan import PendingConfirm, Plan
from edgeconsole.model.revision import Origin, Revision, RevisionRecord
from edgeconsole.model.text import clean
from edgeconsole.present.ages import minute
from edgeconsole.present.table import Line, Span, Style

_NAME = 16
"""Characters of a name in a line that must fit."""


def banner(pending: PendingConfirm, seconds: float, key: str) -> Line:
    """Return one line for every screen: when it goes back and the key that decides come first, whose it is last."""
    when = f"reverting in {countdown(seconds)}" if seconds > 0 else "reverting now"
    return Line(
        (
            Span(when, Style.WARN),
            Span(f"   {key} ", Style.STRONG),
            Span("keep / roll back now / later"),
            Span(f"   {pending.after} by {clean(pending.by.name, _NAME)}", Style.MUTED),
        )
    )


def unread(how: str, key: str) -> Line:
    """Return the line that stays on every screen until somebody says that it was read."""
    what, _, who = how.partition(": ")
    return Line((Span(f"X {what}", Style.FAIL), Span(f"   {key} ", Style.STRONG), Span("seen"), Span(f"   {who}")))


def ended(pending: PendingConfirm, now: Revision | None, history: Sequence[RevisionRecord]) -> tuple[str, bool]:
    """Return what became of a change that waited, and whether nobody said so: then it has to be read."""
    who = f"{pending.after} by {clean(pending.by.name, _NAME)}"
    if now is not None and now.etag == pending.after.etag:
        return f"{who} was kept", False
    latest = history[0] if history else None
    if latest is not None and latest.origin is Origin.ROLLED_BACK and latest.by.via == "timer":
        return f"reverted by timer, nobody confirmed: {who} at {minute(latest.at)}", True
    if latest is not None and latest.origin is Origin.ROLLED_BACK:
        return f"{who} was taken back by {clean(latest.by.name, _NAME)}", False
    return f"not what is saved any more: {who}", True


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
