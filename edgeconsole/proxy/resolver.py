"""DNS for the edge: SRV answers as evidence, addresses of next hops, one look-up at a time for a name, bounded cache.

The hot path peeks with `cached` and needs no await while an answer is fresh.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.IN.SRV import SRV

from edgeconsole.model.evidence import SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.text import clean
from edgeconsole.probes.dns import is_literal, make_resolver, srv_record

SRV_PREFIX = "_sipfederationtls._tcp."

_MAX_RECORDS = 20
_MAX_ADDRESSES = 16
_MAX_CNAMES = 8
_TTL = (30.0, 3600.0)
_NEGATIVE_TTL = 10.0
_FAILED_TTL = 1.0
"""A server that does not answer is asked again soon, yet not for every message."""
_CACHE_SIZE = 10_000
_MAX_FLIGHTS = 200
"""Look-ups under way; more strangers than that wait for nobody and are told the answer is unavailable."""

T = TypeVar("T")


class _Cache(Generic[T]):
    """Answers by name until they expire, at most `_CACHE_SIZE`; whoever asks during a look-up shares it."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._answers: dict[str, tuple[float, T]] = {}
        self._flights: dict[str, asyncio.Task[tuple[T, float]]] = {}

    def fresh(self, name: str) -> T | None:
        found = self._answers.get(name)
        if found is None or found[0] <= self._time():
            return None
        return found[1]

    @property
    def flights(self) -> int:
        return len(self._flights)

    async def get(self, name: str, ask: Callable[[str], Awaitable[tuple[T, float]]]) -> T:
        fresh = self.fresh(name)
        if fresh is not None:
            return fresh
        flight = self._flights.get(name)
        if flight is None:
            flight = asyncio.ensure_future(self._fly(name, ask))
            self._flights[name] = flight
        # One caller giving up must not fail the others.
        return (await asyncio.shield(flight))[0]

    async def _fly(self, name: str, ask: Callable[[str], Awaitable[tuple[T, float]]]) -> tuple[T, float]:
        try:
            answer, seconds = await ask(name)
        finally:
            del self._flights[name]
        self._answers.pop(name, None)
        while len(self._answers) >= _CACHE_SIZE:
            del self._answers[next(iter(self._answers))]
        self._answers[name] = (self._time() + seconds, answer)
        return answer, seconds

    async def stop(self) -> None:
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)


class Resolver:
    """Asks the servers of resolv.conf (`system`) or one server (`address` or `address:port`)."""

    def __init__(self, server: str, *, time: Callable[[], float] = time.monotonic) -> None:
        self._system = server == "system"
        self._dns = make_resolver(server)
        self._srv: _Cache[SrvAnswer] = _Cache(time)
        self._services: _Cache[SrvAnswer] = _Cache(time)
        self._addresses: _Cache[tuple[str, ...]] = _Cache(time)

    def cached(self, domain: str) -> SrvAnswer | None:
        """Return the SRV answer of a domain while it is fresh, else None; asks nobody."""
        return self._srv.fresh(domain)

    async def srv(self, domain: str) -> SrvAnswer:
        """Return the answer for `_sipfederationtls._tcp` of a domain in normal form; never raises for DNS trouble."""
        if self._srv.flights >= _MAX_FLIGHTS:
            return SrvAnswer(status=SrvStatus.UNAVAILABLE, detail="too many look-ups under way")
        return await self._srv.get(domain, self._ask_srv)

    async def service(self, name: str) -> SrvAnswer:
        """Return the SRV answer for a whole name; never raises for DNS trouble.

        FOUND without records is a name whose target is the root: the service decidedly is not there (RFC 2782).
        """
        if self._services.flights >= _MAX_FLIGHTS:
            return SrvAnswer(status=SrvStatus.UNAVAILABLE, detail="too many look-ups under way")
        return await self._services.get(name, self._ask_service)

    async def addresses(self, host: str, *, own: bool = False) -> tuple[str, ...]:
        """Return the addresses of a host in the order to try, none when it has none; literals come back as they are.

        `own`: a host of ours, which the hosts file and short names may name too.
        """
        if is_literal(host):
            return (host,)
        found = await self._addresses.get(host, self._ask_addresses)
        if not found and own and self._system:
            found = await _system_addresses(host)
        return found

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._srv.stop()
        await self._services.stop()
        await self._addresses.stop()

    async def _ask_srv(self, domain: str) -> tuple[SrvAnswer, float]:
        answer, seconds = await self._ask_service(SRV_PREFIX + domain)
        if answer.status is SrvStatus.FOUND and not answer.records:
            return SrvAnswer(status=SrvStatus.MISSING, detail="no record has a usable target"), _NEGATIVE_TTL
        return answer, seconds

    async def _ask_service(self, name: str) -> tuple[SrvAnswer, float]:
        try:
            answer = await self._dns.resolve(_absolute(name), dns.rdatatype.SRV, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
            return SrvAnswer(status=SrvStatus.MISSING, detail=_said(error)), _NEGATIVE_TTL
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return SrvAnswer(status=SrvStatus.UNAVAILABLE, detail=_said(error)), _FAILED_TTL
        if len(answer.chaining_result.cnames) > _MAX_CNAMES:
            return SrvAnswer(status=SrvStatus.UNAVAILABLE, detail="the CNAME chain is too long"), _NEGATIVE_TTL
        records = [record for each in answer if isinstance(each, SRV) and (record := srv_record(each)) is not None]
        return SrvAnswer(status=SrvStatus.FOUND, records=_bounded(records)), _clamped(
            answer.chaining_result.minimum_ttl
        )

    async def _ask_addresses(self, host: str) -> tuple[tuple[str, ...], float]:
        four, six = await asyncio.gather(self._one_family(host, "A"), self._one_family(host, "AAAA"))
        found = (*four[0], *six[0])[:_MAX_ADDRESSES]
        if not found:
            return (), min(four[1], six[1])
        return found, min(seconds for addresses, seconds in (four, six) if addresses)

    async def _one_family(self, host: str, kind: str) -> tuple[tuple[str, ...], float]:
        try:
            answer = await self._dns.resolve(_absolute(host), kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return (), _NEGATIVE_TTL
        except (dns.exception.DNSException, OSError, ValueError):
            return (), _FAILED_TTL
        return tuple(each.to_text() for each in answer), _clamped(answer.chaining_result.minimum_ttl)


def _absolute(name: str) -> dns.name.Name:
    return dns.name.from_text(name + ".")


def _bounded(records: list[SrvRecord]) -> tuple[SrvRecord, ...]:
    """Keep the records an Access Edge would try first, in the order the server gave."""
    if len(records) <= _MAX_RECORDS:
        return tuple(records)
    best = sorted(range(len(records)), key=lambda at: (records[at].priority, -records[at].weight, at))[:_MAX_RECORDS]
    return tuple(records[at] for at in sorted(best))


def _clamped(seconds: float) -> float:
    return min(max(float(seconds), _TTL[0]), _TTL[1])


def _said(error: Exception) -> str:
    return clean(str(error) or type(error).__name__)


async def _system_addresses(host: str) -> tuple[str, ...]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))[:_MAX_ADDRESSES]
