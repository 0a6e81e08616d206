"""The way of a message: checked, decided on, forwarded or answered; the same steps for both directions.

A request that lacks a fact (DNS, a connection) fetches it and walks the steps again from the start, so that what counts
is always the rules of the moment it leaves.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from edgeconsole.model.evidence import Evidence, SrvAnswer
from edgeconsole.model.names import DomainName, InvalidName
from edgeconsole.model.observed import Plane
from edgeconsole.model.verdict import CheckId, Direction, Outcome, PartnerClass, Reason, VerdictKind
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.record import Record
from edgeconsole.proxy.resolver import Resolver
from edgeconsole.proxy.safeguards import Held, Safeguards
from edgeconsole.proxy.sip import answers
from edgeconsole.proxy.sip.answers import diagnostics, respond
from edgeconsole.proxy.sip.connection import Side, SipConnection
from edgeconsole.proxy.sip.framer import Violation
from edgeconsole.proxy.sip.live import LiveConnections
from edgeconsole.proxy.sip.message import Message
from edgeconsole.proxy.sip.pool import ConnectFault, Pool
from edgeconsole.proxy.sip.rewrite import back, forward_inbound, forward_outbound
from edgeconsole.proxy.sip.transaction import Pending, Transactions
from edgeconsole.proxy.sip.trust import stamp
from edgeconsole.proxy.sip.uri import SipUri, unescaped
from edgeconsole.proxy.sip.validator import Refusal, Request, check_request, check_response
from edgeconsole.rules.decide import decide
from edgeconsole.rules.diagnostics import Answer, answer_for
from edgeconsole.rules.index import RuleIndex

log = logging.getLogger(__name__)

_LATER = b"Retry-After: 1"
"""A 503 without it would count as 500 (RFC 3261 21.5.4)."""

_ROUNDS = 3
"""How often a request may go and fetch something before it is told to come later."""


class Own(NamedTuple):
    """Our own names on the wire."""

    fqdn: str
    names: frozenset[str]
    """Hosts that mean the edge itself: external and internal FQDN."""
    outside_via: bytes
    """Via line towards partners, up to the branch."""
    inside_via: bytes


class Flow:
    """One request on its way."""

    __slots__ = ("connection", "direction", "recipient", "request", "rounds", "sender", "srv", "target", "weighed")

    def __init__(
        self,
        connection: SipConnection,
        direction: Direction,
        request: Request,
        sender: DomainName,
        target: DomainName,
        recipient: DomainName,
    ) -> None:
        self.connection = connection
        self.direction = direction
        self.request = request
        self.sender = sender
        self.target = target
        """Domain of the Request-URI."""
        self.recipient = recipient
        """Domain of To."""
        self.srv: SrvAnswer | None = None
        self.rounds = 0
        self.weighed = False
        """Whether the safeguards counted it; they count once, however often the steps are walked."""

    @property
    def partner(self) -> DomainName:
        """The domain on the other side of the border."""
        return self.sender if self.direction is Direction.INBOUND else self.target


class Relay:
    """Takes what connections receive (connection.Receiver); the index may be exchanged between two messages."""

    def __init__(
        self,
        index: RuleIndex,
        own: Own,
        *,
        resolver: Resolver,
        record: Record,
        safeguards: Safeguards,
        live: LiveConnections,
        limits: Limits,
    ) -> None:
        self.index = index
        self.inside: Pool
        self.outside: Pool
        self.own = own
        self.diagnostics_to_partners = True
        """Whether ms-diagnostics leaves to partners; our own servers always get it (DiagnosticHeaderConfiguration)."""
        self._resolver = resolver
        self._record = record
        self._safeguards = safeguards
        self._live = live
        self._limits = limits
        self._tasks: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        self.transactions = Transactions(limits.transaction_seconds, self._unanswered, loop.time)

    async def stop(self) -> None:
        """Give up what is waiting."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.transactions.stop()

    async def drained(self) -> None:
        """Wait until every request has its answer."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.transactions.drained()

    def received(self, connection: SipConnection, message: Message) -> None:
        """Take a complete message."""
        if message.is_response:
            self._response(connection, message)
            return
        connection.messages += 1
        checked = check_request(message, self.own.names)
        if isinstance(checked, Refusal):
            self._refuse_syntax(connection, message, checked)
            return
        self._request(connection, checked)

    def violated(self, connection: SipConnection, violation: Violation) -> None:
        """Take a stream that broke the rules of framing; the connection closes itself."""
        message = violation.message
        if message is not None and not message.is_response and violation.status:
            self._refuse_syntax(connection, message, Refusal(violation.status, violation.text))
            return
        self._record.failures.add(_direction(connection), "parse", violation.text, peer=connection.peer.address)

    def lost(self, connection: SipConnection, error: Exception | None) -> None:
        """Take the end of a connection: whoever waits for an answer from it gets one."""
        self._live.remove(connection)
        for pending in self.transactions.drop(connection):
            inside = connection.side is Side.INSIDE
            answer = answers.INSIDE_FAILED if inside else answers.CONNECT_FAILED
            self._answer(pending.upstream, pending.request.message, answer)
            text = "the connection broke before the answer" + (f": {error}" if error else "")
            self._record.unanswered(pending.direction, pending.domain, answer, text, connection.peer.address)

    def _request(self, connection: SipConnection, request: Request) -> None:
        direction = _direction(connection)
        try:
            sender = request.sender.uri.domain
        except InvalidName:
            refusal = Refusal(400, "the host of From is no domain name")
            self._refuse_syntax(connection, request.message, refusal)
            return
        try:
            flow = Flow(connection, direction, request, sender, request.uri.domain, request.recipient.uri.domain)
        except InvalidName:
            text = "the host of To or the Request-URI is no domain name"
            self._disagree(connection, request, direction, sender if direction is Direction.INBOUND else "", text)
            return
        if b"maddr" in {unescaped(part.partition(b"=")[0]) for part in request.uri.parameters.split(b";")}:
            # It would choose where the next server sends the request, past every rule about its host.
            self._disagree(connection, request, direction, flow.partner, "the Request-URI carries maddr")
            return
        self._walk(flow)

    def _walk(self, flow: Flow) -> None:
        if flow.direction is Direction.INBOUND:
            self._inbound(flow)
        else:
            self._outbound(flow)

    def _inbound(self, flow: Flow) -> None:
        """From a partner to us (domain reference 2.5)."""
        asks_edge = self._is_for_edge(flow)
        srv = flow.srv or self._resolver.cached(flow.sender)
        evidence = Evidence(srv=srv, peer_names=flow.connection.peer.names)
        outcome = None
        for domain, user in self._people(flow, asks_edge):
            outcome = decide(self.index, Direction.INBOUND, flow.sender, domain, evidence, plane=Plane.SIP, user=user)
            if not outcome.allowed:
                self._refuse(flow, outcome, srv, flow.connection)
                return
        assert outcome is not None
        answerable = asks_edge and (outcome.complete or srv is not None)
        if (answerable or outcome.complete) and self._held(flow, outcome, srv, asks_edge):
            return
        if answerable:
            self._passed(flow, outcome, srv, flow.connection)
            self._send_answer(flow.connection, flow.request.message, 200, ())
        elif not outcome.complete or outcome.next_hop is None:
            self._fetch(flow, outcome, self._look_up(flow))
        else:
            downstream = self.inside.ready(outcome.next_hop)
            if downstream is None:
                self._fetch(flow, outcome, self.inside.open(outcome.next_hop))
            else:
                self._forward(flow, outcome, srv, downstream)

    def _held(self, flow: Flow, outcome: Outcome, srv: SrvAnswer | None, asks_edge: bool) -> bool:
        """Refuse what is beyond the limits of a discovered partner (domain reference 2.7); return whether it was."""
        if flow.weighed or outcome.partner_class is not PartnerClass.DISCOVERED:
            return False
        flow.weighed = True
        peer, uri = flow.connection.peer, flow.request.uri
        person = None if asks_edge or not uri.user else _person(uri, flow.target)
        held = self._safeguards.weigh(peer.certificate, peer.shown_names, flow.sender, person)
        if held is None:
            return False
        refused = msgspec.structs.replace(
            outcome, verdict=VerdictKind.DENIED, reason=held.reason, decided_by=CheckId.SAFEGUARDS
        )
        self._refuse(flow, refused, srv, flow.connection, held)
        return True

    def _people(self, flow: Flow, asks_edge: bool) -> set[tuple[str, str | None]]:
        """Return who of ours an inbound request is for: the Request-URI and To must both be allowed."""
        if asks_edge:
            # Who may ask the edge itself is who may reach any of our domains; no person's policy speaks to that.
            return {(min(self.index.local, default=flow.target), None)}
        request = flow.request
        if flow.target == flow.recipient and self.index.plain:
            return {(flow.target, None)}
        return {
            (flow.target, _person(request.uri, flow.target)),
            (flow.recipient, _person(request.recipient.uri, flow.recipient)),
        }

    def _outbound(self, flow: Flow) -> None:
        """From us to a partner (domain reference 2.4)."""
        if self._is_for_edge(flow):
            # The listener lets nobody in but our own servers.
            self._send_answer(flow.connection, flow.request.message, 200, ())
            return
        if flow.target != flow.recipient:
            text = f"the Request-URI leads to {flow.target}, To names {flow.recipient}"
            self._disagree(flow.connection, flow.request, flow.direction, flow.target, text)
            return
        srv = flow.srv or self._resolver.cached(flow.target)
        outcome = self._decide_out(flow, Evidence(srv=srv))
        if not outcome.allowed:
            self._refuse(flow, outcome, srv, None)
            return
        if outcome.next_hop is None:
            self._fetch(flow, outcome, self._look_up(flow))
            return
        downstream = self.outside.ready(outcome.next_hop)
        if downstream is None:
            self._fetch(flow, outcome, self.outside.open(outcome.next_hop))
            return
        # Nothing leaves before the names on this very connection have been decided on.
        evidence = Evidence(srv=srv, peer_names=downstream.peer.names)
        outcome = self._decide_out(flow, evidence)
        if outcome.allowed and outcome.complete:
            self._forward(flow, outcome, srv, downstream)
            return
        self._refuse(flow, outcome, srv, downstream)
        if not downstream.domains:
            downstream.close()

    def _decide_out(self, flow: Flow, evidence: Evidence) -> Outcome:
        user = None if self.index.plain else _person(flow.request.sender.uri, flow.sender)
        return decide(self.index, Direction.OUTBOUND, flow.sender, flow.target, evidence, plane=Plane.SIP, user=user)

    def _is_for_edge(self, flow: Flow) -> bool:
        """Return whether a request asks the edge itself: OPTIONS to our FQDN, no user (RFC 3261 11)."""
        request = flow.request
        return (
            request.method == b"OPTIONS"
            and not request.uri.user
            and flow.target in self.own.names
            and flow.recipient in self.own.names
        )

    def _forward(self, flow: Flow, outcome: Outcome, srv: SrvAnswer | None, downstream: SipConnection) -> None:
        upstream, request, limits = flow.connection, flow.request, self._limits
        if len(self.transactions) >= limits.transactions or upstream.pending >= limits.transactions_per_connection:
            self._undelivered(flow, outcome, answers.OVERLOADED, "relay", "too many requests wait for an answer")
            return
        branch = self.transactions.branch_for(request)
        if flow.direction is Direction.INBOUND:
            trust = stamp(request.message, outcome, self.own.fqdn, upstream.peer.names)
            wire = forward_inbound(request, self.own.inside_via + branch, upstream.peer.host, trust)
            outside = upstream
        else:
            wire = forward_outbound(request, self.own.outside_via + branch, upstream.peer.host, self.own.names)
            outside = downstream
            downstream.messages += 1
        self.transactions.add(branch, flow.direction, flow.partner, request, upstream, downstream)
        downstream.send(wire)
        self._passed(flow, outcome, srv, outside)

    def _passed(self, flow: Flow, outcome: Outcome, srv: SrvAnswer | None, outside: SipConnection) -> None:
        outside.served(flow.partner)
        self._record.passed(flow.direction, flow.partner, outcome, srv, outside.peer.shown_names)

    def _response(self, connection: SipConnection, message: Message) -> None:
        """Send a response where its request came from, or nowhere (RFC 3261 16.7)."""
        response = check_response(message)
        if response is None:
            self._drop(connection, "a malformed response")
            return
        pending = self.transactions.match(response, connection)
        if pending is None:
            self._drop(connection, "a response to nothing that was asked here")
            return
        if response.status >= 200 and pending.direction is Direction.INBOUND:
            self._safeguards.answered(pending.upstream.peer.certificate, success=response.status < 400)
        # 100 is hop by hop (RFC 3261 16.7 item 5).
        if response.status > 100:
            wire = back(message, from_outside=connection.side is Side.OUTSIDE)
            if wire is not None:
                pending.upstream.send(wire)

    def _drop(self, connection: SipConnection, text: str) -> None:
        self._record.dropped += 1
        self._record.failures.add(_direction(connection), "relay", text, peer=connection.peer.address)

    def _unanswered(self, pending: Pending) -> None:
        outbound = pending.direction is Direction.OUTBOUND
        answer = answers.PARTNER_SILENT if outbound else answers.INSIDE_SILENT
        self._answer(pending.upstream, pending.request.message, answer)
        text = f"no final response within {self._limits.transaction_seconds:g} s"
        downstream = pending.downstream
        self._record.unanswered(pending.direction, pending.domain, answer, text, downstream.peer.address)
        silent = asyncio.get_running_loop().time() - downstream.last_received
        if silent >= self._limits.transaction_seconds:
            # TCP may take a quarter of an hour to notice a path that is gone; the next request opens a new one.
            downstream.close()

    def _fetch(self, flow: Flow, outcome: Outcome, fact: Awaitable[object]) -> None:
        """Wait for what is missing in a task of its own, then walk the steps again."""
        connection, limits = flow.connection, self._limits
        flow.rounds += 1
        full = len(self._tasks) >= limits.waiting or connection.waiting >= limits.waiting_per_connection
        if full or flow.rounds > _ROUNDS:
            if asyncio.iscoroutine(fact):
                fact.close()
            self._undelivered(flow, outcome, answers.OVERLOADED, "relay", "too many requests wait")
            return
        connection.waiting += 1
        task = asyncio.get_running_loop().create_task(self._fetched(flow, outcome, fact))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fetched(self, flow: Flow, outcome: Outcome, fact: Awaitable[object]) -> None:
        connection = flow.connection
        try:
            await fact
        except ConnectFault as fault:
            connection.waiting -= 1
            self._undelivered(flow, outcome, fault.answer, fault.stage, str(fault))
            return
        except Exception:
            log.exception("a request was lost to a fault of the edge itself")
            connection.waiting -= 1
            self._undelivered(flow, outcome, answers.OVERLOADED, "relay", "a fault of the edge itself; see its log")
            return
        connection.waiting -= 1
        # Whoever asked may be gone, or blocked and closed, by now.
        if not connection.closing:
            self._walk(flow)

    async def _look_up(self, flow: Flow) -> None:
        flow.srv = await self._resolver.srv(flow.partner)

    def _refuse(
        self,
        flow: Flow,
        outcome: Outcome,
        srv: SrvAnswer | None,
        outside: SipConnection | None,
        held: Held | None = None,
    ) -> None:
        """Answer what the rules do not let pass."""
        answer = answer_for(outcome.reason or Reason.SRV_UNAVAILABLE, flow.direction)
        names = outside.peer.shown_names if outside is not None else ()
        peer = (outside or flow.connection).peer.address
        self._record.refused(flow.direction, flow.partner, outcome, answer, srv, names, peer, held)
        self._answer(flow.connection, flow.request.message, answer)

    def _disagree(
        self, connection: SipConnection, request: Request, direction: Direction, partner: str, text: str
    ) -> None:
        answer = answers.DOMAINS_DISAGREE
        self._record.disagreed(direction, partner, answer, text, connection.peer.address)
        self._answer(connection, request.message, answer)

    def _undelivered(self, flow: Flow, outcome: Outcome, answer: Answer, stage: str, text: str) -> None:
        peer = flow.connection.peer.address
        self._record.undelivered(flow.direction, flow.partner, outcome, answer, stage, text, peer)
        self._answer(flow.connection, flow.request.message, answer)

    def _refuse_syntax(self, connection: SipConnection, message: Message, refusal: Refusal) -> None:
        if refusal.status == 0:
            self._record.dropped += 1
            return
        self._record.failures.add(
            _direction(connection), "parse", refusal.text, peer=connection.peer.address, code=refusal.status
        )
        self._send_answer(connection, message, refusal.status, refusal.headers)

    def _answer(self, connection: SipConnection, message: Message, answer: Answer) -> None:
        headers: tuple[bytes, ...] = (_LATER,) if answer.status == 503 else ()
        if self.diagnostics_to_partners or connection.side is Side.INSIDE:
            headers += (diagnostics(answer, self.own.fqdn),)
        self._send_answer(connection, message, answer.status, headers)

    def _send_answer(
        self, connection: SipConnection, message: Message, status: int, headers: tuple[bytes, ...]
    ) -> None:
        wire = respond(message, status, connection.peer.host, headers)
        if wire is not None:
            connection.send(wire)


def _direction(connection: SipConnection) -> Direction:
    """Return which way the requests of a connection go: it has one side whoever opened it."""
    return Direction.INBOUND if connection.side is Side.OUTSIDE else Direction.OUTBOUND


def _person(uri: SipUri, domain: str) -> str:
    """Return the address of a person of ours as policies name it; escapes are undone, or they would be a way around."""
    return f"{unquote(uri.user.decode('ascii')).lower()}@{domain}"
