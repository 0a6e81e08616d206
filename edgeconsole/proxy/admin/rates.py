"""How often somebody may ask, and how often somebody may be wrong about who they are; both bounded in memory."""

import ipaddress
import math
from collections import OrderedDict, deque
from collections.abc import Callable

from edgeconsole.proxy.admin.refusals import Refused, too_many, unauthenticated

REQUESTS_A_SECOND = 100
"""For one caller (reliability A4); as many may come at once after a pause."""

FAILURES = 5
FAILURE_SECONDS = 60.0
"""Failed authentications from one source within so many seconds; further ones are told to wait (reliability A4)."""

_MOST_SUBJECTS = 10_000
"""Callers and sources remembered at a time; the one not seen for longest is forgotten."""


class RequestRate:
    """A bucket of requests for each caller that fills up again with time."""

    def __init__(self, monotonic: Callable[[], float], each_second: int = REQUESTS_A_SECOND) -> None:
        self._monotonic = monotonic
        self._each_second = each_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, subject: str) -> None:
        """Count a request. Raises Refused where the caller has none left."""
        now = self._monotonic()
        left, at = self._left.pop(subject, (float(self._each_second), now))
        left = min(self._each_second, left + (now - at) * self._each_second)
        allowed = left >= 1
        self._left[subject] = (left - 1 if allowed else left, now)
        if len(self._left) > _MOST_SUBJECTS:
            self._left.popitem(last=False)
        if not allowed:
            raise too_many("requests", 1)


class FailedAuthentications:
    """Failures by source. Good credentials always pass: with 256 random bits a guess is hopeless, and whoever fails on
    purpose from a shared address must not lock the others out."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def refuse(self, address: str) -> Refused:
        """Note a failure and return the refusal it gets."""
        source, now = source_of(address), self._monotonic()
        failures = self._failures.pop(source, None) or deque(maxlen=FAILURES)
        self._failures[source] = failures
        if len(self._failures) > _MOST_SUBJECTS:
            self._failures.popitem(last=False)
        if len(failures) == FAILURES and now - failures[0] < FAILURE_SECONDS:
            return too_many("failed authentications", math.ceil(FAILURE_SECONDS - (now - failures[0])))
        failures.append(now)
        return unauthenticated()


def source_of(address: str) -> str:
    """Return what counts as one source: an IPv4 address, or an IPv6 network of 64 bits, which one host has whole."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
