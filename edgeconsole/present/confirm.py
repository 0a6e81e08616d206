"""A change that waits to be confirmed, in words."""

from edgeconsole.model.plan import PendingConfirm, Plan


def banner(pending: PendingConfirm) -> str:
    """Return one line for every console: what goes back, when, and whose it is."""
    return f"{pending.after} by {pending.by.name} goes back in {countdown(pending.seconds_left)} unless confirmed"


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
