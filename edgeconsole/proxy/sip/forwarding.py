"""What was let through: sent on with our Via, its answers brought back, its silence and its broken connections told."""

import asyncio
from typing import Protocol

from edgeconsole.model.verdict import Direction, Outcome
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.record import Record
from edgeconsole.proxy.safeguards import Safeguards
from edgeconsole.proxy.sip import answers
from edgeconsole.proxy.sip.answers import respond
from edgeconsole.proxy.sip.calls import Call, Calls, key_of
from edgeconsole.proxy.sip.claims import foreign_claims, foreign_contact
from edgeconsole.proxy.sip.connection import Side, SipConnection
from edgeconsole.proxy.sip.dialogs import FORMING, Dialogs
from edgeconsole.proxy.sip.flow import Flow, Own, direction_of
from edgeconsole.proxy.sip.message import Message
from edgeconsole.proxy.sip.rewrite import Way, back, dropped_from_response, forward_inbound, forward_outbound
from edgeconsole.proxy.sip.transaction import Pending, Transactions
from edgeconsole.proxy.sip.trust import makes_claim, stamp, stamp_outbound
from edgeconsole.proxy.sip.validator import UNANSWERED_METHODS, Request, check_response
from edgeconsole.rules.diagnostics import Answer

_CONTACT = frozenset({"contact"})


class Full(Exception):
    """No room for another request; the text says of what."""


class Policy(Protocol):
    """What forwarding asks of the relay."""

    own: Own
    mark_verifiable: bool
    archiving_notice: bool
    safeguards: Safeguards

    def answer(self, connection: SipConnection, message: Message, answer: Answer) -> None: ...
    def refused_since(self, flow: Flow, downstream: SipConnection) -> Answer | None: ...


