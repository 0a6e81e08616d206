"""Decides about every stanza of a live stream and passes it on, or answers it, or ends the stream."""

import asyncio
from typing import cast

import msgspec

from edgeconsole.model.observed import EventKind
from edgeconsole.model.verdict import Direction, Outcome, Reason, VerdictKind
from edgeconsole.proxy.observed import EventJournal
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.xmpp.address import Address, BadAddress, parse_address
from edgeconsole.proxy.xmpp.connector import Connector
from edgeconsole.proxy.xmpp.greeting import Greeting
from edgeconsole.proxy.xmpp.invitations import Invitations
from edgeconsole.proxy.xmpp.markup import dialback_error, portable, stanza_error, stream_error_of, tree
from edgeconsole.proxy.xmpp.names import DIALBACK, SERVER, STREAMS
from edgeconsole.proxy.xmpp.parser import Element, Violation
from edgeconsole.proxy.xmpp.routes import Key, Routes
from edgeconsole.proxy.xmpp.situation import Situation
from edgeconsole.proxy.xmpp.stream import StreamFault, XmppStream

_STANZAS = frozenset({"message", "presence", "iq"})
_MAX_VERDICTS = 1_000
"""Decisions remembered on one stream."""

_REFUSALS: dict[Reason, tuple[str, str]] = {
    Reason.RECIPIENT_NOT_OURS: ("cancel", "item-not-found"),
    Reason.NO_NEXT_HOP: ("wait", "service-unavailable"),
    Reason.NO_METHOD: ("cancel", "remote-server-not-found"),
    Reason.NOT_LISTED: ("cancel", "remote-server-not-found"),
    Reason.WRONG_PLANE: ("cancel", "remote-server-not-found"),
}
"""Stanza errors of refused stanzas; everything else is `not-allowed` (RFC 6120, 8.3.3)."""
_NOT_ALLOWED = ("cancel", "not-allowed")
_PERSONAL = frozenset({Reason.POLICY_FEDERATION, Reason.POLICY_XMPP, Reason.SURVIVABLE_BRANCH})
"""Reasons that concern a person of ours; our side is told, so that the person knows whom to ask."""


