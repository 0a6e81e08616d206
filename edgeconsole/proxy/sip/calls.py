"""INVITE transactions: ringing for minutes, answered several times when forked, cancelled and acknowledged hop by hop.

RFC 3261 16 and 17 with the corrections of RFC 6026: after a 2xx the transaction stays, so that the answers of other
branches still find their way, and every ACK for a 2xx is a request of its own.
"""

import asyncio
from enum import Enum
from typing import Protocol

from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.connection import SipConnection
from edgeconsole.proxy.sip.flow import Flow
from edgeconsole.proxy.sip.message import Message, read_head
from edgeconsole.proxy.sip.transaction import answers
from edgeconsole.proxy.sip.validator import Request, Response

_LINGER_SECONDS = 32.0
"""64 * T1: how long a finished transaction still takes what belongs to it (timers D, H, L, M)."""


class State(Enum):
    """How far a call's first transaction is (RFC 3261 figures 5 and 7, RFC 6026 figures 4 and 6)."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    """A 2xx passed; more may follow from other branches."""
    COMPLETED = "completed"
    """Another final response passed; its ACK is awaited."""


class Call:
    """One forwarded INVITE."""

    __slots__ = (
        "branch", "cancelled", "downstream", "flow", "gave_up", "key", "sent", "state", "timer",
    )  # fmt: skip

    def __init__(self, branch: bytes, flow: Flow, downstream: SipConnection, sent: bytes, key: "Key") -> None:
        self.branch = branch
        self.flow = flow
        self.downstream = downstream
        self.sent = sent
        """The request as it was forwarded, from which CANCEL and ACK are made."""
        self.key = key
        self.state = State.CALLING
        self.cancelled = False
        """Whether its sender gave up; the CANCEL leaves once the other end has answered at all (RFC 3261 9.1)."""
        self.gave_up = False
        """Whether the edge itself gave up, by timer C."""
        self.timer: asyncio.TimerHandle | None = None


Key = tuple[SipConnection, bytes]
"""Where an INVITE came from and the branch it came with: what its CANCEL and ACK repeat (RFC 3261 17.2.3)."""


class Answering(Protocol):
    """What a call needs of the relay."""

    def call_unanswered(self, call: Call) -> None: ...


class Calls:
    """Every INVITE transaction by the branch of our Via, and by the branch it came with."""

    def __init__(self, limits: Limits, relay: Answering) -> None:
        self._limits = limits
        self._relay = relay
        self._loop = asyncio.get_running_loop()
        self._by_branch: dict[bytes, Call] = {}
        self._by_key: dict[Key, Call] = {}

    def __len__(self) -> int:
        return len(self._by_branch)

    def known(self, key: Key) -> Call | None:
        """Return the call an INVITE, CANCEL or ACK repeats."""
        return self._by_key.get(key)

    def add(self, branch: bytes, flow: Flow, downstream: SipConnection, sent: bytes) -> Call:
        """Remember an INVITE that is about to be forwarded."""
        call = Call(branch, flow, downstream, sent.partition(b"\r\n\r\n")[0], key_of(flow.connection, flow.request))
        self._by_branch[branch] = self._by_key[call.key] = call
        flow.connection.pending += 1
        downstream.outstanding += 1
        self._wait(call, self._limits.transaction_seconds)
        return call

    def match(self, response: Response, connection: SipConnection) -> Call | None:
        """Return the call a response belongs to, or None; only the connection that was asked may answer."""
        call = self._by_branch.get(response.top.branch)
        if call is None or call.downstream is not connection:
            return None
        if response.method == b"CANCEL":
            return call
        return call if response.method == b"INVITE" and answers(response.message, call.flow.request) else None

    def take(self, call: Call, response: Response) -> bool:
        """Move a call on by a response; return whether that goes to its sender."""
        status, state = response.status, call.state
        if response.method == b"CANCEL" or (status < 200 and state in (State.ACCEPTED, State.COMPLETED)):
            return False
        if status < 200:
            call.state = State.PROCEEDING
            if state is State.CALLING or status > 100:
                # Timer C starts again with every sign of life (RFC 3261 16.7 item 2).
                waiting = self._limits.transaction_seconds if call.gave_up else self._limits.ringing_seconds
                self._wait(call, waiting)
            if call.cancelled and state is State.CALLING:
                self._send_cancel(call)
            # 100 is hop by hop (RFC 3261 16.7 item 5), and ours was sent at once.
            return status > 100
        if status < 300:
            return self._finish(call, State.ACCEPTED) or state is State.ACCEPTED
        # The ACK of a refusal is hop by hop (RFC 3261 17.1.1.3).
        call.downstream.send(_hop_by_hop(call.sent, b"ACK", response.message))
        return self._finish(call, State.COMPLETED)

    def cancel(self, call: Call) -> None:
        """Have a call cancelled for its sender."""
        if call.state in (State.ACCEPTED, State.COMPLETED) or call.cancelled:
            return
        call.cancelled = True
        self._wait(call, self._limits.transaction_seconds)
        if call.state is State.PROCEEDING:
            self._send_cancel(call)

    def acknowledged(self, call: Call) -> None:
        """Take the ACK of a refusal: nothing more belongs to the call."""
        if call.state is State.COMPLETED:
            self._remove(call)

    def refused(self, call: Call) -> None:
        """Note that the edge has sent the final response itself; late answers end here."""
        self._finish(call, State.COMPLETED)

    def drop(self, connection: SipConnection) -> tuple[Call, ...]:
        """Forget what involves a closed connection; return the calls whose sender still waits for an answer."""
        involved = [each for each in self._by_branch.values() if connection in (each.flow.connection, each.downstream)]
        waiting = []
        for call in involved:
            open_still = call.state in (State.CALLING, State.PROCEEDING)
            if open_still and call.downstream is not connection and call.state is State.PROCEEDING:
                self._send_cancel(call)
            if open_still and call.flow.connection is not connection:
                waiting.append(call)
            else:
                self._remove(call)
        return tuple(waiting)

    def stop(self) -> None:
        """Forget everything and cancel the timers."""
        for call in tuple(self._by_branch.values()):
            self._remove(call)

    def _wait(self, call: Call, seconds: float) -> None:
        if call.timer is not None:
            call.timer.cancel()
        call.timer = self._loop.call_later(seconds, self._due, call)

    def _due(self, call: Call) -> None:
        call.timer = None
        if call.state in (State.ACCEPTED, State.COMPLETED):
            self._remove(call)
        elif call.state is State.PROCEEDING and not call.cancelled and not call.gave_up:
            call.gave_up = True
            self._wait(call, self._limits.transaction_seconds)
            self._send_cancel(call)
        else:
            self._relay.call_unanswered(call)

    def _finish(self, call: Call, state: State) -> bool:
        """End the first part of a call; return whether it had not ended before."""
        if call.state in (State.ACCEPTED, State.COMPLETED):
            return False
        call.state = state
        call.flow.connection.pending -= 1
        call.downstream.outstanding -= 1
        self._wait(call, _LINGER_SECONDS)
        return True

    def _remove(self, call: Call) -> None:
        if self._by_branch.pop(call.branch, None) is None:
            return
        self._by_key.pop(call.key, None)
        if call.state in (State.CALLING, State.PROCEEDING):
            call.flow.connection.pending -= 1
            call.downstream.outstanding -= 1
        if call.timer is not None:
            call.timer.cancel()
            call.timer = None

    def _send_cancel(self, call: Call) -> None:
        call.downstream.send(_hop_by_hop(call.sent, b"CANCEL"))


def key_of(connection: SipConnection, request: Request) -> Key:
    """Return by what a request is known to come from the same transaction."""
    return connection, request.top.branch


_KEPT = frozenset({"from", "to", "call-id", "cseq", "route"})


_OURS = Limits(headers=1_000, line=64 * 1024)
"""For reading what we sent: a request at the bound, with our own lines added."""


def _hop_by_hop(sent: bytes, method: bytes, response: Message | None = None) -> bytes:
    """Return the CANCEL or ACK of a forwarded INVITE (RFC 3261 9.1, 17.1.1.3): its Via, its Route, its identity."""
    invite = read_head(sent, _OURS)
    lines = [method + invite.start[invite.start.index(b" ") :], invite.lines[invite.first["via"]], b"Max-Forwards: 70"]
    for line, name in zip(invite.lines, invite.names, strict=True):
        if name not in _KEPT:
            continue
        if name == "cseq":
            line = line[: line.rindex(b"INVITE")] + method
        elif name == "to" and response is not None:
            line = response.lines[response.first["to"]]
        lines.append(line)
    lines.append(b"Content-Length: 0\r\n\r\n")
    return b"\r\n".join(lines)
