"""Requests that wait for their final response: which connection each came from and which may answer it.

All but INVITE (RFC 3261 17.1.2, 17.2.2), whose transactions last differently. TLS delivers or breaks, so there is
nothing to retransmit or absorb. All wait the same time, so the dictionary's order is the order of their deadlines.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from edgeconsole.proxy.sip.fields import MAGIC_COOKIE, read_address, read_via, split_list
from edgeconsole.proxy.sip.message import Malformed, Message
from edgeconsole.proxy.sip.validator import LOOP_MARK, Request, Response, signature

if TYPE_CHECKING:
    from edgeconsole.proxy.sip.connection import SipConnection
    from edgeconsole.proxy.sip.flow import Flow


class Pending:
    """One forwarded request."""

    __slots__ = ("branch", "deadline", "downstream", "flow")

    def __init__(self, branch: bytes, flow: "Flow", downstream: "SipConnection", deadline: float) -> None:
        self.branch = branch
        self.flow = flow
        """Its connection is where the request came from and the response goes."""
        self.downstream = downstream
        """Where it was forwarded, and the only connection a response is taken from."""
        self.deadline = deadline


class Transactions:
    """Every pending request by the branch of our Via."""

    def __init__(self, seconds: float, unanswered: Callable[[Pending], None], time: Callable[[], float]) -> None:
        self._seconds = seconds
        self._unanswered = unanswered
        self._time = time
        self._pending: dict[bytes, Pending] = {}
        self._timer: asyncio.TimerHandle | None = None
        # Restarts and two edges of one pool must not make the same branch.
        self._prefix = MAGIC_COOKIE + secrets.token_hex(5).encode("ascii")
        self._count = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._pending)

    def branch_for(self, request: Request) -> bytes:
        """Return a branch that was never used before, with the loop signature at its end."""
        self._count += 1
        return b"%s%x%s%s" % (self._prefix, self._count, LOOP_MARK, signature(request.message))

    def add(self, branch: bytes, flow: "Flow", downstream: "SipConnection") -> None:
        """Remember a request that is about to be forwarded."""
        deadline = self._time() + self._seconds
        if not self._pending:
            self._empty.clear()
        self._pending[branch] = Pending(branch, flow, downstream, deadline)
        flow.connection.pending += 1
        downstream.outstanding += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self.expire)

    def match(self, response: Response, connection: "SipConnection") -> Pending | None:
        """Return the request a response answers, or None: unknown branch, other method, or another's connection."""
        pending = self._pending.get(response.top.branch)
        if pending is None or pending.downstream is not connection or pending.flow.request.method != response.method:
            return None
        if not answers(response.message, pending.flow.request):
            return None
        if response.status >= 200:
            self._remove(pending)
        return pending

    def expire(self) -> None:
        """Give up on every request whose time has come, and set the timer for the next."""
        self._timer = None
        now = self._time()
        overdue = []
        for pending in self._pending.values():
            if pending.deadline > now:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(max(pending.deadline - now, 0.01), self.expire)
                break
            overdue.append(pending)
        for pending in overdue:
            self._remove(pending)
            self._unanswered(pending)

    def drop(self, connection: "SipConnection") -> tuple[Pending, ...]:
        """Forget what involves a closed connection; return the requests whose sender still waits for an answer."""
        involved = [each for each in self._pending.values() if connection in (each.flow.connection, each.downstream)]
        for pending in involved:
            self._remove(pending)
        return tuple(each for each in involved if each.flow.connection is not connection)

    async def drained(self) -> None:
        """Wait until nothing is pending."""
        while self._pending:
            await self._empty.wait()

    def stop(self) -> None:
        """Forget everything and cancel the timer."""
        self._pending.clear()
        self._empty.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _remove(self, pending: Pending) -> None:
        del self._pending[pending.branch]
        pending.flow.connection.pending -= 1
        pending.downstream.outstanding -= 1
        if not self._pending:
            self._empty.set()


_ECHOED = ("call-id", "cseq")


def answers(response: Message, request: Request) -> bool:
    """Return whether a response is to this request and goes back the way it came.

    It copies From, Call-ID and CSeq (RFC 3261 8.2.6.2). Our branch alone is no proof: a partner that learns a branch
    could answer for another. Behind our own Via there must be the Via of whoever sent the request, else the answer
    would be routed to where the partner says.
    """
    message = request.message
    theirs, ours = response.values, message.values
    there, here = response.first, message.first
    for name in _ECHOED:
        # As it went out, nearly always.
        if theirs[there[name]] != ours[here[name]] and not _same(response, message, name):
            return False
    if request.dotted:
        # It left without the dots, so they do not come back.
        if _tag_of(response, "from") != request.sender.tag:
            return False
    elif theirs[there["from"]] != ours[here["from"]] and not _same(response, message, "from"):
        return False
    came = response.shape.places["via"]
    sent = message.shape.places["via"]
    if request.top.bare and len(came) == 2 and len(sent) == 1 and b"," not in theirs[came[0]]:
        # Nearly always as it left: what it came with, and where from.
        via, _, source = theirs[came[1]].strip(b" \t").partition(b";received=")
        if via == ours[sent[0]].strip(b" \t") and b";" not in source and b"," not in via + source:
            return True
    return _returns(response.all("via"), message.all("via"), request.top.branch)


def _returns(came: list[bytes], sent: list[bytes], branch: bytes) -> bool:
    """Return whether the Vias of a response are ours, that of who asked, and no more or fewer than those behind it."""
    if any(b"," in each for each in came) or any(b"," in each for each in sent):
        try:
            came, sent = split_list(b",".join(came)), split_list(b",".join(sent))
        except Malformed:
            return False
    return len(came) == len(sent) + 1 and _has_branch(came[1], branch)


def _same(one: Message, other: Message, name: str) -> bool:
    """Return whether a header both have says the same, white space aside."""
    first, second = one.values[one.first[name]], other.values[other.first[name]]
    return first == second or first.split() == second.split()


def _has_branch(via: bytes, branch: bytes) -> bool:
    """Return whether a Via has that branch; nearly all are as they left, and need no reading."""
    before, found, after = via.partition(b";branch=" + branch)
    if found and (not after or after[:1] == b";") and b'"' not in via and b"branch" not in before + after:
        return True
    return _branch(via) == branch


def _tag_of(message: Message, name: str) -> bytes:
    try:
        return read_address(message.value(name) or b"").tag
    except Malformed:
        return b""


def _branch(via: bytes) -> bytes:
    try:
        return read_via(via).branch
    except Malformed:
        return b""
