"""One SIP connection, seen alike from both ends: requests are answered, responses find who waits for them."""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Callable

import msgspec

from edgeconsole.lab.sip_message import (
    Headers,
    MalformedMessage,
    SipRequest,
    SipResponse,
    read_message,
    render_answer,
)
from edgeconsole.proxy.transports import abort

ANSWER_TIMEOUT = 5.0
"""Seconds a request waits for its final response, unless told otherwise."""

SHUTDOWN_TIMEOUT = 1.0
"""Seconds the other side gets to answer our TLS close."""

KEPT = 1000
"""Received messages an agent remembers."""


class ConnectionLost(ConnectionError):
    """The connection ended before the answer came; the text says what ended it."""


class Reply(msgspec.Struct, frozen=True):
    """What an agent answers a request with."""

    status: int = 200
    reason: str = "OK"
    headers: Headers = ()


Responder = Callable[[SipRequest], Reply | None]
"""Decides the answer to a request; None leaves it unanswered."""


def answer_politely(request: SipRequest) -> Reply | None:
    """200 to MESSAGE and OPTIONS, 405 to other methods, nothing to ACK."""
    if request.method in ("MESSAGE", "OPTIONS"):
        return Reply()
    return None if request.method == "ACK" else Reply(405, "Method Not Allowed", (("Allow", "MESSAGE, OPTIONS"),))


class Inbox:
    """The requests an agent received, newest last; bounded, the oldest are dropped."""

    def __init__(self) -> None:
        self.requests: deque[SipRequest] = deque(maxlen=KEPT)
        self._changed = asyncio.Condition()

    async def put(self, request: SipRequest) -> None:
        """Add one and wake who waits."""
        async with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    async def first(self, wanted: Callable[[SipRequest], bool], timeout: float = ANSWER_TIMEOUT) -> SipRequest:
        """The oldest kept request that is wanted, now or as soon as it arrives. Raises TimeoutError."""
        async with asyncio.timeout(timeout), self._changed:
            while True:
                for request in self.requests:
                    if wanted(request):
                        return request
                await self._changed.wait()


class Link:
    """One open connection: answers what comes in, matches responses with the requests that wait for them."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inbox: Inbox, respond: Responder
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._inbox = inbox
        self._respond = respond
        self._waiting: dict[str, asyncio.Future[SipResponse]] = {}
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done when the connection has ended; the result says what ended it."""
        self.unmatched: asyncio.Queue[SipResponse] = asyncio.Queue(KEPT)
        """Final responses nobody waits for; bounded, the newest are dropped."""
        self._reading = asyncio.create_task(self._read())

    async def write(self, raw: bytes) -> None:
        """Send bytes as they are. Raises ConnectionLost."""
        try:
            self._writer.write(raw)
            await self._writer.drain()
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    async def exchange(self, raw: bytes, branch: str, timeout: float) -> SipResponse:
        """Send a request and wait for the final response of its branch. Raises ConnectionLost, TimeoutError."""
        if self.ended.done():
            raise ConnectionLost(self.ended.result())
        answer: asyncio.Future[SipResponse] = asyncio.get_running_loop().create_future()
        self._waiting[branch] = answer
        try:
            with contextlib.suppress(ConnectionLost):
                # The reading side learns why the connection ended: the alert that says so is still to be read.
                await self.write(raw)
            async with asyncio.timeout(timeout):
                return await answer
        finally:
            del self._waiting[branch]

    async def close(self) -> None:
        """End the connection; requests that still wait fail."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._end("closed by this side")
        if not self._writer.transport.is_closing():
            # A second close would leave a TLS transport that cannot be aborted any more.
            self._writer.close()
        try:
            async with asyncio.timeout(2 * SHUTDOWN_TIMEOUT):
                await self._writer.wait_closed()
        except OSError:  # TimeoutError is one: the other side does not answer the TLS close
            abort(self._writer.transport)

    async def _read(self) -> None:
        reason = "closed by the other side"
        try:
            while True:
                message = await read_message(self._reader)
                if message is None:
                    await self.write(b"\r\n")
                elif isinstance(message, SipRequest):
                    await self._take(message)
                else:
                    self._deliver(message)
        except asyncio.IncompleteReadError:
            pass
        except (OSError, MalformedMessage) as error:
            reason = str(error) or type(error).__name__
        self._end(reason)
        self._writer.close()

    async def _take(self, request: SipRequest) -> None:
        await self._inbox.put(request)
        reply = self._respond(request)
        if reply is not None:
            await self.write(render_answer(request, reply.status, reply.reason, secrets.token_hex(4), reply.headers))

    def _deliver(self, response: SipResponse) -> None:
        if response.status < 200:
            return
        answer = self._waiting.get(response.branch or "")
        if answer is not None and not answer.done():
            answer.set_result(response)
        elif not self.unmatched.full():
            self.unmatched.put_nowait(response)

    def _end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionLost(reason))
