"""Dialogs that pass the edge: who is in each, and the way back to both ends as it was learnt, not as it is claimed.

Requests inside a dialog carry hosts of the far network in Request-URI and Route (RFC 3261 12.2). From a partner those
would choose where our servers send, so they must be what the dialog's own messages recorded, and Route is written anew
from there. What is not known any more, after a restart say, is answered 481 and its users start again.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from edgeconsole.model.names import InvalidName
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.connection import SipConnection
from edgeconsole.proxy.sip.fields import read_address, split_list
from edgeconsole.proxy.sip.message import Malformed, Message
from edgeconsole.proxy.sip.uri import SipUri
from edgeconsole.proxy.sip.validator import Request, Response

FORMING = frozenset({b"INVITE", b"SUBSCRIBE", b"REFER"})
"""Methods that begin a dialog (RFC 3261 12.1, RFC 6665, RFC 3515)."""

INSIDE_ONLY = frozenset({b"ACK", b"BYE", b"UPDATE", b"INFO", b"PRACK", b"NOTIFY", b"BENOTIFY"})
"""Methods that mean nothing outside a dialog."""

_REFRESHING = frozenset({b"INVITE", b"UPDATE", b"SUBSCRIBE", b"NOTIFY", b"REFER"})
"""Methods whose Contact becomes the remote target (RFC 3261 12.2; RFC 3311, RFC 6665)."""

_MAX_CALLEES = 32
"""Answers of one forked request that are remembered."""
_MAX_ROUTES = 64
_LINGER_SECONDS = 32.0
"""64 * T1: retransmissions and crossing requests still find a dialog that has ended."""

Key = tuple[bytes, bytes, str]
"""Call-ID, tag of who began it, and the partner: another partner's guess at the first two leads nowhere."""


class Leg:
    """The way to one end of a dialog."""

    __slots__ = ("confirmed", "contact", "routes")

    def __init__(self, contact: SipUri | None, routes: tuple[bytes, ...]) -> None:
        self.contact = contact
        """The remote target; None where the end never gave one."""
        self.routes = routes
        """Route values behind the edge, in the order to be travelled; entries of our own left out."""
        self.confirmed = False


class Dialog:
    """What one request began: a single caller, and each of the ends that answered."""

    __slots__ = ("callees", "caller", "direction", "downstream", "key", "last_used", "ours")

    def __init__(self, key: Key, direction: Direction, ours: str, caller: Leg, now: float) -> None:
        self.key = key
        self.direction = direction
        """Of the request that began it."""
        self.ours = ours
        """Domain of our person."""
        self.caller = caller
        self.callees: dict[bytes, Leg] = {}
        self.downstream: SipConnection | None = None
        """Where the first request went: the server that holds the other end."""
        self.last_used = now


class Place(NamedTuple):
    """A request's position in a dialog."""

    dialog: Dialog
    sender: Leg
    recipient: Leg
    from_caller: bool


class Spoofed(Exception):
    """A request names a way its dialog never had."""


