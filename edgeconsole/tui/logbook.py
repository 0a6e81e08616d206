"""The log of calls in the console: told as commands while its screen is in front, and not worked out otherwise."""

from collections.abc import Callable

from edgeconsole.present import equivalent
from edgeconsole.present.calls import LogEntry
from edgeconsole.store.calls import Call, CallLog


class Logbook:
    """What the log screen shows."""

    def __init__(self, log: CallLog, changed: Callable[[], None]) -> None:
        self._asked = log
        self._seen: tuple[Call, ...] = ()
        self.entries: tuple[LogEntry, ...] = ()
        log.changed = changed

    def follow(self) -> None:
        """Take note of what was asked since; called while the screen is in front."""
        calls = self._asked.calls
        if calls is self._seen:
            return
        self._seen = calls
        planned = {call.plan: equivalent.of_plan(call.name, call.arguments) for call in calls if call.plan}
        self.entries = tuple(_entry(call, planned) for call in calls)


def _entry(call: Call, planned: dict[str, tuple[str, ...]]) -> LogEntry:
    plan_id = call.arguments[0] if call.name == "apply" and call.arguments else ""
    return LogEntry(
        call.number,
        call.at,
        call.name.replace("_", " "),
        equivalent.command(call.name, call.arguments, call.options, planned.get(str(plan_id), ())),
        call.context,
        call.seconds,
        call.error,
        call.times,
        call.reads,
        call.more,
    )
