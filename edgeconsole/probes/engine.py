"""The probe engine: one run against one target, from DNS to its answer, judged stage by stage."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakValueDictionary

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.probe import Endpoint, Finding, ProbeKind, ProbeResult, Stage, StageResult
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.probes.dns_client import DnsClient
from edgeconsole.probes.find import Finder, Found, chosen_host
from edgeconsole.probes.ladder import Ladder, Place, Progress
from edgeconsole.probes.ours import OwnSide
from edgeconsole.probes.own_identity import OwnIdentity
from edgeconsole.probes.tls import Handshakes
from edgeconsole.probes.walk import ProbeLimits, Walker
from edgeconsole.rules.addresses import read_networks
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.negotiation import Method, methods
from edgeconsole.rules.probing.cross_checks import cross_checks
from edgeconsole.rules.probing.roll_up import RolledUp, roll_up
from edgeconsole.rules.probing.speaker import Speaker, result_of, skipped

__all__ = ["ProbeLimits", "Prober", "Progress"]

log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _new_run() -> str:
    return str(uuid.uuid4())


class Prober:
    """Probes targets of one configuration from one place.

    Keeps what is dear to make: TLS contexts, DNS sockets, decoded certificates. Made outside an event loop or inside;
    used in one loop only.
    """

    def __init__(
        self,
        configuration: Configuration,
        base: Path,
        vantage: str,
        *,
        at_edge: bool = True,
        resolver: str | None = None,
        second_resolver: str | None = None,
        limits: ProbeLimits | None = None,
        clock: Callable[[], datetime] = _utc_now,
        make_run: Callable[[], str] = _new_run,
    ) -> None:
        """Make a prober; `base` is where relative file names of the configuration start.

        `at_edge`: this is the edge's own host, whose listeners are tried. `second_resolver` is asked too, where the two
        may say different things. Raises BadInput for a resolver or networks that cannot be used.
        """
        self._configuration = configuration
        self._vantage = vantage
        self._clock = clock
        self._make_run = make_run
        self._limits = limits or ProbeLimits(whole=configuration.probe.timeout.total_seconds())
        edge, proxy = configuration.edge, configuration.proxy
        self._resolver = resolver or proxy.resolver
        self._identity = OwnIdentity(edge, base)
        self._index = RuleIndex.compile(configuration, clock())
        self._dns = DnsClient(self._resolver, seconds=self._limits.dns)
        self._other = DnsClient(second_resolver, seconds=self._limits.dns) if second_resolver else None
        providers = frozenset((*self._index.hosting, *self._index.public))
        self._finder = Finder(self._dns, other=self._other, providers=providers)
        own_domain = configuration.sip_domains[0].name if configuration.sip_domains else ""
        own_host = edge.fqdn if edge else "edgeconsole.invalid"
        self._own = {
            "own": own_host,
            "own_domain": own_domain or own_host,
            "own_issuer": self._identity.issuer,
            "resolver": self._resolver,
            "rate": configuration.access_edge.discovered_rate,
            "contacts": f"{configuration.access_edge.discovered_contacts:,} contacts",
        }
        self._walker = Walker(
            handshakes=Handshakes(self._identity, clock=clock),
            limits=self._limits,
            allowed=read_networks(proxy.allow_addresses),
            ports=_configured_ports(configuration),
            own_host=own_host,
            own_domain=own_domain or own_host,
            clock=clock,
        )
        self._ours = OwnSide(configuration, base, resolver=self._resolver, at_edge=at_edge)
        self._busy: WeakValueDictionary[tuple[str, int], asyncio.Lock] = WeakValueDictionary()

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps probes from being complete, such as a certificate of ours that cannot be read."""
        return tuple(self._identity.problems)

    async def close(self) -> None:
        """Close the sockets."""
        await self._dns.close()
        if self._other is not None:
            await self._other.close()

    async def probe(self, target: ProbeTarget, *, progress: Progress | None = None, deep: bool = True) -> ProbeResult:
        """Return the result of one run; trouble of the target, and of our own, is a finding and never an exception.

        `deep` also reads which certificates the peer takes, compares a second resolver and looks for wildcard zones.
        `progress` is told each stage as it ends.
        """
        started, began = self._clock(), time.perf_counter()
        speaker = self._speaker(target)
        try:
            rolled, endpoints = await self._run(target, speaker, progress, deep, started)
        except Exception as error:
            # The boundary of one run: it must not take the round along, and its trouble is a result.
            log.exception("the run against %s broke", target.key)
            broken = speaker.say("probe.internal", detail=type(error).__name__)
            endpoints = ()
            first = (result_of(Stage.DNS, (broken,)),)
            rolled = roll_up(speaker, target, first=first, endpoints=(), findings=(broken,))
        return ProbeResult(
            run=self._make_run(),
            target=target.name,
            kind=target.kind,
            vantage=self._vantage,
            started=started,
            seconds=round(time.perf_counter() - began, 6),
            severity=rolled.severity,
            summary=rolled.summary,
            stages=rolled.stages,
            endpoints=endpoints,
            findings=rolled.findings,
        )

    def _speaker(self, target: ProbeTarget) -> Speaker:
        # A partner that is authenticated by dialback alone may show any certificate.
        xmpp = target.kind is ProbeKind.XMPP
        way = methods(target.xmpp.tls, target.xmpp.sasl, target.xmpp.dialback) if xmpp else (Method.SASL_OVER_TLS,)
        also = () if Method.SASL_OVER_TLS in way else ("cert.", "name.")
        return Speaker({"domain": target.name, **self._own}, expectation=target.expect, also_expected=also)

    async def _run(
        self, target: ProbeTarget, speaker: Speaker, progress: Progress | None, deep: bool, now: datetime
    ) -> tuple[RolledUp, tuple[Endpoint, ...]]:
        if target.kind is ProbeKind.OURS:
            stages, findings = await self._ours.look(speaker, now)
            _tell(progress, stages)
            return roll_up(speaker, target, first=stages, endpoints=(), findings=findings), ()
        began = time.perf_counter()
        found = await self._finder.find(target, speaker, deep=deep)
        checks = cross_checks(speaker, self._index, target, found.srv)
        first = _dns_stages(target, found, checks)
        _tell(progress, first)
        left = self._limits.whole - (time.perf_counter() - began)
        ladders = await self._walk_all(target, speaker, found.places, progress, deep, left)
        endpoints = tuple(ladder.endpoint() for ladder in ladders)
        findings = [*found.srv_findings, *checks, *found.address_findings]
        findings += [each for ladder in ladders for each in ladder.findings]
        name = found.srv.name if found.srv is not None and target.access_edge is None else ""
        spare = frozenset(place.id for place in found.places if place.direct)
        rolled = roll_up(speaker, target, first=first, endpoints=endpoints, findings=findings, name=name, spare=spare)
        return rolled, endpoints

    async def _walk_all(
        self,
        target: ProbeTarget,
        speaker: Speaker,
        places: Sequence[Place],
        progress: Progress | None,
        deep: bool,
        seconds: float,
    ) -> list[Ladder]:
        stages = self._walker.stages(target.kind)
        ladders = [Ladder(place, stages, speaker, progress) for place in places]
        walks = [self._walk(target, ladder, deep, seconds) for ladder in ladders]
        if len(walks) == 1:
            await walks[0]
        else:
            await asyncio.gather(*walks)
        return ladders

    async def _walk(self, target: ProbeTarget, ladder: Ladder, deep: bool, seconds: float) -> None:
        key = (ladder.place.address, ladder.place.port)
        lock = self._busy.get(key)
        if lock is None:
            self._busy[key] = lock = asyncio.Lock()
        # One connection to an address at a time: many domains may lead to one edge, which is not to be hammered.
        async with lock:
            try:
                async with asyncio.timeout(max(seconds, 0.1)):
                    await self._walker.walk(target, ladder, deep=deep)
            except TimeoutError:
                ladder.cut_off(ladder.speaker.say("probe.deadline", seconds=f"{self._limits.whole:g}"))


