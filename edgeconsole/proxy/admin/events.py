"""Server-sent events: hints that something moved, resumable by id, with a heartbeat."""

import asyncio

from aiohttp import web

from edgeconsole.model.observed import Event
from edgeconsole.proxy.observed import EventJournal
from edgeconsole.wire.json import encode

HEARTBEAT_SECONDS = 15.0
"""A comment line this often shows a client that the stream lives."""

MOST_STREAMS = 32
"""Streams at the same time; one console holds one."""


class EventStreams:
    """The open streams; the proxy ends them when it stops."""

    def __init__(self, journal: EventJournal) -> None:
        self._journal = journal
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send events from after the client's last id, or from now, until either side ends it."""
        if len(self._open) >= MOST_STREAMS:
            raise web.HTTPServiceUnavailable(text="too many event streams are open")
        cursor = _cursor(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        await response.write(b"retry: 2000\n\n")
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._follow(response, self._journal.last_id if cursor is None else cursor)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
        return response

    async def _follow(self, response: web.StreamResponse, cursor: int) -> None:
        while True:
            events = self._journal.after(cursor)
            if not events:
                try:
                    await asyncio.wait_for(self._journal.wait(cursor), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await response.write(b": alive\n\n")
                continue
            await response.write(b"".join(_frame(event) for event in events))
            cursor = events[-1].id

    def close(self) -> None:
        """End every stream."""
        for task in tuple(self._open):
            task.cancel()


def _frame(event: Event) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.kind.value.encode(), encode(event))


def _cursor(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("after")
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return int(text)