class Dialogs:
    """Every dialog, bounded in all and for each partner; idle ones are forgotten."""

    def __init__(self, limits: Limits, own_names: frozenset[str], time: Callable[[], float]) -> None:
        self._limits = limits
        self._own_names = own_names
        self._time = time
        self._open: OrderedDict[Key, Dialog] = OrderedDict()
        self._ending: OrderedDict[Key, float] = OrderedDict()
        self._of_partner: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, request: Request, direction: Direction, partner: str, ours: str) -> Dialog | None:
        """Note the request that begins a dialog; None when there is no room for another."""
        self.sweep()
        key = _key(request.message, request.sender.tag, partner)
        found = self._open.get(key)
        if found is not None:
            # Asked again after a refusal, with credentials say: what was about to be forgotten begins anew.
            self._ending.pop(key, None)
            return found
        if len(self._open) >= self._limits.dialogs or self._of_partner[partner] >= self._limits.dialogs_per_partner:
            return None
        caller = Leg(contact_of(request.message), self._routes(request.message))
        dialog = self._open[key] = Dialog(key, direction, ours, caller, self._time())
        self._of_partner[partner] += 1
        return dialog

    def find(self, request: Request, direction: Direction, partner: str, ours: str) -> Place | None:
        """Return where a request stands in a dialog it is entitled to."""
        message, sender, recipient = request.message, request.sender.tag, request.recipient.tag
        dialog = self._open.get(_key(message, sender, partner))
        if dialog is not None and dialog.direction is direction and dialog.ours == ours:
            callee = dialog.callees.get(recipient)
            return self._used(Place(dialog, dialog.caller, callee, True)) if callee is not None else None
        dialog = self._open.get(_key(message, recipient, partner))
        if dialog is None or dialog.direction is direction or dialog.ours != ours:
            return None
        callee = dialog.callees.get(sender)
        if callee is None and request.method in (b"NOTIFY", b"BENOTIFY"):
            # The first NOTIFY may overtake the answer to its SUBSCRIBE (RFC 6665 4.1.4).
            callee = self._learn(dialog, sender, contact_of(message), self._routes(message))
        return self._used(Place(dialog, callee, dialog.caller, False)) if callee is not None else None

    def check(self, request: Request, place: Place) -> None:
        """Hold Request-URI and Route of a request against what its dialog recorded. Raises Spoofed."""
        contact = place.recipient.contact
        if contact is not None and not _same_uri(request.uri, contact):
            raise Spoofed("the Request-URI is not the contact the other end gave")
        claimed = self._routes(request.message, "route")
        if claimed and [_host_of(each) for each in claimed] != [_host_of(each) for each in place.recipient.routes]:
            raise Spoofed("Route is not the way that was recorded")

    def passed(self, request: Request, place: Place) -> None:
        """Note a request that went through: a new contact, or the end of the dialog."""
        if request.method in _REFRESHING:
            place.sender.contact = contact_of(request.message) or place.sender.contact
        if request.method == b"BYE" or _terminates(request.message):
            self._linger(place.dialog)

    def answered(self, dialog: Dialog, response: Response, sent: list[bytes]) -> list[bytes] | None:
        """Learn an end from a response to the request that began the dialog; `sent` are our own Record-Route values.

        Returns the Record-Route values the response has to carry where those it came with are not the ones that were
        sent, else None (RFC 3261 16.7 allows a proxy its own entries only).
        """
        status, message = response.status, response.message
        if status >= 300:
            if not any(leg.confirmed for leg in dialog.callees.values()):
                self._linger(dialog)
            return None
        tag = _tag(message)
        if not tag:
            return None
        recorded = _values(message, "record-route")
        ours = [at for at, value in enumerate(recorded) if _host_of(value)[1] in self._own_names]
        further = recorded[: ours[0]] if ours else []
        leg = self._learn(dialog, tag, contact_of(message), tuple(reversed(further))[:_MAX_ROUTES])
        if leg is None:
            return None
        leg.confirmed = leg.confirmed or status >= 200
        before = [_host_of(each) for each in dialog.caller.routes]
        behind = [_host_of(each) for each in recorded[ours[-1] + 1 :]] if ours else []
        if ours == list(range(len(further), len(further) + len(sent))) and behind == before:
            return None
        return [*further[:_MAX_ROUTES], *sent, *dialog.caller.routes]

    def refreshed(self, place: Place, response: Response) -> None:
        """Take the new contact in an answer to a request inside a dialog (RFC 3261 12.2.1.2)."""
        if response.method in _REFRESHING and 200 <= response.status < 300:
            place.recipient.contact = contact_of(response.message) or place.recipient.contact

    def sweep(self) -> None:
        """Forget what ended or was not used for too long."""
        now = self._time()
        while self._ending and next(iter(self._ending.values())) <= now:
            self._forget(self._ending.popitem(last=False)[0])
        oldest = now - self._limits.dialog_idle_seconds
        while self._open:
            key, dialog = next(iter(self._open.items()))
            if dialog.last_used >= oldest:
                break
            self._forget(key)

    def _learn(self, dialog: Dialog, tag: bytes, contact: SipUri | None, routes: tuple[bytes, ...]) -> Leg | None:
        leg = dialog.callees.get(tag)
        if leg is None:
            if len(dialog.callees) >= _MAX_CALLEES:
                return None
            leg = dialog.callees[tag] = Leg(contact, routes)
        elif not leg.confirmed:
            # Until the 2xx the route set is provisional (RFC 3261 13.2.2.4).
            leg.contact, leg.routes = contact or leg.contact, routes
        return leg

    def _routes(self, message: Message, name: str = "record-route") -> tuple[bytes, ...]:
        values = [each for each in _values(message, name) if _host_of(each)[1] not in self._own_names]
        return tuple(values[:_MAX_ROUTES])

    def _used(self, place: Place) -> Place:
        place.dialog.last_used = self._time()
        self._open.move_to_end(place.dialog.key)
        return place

    def _linger(self, dialog: Dialog) -> None:
        self._ending.setdefault(dialog.key, self._time() + _LINGER_SECONDS)

    def _forget(self, key: Key) -> None:
        if self._open.pop(key, None) is None:
            return
        self._ending.pop(key, None)
        self._of_partner[key[2]] -= 1
        if not self._of_partner[key[2]]:
            del self._of_partner[key[2]]


def contact_of(message: Message) -> SipUri | None:
    """Return the URI of the one Contact of a message that begins or refreshes a dialog; None where there is none."""
    try:
        values = _values(message, "contact")
        return read_address(values[0]).uri if len(values) == 1 else None
    except Malformed:
        return None


def _key(message: Message, tag: bytes, partner: str) -> Key:
    return message.value("call-id") or b"", tag, partner


def _tag(message: Message) -> bytes:
    try:
        return read_address(message.value("to") or b"").tag
    except Malformed:
        return b""


def _values(message: Message, name: str) -> list[bytes]:
    try:
        return [each for value in message.all(name) for each in split_list(value) if each]
    except Malformed:
        return []


def _host_of(route: bytes) -> tuple[bytes, str, int | None]:
    """Return what makes two routes the same: user, host and port; parameters come back in any order."""
    try:
        uri = read_address(route).uri
    except Malformed:
        return route, "", None
    try:
        return uri.user, uri.domain, uri.port
    except InvalidName:
        return uri.user, uri.host.lower(), uri.port


def _same_uri(one: SipUri, other: SipUri) -> bool:
    return (one.user, one.host.lower(), one.port) == (other.user, other.host.lower(), other.port)


def _terminates(message: Message) -> bool:
    state = message.value("subscription-state")
    return state is not None and state.lower().startswith(b"terminated")
