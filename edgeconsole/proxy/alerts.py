"""A handshake that our side refuses is told to the other side by its TLS alert before the connection ends.

asyncio's TLS, and uvloop's after it, drops what OpenSSL has written when a handshake fails: the peer sees a bare end,
and its operator has nothing to search for. Both loops send it when a handshake merely waits for more, so a refusal is
made to look like that once, and whoever began the handshake ends it.
"""

import asyncio
import ssl
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import TypeVar

_TAKEN_SECONDS = 0.5
"""For the other side to read the alert and close; a close before that may take the alert with it."""

_Result = TypeVar("_Result")


class _Attempt:
    """A handshake under way, and what our side had against it."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        self._limit = limit
        self.fault: ssl.SSLError | None = None

    def refuse(self, fault: ssl.SSLError) -> None:
        self.fault = fault
        self._limit.reschedule(asyncio.get_running_loop().time() + _TAKEN_SECONDS)


class _Connection:
    """What the callbacks of a connection share with who made it."""

    attempt: _Attempt | None = None


_connection: ContextVar[_Connection | None] = ContextVar("connection", default=None)


def prepare() -> None:
    """Call before each connection on which `shake_hands` is to run, in the task that makes it.

    uvloop runs a connection's callbacks in the context it was made in, also where TLS begins later.
    """
    _connection.set(_Connection())


class TellingSSLObject(ssl.SSLObject):
    """Lets the alert of a refused handshake leave; set it as `sslobject_class` of a context."""

    _attempt: _Attempt | None = None

    def do_handshake(self) -> None:
        """As ssl.SSLObject does it; the first failure within `shake_hands` is told there."""
        if self._attempt is None:
            connection = _connection.get()
            self._attempt = connection.attempt if connection is not None else None
        attempt = self._attempt
        if attempt is not None and attempt.fault is not None:
            raise attempt.fault
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLEOFError):
            raise
        except ssl.SSLError as error:
            if attempt is None:
                raise
            attempt.refuse(error)
            raise ssl.SSLWantReadError("the alert is on its way") from None


async def shake_hands(handshake: Awaitable[_Result]) -> _Result:
    """Run what begins TLS on a connection and return its result.

    Raises what it raises; for a handshake refused here that is OpenSSL's error, after the alert.
    """
    connection = _connection.get()
    assert connection is not None, "prepare() comes first"
    try:
        async with asyncio.timeout(None) as limit:
            attempt = _Attempt(limit)
            connection.attempt = attempt
            try:
                return await handshake
            finally:
                connection.attempt = None
    except OSError:  # The other side's end, or our own limit, where it was refused.
        if attempt.fault is None:
            raise
    raise attempt.fault
