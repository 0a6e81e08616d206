"""From TCP to an answer at one address, for every kind of target; judged as it goes, so that progress is shown."""

import asyncio
import socket
from collections.abc import Callable
from datetime import datetime

import msgspec

from edgeconsole.model.names import SIP_TLS_PORT, XMPP_PORT
from edgeconsole.model.probe import ProbeKind, Stage
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.model.terms import Negotiation
from edgeconsole.model.text import clean
from edgeconsole.probes.connect import connect
from edgeconsole.probes.ladder import Ladder, Place
from edgeconsole.probes.sip import ask_options, make_options, reply_words
from edgeconsole.probes.stun import ask_stun
from edgeconsole.probes.tls import Handshakes
from edgeconsole.probes.tls_stream import PlainStream, StreamEnded, TlsStream
from edgeconsole.probes.xmpp import FAREWELL, STARTTLS, StreamReader, make_header, read_stream
from edgeconsole.rules.addresses import Network, why_denied
from edgeconsole.rules.negotiation import Method, methods
from edgeconsole.rules.probing.facts import (
    ConnectFacts,
    ConnectOutcome,
    ReplyOutcome,
    SipFacts,
    StartTls,
    TlsFacts,
    TlsOutcome,
    XmppFacts,
)
from edgeconsole.rules.probing.judge_answers import judge_sip, judge_stun
from edgeconsole.rules.probing.judge_certificate import judge_certificate, judge_names
from edgeconsole.rules.probing.judge_transport import concerns_us, judge_client, judge_connect, judge_handshake
from edgeconsole.rules.probing.judge_xmpp import judge_features, judge_starttls, judge_stream

USUAL_PORTS = frozenset({SIP_TLS_PORT, XMPP_PORT, 5270, 5223, 443, 3478})
"""Ports that a partner's records may lead a probe to (P3): the model's, and 5270 of XMPP with direct TLS."""

MAX_READ = 64 * 1024
"""Bytes read of one address (P4)."""

_AFTER_TLS = (Stage.TLS, Stage.CERTIFICATE, Stage.NAME, Stage.CLIENT_CERTIFICATE, Stage.APPLICATION)
_STAGES = {
    ProbeKind.SIP: (Stage.TCP, *_AFTER_TLS),
    ProbeKind.XMPP: (Stage.TCP, Stage.STARTTLS, *_AFTER_TLS),
    ProbeKind.STUN: (Stage.APPLICATION,),
}
_SETTLE_SECONDS = 1.0
"""How long a peer may take to refuse our certificate where nothing is asked of it."""


class ProbeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long single steps may take, in seconds."""

    dns: float = 1.0
    """One try; there are two."""
    connect: float = 4.0
    handshake: float = 5.0
    reply: float = 5.0
    whole: float = 10.0
    """One run without the wait for its turn (P4)."""


class Walker:
    """Walks up the ladder of single addresses; what it needs is made once for all targets."""

    def __init__(
        self,
        *,
        handshakes: Handshakes,
        limits: ProbeLimits,
        allowed: tuple[Network, ...],
        ports: frozenset[int],
        own_host: str,
        own_domain: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._handshakes = handshakes
        self._limits = limits
        self._allowed = allowed
        self._ports = USUAL_PORTS | ports
        self._own_host = own_host
        self._own_domain = own_domain
        self._clock = clock

    def stages(self, kind: ProbeKind) -> tuple[Stage, ...]:
        """Return the stages an address of that kind has."""
        return _STAGES[kind]

    async def walk(self, target: ProbeTarget, ladder: Ladder, *, deep: bool) -> None:
        """Fill a ladder; whatever happens is a result."""
        denied = self._denied(target, ladder.place)
        if denied is not None:
            stage = self.stages(target.kind)[0]
            ladder.end(stage, judge_connect(ladder.speaker, denied, seconds=0))
        elif target.kind is ProbeKind.STUN:
            await self._stun(ladder)
        else:
            await self._stream(target, ladder, deep)
        ladder.leave()

    def _denied(self, target: ProbeTarget, place: Place) -> ConnectFacts | None:
        """Return why nothing may be sent to an address (P2, P3); asked of every address right before connecting."""
        why = why_denied(place.address, self._allowed)
        if why is not None:
            return ConnectFacts(outcome=ConnectOutcome.DENIED, detail=clean(why))
        pinned = target.listed and target.access_edge is not None and target.access_edge.port == place.port
        # Loopback is reached only where an operator opened it: a lab, whose ports are any.
        if place.port in self._ports or pinned or place.address in ("::1",) or place.address.startswith("127."):
            return None
        return ConnectFacts(outcome=ConnectOutcome.PORT_DENIED)

    async def _stun(self, ladder: Ladder) -> None:
        facts = await ask_stun(ladder.place.address, ladder.place.port)
        findings = judge_stun(ladder.speaker, facts, self._allowed)
        ladder.end(
            Stage.APPLICATION,
            findings,
            milliseconds=facts.milliseconds,
            why=f"our address is {facts.reflexive}" if facts.reflexive else facts.outcome.value,
            facts={"reflexive": facts.reflexive, "tries": facts.tries},
        )

    async def _connected(self, place: Place) -> tuple[ConnectFacts, socket.socket | None]:
        return await connect(place.address, place.port, self._limits.connect)

    async def _again(self, place: Place) -> PlainStream | None:
        _, plain = await self._connected(place)
        return PlainStream(plain, MAX_READ) if plain is not None else None

    async def _stream(self, target: ProbeTarget, ladder: Ladder, deep: bool) -> None:
        facts, plain = await self._connected(ladder.place)
        findings = judge_connect(ladder.speaker, facts, seconds=self._limits.connect)
        ladder.end(Stage.TCP, findings, milliseconds=facts.milliseconds, why=facts.outcome.value)
        if plain is None:
            return
        stream = PlainStream(plain, MAX_READ)
        try:
            if target.kind is ProbeKind.XMPP:
                await self._xmpp(target, ladder, stream, deep)
            else:
                await self._sip(target, ladder, stream, deep)
        finally:
            stream.close()

    async def _sip(self, target: ProbeTarget, ladder: Ladder, plain: PlainStream, deep: bool) -> None:
        tls, stream = await self._shake(target, ladder, plain, deep)
        if stream is None:
            return
        if not target.options:
            await self._settle(ladder, tls, stream)
            return
        request = make_options(target.name, self._own_host, self._own_domain)
        facts = await ask_options(stream, request, seconds=self._limits.reply, clock=self._clock)
        stream.farewell()
        self._client(ladder, tls, facts.alert, facts.outcome)
        if facts.outcome is ReplyOutcome.ALERT:
            return
        findings = judge_sip(ladder.speaker, facts, seconds=self._limits.reply)
        ladder.end(
            Stage.APPLICATION,
            findings,
            milliseconds=facts.milliseconds,
            why=reply_words(facts),
            facts=_sip_facts(facts),
        )

    async def _settle(self, ladder: Ladder, tls: TlsFacts, stream: TlsStream) -> None:
        """Wait whether the peer refuses our certificate, asking nothing of it."""
        alert, outcome = "", ReplyOutcome.SILENT
        try:
            async with asyncio.timeout(_SETTLE_SECONDS):
                await stream.read()
        except TimeoutError:
            pass
        except StreamEnded as ended:
            alert, outcome = ended.alert, ReplyOutcome.CLOSED
        stream.farewell()
        self._client(ladder, tls, "" if alert == "close_notify" else alert, outcome)
        ladder.leave("OPTIONS is not sent to this target")

    async def _shake(
        self, target: ProbeTarget, ladder: Ladder, plain: PlainStream, deep: bool
    ) -> tuple[TlsFacts, TlsStream | None]:
        """Shake hands and end the stages of the handshake, of the certificate, and of its names."""
        place, host = ladder.place, self._server_name(target, ladder.place)
        lenient = target.kind is ProbeKind.XMPP and not _by_certificate(target)
        tls, stream = await self._handshakes.shake(
            plain,
            host,
            seconds=self._limits.handshake,
            deep=deep,
            direct_xmpp=place.direct,
            lenient=lenient,
            again=(lambda: self._again(place)) if deep and not self._over_starttls(target, place) else None,
        )
        ladder.chain = tls.chain
        findings = judge_handshake(ladder.speaker, tls, seconds=self._limits.handshake)
        goes_on = ladder.end(
            Stage.TLS,
            findings,
            milliseconds=tls.milliseconds,
            why=f"{tls.version} {tls.cipher}".strip(),
            facts=_tls_facts(tls),
        )
        if not goes_on:
            return tls, None
        found = judge_certificate(ladder.speaker, target, tls, self._clock())
        believed = ladder.end(Stage.CERTIFICATE, found, why=_until(tls), facts=_certificate_facts(tls))
        names, said = judge_names(ladder.speaker, target, tls, place.host)
        proven = ladder.end(Stage.NAME, names, why="it proves who it is", facts=said)
        if stream is None and concerns_us(tls):
            self._client(ladder, tls, tls.alert, None)
        elif stream is not None and not lenient and not (believed and proven):
            # Nothing is said to somebody who is not the one that was meant.
            stream.farewell()
            return tls, None
        return tls, stream

    @staticmethod
    def _server_name(target: ProbeTarget, place: Place) -> str:
        # An XMPP server chooses its certificate by the domain (RFC 6120, 5.4.3.1), an edge by its host.
        return target.name if target.kind is ProbeKind.XMPP else place.host

    @staticmethod
    def _over_starttls(target: ProbeTarget, place: Place) -> bool:
        return target.kind is ProbeKind.XMPP and not place.direct

    def _client(self, ladder: Ladder, tls: TlsFacts, alert: str, reply: ReplyOutcome | None) -> None:
        findings = judge_client(ladder.speaker, tls, alert=alert, reply=reply)
        if reply in (ReplyOutcome.CLOSED, ReplyOutcome.RESET) and not findings:
            # Closed before a word: whether it was our certificate, nobody can tell.
            return
        words = "it took our certificate" if tls.shown else "it answered without a certificate of ours"
        ladder.end(Stage.CLIENT_CERTIFICATE, findings, why=words, facts=_demand_facts(tls, alert))

    async def _xmpp(self, target: ProbeTarget, ladder: Ladder, plain: PlainStream, deep: bool) -> None:
        if ladder.place.direct:
            ladder.end(Stage.STARTTLS, why="TLS from the first byte")
        else:
            facts = await self._open(target, ladder, plain)
            if facts is None:
                return
            if facts.starttls is StartTls.MISSING:
                self._offered(target, ladder, facts, None)
                return
        tls, stream = await self._shake(target, ladder, plain, deep)
        if stream is None:
            return
        await stream.write(make_header(target.name, self._own_domain))
        after = await read_stream(stream.read, seconds=self._limits.reply)
        if after.outcome is ReplyOutcome.ANSWERED:
            await stream.write(FAREWELL)
        stream.farewell()
        self._client(ladder, tls, after.alert, after.outcome)
        if after.outcome is ReplyOutcome.ALERT:
            return
        self._offered(target, ladder, after, tls)

    async def _open(self, target: ProbeTarget, ladder: Ladder, plain: PlainStream) -> XmppFacts | None:
        """Open a stream and turn TLS on; None where it ended before."""
        reader = StreamReader()
        await plain.write(make_header(target.name, self._own_domain))
        facts = await read_stream(plain.read, seconds=self._limits.reply, reader=reader)
        failed = judge_stream(ladder.speaker, facts, seconds=self._limits.reply)
        if failed:
            ladder.end(Stage.STARTTLS, failed, milliseconds=facts.milliseconds, facts=_stream_facts(facts))
            return None
        wanted = target.xmpp.tls is not Negotiation.NOT_SUPPORTED
        if facts.starttls in (StartTls.OPTIONAL, StartTls.REQUIRED) and wanted:
            reader.expect_answer()
            await plain.write(STARTTLS)
            answer = await read_stream(plain.read, seconds=self._limits.reply, reader=reader)
            if not reader.proceed:
                failed = judge_stream(ladder.speaker, answer, seconds=self._limits.reply)
                facts = msgspec.structs.replace(facts, starttls=StartTls.REFUSED)
        elif not wanted:
            facts = msgspec.structs.replace(facts, starttls=StartTls.MISSING)
        findings = failed or judge_starttls(ladder.speaker, target, facts)
        goes_on = ladder.end(
            Stage.STARTTLS,
            findings,
            milliseconds=facts.milliseconds,
            why=f"STARTTLS {facts.starttls.value}",
            facts=_stream_facts(facts),
        )
        return facts if goes_on else None

    def _offered(self, target: ProbeTarget, ladder: Ladder, facts: XmppFacts, tls: TlsFacts | None) -> None:
        findings = judge_stream(ladder.speaker, facts, seconds=self._limits.reply)
        if not findings:
            findings = judge_features(ladder.speaker, target, facts, tls)
        ladder.end(
            Stage.APPLICATION,
            findings,
            milliseconds=facts.milliseconds,
            why=_methods_offered(facts),
            facts=_stream_facts(facts),
        )


def _by_certificate(target: ProbeTarget) -> bool:
    """Return whether the partner is authenticated by its certificate at all, by what its record allows."""
    return Method.SASL_OVER_TLS in methods(target.xmpp.tls, target.xmpp.sasl, target.xmpp.dialback)


def _methods_offered(facts: XmppFacts) -> str:
    offered = (*facts.mechanisms, *(("dialback",) if facts.dialback else ()))
    return f"offers {', '.join(offered)}" if offered else "offers nothing to authenticate with"


def _until(tls: TlsFacts) -> str:
    return f"valid until {tls.chain[0].not_after:%Y-%m-%d}" if tls.chain else ""


def _tls_facts(tls: TlsFacts) -> dict[str, object]:
    return {
        "version": tls.version,
        "cipher": tls.cipher,
        "alpn": tls.alpn,
        "alert": tls.alert,
        "legacy": tls.legacy,
        "ended": "" if tls.outcome is TlsOutcome.AGREED else tls.outcome.value,
    }


def _certificate_facts(tls: TlsFacts) -> dict[str, object]:
    if not tls.chain:
        return {}
    leaf = tls.chain[0]
    return {
        "subject": leaf.subject,
        "issuer": leaf.issuer,
        "not_after": f"{leaf.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "fingerprint": leaf.fingerprint,
        "key": leaf.key,
        "sent": len(tls.chain) + tls.unreadable,
        "trust": tls.trust.value,
        "verifier": tls.verifier,
        "client_purpose": "yes" if not leaf.usages or "clientAuth" in leaf.usages else "no",
    }


def _demand_facts(tls: TlsFacts, alert: str) -> dict[str, object]:
    return {
        "demanded": {True: "yes", False: "no", None: ""}[tls.demanded],
        "authorities": len(tls.authorities) or "",
        "authorities_named": ", ".join(tls.authorities[:5]),
        "ours_listed": {True: "yes", False: "no", None: ""}[tls.ours_listed],
        "alert": alert,
    }


def _sip_facts(facts: SipFacts) -> dict[str, object]:
    first = facts.diagnostics[0] if facts.diagnostics else None
    return {
        "status": facts.status or "",
        "reason": facts.reason,
        "server": facts.server,
        "diagnostics": f"{first.id}; {first.reason}" if first else "",
        "skew": "" if facts.skew is None else f"{facts.skew:+.0f}",
        "alert": facts.alert,
    }


def _stream_facts(facts: XmppFacts) -> dict[str, object]:
    return {
        "from": facts.sender,
        "version": facts.version,
        "starttls": facts.starttls.value,
        "mechanisms": ", ".join(facts.mechanisms),
        "dialback": "offered" if facts.dialback else "",
        "error": facts.error,
        "error_text": facts.error_text,
    }
