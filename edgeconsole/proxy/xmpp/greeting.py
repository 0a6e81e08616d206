"""Negotiates the streams others open: header, encryption, SASL EXTERNAL or dialback, in that order and once each.

Outside a stream proves the partner's domain; inside, the certificate is one of our own servers' and it speaks for
our domains.
"""

import asyncio
import base64
import binascii
import contextlib
import secrets

from edgeconsole.model.names import InvalidName, parse_domain
from edgeconsole.model.terms import Negotiation
from edgeconsole.model.verdict import Direction, Reason
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.xmpp.connector import Connector
from edgeconsole.proxy.xmpp.markup import (
    OFFER_DIALBACK,
    OFFER_EXTERNAL,
    PROCEED,
    SUCCESS,
    dialback,
    dialback_error,
    features,
    offer_tls,
    sasl_failure,
    tree,
)
from edgeconsole.proxy.xmpp.names import DIALBACK, SASL, SERVER, TLS
from edgeconsole.proxy.xmpp.parser import Element
from edgeconsole.proxy.xmpp.situation import Situation
from edgeconsole.proxy.xmpp.stream import StreamFault, XmppStream
from edgeconsole.rules.negotiation import Method

_CONDITIONS = {
    Reason.SENDER_IS_OURS: "invalid-from",
    Reason.SENDER_NOT_OURS: "invalid-from",
    Reason.RECIPIENT_NOT_OURS: "host-unknown",
}
"""Stream errors of a refused stream; everything else is a policy."""


