"""Requests that wait for DNS or a connection: bounded all together and for each who sends them."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.calls import Key, key_of
from edgeconsole.proxy.sip.connection import Side, SipConnection
from edgeconsole.proxy.sip.flow import Flow
from edgeconsole.proxy.sip.validator import Request


class Waiting:
    """Those of one relay, each in a task of its own."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls: dict[Key, Flow] = {}

    def full(self, flow: Flow) -> bool:
        """Return whether no further request of its sender may wait."""
        limits = self._limits
        return len(self._tasks) >= limits.waiting or flow.connection.waiting[_account(flow)] >= (
            limits.waiting_per_connection
        )

    def begin(self, flow: Flow, work: Coroutine[Any, Any, None]) -> None:
        """Count a request among those that wait, and run what waits, which calls `end`."""
        flow.connection.waiting[_account(flow)] += 1
        if flow.request.method == b"INVITE":
            self._calls[key_of(flow.connection, flow.request)] = flow
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def end(self, flow: Flow) -> None:
        """Count it no longer."""
        waiting, account = flow.connection.waiting, _account(flow)
        waiting[account] -= 1
        if not waiting[account]:
            del waiting[account]
        if flow.request.method == b"INVITE":
            self._calls.pop(key_of(flow.connection, flow.request), None)

    def call(self, connection: SipConnection, request: Request) -> Flow | None:
        """Return the waiting call that a CANCEL is about."""
        return self._calls.get(key_of(connection, request))

    async def drained(self) -> None:
        """Wait until nothing waits."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Give up what waits."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _account(flow: Flow) -> str:
    # Our own servers' connections carry everybody's messages: one dead partner must not use up their room.
    return flow.partner if flow.connection.side is Side.INSIDE else ""
