"""The client of the admin API: the same calls over a Unix socket or, given another transport, over HTTPS.

HTTP is not what this project is for, so httpx speaks it. It is imported with the first request, beside whatever draws:
measured, it takes a quarter of the console's start, and nothing before the first frame needs it.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote
from uuid import uuid4

import msgspec

from edgeconsole.backends import ingress
from edgeconsole.backends.base import Saved
from edgeconsole.model.audit import AuditRecord, AuditVerification
from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import Conflict, EdgeconsoleError, Indeterminate, NotPermitted, Unreachable
from edgeconsole.model.observed import DiscoveredPartner, Event, Failure, Health, PartnerCounters, Session, WatchedPeer
from edgeconsole.model.plan import ApplyResult, Impact, Plan
from edgeconsole.model.probing import CertificateRow, ProbeHistory, ProbeNote, Probes
from edgeconsole.model.revision import RestorePoint, Revision, RevisionRecord
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Explanation, Question
from edgeconsole.wire.json import encode
from edgeconsole.wire.messages import (
    PAGE_SIZE,
    ApplyRequest,
    CapabilitiesAnswer,
    CloseAnswer,
    CloseRequest,
    ConfigurationPage,
    ConfirmAnswer,
    ConfirmRequest,
    DismissAnswer,
    Items,
    PlanRequest,
    Presence,
    PresenceNote,
    ProbeRequest,
    PromoteRequest,
    ReloadRequest,
    RestorePointRequest,
    RevokeAnswer,
    RollbackRequest,
    Token,
    TokenCreated,
    TokenRequest,
    UndoRequest,
)
from edgeconsole.wire.problems import MEDIA_TYPE, ProbeLine, ProbeProblem, ProblemDetails, to_error
from edgeconsole.wire.routes import PATHS, ROUTES, VIA

if TYPE_CHECKING:
    import httpx

Answer = TypeVar("Answer")

TIMEOUT = (5.0, 30.0, 5.0, 5.0)
"""Seconds to connect, to read, to write, to wait for a connection. Planning among 100,000 domains on a busy edge fits
in the second."""

EVENTS_TIMEOUT = (5.0, 45.0, 5.0, 5.0)
"""Three heartbeats of the event stream."""

PROBE_TIMEOUT = (5.0, 120.0, 5.0, 5.0)
"""The longest run lasts a minute, and may wait for its turn."""

START_IT = "Is it running? edgeconsole proxy --config FILE starts it; systemctl status edgeconsole tells"

_HEADERS = {"Accept-Encoding": "identity"}
_JSON = {"Content-Type": "application/json"}
_BULK = frozenset(
    {
        "probes",
        "probe_history",
        "certificates",
        "config",
        "config_text",
        "plan",
        "reload",
        "reload_plan",
        "undo",
        "rollback",
        "apply",
        "history",
        "history_text",
    }
)
"""Routes whose answer grows with the configuration."""

_PAGES = 3
"""Pages of the configuration that are asked for at once."""

_METHODS = {route.name: route.method for route in ROUTES}


class HttpBackend:
    """An edge behind its admin API; `kind` is what `health` calls it, `remedy` what to do when it does not answer.

    `connect` makes the client when it is needed, in a thread.
    """

    def __init__(
        self,
        connect: Callable[[], "httpx.AsyncClient"],
        *,
        place: str,
        via: str = "",
        kind: str = "local",
        remedy: str = START_IT,
    ) -> None:
        self._connect = connect
        self._opening: asyncio.Task[httpx.AsyncClient] | None = None
        self._place = place
        self._via = via
        self._kind = kind
        self._remedy = remedy

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
        return msgspec.structs.replace(await self._get("health", Health), backend=self._kind)

    async def read(self) -> Saved:
        """Return the saved configuration, read page by page and again from the start if it changes meanwhile."""
        while True:
            first = await self._page(0)
            pages, following = [first], first.next
            step = first.next or PAGE_SIZE
            while following is not None:
                # Several at a time: the edge makes one while another is read here.
                offsets = range(following, following + _PAGES * step, step)
                pages += await asyncio.gather(*map(self._page, offsets))
                following = pages[-1].next
            if all(page.revision == first.revision for page in pages):
                domains = tuple(chain.from_iterable(page.configuration.domains for page in pages))
                whole: Configuration = msgspec.structs.replace(first.configuration, domains=domains)
                return Saved(whole, first.revision)

    async def _page(self, offset: int) -> ConfigurationPage:
        return await self._get("config", ConfigurationPage, offset=offset, limit=PAGE_SIZE)

    async def plan(self, changes: Sequence[Change], *, base: Revision | None = None, rewrite: bool = False) -> Plan:
        """Plan changes on the saved configuration."""
        return await self._post("plan", PlanRequest(changes=tuple(changes), base=base, rewrite=rewrite), Plan)

    async def apply(
        self, plan_id: str, *, why: str = "", confirm: timedelta | None = None, emergency: bool = False
    ) -> ApplyResult:
        """Apply a plan; when the answer was lost on the way, ask once more by the same key before saying so."""
        seconds = None if confirm is None else confirm.total_seconds()
        request = ApplyRequest(plan_id=plan_id, why=why, via=self._via, confirm=seconds, emergency=emergency)
        key = str(uuid4())
        try:
            return await self._post("apply", request, ApplyResult, key=key)
        except Unreachable as error:
            import httpx

            if isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | None):
                raise
            try:
                return await self._post("apply", request, ApplyResult, key=key)
            except EdgeconsoleError:
                # A refusal tells nothing here: the edge may have applied the plan and have forgotten the key.
                raise Indeterminate(
                    "the change was sent and no answer came back",
                    remedy="Read the state again before you repeat it (edgeconsole history)",
                ) from error

    async def plan_undo(self, number: int | None = None, *, rewrite: bool = False) -> Plan:
        """Plan the reverse of a revision."""
        return await self._post("undo", UndoRequest(number=number, rewrite=rewrite), Plan)

    async def plan_rollback(self, target: int | str | None = None) -> Plan:
        """Plan the whole file of a revision or a restore point; without either, of the revision before the last."""
        asked = RollbackRequest(name=target) if isinstance(target, str) else RollbackRequest(number=target)
        return await self._post("rollback", asked, Plan)

    async def confirm(self, token: str) -> Revision:
        """Keep the change that goes back by itself otherwise; return its revision."""
        return (await self._post("confirm", ConfirmRequest(token=token), ConfirmAnswer)).revision

    async def take_back(self, token: str) -> ApplyResult:
        """Take the change that waits to be confirmed back now."""
        return await self._post("confirm_cancel", ConfirmRequest(token=token), ApplyResult)

    async def plan_reload(self) -> Plan:
        """Return what enforcing the saved file would change."""
        return await self._post("reload_plan", None, Plan)

    async def reload(
        self, *, base: Revision | None = None, why: str = "", confirm: timedelta | None = None
    ) -> ApplyResult:
        """Let the proxy enforce the saved file, if it is still the revision `base`."""
        seconds = None if confirm is None else confirm.total_seconds()
        return await self._post("reload", ReloadRequest(base=base, why=why, confirm=seconds), ApplyResult)

    async def impact(self, changes: Sequence[Change]) -> Impact:
        """Return what changes would open and close, planning nothing."""
        return await self._post("impact", PlanRequest(changes=tuple(changes)), Impact)

    async def text(self, number: int | None = None) -> str:
        """Return the saved file as it stands, or as it was at a revision whose text is kept."""
        body = await self._bytes("config_text") if number is None else await self._bytes("history_text", number=number)
        return ingress.text_taken_in(body)

    async def history(self, limit: int = 50) -> tuple[RevisionRecord, ...]:
        """Return the latest revisions, newest first."""
        return (await self._get("history", Items[RevisionRecord], limit=limit)).items

    async def audit(self, limit: int = 50) -> tuple[AuditRecord, ...]:
        """Return what was done, newest first."""
        return (await self._get("audit", Items[AuditRecord], limit=limit)).items

    async def verify_audit(self, head: str | None = None) -> AuditVerification:
        """Let the proxy check every line of its audit, and that a head noted earlier still stands."""
        return await self._get("audit_verify", AuditVerification, **({"head": head} if head else {}))

    async def restore_points(self) -> tuple[RestorePoint, ...]:
        """Return the revisions that have names."""
        return (await self._get("restore_points", Items[RestorePoint])).items

    async def add_restore_point(self, name: str, number: int | None = None, *, why: str = "") -> RestorePoint:
        """Name a revision, the saved one without a number; its text is kept."""
        return await self._post(
            "restore_point_put", RestorePointRequest(number=number, why=why), RestorePoint, name=name
        )

    async def remove_restore_point(self, name: str) -> RestorePoint:
        """Take a name away."""
        return await self._post("restore_point_delete", None, RestorePoint, name=name)

    async def explain(self, question: Question) -> Explanation:
        """Return the decision with all its steps, made by the proxy with its own DNS answers."""
        return await self._post("explain", question, Explanation)

    async def sessions(self) -> tuple[Session, ...]:
        """Return the live sessions."""
        return (await self._get("sessions", Items[Session])).items

    async def close_sessions(self, domain: str = "", *, session: str = "", peer: str = "") -> int:
        """Close the sessions that serve a domain, that are with a peer, or the one of that id; return how many."""
        asked = CloseRequest(domain=domain, session=session, peer=peer)
        return (await self._post("sessions_close", asked, CloseAnswer)).closed

    async def counters(self) -> tuple[PartnerCounters, ...]:
        """Return the counters of every partner seen."""
        return (await self._get("counters", Items[PartnerCounters])).items

    async def discovered(self) -> tuple[DiscoveredPartner, ...]:
        """Return the unlisted domains seen in traffic."""
        return (await self._get("discovered", Items[DiscoveredPartner])).items

    async def failures(self) -> tuple[Failure, ...]:
        """Return the latest refusals and failures, newest first."""
        return (await self._get("failures", Items[Failure])).items

    async def probes(self, after: int | None = None) -> Probes:
        """Return what is known of every target by probes, or what moved since a cursor."""
        return await self._get("probes", Probes, **({} if after is None else {"after": after}))

    async def probe_history(self, target: str) -> ProbeHistory:
        """Return all that is kept of one target, by `NAME` or `KIND NAME`."""
        path = PATHS["probe_history"].format(target=quote(target, safe=""))
        return await self._request("probe_history", ProbeHistory, path)

    async def certificates(self) -> tuple[CertificateRow, ...]:
        """Return every certificate that partners showed last, and ours."""
        return (await self._get("certificates", Items[CertificateRow])).items

    async def probe(
        self, targets: Sequence[str] = (), *, everything: bool = False, failing: bool = False
    ) -> AsyncIterator[ProbeNote]:
        """Let the edge probe now, and yield each stage and result as it happens."""
        asked = ProbeRequest(targets=tuple(targets), all=everything, failing=failing)
        async with self._stream(
            "POST", PATHS["probe"], content=encode(asked), headers=_JSON, timeout=PROBE_TIMEOUT
        ) as response:
            async for line in ingress.lines(response, ingress.ANSWER_LIMIT):
                note: ProbeLine = ingress.taken_in(line, cast(Any, ProbeLine))
                if isinstance(note, ProbeProblem):
                    raise to_error(note.problem)
                yield note

    async def watch_list(self) -> tuple[WatchedPeer, ...]:
        """Return the edges of discovered partners by certificate, the restricted ones first."""
        return (await self._get("watch_list", Items[WatchedPeer])).items

    async def promote(self, domain: str, *, access_edge: str | None = None, why: str = "") -> ApplyResult:
        """Allow a discovered partner: plan and apply in one call."""
        request = PromoteRequest(access_edge=access_edge, why=why)
        return await self._post("promote", request, ApplyResult, key=str(uuid4()), domain=domain)

    async def dismiss(self, domain: str) -> bool:
        """Take a domain off the list of discovered partners until it is seen again; return whether it was on it."""
        return (await self._post("dismiss", None, DismissAnswer, domain=domain)).dismissed

    async def presence(self) -> tuple[Presence, ...]:
        """Return who looks at or edits what."""
        return (await self._get("presence", Items[Presence])).items

    async def note_presence(self, note: PresenceNote) -> tuple[Presence, ...]:
        """Tell what this console does, for 60 seconds; return what everybody does."""
        return (await self._post("presence_put", note, Items[Presence])).items

    async def tokens(self) -> tuple[Token, ...]:
        """Return the bearer tokens of the edge."""
        return (await self._get("tokens", Items[Token])).items

    async def create_token(self, request: TokenRequest) -> TokenCreated:
        """Make a bearer token; the answer is the only place that ever shows it."""
        return await self._post("tokens_create", request, TokenCreated)

    async def revoke_token(self, identity: str) -> bool:
        """Revoke a bearer token by its id; return whether there was one."""
        return (await self._post("tokens_revoke", None, RevokeAnswer, id=identity)).revoked

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Follow the event stream from now, or from after an event id."""
        query = {} if after is None else {"after": str(after)}
        async with self._stream("GET", PATHS["events"], params=query, timeout=EVENTS_TIMEOUT) as response:
            async for line in ingress.lines(response):
                if line.startswith(b"data:"):
                    yield ingress.taken_in(line[5:].strip(), Event)
        raise self._unreachable("it ended the event stream")

    async def aclose(self) -> None:
        """Close the connections."""
        if self._opening is not None:
            await (await self._opening).aclose()

    async def _get(self, route: str, kind: type[Answer], **query: int | str) -> Answer:
        return await self._request(
            route, kind, PATHS[route], params={name: str(value) for name, value in query.items()}
        )

    async def _post(self, route: str, body: object, kind: type[Answer], *, key: str = "", **named: str) -> Answer:
        """Send a body, `{}` where there is none, to the path with its parts filled in."""
        path = PATHS[route].format_map({name: quote(value, safe="") for name, value in named.items()})
        content = encode(body) if body is not None else b"{}"
        headers = _JSON | ({"Idempotency-Key": key} if key else {})
        return await self._request(route, kind, path, content=content, headers=headers)

    async def _bytes(self, route: str, **named: int) -> bytes:
        return await self._answer(route, PATHS[route].format_map(named))

    async def _request(self, route: str, kind: type[Answer], path: str, **arguments: Any) -> Answer:
        return ingress.taken_in(await self._answer(route, path, **arguments), kind)

    async def _answer(self, route: str, path: str, **arguments: Any) -> bytes:
        limit = ingress.BULK_LIMIT if route in _BULK else ingress.ANSWER_LIMIT
        async with self._stream(_METHODS[route], path, **arguments) as response:
            return await ingress.bounded(response, limit)

    @asynccontextmanager
    async def _stream(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **arguments: Any
    ) -> AsyncIterator["httpx.Response"]:
        """Send a request and give the answer while it comes. Raises what the edge refused, or Unreachable."""
        client = await self._client()
        import httpx

        try:
            async with client.stream(method, path, headers=_HEADERS | (headers or {}), **arguments) as response:
                if response.status_code != 200:
                    body = await ingress.bounded(response, ingress.ANSWER_LIMIT)
                    raise self._refused(response.status_code, body, response.headers)
                yield response
        except (httpx.HTTPError, ingress.TooLarge) as error:
            raise self._unreachable(_reason(error)) from error

    async def _client(self) -> "httpx.AsyncClient":
        if self._opening is None:
            # In a thread: the import would hold up every key for as long.
            self._opening = asyncio.create_task(asyncio.to_thread(self._opened))
        return await asyncio.shield(self._opening)

    def _opened(self) -> "httpx.AsyncClient":
        client = self._connect()
        if self._via:
            client.headers[VIA] = self._via
        return client

    def _unreachable(self, reason: str) -> Unreachable:
        return Unreachable(f"the proxy does not answer: {clean(reason)} ({self._place})", remedy=self._remedy)

    def _refused(self, status: int, body: bytes, headers: "httpx.Headers") -> Exception:
        if headers.get("content-type", "").startswith(MEDIA_TYPE):
            return to_error(ingress.taken_in(body, ProblemDetails))
        if status == 409:
            return Conflict(
                "the proxy refused: the configuration changed meanwhile",
                remedy="Read it again, and plan the change again",
            )
        if status in (401, 403):
            return NotPermitted(
                f"the proxy at {self._place} does not let you in (it answered {status})",
                remedy="edgeconsole context test says what you may do there; an administrator gives roles",
            )
        return Unreachable(f"the proxy at {self._place} answered {status}", remedy="Is this the admin API?")


def _reason(error: Exception) -> str:
    """Return why there is no answer, by the system's own words where there are any."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "nothing came in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and cause.strerror:
            return cause.strerror[:1].lower() + cause.strerror[1:]
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
