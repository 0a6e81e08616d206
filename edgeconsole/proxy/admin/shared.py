"""What all requests of one proxy share, whichever door they came through: notes, kept answers, rates, streams."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from edgeconsole.config.bearer_tokens import BearerTokens
from edgeconsole.model.errors import Conflict
from edgeconsole.model.observed import Listener
from edgeconsole.proxy.admin.events import EventStreams
from edgeconsole.proxy.admin.presence import PresenceBoard
from edgeconsole.proxy.admin.rates import FailedAuthentications, RequestRate
from edgeconsole.proxy.admin.replays import Replays
from edgeconsole.proxy.service import EdgeService
from edgeconsole.wire.roles import Role

_BULK_AT_ONCE = 2
"""Long bodies in memory at a time; each may be 32 MiB before it is decoded."""

_MOST_PLANS = 256


class Shared:
    """The state of the admin API of one proxy."""

    def __init__(
        self,
        service: EdgeService,
        tokens: BearerTokens,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tokens = tokens
        self.presence = PresenceBoard(clock)
        self.replays = Replays(clock)
        self.rate = RequestRate(monotonic)
        self.failures = FailedAuthentications(monotonic)
        self.streams = EventStreams(service.edge.events)
        self.bulk = asyncio.Semaphore(_BULK_AT_ONCE)
        self.listeners: tuple[Listener, ...] = ()
        """The HTTPS listener, once it is open."""
        self.changing_tokens = asyncio.Lock()
        self._asked_of: OrderedDict[str, Role] = OrderedDict()

    def remember_plan(self, plan_id: str, needed: Role) -> None:
        """Note which role a plan asks for; who applies it need not be who planned it."""
        self._asked_of[plan_id] = needed
        if len(self._asked_of) > _MOST_PLANS:
            self._asked_of.popitem(last=False)

    def role_of_plan(self, plan_id: str) -> Role:
        """Return the role a plan asks for. Raises Conflict for a plan that was not made here, or too long ago."""
        needed = self._asked_of.get(plan_id)
        if needed is None:
            raise Conflict("this plan is not known: it was applied already, or is too old", remedy="Plan again")
        return needed
