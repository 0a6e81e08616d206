"""Leaving the console: at once where nothing is open, after a question where something is."""

from collections.abc import Callable

from edgeconsole.present.ages import plural
from edgeconsole.tui.controls import Controls
from edgeconsole.tui.dialogue import Answer


def ask(controls: Controls, leave: Callable[[], None], *, readonly: bool) -> None:
    """Leave, or say what stays behind and ask."""
    staged = len(controls.review.standing.edits)
    told = [f"{plural(staged, 'staged change')} will be offered at the next start"] if staged else []
    told += ["what waits goes back by itself unless it is kept"] if controls.countdown.waits else []
    if not told or readonly:
        leave()
        return
    controls.dialogue.ask(f"Quit? {', and '.join(told)}.", {"y": Answer("quit", leave)})
