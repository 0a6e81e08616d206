"""How long a change may wait to be kept: the steps an operator chooses from."""

from datetime import timedelta

STEPS: tuple[timedelta | None, ...] = (
    None,
    *(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600, 1800, 3600)),
)
"""None applies without a timer."""

USUAL = timedelta(minutes=2)


def step(time: timedelta | None, by: int, *, needed: bool) -> timedelta | None:
    """Return the next longer or shorter time; `needed` leaves out going without one."""
    steps = STEPS[1:] if needed else STEPS
    nothing = timedelta()
    at = max((place for place, each in enumerate(steps) if (each or nothing) <= (time or nothing)), default=0)
    return steps[max(0, min(at + by, len(steps) - 1))]