class Forwarding:
    """The requests that are under way and the dialogs they belong to."""

    def __init__(self, policy: Policy, record: Record, limits: Limits) -> None:
        self._policy = policy
        self._record = record
        self._limits = limits
        loop = asyncio.get_running_loop()
        self.transactions = Transactions(limits.transaction_seconds, self._unanswered, loop.time)
        self.calls = Calls(limits, self)
        self.dialogs = Dialogs(limits, policy.own.names, loop.time)

    def stop(self) -> None:
        """Give up what waits for an answer."""
        self.transactions.stop()
        self.calls.stop()

    def forward(self, flow: Flow, outcome: Outcome, downstream: SipConnection) -> None:
        """Send a request on. Raises Full."""
        request, upstream, limits = flow.request, flow.connection, self._limits
        under_way = len(self.transactions) + len(self.calls)
        if under_way >= limits.transactions or upstream.pending >= limits.transactions_per_connection:
            raise Full("too many requests wait for an answer")
        if flow.place is None and request.method in FORMING and not request.recipient.tag:
            flow.dialog = self.dialogs.begin(request, flow.direction, flow.partner, flow.ours)
            if flow.dialog is None:
                raise Full("too many dialogs are open")
            flow.dialog.downstream = downstream
        branch = self.transactions.branch_for(request)
        wire = self._wire(flow, outcome, branch)
        if request.method == b"INVITE":
            self.calls.add(branch, flow, downstream, wire)
            trying = respond(request.message, 100, upstream.peer.host)
            if trying is not None:
                upstream.send(trying)
        elif request.method not in UNANSWERED_METHODS:
            self.transactions.add(branch, flow, downstream)
        if flow.place is not None:
            self.dialogs.passed(request, flow.place)
        downstream.send(wire)

    def _wire(self, flow: Flow, outcome: Outcome, branch: bytes) -> bytes:
        own, request, source = self._policy.own, flow.request, flow.connection.peer
        routes = None if flow.place is None else flow.place.recipient.routes
        if flow.direction is Direction.INBOUND:
            names = source.names
            stripped = foreign_claims(request.message, flow.sender, names)
            stamps: tuple[bytes, ...] = (self._stamp(flow, outcome),)
            record = (own.inside_route, own.outside_route) if flow.dialog is not None else ()
            way = Way(own.inside_via + branch, source.host, record, routes, stripped, stamps)
            return forward_inbound(request, way)
        stamps = (stamp_outbound(self._policy.mark_verifiable),)
        if self._policy.archiving_notice:
            stamps += (ARCHIVING_NOTICE,)
        record = (own.outside_route, own.inside_route) if flow.dialog is not None else ()
        way = Way(own.outside_via + branch + b";keep", source.host, record, routes, frozenset(), stamps)
        return forward_outbound(request, way, own.names)

    def _stamp(self, flow: Flow, outcome: Outcome) -> bytes:
        """Return the trust header; what makes no claim gets the same as the last that was decided the same way."""
        message, decided = flow.request.message, flow.decided
        if decided is None or decided.outcome is not outcome or makes_claim(message):
            return stamp(message, outcome, self._policy.own.fqdn, flow.connection.peer.names)
        if not decided.unclaimed:
            decided.unclaimed = stamp(message, outcome, self._policy.own.fqdn, flow.connection.peer.names)
        return decided.unclaimed

    def response(self, connection: SipConnection, message: Message) -> None:
        """Send a response where its request came from, or nowhere (RFC 3261 16.7)."""
        response = check_response(message)
        if response is None:
            self._drop(connection, "a malformed response")
            return
        flow: Flow
        pending = self.transactions.match(response, connection)
        if pending is not None:
            flow, goes = pending.flow, response.status > 100
        else:
            call = self.calls.match(response, connection)
            if call is None:
                self._drop(connection, "a response to nothing that was asked here")
                return
            flow, goes = call.flow, self.calls.take(call, response)
        if response.top.keep:
            connection.keep_alive(response.top.keep)
        if response.status >= 200 and flow.direction is Direction.INBOUND:
            self._policy.safeguards.answered(flow.connection.peer.certificate, success=response.status < 400)
        if not goes:
            return
        routes = None
        if flow.dialog is not None:
            routes = self.dialogs.answered(flow.dialog, response, self._recorded(flow))
        elif flow.place is not None:
            self.dialogs.refreshed(flow.place, response)
        from_outside = connection.side is Side.OUTSIDE
        drops = dropped_from_response(message, from_outside=from_outside)
        if from_outside:
            names = connection.peer.names
            drops |= foreign_claims(message, flow.partner, names)
            if foreign_contact(message, flow.partner, names):
                drops |= _CONTACT
        wire = back(message, flow.request, drops, routes)
        if wire is not None:
            flow.connection.send(wire)

    def _recorded(self, flow: Flow) -> list[bytes]:
        own = self._policy.own
        lines = (own.inside_route, own.outside_route)
        if flow.direction is Direction.OUTBOUND:
            lines = (own.outside_route, own.inside_route)
        return [line.partition(b": ")[2] for line in lines]

    def cancel(self, connection: SipConnection, request: Request) -> bool:
        """Cancel the call a CANCEL names; return whether there is one (RFC 3261 16.10)."""
        call = self.calls.known(key_of(connection, request))
        if call is None:
            return False
        self.calls.cancel(call)
        return True

    def repeats(self, connection: SipConnection, request: Request) -> bool:
        """Return whether an INVITE came already, or an ACK ends what is known here: neither goes any further."""
        call = self.calls.known(key_of(connection, request))
        if call is not None and request.method == b"ACK":
            self.calls.acknowledged(call)
        return call is not None

    def lost(self, connection: SipConnection, error: Exception | None) -> None:
        """Answer whoever waits for something from a connection that is gone."""
        text = "the connection broke before the answer" + (f": {error}" if error else "")
        for pending in self.transactions.drop(connection):
            self._broken(pending.flow, connection, text)
        for call in self.calls.drop(connection):
            self._broken(call.flow, connection, text)
            self.calls.refused(call)

    def _broken(self, flow: Flow, connection: SipConnection, text: str) -> None:
        answer = self._policy.refused_since(flow, connection)
        if answer is not None:
            text = "the partner was closed to us before the answer"
        else:
            answer = answers.INSIDE_FAILED if connection.side is Side.INSIDE else answers.CONNECT_FAILED
        self._policy.answer(flow.connection, flow.request.message, answer)
        self._record.unanswered(flow.direction, flow.partner, answer, text, connection.peer.address)

    def call_unanswered(self, call: Call) -> None:
        """Answer an INVITE that got no final response in its time."""
        flow, outbound = call.flow, call.flow.direction is Direction.OUTBOUND
        self.calls.refused(call)
        if call.cancelled:
            terminated = respond(flow.request.message, 487, flow.connection.peer.host)
            if terminated is not None:
                flow.connection.send(terminated)
            return
        if call.gave_up:
            answer = answers.PARTNER_RANG_OUT if outbound else answers.INSIDE_RANG_OUT
            text = f"it rang for {self._limits.ringing_seconds:g} s and nobody answered"
        else:
            answer = answers.PARTNER_SILENT if outbound else answers.INSIDE_SILENT
            text = f"no response within {self._limits.transaction_seconds:g} s"
        self._policy.answer(flow.connection, flow.request.message, answer)
        self._record.unanswered(flow.direction, flow.partner, answer, text, call.downstream.peer.address)
        self._doubt(call.downstream)

    def _unanswered(self, pending: Pending) -> None:
        flow = pending.flow
        answer = answers.PARTNER_SILENT if flow.direction is Direction.OUTBOUND else answers.INSIDE_SILENT
        self._policy.answer(flow.connection, flow.request.message, answer)
        text = f"no final response within {self._limits.transaction_seconds:g} s"
        self._record.unanswered(flow.direction, flow.partner, answer, text, pending.downstream.peer.address)
        self._doubt(pending.downstream)

    def _doubt(self, downstream: SipConnection) -> None:
        """Close a connection that was silent all the time a request waited.

        TCP may take a quarter of an hour to notice a path that is gone; the next request opens a new one.
        """
        silent = asyncio.get_running_loop().time() - downstream.last_received
        if silent >= self._limits.transaction_seconds:
            downstream.close()

    def _drop(self, connection: SipConnection, text: str) -> None:
        self._record.dropped += 1
        self._record.failures.add(direction_of(connection), "relay", text, peer=connection.peer.address)


ARCHIVING_NOTICE = b"ms-archiving-disclaimer: archived"
"""Tells the partner's people that what they write is archived here (EnableArchivingDisclaimer; docs/rules.md 2.5).
No public document gives the header Access Edges use, so this one is the product's own."""
