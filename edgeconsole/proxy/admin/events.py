"""Server-sent events: hints that something moved, resumable by id, with a heartbeat."""

import asyncio
from collections import Counter
from collections.abc import Callable

from aiohttp import web

from edgeconsole.model.observed import Event
from edgeconsole.proxy.admin.refusals import busy
from edgeconsole.proxy.observed import EventJournal
from edgeconsole.wire.json import encode

HEARTBEAT_SECONDS = 15.0
"""A comment line this often shows a client that the stream lives."""

MOST_STREAMS = 32
"""Streams at the same time; one console holds one."""

MOST_STREAMS_EACH = 8
"""Of one caller, so that nobody takes all of them."""

_STALL_SECONDS = 30.0
"""A client that does not read for so long is let go; it resumes by id."""


class EventStreams:
    """The open streams; the proxy ends them when it stops."""

    def __init__(self, journal: EventJournal, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._journal = journal
        self._heartbeat = heartbeat
        self._open: dict[asyncio.Task[None], str] = {}

    async def serve(self, request: web.Request, subject: str, welcome: Callable[[], bool]) -> web.StreamResponse:
        """Send events from after the client's last id, or from now, until either side ends it.

        `welcome` is asked before each write, so that a revoked caller is cut off within a heartbeat. Raises Refused
        where too many streams are open.
        """
        if len(self._open) >= MOST_STREAMS or Counter(self._open.values())[subject] >= MOST_STREAMS_EACH:
            raise busy("event streams are open")
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = subject
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        try:
            cursor = _cursor(request)
            await response.prepare(request)
            await _write(response, b"retry: 2000\n\n")
            await self._follow(response, self._journal.last_id if cursor is None else cursor, welcome)
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._open.pop(task, None)
        return response

    async def _follow(self, response: web.StreamResponse, cursor: int, welcome: Callable[[], bool]) -> None:
        while True:
            events = self._journal.after(cursor)
            if not events:
                try:
                    await asyncio.wait_for(self._journal.wait(cursor), self._heartbeat)
                except TimeoutError:
                    if not welcome():
                        return
                    await _write(response, b": alive\n\n")
                continue
            if not welcome():
                return
            await _write(response, b"".join(_frame(event) for event in events))
            cursor = events[-1].id

    def close(self) -> None:
        """End every stream."""
        for task in tuple(self._open):
            task.cancel()


async def _write(response: web.StreamResponse, text: bytes) -> None:
    async with asyncio.timeout(_STALL_SECONDS):
        await response.write(text)


def _frame(event: Event) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.kind.value.encode(), encode(event))


def _cursor(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("after")
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return int(text)
