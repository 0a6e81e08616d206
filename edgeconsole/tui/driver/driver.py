"""Textual's driver for Linux with our output in place of its writer, and an input that notices a lost terminal.

Measured (textual 8.2.8): the stock driver sends whole regions without a look at what the terminal shows, blocks the
event loop where the line is slow, and spins a full core when the terminal is gone and SIGHUP is ignored.
"""

import errno
import os
import selectors
import signal
import threading
from codecs import getincrementaldecoder
from typing import Any

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from edgeconsole.tui.driver import controls
from edgeconsole.tui.driver.output import Asked, Output
from edgeconsole.tui.driver.terminal import terminal_of

HUNG_UP = 129
"""Exit status after the terminal was lost, as a shell reports SIGHUP: 128 + 1."""

TERMINATED = 143
"""Exit status after SIGTERM: 128 + 15; the terminal is left as it was."""

_GRACE_SECONDS = 0.8
"""From the loss of the terminal to the end of the process, whatever the event loop does meanwhile."""

_POLL_SECONDS = 0.1
_READ_BYTES = 4096
_STANDARD_ERROR = 2


class DeltaDriver(LinuxDriver):
    """Sends only cells that changed, and ends the app when the terminal is lost."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Textual draws on standard error; its number holds where the file object was replaced.
        self._output = Output(_STANDARD_ERROR, terminal_of(os.environ.get("TERM", "")), self._terminal_lost)
        self._running = False
        self._lost = threading.Event()
        self._loop.add_signal_handler(signal.SIGHUP, self._terminal_lost)
        self._loop.add_signal_handler(signal.SIGTERM, lambda: self._app.exit(return_code=TERMINATED))

    def write(self, data: str) -> None:
        """Take a frame or a command of Textual's; never waits for the terminal."""
        if controls.is_frame(data):
            width, height = self._get_terminal_size()
            self._output.frame(data, width, height)
        else:
            self._output.control(data)

    def start_application_mode(self) -> None:
        """Start drawing; also after a suspension, when everything is drawn again."""
        if not self._running:
            self._running = True
            self._output.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._output.redraw()

    def close(self) -> None:
        """End drawing with what waits written."""
        super().close()
        self._running = False
        self._output.stop()

    def process_message(self, message: Message) -> None:
        """Keep the answers that were asked for here; pass everything else on."""
        if isinstance(message, events.CursorPosition) and self._output.answered() is Asked.PACE:
            return
        super().process_message(message)

    def run_input_thread(self) -> None:
        """Read keys until the app ends or the terminal is gone: end of file and EIO are a hang-up."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(self.fileno, selectors.EVENT_READ)
            except PermissionError:
                # epoll takes no regular file; there are no keys to be had from one.
                self._terminal_lost()
                return
            while not self.exit_event.is_set():
                if selector.select(_POLL_SECONDS):
                    received = self._read()
                    if not received:
                        self._terminal_lost()
                        return
                    for event in parser.feed(decode(received)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        try:
            for event in parser.feed(""):
                self.process_message(event)
        except (EOFError, ParseError):
            pass

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EBADF, errno.ENXIO):
                raise
            return b""

    def _terminal_lost(self) -> None:
        """End the app, from any thread; once."""
        if self._lost.is_set():
            return
        self._lost.set()
        last = threading.Timer(_GRACE_SECONDS, os._exit, (HUNG_UP,))
        last.daemon = True
        last.start()
        self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=HUNG_UP))