class Relay:
    """The receiver of every live stream."""

    def __init__(self, situation: Situation, connector: Connector, greeting: Greeting, events: EventJournal) -> None:
        self._situation = situation
        self._greeting = greeting
        self._events = events
        self._loop = asyncio.get_running_loop()
        self.routes = Routes(situation, connector, self.established, self._undelivered)
        self._invitations = Invitations(situation.limits.invitations)

    def established(self, stream: XmppStream) -> None:
        """Take in a stream that is authenticated."""
        if stream.closing:
            return
        why = self._situation.why_end(stream) if stream.side is Side.OUTSIDE else ""
        if why:
            # The rules have changed while it was negotiated.
            stream.fail("policy-violation", why)
            return
        self._situation.streams.add(stream)
        if stream.side is Side.OUTSIDE:
            self._events.add(EventKind.SESSION_OPENED, subject=stream.id, detail=stream.address)
        stream.go_live(self)

    def lost(self, stream: XmppStream) -> None:
        """A live stream is gone."""
        self._situation.streams.discard(stream)
        if stream.direction is Direction.OUTBOUND:
            self.routes.forget(stream)
        if stream.side is Side.OUTSIDE:
            self._events.add(EventKind.SESSION_CLOSED, subject=stream.id, detail=stream.address)

    def violated(self, stream: XmppStream, violation: Violation) -> None:
        """End a stream that broke a rule of XML or of ours."""
        direction = Direction.INBOUND if stream.side is Side.OUTSIDE else Direction.OUTBOUND
        domain = stream.domain if stream.side is Side.OUTSIDE else ""
        text = f"{violation.condition}: {violation.text}"
        self._situation.booking.stream(direction, domain, "parse", text, stream.address)
        stream.fail(violation.condition, violation.text)

    def received(self, stream: XmppStream, element: Element) -> None:
        """Decide about one element."""
        if element.namespace != SERVER or element.name not in _STANZAS:
            self._no_stanza(stream, element)
            return
        if stream.direction is Direction.OUTBOUND:
            # Nobody agreed to use this stream both ways (XEP-0288), so nothing on it is authenticated.
            self.violated(stream, Violation("not-authorized", "a stanza came on a stream of ours"))
            return
        attributes = element.attributes
        try:
            sender, recipient = parse_address(attributes["from"]), parse_address(attributes["to"])
        except (KeyError, BadAddress) as error:
            told = "from or to is missing" if isinstance(error, KeyError) else str(error)
            self.violated(stream, Violation("improper-addressing", told))
            return
        if sender.domain != stream.domain:
            self.violated(stream, Violation("invalid-from", f"{sender.domain} is not {stream.domain}"))
            return
        stream.messages += 1
        if stream.side is Side.OUTSIDE:
            self._inbound(stream, element, sender, recipient)
        else:
            self._outbound(stream, element, sender, recipient)

    def _inbound(self, stream: XmppStream, element: Element, sender: Address, recipient: Address) -> None:
        outcome = self._decided(stream, Direction.INBOUND, sender.domain, recipient.domain, recipient.person)
        key = (Side.INSIDE, sender.domain, recipient.domain)
        if outcome.reason is not None:
            self._refuse(stream, key, element, outcome, sender.domain)
            return
        if element.name == "presence" and element.attributes.get("type") == "subscribe":
            partner = self._situation.partner(sender.domain)
            if partner is not None and not self._invitations.may_invite(partner, sender.person, recipient.person):
                self._refuse_invitation(stream, key, element, outcome, sender)
                return
        self._situation.booking.passed(Direction.INBOUND, sender.domain, outcome)
        self._pass_on(key, stream, element)

    def _outbound(self, stream: XmppStream, element: Element, sender: Address, recipient: Address) -> None:
        outcome = self._decided(stream, Direction.OUTBOUND, recipient.domain, sender.domain, sender.person)
        key = (Side.OUTSIDE, sender.domain, recipient.domain)
        if outcome.reason is not None:
            self._refuse(stream, key, element, outcome, recipient.domain)
            return
        if element.name == "presence" and element.attributes.get("type") == "subscribe":
            self._invitations.sent(sender.person, recipient.person)
        self._situation.booking.passed(Direction.OUTBOUND, recipient.domain, outcome)
        self._pass_on(key, stream, element)

    def _pass_on(self, key: Key, stream: XmppStream, element: Element) -> None:
        data = portable(element, stream.prefixes) if stream.prefixes else element.raw
        self.routes.send(key, data, element, stream)

    def _decided(self, stream: XmppStream, direction: Direction, partner: str, ours: str, person: str) -> Outcome:
        """Decide, or remember what was decided on this stream under the same rules."""
        index = self._situation.index
        if stream.verdicts_of is not index:
            stream.verdicts_of = index
            stream.verdicts.clear()
        other = ours if direction is Direction.INBOUND else partner
        asked = other, person if index.policies.managed else ""
        found = stream.verdicts.get(asked)
        if found is None:
            found = self._situation.decide(direction, partner, ours, person)
            if len(stream.verdicts) >= _MAX_VERDICTS:
                stream.verdicts.clear()
            stream.verdicts[asked] = found
        return cast(Outcome, found)

    def _refuse(self, stream: XmppStream, key: Key, element: Element, outcome: Outcome, domain: str) -> None:
        """Answer what the rules do not let pass."""
        reason = outcome.reason
        assert reason is not None
        kind, condition = _REFUSALS.get(reason, _NOT_ALLOWED)
        direction = Direction.INBOUND if key[0] is Side.INSIDE else Direction.OUTBOUND
        self._situation.booking.refused(direction, domain, outcome, condition, reason.value, stream.address)
        ours = reason in _PERSONAL and direction is Direction.OUTBOUND
        self._answer(key, element, kind, condition, f"Federation policy: {reason.value}" if ours else "")

    def _refuse_invitation(
        self, stream: XmppStream, key: Key, element: Element, outcome: Outcome, sender: Address
    ) -> None:
        booking, peer = self._situation.booking, stream.address
        told = "a contact of a public-unverified partner invites without being asked"
        denied = msgspec.structs.replace(outcome, verdict=VerdictKind.DENIED)
        booking.refused(Direction.INBOUND, sender.domain, denied, "not-allowed", told, peer)
        self._answer(key, element, "auth", "not-allowed", "")

    def _answer(self, key: Key, element: Element, kind: str, condition: str, text: str) -> None:
        """Send a stanza error back the way the stanza came, on a stream of our own."""
        error = stanza_error(element, kind, condition, text)
        if error is None:
            return
        side, local, remote = key
        if side is Side.OUTSIDE:
            self.routes.send((Side.INSIDE, remote, local), error, None, None)
        elif self._situation.why_no_stream(Direction.OUTBOUND, local, remote) is None:
            self.routes.send((Side.OUTSIDE, remote, local), error, None, None)

    def _undelivered(self, key: Key, stanza: Element, fault: StreamFault) -> None:
        side, local, remote = key
        outbound = side is Side.OUTSIDE
        partner = remote if outbound else local
        direction = Direction.OUTBOUND if outbound else Direction.INBOUND
        self._situation.booking.undelivered(direction, partner, fault.stage, str(fault))
        if fault.condition == "resource-constraint":
            kind, condition = "wait", "resource-constraint"
        elif not outbound:
            kind, condition = "wait", "service-unavailable"
        elif fault.stage == "decide":
            kind, condition = _NOT_ALLOWED
        elif fault.stage == "dns":
            kind, condition = "cancel", "remote-server-not-found"
        else:
            kind, condition = "wait", "remote-server-timeout"
        # A partner is not told what is wrong inside.
        self._answer(key, stanza, kind, condition, str(fault) if outbound else "")

    def _no_stanza(self, stream: XmppStream, element: Element) -> None:
        if element.namespace == DIALBACK and stream.direction is Direction.INBOUND and stream.side is Side.OUTSIDE:
            given = element.attributes
            if not given.get("type") and element.name == "verify":
                self._greeting.check_key(stream, element)
                return
            if not given.get("type") and element.name == "result":
                # One domain a stream: a second one is asked to open its own (XEP-0220, 2.6).
                refusal = dialback_error("result", given.get("to", ""), given.get("from", ""), "not-allowed")
                stream.write(refusal)
                return
            self.violated(stream, Violation("not-authorized", "an answer to no question of ours"))
            return
        if (element.name, element.namespace) == ("error", STREAMS):
            told = f"the other side ended the stream: {stream_error_of(tree(element, stream.prefixes))}"
            domain = stream.domain if stream.side is Side.OUTSIDE else ""
            self._situation.booking.stream(stream.direction, domain, "relay", told, stream.address)
            stream.close()
            return
        self.violated(stream, Violation("unsupported-stanza-type", f"<{element.name}/>"))
