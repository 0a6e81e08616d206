"""A fence in the terminal's input: what was typed before the operator could see a line, and what after.

After a line is drawn the terminal is asked for its cursor position. Its answer travels with the keys, in order, so
every key that comes behind it was typed with the line on the screen - over a slow connection too, where keys typed
ahead arrive long after the line was written. A terminal that does not answer is given `PATIENCE` seconds.
"""

from collections.abc import Callable

from textual import events

from edgeconsole.tui.compat import QuietApp, terminal

PATIENCE = 1.0
"""Seconds after which an unanswered question to the terminal counts as answered."""

_WHERE_IS_THE_CURSOR = "\x1b[6n"


class FencedApp(QuietApp):
    """An app that can run something once what it drew has been seen."""

    _waiting: Callable[[], None] | None = None

    def once_shown(self, callback: Callable[[], None]) -> None:
        """Call back when everything drawn so far has reached the terminal; a later call replaces an earlier one."""
        self._waiting = callback
        self.call_after_refresh(self._drawn, callback)

    def _drawn(self, callback: Callable[[], None]) -> None:
        driver = terminal(self)
        if driver is None:
            self._passed(callback)
            return
        driver.write(_WHERE_IS_THE_CURSOR)
        driver.flush()
        self.set_timer(PATIENCE, lambda: self._passed(callback))

    def _passed(self, callback: Callable[[], None]) -> None:
        if self._waiting is callback:
            self._waiting = None
            callback()

    def on_cursor_position(self, _event: events.CursorPosition) -> None:
        if self._waiting is not None:
            self._passed(self._waiting)
