"""Opens streams: finds the server, connects to vetted addresses, encrypts, proves both sides."""

import asyncio
import base64
import os
import socket
import ssl
from collections.abc import AsyncIterator
from typing import NamedTuple

from edgeconsole.model.evidence import SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.names import XMPP_PORT, HostPort
from edgeconsole.model.terms import Negotiation
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Direction
from edgeconsole.model.xmpp import XmppPartner
from edgeconsole.proxy.alerts import shake_hands
from edgeconsole.proxy.resolver import Resolver
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.xmpp.markup import STARTTLS, Node, auth_external, dialback, stream_error_of, tree
from edgeconsole.proxy.xmpp.names import DIALBACK, SASL, STREAMS, TLS
from edgeconsole.proxy.xmpp.situation import Situation
from edgeconsole.proxy.xmpp.stream import StreamFault, XmppStream, tls_fault
from edgeconsole.rules.addresses import why_denied
from edgeconsole.rules.negotiation import Method, methods_of

_MAX_TRIES = 4
"""Addresses tried for one stream, all targets together."""
_DIRECT, _PLAIN = "_xmpps-server._tcp.", "_xmpp-server._tcp."


class Place(NamedTuple):
    """Somewhere a server may listen."""

    where: HostPort
    direct: bool
    """TLS from the first byte (XEP-0368)."""


class Way(NamedTuple):
    """How a stream is to be encrypted and authenticated."""

    method: Method
    context: ssl.SSLContext | None
    """None: in the clear."""
    inside: bool = False


async def find_service(resolver: Resolver, domain: str) -> SrvAnswer:
    """Return where a domain's XMPP server is by SRV; the domain itself where no record exists (RFC 6120, 3.2.2)."""
    direct, plain = await asyncio.gather(resolver.service(_DIRECT + domain), resolver.service(_PLAIN + domain))
    if plain.status is SrvStatus.UNAVAILABLE:
        return plain
    if plain.status is SrvStatus.FOUND or direct.records:
        return SrvAnswer(status=SrvStatus.FOUND, records=(*plain.records, *direct.records), detail=plain.detail)
    if await resolver.addresses(domain):
        return SrvAnswer(status=SrvStatus.FOUND, records=(SrvRecord(target=domain, port=XMPP_PORT),))
    return plain


