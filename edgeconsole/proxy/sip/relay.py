"""The way of a message: checked, decided on, forwarded or answered; the same steps for both directions.

A request that lacks a fact (DNS, a connection) fetches it and walks the steps again from the start, so that what counts
is always the rules of the moment it leaves.
"""

import asyncio
import logging
from collections.abc import Awaitable

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
from edgeconsole.proxy.sip.claims import foreign_contact
from edgeconsole.proxy.sip.connection import Peer, Side, SipConnection
from edgeconsole.proxy.sip.decisions import Decisions
from edgeconsole.proxy.sip.dialogs import FORMING, INSIDE_ONLY, Spoofed
from edgeconsole.proxy.sip.flow import (
    Flow,
    Own,
    affinity,
    direction_of,
    is_for_edge,
    modalities,
    people,
    person,
    same_server,
    turn_to_next,
)
from edgeconsole.proxy.sip.forwarding import Forwarding, Full
from edgeconsole.proxy.sip.framer import Violation
from edgeconsole.proxy.sip.live import LiveConnections
from edgeconsole.proxy.sip.message import Message
from edgeconsole.proxy.sip.pool import ConnectFault, Pool
from edgeconsole.proxy.sip.uri import unescaped
from edgeconsole.proxy.sip.validator import UNANSWERED_METHODS, Refusal, Request, check_request
from edgeconsole.proxy.sip.waiting import Waiting
from edgeconsole.rules.decide import decide
from edgeconsole.rules.diagnostics import Answer, answer_for
from edgeconsole.rules.index import RuleIndex

log = logging.getLogger(__name__)

_PASSING = frozenset({Reason.SRV_UNAVAILABLE, Reason.NO_NEXT_HOP})
"""Reasons that are nobody's decision."""

_LATER = b"Retry-After: 1"

_ROUNDS = 3
"""How often a request may go and fetch something before it is told to come later; each next hop that fails gives it
another round."""


