"""Light steady traffic: partners write to our users, our users write to theirs, with believable pauses."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Protocol

import msgspec

from edgeconsole.lab.authority import Credential
from edgeconsole.lab.sip_agent import SipClient
from edgeconsole.model.names import HostPort

Sleep = Callable[[float], Awaitable[None]]
"""Waits for some seconds."""

JITTER = 0.5
"""A pause is its mean, up to this share shorter or longer."""

CHECKS_SHARE = 0.2
"""Share of OPTIONS among the requests; the rest are messages."""

PHRASES = (
    "Good morning! Do you have five minutes?",
    "The delivery moved to Thursday.",
    "Can you send me the new price list?",
    "Thanks, that helps.",
    "I am in a meeting until three.",
    "The contract is signed.",
    "Did the pallets arrive?",
    "Let me check and come back to you.",
    "Who is on call tonight?",
    "See you at the review.",
)


class Caller(Protocol):
    """One peer's way in."""

    async def send(self, sender: str, recipient: str, text: str, *, check: bool) -> str:
        """Send a message, or a lighter request to `check`, and return how it went. Raises OSError."""

    async def close(self) -> None:
        """End its connections."""


class SipCaller:
    """One peer's way in: a connection that is opened when it is needed and again when it was lost."""

    def __init__(self, address: HostPort, server_name: str, credential: Credential, trust: Path) -> None:
        self._address = address
        self._server_name = server_name
        self._credential = credential
        self._trust = trust
        self._client: SipClient | None = None
        self._opening = asyncio.Lock()

    async def send(self, sender: str, recipient: str, text: str, *, check: bool) -> str:
        """Send a request and return the status of its answer. Raises OSError."""
        client = await self._connected()
        if check:
            answer = await client.options(sender=sender, recipient=recipient)
        else:
            answer = await client.message(sender=sender, recipient=recipient, text=text)
        return str(answer.status)

    async def _connected(self) -> SipClient:
        async with self._opening:
            if self._client is None or self._client.is_closed:
                await self.close()
                self._client = await SipClient.open(
                    self._address,
                    certificate=self._credential.certificate,
                    private_key=self._credential.private_key,
                    trust=self._trust,
                    server_name=self._server_name,
                )
            return self._client

    async def close(self) -> None:
        """End the connection, if there is one."""
        if self._client is not None:
            await self._client.close()
            self._client = None


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic in one direction between us and one partner."""

    name: str
    """As in `fabrikam.example in`."""
    caller: Caller
    senders: Sequence[str]
    recipients: Sequence[str]
    every: float
    """Mean seconds between two times."""
    burst: int = 1
    """Requests each time."""


class Traffic:
    """Lanes that run until `close`."""

    def __init__(self, random: Random, sleep: Sleep = asyncio.sleep) -> None:
        self._random = random
        self._sleep = sleep
        self._callers: list[Caller] = []
        self._running: list[asyncio.Task[None]] = []
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """How often each lane saw each outcome: a status such as `200`, `sent` in XMPP, `lost` when no answer came."""

    def start(self, lanes: Sequence[Lane]) -> None:
        """Begin to send on every lane."""
        self._callers += [lane.caller for lane in lanes]
        self._running += [asyncio.create_task(self._run(lane)) for lane in lanes]

    async def close(self) -> None:
        """Stop sending and end the connections."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*(caller.close() for caller in self._callers))

    async def _run(self, lane: Lane) -> None:
        # The first request comes anywhere within one pause, so that the lanes do not march in step.
        await self._sleep(lane.every * self._random.random())
        while True:
            for outcome in await asyncio.gather(*(self._send(lane) for _ in range(lane.burst))):
                self.outcomes[lane.name, outcome] += 1
            await self._sleep(lane.every * self._random.uniform(1 - JITTER, 1 + JITTER))

    async def _send(self, lane: Lane) -> str:
        sender, recipient = self._random.choice(lane.senders), self._random.choice(lane.recipients)
        checks, text = self._random.random() < CHECKS_SHARE, self._random.choice(PHRASES)
        # An edge that is closed, restarting or slow is everyday life in the lab: the lane goes on.
        with contextlib.suppress(OSError):
            return await lane.caller.send(sender, recipient, text, check=checks)
        return "lost"