class Connector:
    """Opens the streams of one edge."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation

    async def outside(self, ours: str, domain: str) -> XmppStream:
        """Return a stream to a partner, authenticated both ways; the strongest method first. Raises StreamFault."""
        situation = self._situation
        partner = situation.partner(domain)
        full = situation.why_full(domain)
        if partner is None or full:
            raise StreamFault("connect", full or f"{domain} is no partner", condition="resource-constraint")
        fault: StreamFault | None = None
        try:
            async with asyncio.timeout(situation.gateway.stream_establishment.total_seconds()):
                for method in methods_of(partner):
                    try:
                        return await self._partner_stream(ours, domain, partner, method)
                    except StreamFault as error:
                        fault = error
                        if not error.trust:
                            break
        except TimeoutError:
            raise StreamFault("connect", f"no stream to {domain} in time") from fault
        raise fault or StreamFault("connect", f"{domain} can never be authenticated with its settings")

    async def inside(self, partner: str, ours: str) -> XmppStream:
        """Return a stream to the internal server on which we speak for a partner. Raises StreamFault."""
        hop, context = self._situation.inside_hop(), self._situation.contexts.inside_connect
        if hop is None or context is None:
            raise StreamFault("connect", "edge.xmpp_next_hop is not set, so there is no internal XMPP server")
        way = Way(Method.SASL_OVER_TLS, context, inside=True)
        try:
            async with asyncio.timeout(self._situation.gateway.stream_establishment.total_seconds()):
                return await self._first_stream(partner, ours, [Place(hop, False)], way)
        except TimeoutError:
            raise StreamFault("connect", f"no stream to {hop} in time") from None

    async def verify(self, ours: str, domain: str, stream_id: str, key: str) -> bool:
        """Ask a domain's own server, found by DNS alone, whether a dialback key is its. Raises StreamFault."""
        partner = self._situation.partner(domain)
        if partner is None:
            raise StreamFault("decide", f"{domain} is no partner")
        plain = partner.tls is Negotiation.NOT_SUPPORTED
        method = Method.TCP_DIALBACK if plain else Method.TLS_DIALBACK
        way = Way(method, None if plain else self._situation.contexts.connect_any)
        fault: StreamFault | None = None
        async for place, address in self._addresses(await self._places(domain, partner, way), inside=False):
            stream = self._situation.make_stream(Side.OUTSIDE, Direction.OUTBOUND)
            try:
                await self._begin(stream, ours, domain, place, address, way)
                stream.write(dialback("verify", ours, domain, key=key, stream_id=stream_id))
                while True:
                    said = await stream.element()
                    found = said.attributes
                    if (said.name, said.namespace) == ("verify", DIALBACK) and found.get("id") == stream_id:
                        return found.get("type") == "valid" and (found.get("from"), found.get("to")) == (domain, ours)
                    _raise_error(tree(said, stream.prefixes))
            except StreamFault as error:
                fault = error
            finally:
                stream.close()
        raise fault or StreamFault("dns", f"{domain} has no address")

    async def _partner_stream(self, ours: str, domain: str, partner: XmppPartner, method: Method) -> XmppStream:
        contexts = self._situation.contexts
        if method is Method.SASL_OVER_TLS:
            way = Way(method, contexts.connect)
        else:
            way = Way(method, contexts.connect_any if method is Method.TLS_DIALBACK else None)
        return await self._first_stream(ours, domain, await self._places(domain, partner, way), way)

    async def _places(self, domain: str, partner: XmppPartner, way: Way) -> list[Place]:
        if partner.proxy_fqdn is not None:
            return [Place(partner.proxy_fqdn, False)]
        direct, plain = await asyncio.gather(
            self._situation.resolver.service(_DIRECT + domain), self._situation.resolver.service(_PLAIN + domain)
        )
        found = [(each, True) for each in direct.records] if way.context is not None else []
        found += [(each, False) for each in plain.records]
        # XEP-0368: one set of records, by priority; of equals the encrypted one, then the heavier one.
        found.sort(key=lambda each: (each[0].priority, not each[1], -each[0].weight))
        if found:
            return [Place(HostPort(each.target, each.port), is_direct) for each, is_direct in found]
        if plain.status is SrvStatus.UNAVAILABLE:
            raise StreamFault("dns", f"SRV of {domain}: {plain.detail}")
        if plain.status is SrvStatus.FOUND:
            raise StreamFault("dns", f"{domain} says in DNS that it has no XMPP service")
        return [Place(HostPort(domain, XMPP_PORT), False)]

    async def _addresses(self, places: list[Place], *, inside: bool) -> AsyncIterator[tuple[Place, str]]:
        """Yield vetted literal addresses to try. Raises StreamFault where there is none."""
        tried = 0
        denied: list[str] = []
        for place in places:
            for address in await self._situation.resolver.addresses(place.where.host, own=inside):
                why = None if inside else why_denied(address, self._situation.allowed)
                if why is not None:
                    denied.append(f"{address} ({why})")
                    continue
                tried += 1
                yield place, address
                if tried >= _MAX_TRIES:
                    return
        if not tried:
            hosts = ", ".join(dict.fromkeys(place.where.host for place in places[:5]))
            if denied:
                told = f"{hosts} leads to {', '.join(denied[:5])}, which proxy.allow_addresses does not open"
                raise StreamFault("connect", told)
            raise StreamFault("dns", f"{hosts} has no address")

    async def _first_stream(self, ours: str, domain: str, places: list[Place], way: Way) -> XmppStream:
        fault: StreamFault | None = None
        async for place, address in self._addresses(places, inside=way.inside):
            side = Side.INSIDE if way.inside else Side.OUTSIDE
            stream = self._situation.make_stream(side, Direction.OUTBOUND)
            try:
                features = await self._begin(stream, ours, domain, place, address, way)
                await self._admit(stream, domain, way)
                await self._prove(stream, ours, domain, features, way)
            except StreamFault as error:
                where = HostPort(address, place.where.port).with_port()
                fault = StreamFault(
                    error.stage, f"{place.where.host} at {where}: {error}", condition=error.condition, trust=error.trust
                )
                self._give_up(stream, error)
            except BaseException:
                stream.cut()
                raise
            else:
                stream.method = way.method
                stream.domain, stream.local = (domain, ours) if not way.inside else (ours, domain)
                return stream
        assert fault is not None
        raise fault

    @staticmethod
    def _give_up(stream: XmppStream, error: StreamFault) -> None:
        if error.condition:
            stream.fail(error.condition, str(error))
        else:
            stream.close()

    async def _begin(self, stream: XmppStream, ours: str, domain: str, place: Place, address: str, way: Way) -> Node:
        """Connect and encrypt; return the features that are offered then."""
        plain = await self._connected(address, place.where.port)
        loop = asyncio.get_running_loop()
        seconds = self._situation.limits.handshake_seconds
        if place.direct and way.context is not None:
            try:
                began = loop.create_connection(
                    lambda: stream, sock=plain, ssl=way.context, server_hostname=domain,
                    ssl_handshake_timeout=seconds, ssl_shutdown_timeout=seconds,
                )  # fmt: skip
                transport, _ = await shake_hands(began)
            except OSError as error:
                raise tls_fault(error, self._situation.limits) from None
            stream.attach(transport, verified=way.context.verify_mode is not ssl.CERT_NONE)
            return await self._features(stream, ours, domain)
        transport, _ = await loop.create_connection(lambda: stream, sock=plain)
        stream.attach(transport)
        features = await self._features(stream, ours, domain)
        offered = features.find("starttls", TLS)
        if way.context is None:
            if offered is not None and offered.find("required", TLS) is not None:
                raise StreamFault("tls", "the other side requires TLS, and the partner's settings rule it out")
            return features
        if offered is None:
            raise StreamFault("tls", "the other side offers no STARTTLS", trust=True)
        stream.write(STARTTLS)
        answer = await stream.element()
        if (answer.name, answer.namespace) != ("proceed", TLS):
            _raise_error(tree(answer, stream.prefixes))
            raise StreamFault("tls", "the other side refused STARTTLS", trust=True)
        name = place.where.host if way.inside else domain
        await stream.start_tls(way.context, server=False, last_words=b"", name=name)
        return await self._features(stream, ours, domain)

    async def _features(self, stream: XmppStream, ours: str, domain: str) -> Node:
        stream.open(ours, domain)
        opening = await stream.opening()
        if opening.attributes.get("from") not in (None, domain):
            raise StreamFault("relay", f"it answered for {clean(opening.attributes['from'])}", condition="invalid-from")
        stream.other_id = opening.attributes.get("id", "")
        node = tree(await stream.element(), stream.prefixes)
        if (node.name, node.namespace) != ("features", STREAMS):
            _raise_error(node)
            raise StreamFault("relay", "it sent no features", condition="bad-format")
        return node

    async def _admit(self, stream: XmppStream, domain: str, way: Way) -> None:
        """Look at the certificate: the partner's domain outside, one of our servers' names inside."""
        if way.method is not Method.SASL_OVER_TLS:
            return
        accepted = self._situation.internal_peers if way.inside else frozenset((domain,))
        if stream.names.isdisjoint(accepted):
            shown = ", ".join(stream.shown_names[:5]) or "no name"
            wanted = "none of edge.internal_peers" if way.inside else f"not {domain}"
            raise StreamFault("tls", f"the certificate carries {shown}, {wanted}", trust=True)
        revoked = None if way.inside else await self._situation.why_revoked(stream)
        if revoked is not None:
            raise StreamFault("tls", revoked, trust=True)

    async def _prove(self, stream: XmppStream, ours: str, domain: str, features: Node, way: Way) -> None:
        """Authenticate ourselves by the way's method. Raises StreamFault."""
        if way.method is not Method.SASL_OVER_TLS:
            await self._dial_back(stream, ours, domain)
            return
        mechanisms = features.find("mechanisms", SASL)
        offered = [each.text.strip() for each in mechanisms.all("mechanism", SASL)] if mechanisms else []
        if "EXTERNAL" not in offered:
            raise StreamFault("sasl", "the other side offers no SASL EXTERNAL", trust=True)
        stream.write(auth_external(base64.b64encode(ours.encode()).decode("ascii")))
        node = tree(await stream.element(), stream.prefixes)
        if (node.name, node.namespace) != ("success", SASL):
            _raise_error(node)
            told = node.children[0].name if node.children else node.name
            text = node.find("text", SASL)
            detail = f"{told}: {text.text}" if text is not None else told
            raise StreamFault("sasl", f"the other side refused SASL EXTERNAL: {clean(detail)}", trust=True)
        stream.restart()
        await self._features(stream, ours, domain)

    async def _dial_back(self, stream: XmppStream, ours: str, domain: str) -> None:
        key = self._situation.keys.key(domain, ours, stream.other_id)
        stream.write(dialback("result", ours, domain, key=key))
        node = tree(await stream.element(), stream.prefixes)
        found = node.attributes
        answers = (node.name, node.namespace) == ("result", DIALBACK)
        if not answers or (found.get("from"), found.get("to")) != (domain, ours):
            _raise_error(node)
            raise StreamFault("dialback", "the other side did not answer the dialback key")
        if found.get("type") != "valid":
            raise StreamFault(
                "dialback", f"the other side found our dialback key {clean(found.get('type', 'wanting'))}"
            )

    async def _connected(self, address: str, port: int) -> socket.socket:
        """Return a TCP socket connected to a literal address; no name is looked up again. Raises StreamFault."""
        seconds = self._situation.limits.connect_seconds
        plain = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            plain.setblocking(False)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_connect(plain, (address, port))
        except TimeoutError:
            plain.close()
            raise StreamFault("connect", f"it does not answer within {seconds:g} s") from None
        except OSError as error:
            plain.close()
            # asyncio puts words of its own in place of the system's.
            raise StreamFault("connect", os.strerror(error.errno) if error.errno else str(error)) from None
        except BaseException:
            plain.close()
            raise
        return plain


def _raise_error(node: Node) -> None:
    """Raise what the other side ended the stream with, where it did."""
    if (node.name, node.namespace) != ("error", STREAMS):
        return
    detail = stream_error_of(node)
    refused = detail.partition(":")[0] in ("not-authorized", "policy-violation")
    raise StreamFault("relay", f"the other side ended the stream: {clean(detail)}", trust=refused)
