"""Telling systemd: ready, reloading, stopping, what state it is in, and that the event loop still turns.

The protocol is one datagram of `NAME=value` lines to the socket that NOTIFY_SOCKET names (sd_notify(3)).
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    """Speaks to the service manager where there is one; says nothing where there is none."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self._address = _address(given.get("NOTIFY_SOCKET", ""))
        self.watchdog_seconds = _watchdog_seconds(given)
        """How long the manager waits for a sign of life; 0 where it does not."""
        self._watchdog: asyncio.Task[None] | None = None

    def ready(self, status: str) -> None:
        """Serving begins, or goes on after a reload; the watchdog is fed from now on."""
        self.tell("READY=1", f"STATUS={_line(status)}")
        if self.watchdog_seconds and self._watchdog is None:
            self._watchdog = asyncio.get_running_loop().create_task(self._feed())

    def reloading(self) -> None:
        """A reload begins; `ready` ends it."""
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def status(self, text: str) -> None:
        """Say what the service does, as `systemctl status` shows it."""
        self.tell(f"STATUS={_line(text)}")

    async def stopping(self) -> None:
        """The end begins: the manager waits for the drain, the watchdog no longer."""
        self.tell("STOPPING=1", "STATUS=finishing what is under way")
        if self._watchdog is not None:
            self._watchdog.cancel()
            await asyncio.gather(self._watchdog, return_exceptions=True)
            self._watchdog = None

    def tell(self, *lines: str) -> None:
        """Send lines; a manager that is not there, or does not read, never stops the edge."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode("utf-8"), self._address)
        except OSError as error:
            log.debug("the service manager did not take %s: %s", lines[0], error)

    async def _feed(self) -> None:
        # At half the time, as sd_watchdog_enabled(3) recommends. A loop that hangs feeds nothing and is restarted.
        while True:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.watchdog_seconds / 2)


def _address(named: str) -> str:
    """Return the address of the manager's socket; a leading @ is the abstract namespace."""
    if named.startswith("@"):
        return "\0" + named[1:]
    return named if named.startswith("/") else ""


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    meant = environment.get("WATCHDOG_PID", "")
    text = environment.get("WATCHDOG_USEC", "")
    if not text.isdecimal() or (meant and meant != str(os.getpid())):
        return 0.0
    return int(text) / 1e6


def _line(text: str) -> str:
    return " ".join(text.split())
