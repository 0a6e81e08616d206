"""A real edge in the lab for a module's scenarios: its partners to speak as, and the console on its socket."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self

from textual.pilot import Pilot

from edgeconsole.backends.http import HttpBackend
from edgeconsole.backends.local import open_local
from edgeconsole.config.edit import differences, turned
from edgeconsole.lab.description import PartnerServer
from edgeconsole.lab.world import World
from edgeconsole.lab.xmpp_agent import XmppAgent
from edgeconsole.lab.xmpp_link import XmppLink
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.names import parse_listen
from edgeconsole.store.drafts import DraftBox
from edgeconsole.store.store import Store
from edgeconsole.tui import themes
from edgeconsole.tui.app import ConsoleApp
from edgeconsole.tui.prompt import Mode
from tests.lab.clients import as_our_server, as_partner
from tests.tui.console_world import text_of

OURS = "contoso.example"
ALICE = f"alice@{OURS}"
PATIENCE = 15.0
"""Seconds after which something that should come to be did not."""


def now() -> datetime:
    return datetime.now(UTC)


class OnTheLab:
    """The lab, the edge's own answers about itself, and what is needed to leave it as it was found."""

    def __init__(self, world: World, backend: HttpBackend, first: Configuration) -> None:
        self.world = world
        self.backend = backend
        self._first = first

    @classmethod
    @asynccontextmanager
    async def start(cls) -> AsyncIterator[Self]:
        async with World(traffic=False) as world:
            backend = open_local(world.edge.announcement.socket)
            try:
                yield cls(world, backend, (await backend.read()).configuration)
            finally:
                await backend.aclose()

    async def as_found(self) -> None:
        """Bring the edge back to the configuration it started with, nobody connected to it."""
        for session in await self.backend.sessions():
            for domain in session.domains:
                await self.backend.close_sessions(domain)
        moved = differences(await self.configuration(), self._first)
        if moved:
            await self.prepare(*turned(moved))

    async def prepare(self, *changes: Change) -> None:
        """Save something before a scenario begins."""
        plan = await self.backend.plan(changes)
        result = await self.backend.apply(plan.plan_id, confirm=timedelta(minutes=1) if plan.guard else None)
        if result.pending is not None:
            await self.backend.confirm(result.pending.token)

    async def configuration(self) -> Configuration:
        return (await self.backend.read()).configuration

    def partner(self, kind: str) -> PartnerServer:
        return next(each for each in self.world.description.partners if each.kind == kind)

    def as_partner(self, kind: str):
        """Connect to the edge as the partner of a kind, with its own certificate."""
        return as_partner(self.world.description, self.partner(kind))

    def as_our_server(self):
        """Connect to the edge's inside as our own server."""
        return as_our_server(self.world.description)

    async def xmpp_stream(self, domain: str) -> XmppLink:
        """Open a stream to us as an XMPP partner. Raises StreamRefused."""
        listens = self.world.description.proxy.xmpp
        assert listens is not None
        return await self.world.xmpp.partners[domain].agent.open(parse_listen(listens), domain, OURS, OURS)

    async def xmpp_out(self, domain: str) -> XmppLink:
        """Open a stream of our own server's, through the edge to an XMPP partner."""
        listens = self.world.description.proxy.xmpp_internal
        assert listens is not None
        return await self.world.xmpp.internal.open(parse_listen(listens), OURS, domain, "edge.int.contoso.example")

    async def xmpp_arrives(self, agent: XmppAgent, text: str) -> None:
        """Wait until a server received a stanza with a text."""
        async with asyncio.timeout(PATIENCE):
            while not any(each.text == text for each in agent.received):
                await asyncio.sleep(0.01)  # the stand-in server does not tell when it received something

    async def sent(self, recipient: str, sender: str = ALICE) -> tuple[int, str]:
        """Send a message of ours out; return the status and the ms-diagnostics id of a refusal."""
        async with self.as_our_server() as client:
            answer = await client.message(sender=sender, recipient=recipient, text="hello")
        return answer.status, (answer.header("ms-diagnostics") or "").partition(";")[0]

    async def received(self, kind: str) -> int:
        """Send a message of a partner's in on a connection of its own; return the status."""
        async with self.as_partner(kind) as client:
            sender = f"ann@{self.partner(kind).domain}"
            return (await client.message(sender=sender, recipient=ALICE, text="hello")).status

    @asynccontextmanager
    async def console(self, size: tuple[int, int] = (80, 24)) -> "AsyncIterator[Hands]":
        """Open the console on the edge's socket."""
        box = DraftBox("lab", clock=now, new_id=lambda: "d1")
        store = Store(open_local(self.world.edge.announcement.socket), clock=now, drafts=box)
        app = ConsoleApp(store, themes.load(themes.DEFAULT), clock=now)
        async with app.run_test(size=size) as pilot:
            hands = Hands(app, pilot)
            await hands.until(lambda: store.snapshot.taken_at is not None)
            yield hands


class Hands:
    """Somebody at the keys, who reads before pressing the next one."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[int]) -> None:
        self.app = app
        self._pilot = pilot

    @property
    def screen(self) -> str:
        return text_of(self.app)

    @property
    def rows(self) -> list[str]:
        """The keys of the list in front, from its top."""
        assert self.app.front is not None
        table = self.app.front.table
        return [table.view.keys[place] for place in table._order]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true."""
        ending = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > ending:
                raise AssertionError(f"never came to be; the screen says\n{self.screen}")
            await self._pilot.pause()
            await asyncio.sleep(0.005)  # the edge is another process, and nothing tells when the screen is drawn
        await self._pilot.pause()

    async def shows(self, *texts: str) -> str:
        """Wait until every text stands on the screen, and return it."""
        await self.until(lambda: all(text in self.screen for text in texts))
        return self.screen

    async def press(self, *keys: str) -> None:
        """Press keys, each once the console waits for one."""
        for key in keys:
            await self._pilot.press(key)
            await self.until(self._waits_for_a_key)

    def _waits_for_a_key(self) -> bool:
        prompt = self.app.prompt
        return prompt.mode is not Mode.WAITING and (prompt.mode is not Mode.QUESTION or prompt._armed)

    async def stand_on(self, screen: str, row: str) -> None:
        """Open a list and put the cursor on a row: where a task begins that is one key on the row."""
        await self.press(screen)
        await self.until(lambda: self.app.front is not None and self.app.front.table.to_key(row))
        await self._pilot.pause()