class Greeting:
    """Takes accepted streams as far as stanzas."""

    def __init__(self, situation: Situation, connector: Connector) -> None:
        self._situation = situation
        self._connector = connector

    async def receive(self, stream: XmppStream, *, direct_tls: bool) -> None:
        """Negotiate until the stream is authenticated, or serves only to check keys. Raises StreamFault."""
        sender = recipient = ""
        if not direct_tls:
            sender, recipient = await self._open(stream, "", "")
            if await self._before_tls(stream, sender, recipient):
                return
        sender, recipient = await self._open(stream, sender, recipient)
        if not sender:
            raise StreamFault("relay", "the header names no sender", condition="invalid-from")
        await self._authenticate(stream, sender, recipient)

    async def _open(self, stream: XmppStream, claimed: str, meant: str) -> tuple[str, str]:
        """Take the other side's header and send ours; return the domains it names."""
        opening = await stream.opening()
        given = opening.attributes
        stream.id_sent = secrets.token_urlsafe(24)
        try:
            sender = parse_domain(given["from"]) if given.get("from") else ""
        except InvalidName as error:
            raise StreamFault("relay", f"from: {error}", condition="invalid-from") from None
        try:
            recipient = parse_domain(given["to"]) if given.get("to") else ""
        except InvalidName as error:
            raise StreamFault("relay", f"to: {error}", condition="host-unknown") from None
        self._check_header(stream, given, sender, recipient)
        if claimed and (sender, recipient) != (claimed, meant):
            raise StreamFault("relay", "the header changed after TLS", condition="invalid-from")
        stream.local, stream.claimed = recipient, sender
        stream.open(recipient, sender, stream.id_sent)
        return sender, recipient

    def _check_header(self, stream: XmppStream, given: dict[str, str], sender: str, recipient: str) -> None:
        version = given.get("version", "")
        if not version.partition(".")[0].isdecimal() or int(version.partition(".")[0][:3]) < 1:
            raise StreamFault("relay", f"version {version or 'none'}", condition="unsupported-version")
        if stream.side is Side.INSIDE:
            if sender and sender not in self._situation.index.local:
                raise StreamFault("relay", f"{sender} is no domain of ours", condition="invalid-from")
            if not recipient:
                raise StreamFault("relay", "the header names no recipient", condition="host-unknown")
            return
        if recipient not in self._situation.index.local:
            told = f"{recipient} is not served here" if recipient else "the header names no recipient"
            raise StreamFault("relay", told, condition="host-unknown")
        if sender:
            self._require_allowed(sender, recipient)

    def _require_allowed(self, sender: str, recipient: str) -> None:
        reason = self._situation.why_no_stream(Direction.INBOUND, sender, recipient)
        if reason is not None:
            raise StreamFault("decide", reason.value, condition=_CONDITIONS.get(reason, "policy-violation"))

    async def _before_tls(self, stream: XmppStream, sender: str, recipient: str) -> bool:
        """Offer TLS; return whether the stream is done without it."""
        situation = self._situation
        partner = situation.partner(sender) if sender and stream.side is Side.OUTSIDE else None
        methods = situation.methods(sender) if partner else ()
        in_the_clear = Method.TCP_DIALBACK in methods
        offered = []
        if partner is None or partner.tls is not Negotiation.NOT_SUPPORTED:
            offered.append(offer_tls(not in_the_clear))
        if in_the_clear:
            offered.append(OFFER_DIALBACK)
        stream.write(features(*offered))
        element = await stream.element()
        if (element.name, element.namespace) == ("starttls", TLS) and offered[0].startswith("<starttls"):
            await self._encrypt(stream, sender)
            return False
        if in_the_clear and element.namespace == DIALBACK:
            await self._dialback(stream, sender, recipient, element)
            return True
        self._refuse_early(element)
        raise StreamFault("tls", "it goes on without TLS", condition="policy-violation")

    async def _encrypt(self, stream: XmppStream, sender: str) -> None:
        contexts = self._situation.contexts
        if stream.side is Side.INSIDE:
            context = contexts.inside_accept
        else:
            context = contexts.accept if self._situation.asks_certificate(sender) else contexts.accept_any
        assert context is not None
        try:
            await stream.start_tls(context, server=True, last_words=PROCEED)
        except StreamFault as fault:
            if fault.trust and Method.TLS_DIALBACK in self._situation.methods(sender):
                self._situation.distrust(sender)
            raise

    async def _authenticate(self, stream: XmppStream, sender: str, recipient: str) -> None:
        """Over TLS: offer what the certificate and the partner's settings allow, and hold the peer to it."""
        if stream.side is Side.INSIDE:
            self._admit_server(stream)
            methods: tuple[Method, ...] = (Method.SASL_OVER_TLS,)
            external = True
        else:
            methods = self._situation.methods(sender)
            external = Method.SASL_OVER_TLS in methods and sender in stream.names
        by_key = Method.TLS_DIALBACK in methods
        revoked = await self._situation.why_revoked(stream) if external and stream.side is Side.OUTSIDE else None
        if revoked is not None and not by_key:
            raise StreamFault("tls", revoked, condition="not-authorized", trust=True)
        external = external and revoked is None
        if not external and not by_key:
            shown = ", ".join(stream.shown_names[:5]) or "no name"
            text = f"the certificate carries {shown}, not {sender}"
            raise StreamFault("tls", text, condition="not-authorized", trust=True)
        stream.write(features(*([OFFER_EXTERNAL] if external else []), *([OFFER_DIALBACK] if by_key else [])))
        element = await stream.element()
        if (element.name, element.namespace) == ("auth", SASL):
            await self._external(stream, sender, recipient, element, external)
        elif element.namespace == DIALBACK and by_key:
            await self._dialback(stream, sender, recipient, element)
        else:
            self._refuse_early(element)
            raise StreamFault("relay", f"<{element.name}/> was not offered", condition="unsupported-stanza-type")

    @staticmethod
    def _refuse_early(element: Element) -> None:
        if element.namespace == SERVER:
            raise StreamFault("relay", "a stanza came before authentication", condition="not-authorized")
        if element.namespace == DIALBACK:
            raise StreamFault("dialback", "dialback is not offered to this domain", condition="not-authorized")

    def _admit_server(self, stream: XmppStream) -> None:
        if stream.names.isdisjoint(self._situation.internal_peers):
            shown = ", ".join(stream.shown_names[:5]) or "no name"
            text = f"the certificate carries {shown}, none of edge.internal_peers"
            raise StreamFault("tls", text, condition="not-authorized", trust=True)

    async def _external(self, stream: XmppStream, sender: str, recipient: str, element: Element, offered: bool) -> None:
        """SASL EXTERNAL (XEP-0178): the authorisation identity is the sender, or is left out."""
        node = tree(element, stream.prefixes)
        refusal = "" if offered and node.attributes.get("mechanism") == "EXTERNAL" else "invalid-mechanism"
        if not refusal:
            refusal = _why_not(node.text.strip(), sender)
        if refusal:
            stream.write(sasl_failure(refusal))
            raise StreamFault("sasl", f"SASL EXTERNAL for {sender}: {refusal}", condition="not-authorized")
        stream.write(SUCCESS)
        stream.restart()
        await self._open(stream, sender, recipient)
        stream.write(features())
        self._establish(stream, sender, Method.SASL_OVER_TLS)

    def _establish(self, stream: XmppStream, domain: str, method: Method) -> None:
        full = self._situation.why_full(domain) if stream.side is Side.OUTSIDE else ""
        if full:
            raise StreamFault("connect", full, condition="resource-constraint")
        stream.domain, stream.method = domain, method

    async def _dialback(self, stream: XmppStream, sender: str, recipient: str, element: Element) -> None:
        """Serve both roles of XEP-0220 until a key of the peer's is proved by its own server."""
        while True:
            if element.namespace != DIALBACK:
                self._refuse_early(element)
                raise StreamFault("dialback", f"<{element.name}/> instead of a key", condition="not-authorized")
            given = element.attributes
            if given.get("type"):
                # Nobody was asked: believing it would let anybody in (XEP-0220, 4.2).
                raise StreamFault("dialback", "an answer to no question of ours", condition="not-authorized")
            if (_domain(given, "from"), _domain(given, "to")) != (sender, recipient):
                raise StreamFault("dialback", "a key for another domain", condition="invalid-from")
            if element.name == "verify":
                self.check_key(stream, element)
            elif await self._key_is_good(stream, sender, recipient, element):
                self._establish(stream, sender, Method.TLS_DIALBACK if stream.tls else Method.TCP_DIALBACK)
                stream.write(dialback("result", recipient, sender, type_="valid"))
                return
            else:
                stream.write(dialback("result", recipient, sender, type_="invalid"))
                raise StreamFault(
                    "dialback", f"the server of {sender} does not know the key", condition="not-authorized"
                )
            element = await stream.element()

    async def _key_is_good(self, stream: XmppStream, sender: str, recipient: str, element: Element) -> bool:
        if element.name != "result":
            raise StreamFault("dialback", f"<{element.name}/> is no dialback", condition="unsupported-stanza-type")
        if not self._situation.budget.spend(stream.host):
            raise StreamFault("dialback", "too many keys to check", condition="resource-constraint")
        key = tree(element, stream.prefixes).text.strip()
        try:
            return await self._connector.verify(recipient, sender, stream.id_sent, key)
        except StreamFault as fault:
            stream.write(dialback_error("result", recipient, sender, "remote-server-timeout"))
            raise StreamFault("dialback", str(fault), condition="remote-connection-failed") from None

    def check_key(self, stream: XmppStream, element: Element) -> None:
        """Answer a server that asks whether a key is ours (XEP-0220, the authoritative role)."""
        stream.asked_for_keys = True
        given = element.attributes
        asking, ours, stream_id = _domain(given, "from"), _domain(given, "to"), given.get("id", "")
        by_key = {Method.TLS_DIALBACK, Method.TCP_DIALBACK}.intersection(self._situation.methods(asking))
        if not by_key or ours not in self._situation.index.local or not stream_id:
            stream.write(dialback_error("verify", ours, asking, "item-not-found", stream_id))
            return
        key = tree(element, stream.prefixes).text
        known = self._situation.keys.is_ours(key, asking, ours, stream_id)
        stream.write(dialback("verify", ours, asking, type_="valid" if known else "invalid", stream_id=stream_id))


def _domain(given: dict[str, str], name: str) -> str:
    with contextlib.suppress(InvalidName):
        return parse_domain(given.get(name, ""))
    return ""


def _why_not(text: str, sender: str) -> str:
    """Return the SASL condition an authorisation identity is refused with, or nothing."""
    if text in ("", "="):
        return ""
    try:
        authzid = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return "incorrect-encoding"
    try:
        return "" if parse_domain(authzid) == sender else "invalid-authzid"
    except InvalidName:
        return "invalid-authzid"


async def first_byte(readable: "asyncio.Future[None]", seconds: float) -> None:
    """Wait until a socket has something to read. Raises StreamFault."""
    try:
        async with asyncio.timeout(seconds):
            await readable
    except TimeoutError:
        raise StreamFault("connect", f"it said nothing for {seconds:g} s") from None