def _tell(progress: Progress | None, stages: Sequence[StageResult]) -> None:
    if progress is not None:
        for stage in stages:
            progress(stage, "")


def _dns_stages(target: ProbeTarget, found: Found, checks: Sequence[Finding]) -> list[StageResult]:
    """Return the results of the two DNS stages; of several hosts the one that is picked first decides the second."""
    spent = found.srv.milliseconds if found.srv is not None else None
    records = found.srv.srv if found.srv is not None else ()
    why = ", ".join(f"{each.target}:{each.port}" for each in records[:5])
    pinned = target.access_edge
    facts: dict[str, object] = {
        "ttl": found.srv.ttl if found.srv is not None else None,
        "checked": len(checks) or "",
        "srv": "; ".join(f"{each.priority} {each.weight} {each.port} {each.target}" for each in records[:5]),
    }
    first = result_of(
        Stage.DNS, found.srv_findings, milliseconds=spent, why=f"pinned to {pinned}" if pinned else why, facts=facts
    )
    if not found.hosts:
        return [first, skipped(Stage.ADDRESS, f"because of {first.code}" if first.code else "there is no host")]
    chosen = chosen_host(found) if pinned is None else pinned.host
    concerning = [
        each for each in found.address_findings if not each.endpoint or each.endpoint.rpartition(":")[0] == chosen
    ]
    if target.kind is ProbeKind.XMPP and found.places:
        concerning = []
    addresses = ", ".join(dict.fromkeys(place.address for place in found.places))
    return [first, result_of(Stage.ADDRESS, concerning, why=addresses)]


def _configured_ports(configuration: Configuration) -> frozenset[int]:
    """Return the ports that the configuration pins partners to; probes may use those besides the model's (P3)."""
    pinned = [domain.access_edge for domain in configuration.domains if domain.access_edge is not None]
    pinned += [each.proxy_fqdn for each in configuration.hosting_providers]
    return frozenset(each.port for each in pinned)