class Relay:
    """Takes what connections receive (connection.Receiver)."""

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
        self.decisions = Decisions(index)
        """By the rules in force; may be exchanged between two messages."""
        self.inside: Pool
        self.outside: Pool
        self.own = own
        self.diagnostics_to_partners = True
        """Whether ms-diagnostics leaves to partners; our own servers always get it (DiagnosticHeaderConfiguration)."""
        self.mark_verifiable = True
        """Whether partners are told that we verified our senders (MarkSourceVerifiableOnOutgoingMessages)."""
        self.archiving_notice = False
        """Whether partners are told that messages are archived here (EnableArchivingDisclaimer)."""
        self._resolver = resolver
        self._record = record
        self.safeguards = safeguards
        self._draining = False
        self._live = live
        self._waiting = Waiting(limits)
        self.forwarding = Forwarding(self, record, limits)

    async def stop(self) -> None:
        """Give up what is waiting."""
        await self._waiting.stop()
        self.forwarding.stop()

    async def drained(self) -> None:
        """Wait until every request has its answer; calls may ring on. What begins from now on is told to come later."""
        self._draining = True
        await self._waiting.drained()
        await self.forwarding.transactions.drained()

    def received(self, connection: SipConnection, message: Message) -> None:
        """Take a complete message."""
        if message.is_response:
            self.forwarding.response(connection, message)
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
        self._record.failures.add(direction_of(connection), "parse", violation.text, peer=connection.peer.address)

    def lost(self, connection: SipConnection, error: Exception | None) -> None:
        """Take the end of a connection: whoever waits for an answer from it gets one."""
        self._live.remove(connection)
        self.forwarding.lost(connection, error)

    def refused_since(self, flow: Flow, downstream: SipConnection) -> Answer | None:
        """Return what a request would be refused with now, None where it would still pass.

        A connection closed by a change of the rules must not look like a fault of the network.
        """
        outside = downstream if downstream.side is Side.OUTSIDE else flow.connection
        srv = flow.srv or self._resolver.cached(flow.partner)
        evidence = Evidence(srv=srv, peer_names=outside.peer.names)
        outcome = decide(self.decisions.index, flow.direction, flow.sender, flow.recipient, evidence, plane=Plane.SIP)
        if outcome.allowed or outcome.reason in _PASSING:
            return None
        return answer_for(outcome.reason, flow.direction) if outcome.reason is not None else None

    def _request(self, connection: SipConnection, request: Request) -> None:
        direction = direction_of(connection)
        method = request.method
        if method == b"CANCEL":
            self._cancel(connection, request)
            return
        if method in (b"INVITE", b"ACK") and self.forwarding.repeats(connection, request):
            return
        if self._draining and not request.recipient.tag:
            self.answer(connection, request.message, answers.OVERLOADED)
            return
        try:
            sender = request.sender.uri.known or request.sender.uri.domain
        except InvalidName:
            refusal = Refusal(400, "the host of From is no domain name")
            self._refuse_syntax(connection, request.message, refusal)
            return
        try:
            flow = self._flow(connection, direction, request, sender)
        except InvalidName:
            text = "the host of To or the Request-URI is no domain name"
            self._disagree(connection, request, direction, sender if direction is Direction.INBOUND else "", text)
            return
        except Spoofed as spoofed:
            partner = sender if direction is Direction.INBOUND else request.recipient.uri.domain
            self._disagree(connection, request, direction, partner, str(spoofed))
            return
        if flow is None:
            text = f"{method.decode('ascii')} of a dialog that is not known here"
            self._refuse_syntax(connection, request.message, Refusal(481, text))
            return
        if direction is Direction.INBOUND:
            foreign = foreign_contact(request.message, sender, connection.peer.names)
            if foreign:
                text = f"Contact names {foreign}, for which {sender} does not speak"
                self._disagree(connection, request, direction, sender, text)
                return
        self._walk(flow)

    def _flow(
        self, connection: SipConnection, direction: Direction, request: Request, sender: DomainName
    ) -> Flow | None:
        """Return a request with the domains it is decided by; None for one of a dialog that is not known.

        Raises InvalidName and Spoofed.
        """
        recipient = request.recipient.uri.known or request.recipient.uri.domain
        if request.recipient.tag:
            partner, ours = (sender, recipient) if direction is Direction.INBOUND else (recipient, sender)
            place = self.forwarding.dialogs.find(request, direction, partner, ours)
            if place is not None:
                self.forwarding.dialogs.check(request, place)
                return Flow(connection, direction, request, sender, recipient, recipient, place)
        if request.method in INSIDE_ONLY or (request.recipient.tag and request.method in FORMING):
            return None
        parameters = request.uri.parameters
        if parameters and b"maddr" in {unescaped(part.partition(b"=")[0]) for part in parameters.split(b";")}:
            # It would choose where the next server sends the request, past every rule about its host.
            raise Spoofed("the Request-URI carries maddr")
        return Flow(connection, direction, request, sender, request.uri.domain, recipient)

    def _cancel(self, connection: SipConnection, request: Request) -> None:
        """Answer a CANCEL and pass it on as our own: it goes hop by hop (RFC 3261 16.10)."""
        waiting = self._waiting.call(connection, request)
        if waiting is not None:
            waiting.cancelled = True
        elif not self.forwarding.cancel(connection, request):
            self._refuse_syntax(connection, request.message, Refusal(481, "nothing to cancel"))
            return
        self._send_answer(connection, request.message, 200, ())

    def _walk(self, flow: Flow) -> None:
        if flow.direction is Direction.INBOUND:
            self._inbound(flow)
        else:
            self._outbound(flow)

    def _inbound(self, flow: Flow) -> None:
        """From a partner to us (docs/rules.md 2.5)."""
        asks_edge = flow.request.method == b"OPTIONS" and is_for_edge(flow, self.own)
        srv = flow.srv or self._resolver.cached(flow.sender)
        outcome = None
        for domain, user in people(flow, self.decisions.index, asks_edge):
            outcome = self._decide(flow, domain, srv, flow.connection.peer, user)
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
            downstream = same_server(flow) or self.inside.ready(outcome.next_hop, affinity(flow))
            if downstream is None:
                self._fetch(flow, outcome, self.inside.open(outcome.next_hop))
            else:
                self._forward(flow, outcome, srv, downstream)

    def _held(self, flow: Flow, outcome: Outcome, srv: SrvAnswer | None, asks_edge: bool) -> bool:
        """Refuse what is beyond the limits of a discovered partner (docs/rules.md 2.7); return whether it was."""
        if flow.weighed or outcome.partner_class is not PartnerClass.DISCOVERED:
            return False
        flow.weighed = True
        peer = flow.connection.peer
        uri = flow.request.uri if flow.place is None else flow.request.recipient.uri
        addressed = None if asks_edge or not uri.user else person(uri, flow.target)
        held = self.safeguards.weigh(peer.certificate, peer.shown_names, flow.sender, addressed)
        if held is None:
            return False
        refused = msgspec.structs.replace(
            outcome, verdict=VerdictKind.DENIED, reason=held.reason, decided_by=CheckId.SAFEGUARDS
        )
        self._refuse(flow, refused, srv, flow.connection, held)
        return True

    def _outbound(self, flow: Flow) -> None:
        """From us to a partner (docs/rules.md 2.4)."""
        if is_for_edge(flow, self.own):
            # The listener lets nobody in but our own servers.
            self._send_answer(flow.connection, flow.request.message, 200, ())
            return
        if flow.target != flow.recipient:
            text = f"the Request-URI leads to {flow.target}, To names {flow.recipient}"
            self._disagree(flow.connection, flow.request, flow.direction, flow.target, text)
            return
        srv = flow.srv or self._resolver.cached(flow.target)
        outcome = self._decide_out(flow, srv, None)
        if not outcome.allowed:
            self._refuse(flow, outcome, srv, None)
            return
        hop = outcome.next_hop
        if hop is None:
            self._fetch(flow, outcome, self._look_up(flow))
            return
        downstream = same_server(flow) or self.outside.ready(hop, affinity(flow))
        if downstream is None:
            if self.outside.resting(hop) and turn_to_next(flow, hop, srv):
                self._walk(flow)
                return
            self._fetch(flow, outcome, self.outside.open(hop))
            return
        # Nothing leaves before the names on this very connection have been decided on.
        outcome = self._decide_out(flow, srv, downstream.peer)
        if outcome.allowed and outcome.complete:
            self._forward(flow, outcome, srv, downstream)
            return
        self._refuse(flow, outcome, srv, downstream)
        if not downstream.domains:
            downstream.close()

    def _decide_out(self, flow: Flow, srv: SrvAnswer | None, peer: Peer | None) -> Outcome:
        user = None if self.decisions.index.plain else person(flow.request.sender.uri, flow.sender)
        return self._decide(flow, flow.target, srv, peer, user)

    def _decide(
        self, flow: Flow, recipient: str, srv: SrvAnswer | None, peer: Peer | None, user: str | None
    ) -> Outcome:
        """Decide on everything a request asks for; the first refusal counts."""
        decided = None
        for modality in modalities(flow.request):
            decided = self.decisions.on(flow.direction, flow.sender, recipient, srv, peer, user, modality)
            if not decided.outcome.allowed:
                break
        assert decided is not None
        flow.decided = decided
        return decided.outcome

    def _forward(self, flow: Flow, outcome: Outcome, srv: SrvAnswer | None, downstream: SipConnection) -> None:
        try:
            self.forwarding.forward(flow, outcome, downstream)
        except Full as full:
            self._undelivered(flow, outcome, answers.OVERLOADED, "relay", str(full))
            return
        outside = downstream
        if flow.direction is Direction.INBOUND:
            outside = flow.connection
        else:
            downstream.messages += 1
        self._passed(flow, outcome, srv, outside)

    def _passed(self, flow: Flow, outcome: Outcome, srv: SrvAnswer | None, outside: SipConnection) -> None:
        outside.served(flow.partner)
        self._record.passed(flow.direction, flow.partner, outcome, srv, outside.peer.shown_names)

    def _fetch(self, flow: Flow, outcome: Outcome, fact: Awaitable[object]) -> None:
        """Wait for what is missing in a task of its own, then walk the steps again."""
        flow.rounds += 1
        if flow.rounds > _ROUNDS + len(flow.tried) or self._waiting.full(flow):
            if asyncio.iscoroutine(fact):
                fact.close()
            self._undelivered(flow, outcome, answers.OVERLOADED, "relay", "too many requests wait")
            return
        self._waiting.begin(flow, self._fetched(flow, outcome, fact))

    async def _fetched(self, flow: Flow, outcome: Outcome, fact: Awaitable[object]) -> None:
        try:
            await fact
        except ConnectFault as fault:
            problem: tuple[Answer, str, str] | None = (fault.answer, fault.stage, str(fault))
            srv = flow.srv or self._resolver.cached(flow.partner)
            if outcome.next_hop is not None and turn_to_next(flow, outcome.next_hop, srv):
                problem = None
        except Exception:
            log.exception("a request was lost to a fault of the edge itself")
            problem = (answers.OVERLOADED, "relay", "a fault of the edge itself; see its log")
        else:
            problem = None
        finally:
            self._waiting.end(flow)
        if flow.cancelled:
            self._send_answer(flow.connection, flow.request.message, 487, ())
        elif problem is not None:
            self._undelivered(flow, outcome, *problem)
        elif not flow.connection.closing:
            # Whoever asked may be gone, or blocked and closed, by now.
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
        if outcome.reason is Reason.PEER_NAME and outside is flow.connection:
            self.safeguards.reject(outside.peer.certificate, names, flow.sender)
        self._record.refused(flow.direction, flow.partner, outcome, answer, srv, names, peer, held)
        self.answer(flow.connection, flow.request.message, answer)

    def _disagree(
        self, connection: SipConnection, request: Request, direction: Direction, partner: str, text: str
    ) -> None:
        answer = answers.DOMAINS_DISAGREE
        self._record.disagreed(direction, partner, answer, text, connection.peer.address)
        self.answer(connection, request.message, answer)

    def _undelivered(self, flow: Flow, outcome: Outcome, answer: Answer, stage: str, text: str) -> None:
        peer = flow.connection.peer.address
        self._record.undelivered(flow.direction, flow.partner, outcome, answer, stage, text, peer)
        self.answer(flow.connection, flow.request.message, answer)

    def _refuse_syntax(self, connection: SipConnection, message: Message, refusal: Refusal) -> None:
        if refusal.status == 0:
            self._record.dropped += 1
            return
        self._record.failures.add(
            direction_of(connection), "parse", refusal.text, peer=connection.peer.address, code=refusal.status
        )
        self._send_answer(connection, message, refusal.status, refusal.headers)

    def answer(self, connection: SipConnection, message: Message, answer: Answer) -> None:
        """Send an answer with its diagnostics to whoever may see them."""
        headers: tuple[bytes, ...] = (_LATER,) if answer.status == 503 else ()
        if self.diagnostics_to_partners or connection.side is Side.INSIDE:
            headers += (diagnostics(answer, self.own.fqdn),)
        self._send_answer(connection, message, answer.status, headers)

    def _send_answer(
        self, connection: SipConnection, message: Message, status: int, headers: tuple[bytes, ...]
    ) -> None:
        if message.start.partition(b" ")[0] in UNANSWERED_METHODS:
            return
        wire = respond(message, status, connection.peer.host, headers)
        if wire is not None:
            connection.send(wire)
