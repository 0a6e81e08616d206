"""New connections from outside take turns, so that strangers who connect again and again leave the time to the others.

To greet a stranger costs many times what a partner's message costs. Who connects faster than its share waits, and
counts as half open meanwhile.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from edgeconsole.proxy.admin.rates import source_of

_AHEAD_SECONDS = 5.0
"""After a pause the connections of so long may come at once: a partner's servers that all start again."""
_MOST_SOURCES = 10_000
"""Remembered at a time; the one not seen for longest is forgotten."""


class Turns:
    """The turns of one listener."""

    def __init__(self, each_second: float, each_second_of_one: float, clock: Callable[[], float]) -> None:
        self._all = 1 / each_second
        self._one = 1 / each_second_of_one
        self._clock = clock
        self._next = 0.0
        """When the next turn of all would be due if none came at once."""
        self._nexts: OrderedDict[str, float] = OrderedDict()
        """The same by source."""

    async def take(self, address: str) -> None:
        """Wait for the turn of a connection from an address."""
        seconds = self.wait(address)
        if seconds > 0:
            await asyncio.sleep(seconds)

    def wait(self, address: str) -> float:
        """Book a turn and return the seconds until it comes."""
        now, source = self._clock(), source_of(address)
        mine = max(now, self._nexts.pop(source, now))
        theirs = max(now, self._next)
        self._nexts[source] = mine + self._one
        self._next = theirs + self._all
        if len(self._nexts) > _MOST_SOURCES:
            self._nexts.popitem(last=False)
        return max(0.0, mine - now - _AHEAD_SECONDS + self._one, theirs - now - _AHEAD_SECONDS + self._all)
