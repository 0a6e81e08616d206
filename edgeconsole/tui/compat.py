"""Everything that touches Textual's private names, so that an upgrade has one file to look at (textual 8.2.8)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App, SuspendNotSupported
from textual.driver import Driver
from textual.screen import Screen

from edgeconsole.model.errors import BadInput
from edgeconsole.tui.themes import ThemeFile

CRASHED = 70
"""Exit status after an error of our own (sysexits.h, EX_SOFTWARE)."""


class QuietApp(App[int]):
    """An app that keeps its crash for the caller instead of printing it.

    Textual's own report holds the local variables of every frame: measured, tokens land in the terminal's scrollback.
    """

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        super()._load_screen_css(screen)
        # Measured: Textual then parses every rule again for a screen that has no styles yet; a tenth of the start.
        screen._css_update_count = self._css_update_count

    @property
    def crash(self) -> BaseException | None:
        """The error that ended the app."""
        return self._exception

    def _handle_exception(self, error: Exception) -> None:
        self._return_code = CRASHED
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()


def terminal(app: App[Any]) -> Driver | None:
    """Return what writes to the terminal; None before it starts and in tests without one."""
    driver = app._driver
    return None if driver is None or driver.is_headless else driver


@contextmanager
def lent_terminal(app: App[Any]) -> Iterator[None]:
    """Give the terminal to another program for a while. Raises BadInput where there is none to give."""
    try:
        with app.suspend():
            yield
    except SuspendNotSupported:
        raise BadInput("this terminal cannot be given to an editor") from None
    app.refresh()


def wear(app: App[Any], theme: ThemeFile) -> None:
    """Draw in another theme from now on, the terminal's own colours or none of them."""
    app.register_theme(theme.to_textual())
    app.ansi_color = True if theme.ansi else None
    app.theme = theme.name
