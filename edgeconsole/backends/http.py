"""The client of the admin API: the same calls over a Unix socket or, given another transport, over HTTPS."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

import httpx
import msgspec

from edgeconsole.backends.base import Saved
from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, FederatedDomain
from edgeconsole.model.errors import Conflict, Indeterminate, Unreachable
from edgeconsole.model.observed import DiscoveredPartner, Event, Failure, Health, PartnerCounters, Session
from edgeconsole.model.plan import ApplyResult, Impact, Plan
from edgeconsole.model.revision import Revision, RevisionRecord
from edgeconsole.model.verdict import Explanation, Question
from edgeconsole.wire.json import decode, encode
from edgeconsole.wire.messages import (
    PAGE_SIZE,
    ApplyRequest,
    CapabilitiesAnswer,
    CloseAnswer,
    CloseRequest,
    ConfigurationPage,
    Items,
    PlanRequest,
    UndoRequest,
)
from edgeconsole.wire.problems import MEDIA_TYPE, ProblemDetails, to_error
from edgeconsole.wire.routes import PATHS

Answer = TypeVar("Answer")

TIMEOUT = httpx.Timeout(5.0, read=30.0)
"""Seconds; planning among 100,000 domains on a busy edge fits in the read time-out."""

EVENTS_TIMEOUT = httpx.Timeout(5.0, read=45.0)
"""Three heartbeats of the event stream."""


class HttpBackend:
    """An edge behind its admin API."""

    def __init__(self, client: httpx.AsyncClient, *, place: str, via: str = "") -> None:
        self._client = client
        self._place = place
        self._via = via

    async def capabilities(self) -> Capabilities:
        """Return what the edge can do for this caller."""
        answer = await self._get("capabilities", CapabilitiesAnswer)
        known = {capability.value: capability for capability in Capability}
        return Capabilities(
            supported=frozenset(known[name] for name in answer.supported if name in known),
            missing={known[name]: reason for name, reason in answer.missing.items() if name in known},
        )

    async def health(self) -> Health:
        """Return the proxy's state."""
        return await self._get("health", Health)

    async def read(self) -> Saved:
        """Return the saved configuration, read page by page and again from the start if it changes meanwhile."""
        while True:
            first = await self._get("config", ConfigurationPage, limit=PAGE_SIZE)
            domains: list[FederatedDomain] = list(first.configuration.domains)
            page = first
            while page.next is not None and page.revision == first.revision:
                page = await self._get("config", ConfigurationPage, offset=page.next, limit=PAGE_SIZE)
                domains += page.configuration.domains
            if page.revision == first.revision:
                whole: Configuration = msgspec.structs.replace(first.configuration, domains=tuple(domains))
                return Saved(whole, first.revision)

    async def plan(self, changes: Sequence[Change], *, base: Revision | None = None) -> Plan:
        """Plan changes on the saved configuration."""
        return await self._post("plan", PlanRequest(changes=tuple(changes), base=base), Plan)

    async def apply(self, plan_id: str, *, why: str = "") -> ApplyResult:
        """Apply a plan; Indeterminate when the answer was lost on the way."""
        request = ApplyRequest(plan_id=plan_id, why=why, via=self._via)
        try:
            return await self._post("apply", request, ApplyResult)
        except Unreachable as error:
            if isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout):
                raise
            raise Indeterminate(
                "the change was sent and no answer came back",
                remedy="Read the state again before you repeat it (edgeconsole history)",
            ) from error

    async def plan_undo(self, number: int | None = None) -> Plan:
        """Plan the reverse of a revision."""
        return await self._post("undo", UndoRequest(number=number), Plan)

    async def reload(self) -> ApplyResult:
        """Let the proxy enforce the saved file."""
        return await self._post("reload", None, ApplyResult)

    async def impact(self, changes: Sequence[Change]) -> Impact:
        """Return what changes would open and close, planning nothing."""
        return await self._post("impact", PlanRequest(changes=tuple(changes)), Impact)

    async def history(self, limit: int = 50) -> tuple[RevisionRecord, ...]:
        """Return the latest revisions, newest first."""
        return (await self._get("history", Items[RevisionRecord], limit=limit)).items

    async def explain(self, question: Question) -> Explanation:
        """Return the decision with all its steps, made by the proxy with its own DNS answers."""
        return await self._post("explain", question, Explanation)

    async def sessions(self) -> tuple[Session, ...]:
        """Return the live sessions."""
        return (await self._get("sessions", Items[Session])).items

    async def close_sessions(self, domain: str) -> int:
        """Close the sessions that serve a domain; return how many."""
        return (await self._post("sessions_close", CloseRequest(domain=domain), CloseAnswer)).closed

    async def counters(self) -> tuple[PartnerCounters, ...]:
        """Return the counters of every partner seen."""
        return (await self._get("counters", Items[PartnerCounters])).items

    async def discovered(self) -> tuple[DiscoveredPartner, ...]:
        """Return the unlisted domains seen in traffic."""
        return (await self._get("discovered", Items[DiscoveredPartner])).items

    async def failures(self) -> tuple[Failure, ...]:
        """Return the latest refusals and failures, newest first."""
        return (await self._get("failures", Items[Failure])).items

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Follow the event stream from now, or from after an event id."""
        query = {} if after is None else {"after": str(after)}
        try:
            async with self._client.stream("GET", PATHS["events"], params=query, timeout=EVENTS_TIMEOUT) as response:
                if response.status_code != 200:
                    raise self._refused(response.status_code, await response.aread(), response.headers)
                async for line in response.aiter_lines():
                    if line.startswith("data:"):
                        yield decode(line[5:].strip().encode(), Event)
        except httpx.HTTPError as error:
            raise self._unreachable(str(error) or type(error).__name__) from error
        raise self._unreachable("it ended the event stream")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _get(self, route: str, kind: type[Answer], **query: int) -> Answer:
        return await self._request("GET", route, kind, params={name: str(value) for name, value in query.items()})

    async def _post(self, route: str, body: object, kind: type[Answer]) -> Answer:
        content = encode(body) if body is not None else b"{}"
        return await self._request("POST", route, kind, content=content)

    async def _request(self, method: str, route: str, kind: type[Answer], **arguments: Any) -> Answer:
        try:
            response = await self._client.request(method, PATHS[route], **arguments)
        except httpx.HTTPError as error:
            raise self._unreachable(str(error) or type(error).__name__) from error
        if response.status_code != 200:
            raise self._refused(response.status_code, response.content, response.headers)
        return decode(response.content, kind)

    def _unreachable(self, reason: str) -> Unreachable:
        return Unreachable(
            f"the proxy at {self._place} does not answer ({reason})",
            remedy="Is it running? edgeconsole proxy --config FILE starts it; systemctl status edgeconsole tells",
        )

    def _refused(self, status: int, body: bytes, headers: httpx.Headers) -> Exception:
        if headers.get("content-type", "").startswith(MEDIA_TYPE):
            return to_error(decode(body, ProblemDetails))
        if status == 409:
            return Conflict("the proxy refused: the configuration changed meanwhile")
        return Unreachable(f"the proxy at {self._place} answered {status}", remedy="Is this the admin API's socket?")
