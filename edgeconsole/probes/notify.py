"""Who is told what of probes: each transition once, no storms, by a program of the operator's or by a POST.

What to tell is decided by `Notices`, which is pure; `Delivery` gathers for a moment, keeps to its rate and carries out.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from edgeconsole.model.probe import Certainty, PeerCertificate, ProbeResult, Severity
from edgeconsole.model.probe_settings import ProbeSettings
from edgeconsole.model.probing import Change
from edgeconsole.probes.state import TargetState, good, worse

log = logging.getLogger(__name__)

EXPIRY_DAYS = (30, 14, 7, 3, 1, 0)
"""Days left at which an expiry is told, each once for each certificate."""

GATHER_SECONDS = 2.0
"""What comes within this time after the first goes out together."""

BURST = 10
SECONDS_EACH = 30.0
"""At most so many notices at once, and one more each so many seconds; the others wait and go out as one digest."""

MOST_IN_DIGEST = 100
_MOST_WAITING = 5_000

TIMEOUT = 10.0
"""Seconds a program or a server has to take a notice."""

_TOLD = 400
"""Characters of a program's own words that the log repeats."""

_NEVER = tuple(
    ipaddress.ip_network(each)
    for each in ("169.254.0.0/16", "fe80::/10", "168.63.129.16/32", "0.0.0.0/8", "::/128", "224.0.0.0/4", "ff00::/8",
                 "fd00:ec2::254/128")
)  # fmt: skip
"""Link-local, metadata of cloud platforms, multicast: no receiver of notices lives there."""


class Kind(Enum):
    """Why somebody is told."""

    TROUBLE = "trouble"
    RECOVERY = "recovery"
    REMINDER = "reminder"
    FLAPPING = "flapping"
    EXPIRY = "expiry"
    VANTAGE_DOWN = "vantage-down"
    VANTAGE_UP = "vantage-up"
    DIGEST = "digest"


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to tell, as programs and servers receive it."""

    schema: int = 1
    kind: Kind
    at: datetime
    vantage: str
    target: str = ""
    target_kind: str = ""
    before: Severity | None = None
    after: Severity | None = None
    since: datetime | None = None
    """When the trouble began."""
    summary: str
    code: str = ""
    fix: str = ""
    """What to do about the worst finding."""
    who: str = ""
    """Who can mend it."""
    days_left: int | None = None
    """Of a certificate that expires."""
    fingerprint: str = ""
    count: int = 1
    """How many notices a digest stands for."""
    notices: tuple["Notice", ...] = ()
    """In a digest: the first hundred."""


class Notices:
    """Decides what is worth telling. `told` says whether a name was told before and notes that it is now."""

    def __init__(self, settings: ProbeSettings, vantage: str, told: Callable[[str], bool]) -> None:
        self._settings = settings
        self._vantage = vantage
        self._told = told
        self._last: dict[str, datetime] = {}
        """When the last notice of a trouble went out, by target; for reminders."""

    def of_round(
        self, before: TargetState, after: TargetState, changes: Sequence[Change], result: ProbeResult
    ) -> list[Notice]:
        """Return what to tell after a round. May block: which expiries were told stands in the history."""
        found = list(self._of_state(before, after, changes, result))
        found += [
            self._expiry(result, certificate, days)
            for certificate, days in _expiring(result)
            if not self._told(f"expiry {certificate.fingerprint} {days}")
        ]
        return found

    def of_vantage(self, down: bool, at: datetime) -> Notice:
        """Return the one notice of the prober's own trouble, or of its end."""
        return Notice(
            kind=Kind.VANTAGE_DOWN if down else Kind.VANTAGE_UP,
            at=at,
            vantage=self._vantage,
            summary="most targets fail at once: the network or DNS of the prober is likely down; nothing is believed"
            if down
            else "targets answer again: probing goes on",
        )

    def _of_state(
        self, before: TargetState, after: TargetState, changes: Sequence[Change], result: ProbeResult
    ) -> list[Notice]:
        key = f"{after.kind.value} {after.target}"
        if after.flapping:
            if before.flapping:
                return []
            return [self._notice(Kind.FLAPPING, after, result, summary="it goes up and down; silent until it is calm")]
        change = next((each for each in changes if not each.code), None)
        if change is None:
            return self._reminder(key, after, result)
        if worse(change.after, change.before) and not good(change.after):
            self._last[key] = result.started
            return [self._notice(Kind.TROUBLE, after, result, change)]
        self._last.pop(key, None)
        if good(change.after) and not good(change.before) and change.before is not Severity.UNKNOWN:
            return [self._notice(Kind.RECOVERY, after, result, change)] if self._settings.notify_recovery else []
        return []

    def _reminder(self, key: str, state: TargetState, result: ProbeResult) -> list[Notice]:
        repeat = self._settings.notify_repeat
        bad = not good(state.belief.believed) and state.belief.certainty is Certainty.HARD
        if not repeat or not bad or state.belief.believed is Severity.UNKNOWN:
            return []
        last = self._last.setdefault(key, result.started)
        if result.started - last < repeat:
            return []
        self._last[key] = result.started
        return [self._notice(Kind.REMINDER, state, result)]

    def _notice(
        self, kind: Kind, state: TargetState, result: ProbeResult, change: Change | None = None, summary: str = ""
    ) -> Notice:
        worst = max(
            (each for each in result.findings if not each.expected),
            key=lambda each: [Severity.OK, Severity.INFO, Severity.UNKNOWN, Severity.WARNING, Severity.CRITICAL].index(
                each.severity
            ),
            default=None,
        )
        named = worst is not None and kind is not Kind.RECOVERY
        return Notice(
            kind=kind,
            at=result.started,
            vantage=self._vantage,
            target=state.target,
            target_kind=state.kind.value,
            before=change.before if change else None,
            after=change.after if change else state.belief.shown,
            since=change.since if change and kind is Kind.RECOVERY else state.belief.since,
            summary=summary or str(result.summary),
            code=worst.code if worst is not None and named else "",
            fix=str(worst.fix) if worst is not None and named else "",
            who=worst.who.value if worst is not None and named else "",
        )

    def _expiry(self, result: ProbeResult, certificate: PeerCertificate, days: int) -> Notice:
        left = max(0, (certificate.not_after - result.started).days)
        return Notice(
            kind=Kind.EXPIRY,
            at=result.started,
            vantage=self._vantage,
            target=result.target,
            target_kind=result.kind.value,
            summary=f"the certificate {certificate.subject} of {result.target} "
            + ("has expired" if days == 0 else f"expires in {left} days, on {certificate.not_after:%Y-%m-%d}"),
            days_left=left,
            fingerprint=certificate.fingerprint,
        )


def _expiring(result: ProbeResult) -> list[tuple[PeerCertificate, int]]:
    """Return the certificates that are in a stage of their expiry, each once, with the stage."""
    found: dict[str, tuple[PeerCertificate, int]] = {}
    for endpoint in result.endpoints:
        for certificate in endpoint.chain:
            left = certificate.not_after - result.started
            stages = [days for days in EXPIRY_DAYS if left <= timedelta(days=days)]
            if stages:
                found[certificate.fingerprint] = (certificate, min(stages))
    return list(found.values())


Send = Callable[[Notice], Awaitable[None]]


class Delivery:
    """Carries notices out: gathers, keeps to its rate, and logs what could not be delivered."""

    def __init__(
        self,
        send: Send,
        *,
        vantage: str,
        monotonic: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._send = send
        self._vantage = vantage
        self._monotonic = monotonic
        self._pause = pause
        self._waiting: list[Notice] = []
        self._wake = asyncio.Event()
        self._tokens = float(BURST)
        self._filled = monotonic()
        self.lost = 0
        """Notices given up because too many waited."""

    def add(self, notices: Sequence[Notice]) -> None:
        """Take notices; they go out in a moment."""
        self._waiting += notices
        self.lost += max(0, len(self._waiting) - _MOST_WAITING)
        del self._waiting[:-_MOST_WAITING]
        if notices:
            self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._pause(GATHER_SECONDS)
            while self._waiting:
                await self._one_batch()

    async def _one_batch(self) -> None:
        now = self._monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._filled) / SECONDS_EACH)
        self._filled = now
        if self._tokens < 1:
            await self._pause((1 - self._tokens) * SECONDS_EACH)
            return
        batch, self._waiting = self._waiting, []
        # A digest wherever single notices would use up what a later trouble needs.
        out = batch if len(batch) <= self._tokens / 2 else [self._digest(batch)]
        for notice in out:
            self._tokens -= 1
            try:
                await self._send(notice)
            except (TimeoutError, OSError, ValueError, NotDelivered) as error:
                log.warning("a notice of %s was not delivered: %s", notice.target or notice.kind.value, error)

    def _digest(self, batch: list[Notice]) -> Notice:
        if len(batch) == 1:
            return batch[0]
        troubles = sum(each.kind is Kind.TROUBLE for each in batch)
        return Notice(
            kind=Kind.DIGEST,
            at=batch[-1].at,
            vantage=self._vantage,
            summary=f"{len(batch)} notices, {troubles} of them new troubles",
            count=len(batch),
            notices=tuple(batch[:MOST_IN_DIGEST]),
        )


class NotDelivered(Exception):
    """A program or a server did not take a notice; says why."""


def sender(settings: ProbeSettings) -> Send | None:
    """Return what delivers a notice as the settings say, None where nobody is to be told."""
    if not settings.notify_command and settings.notify_url is None:
        return None

    async def send(notice: Notice) -> None:
        body = msgspec.json.encode(notice)
        problems = []
        for way in (_run(settings.notify_command, body), _post(settings.notify_url, body)):
            try:
                await way
            except (OSError, ValueError, TimeoutError, NotDelivered) as error:
                problems.append(str(error) or type(error).__name__)
        if problems:
            raise NotDelivered("; ".join(problems))

    return send


async def _run(command: tuple[str, ...], body: bytes) -> None:
    """Run a program with the notice on its standard input; no shell reads any of it."""
    if not command:
        return
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            _, said = await process.communicate(body)
    except TimeoutError:
        raise NotDelivered(f"{command[0]} took longer than {TIMEOUT:.0f} seconds and was killed") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        words = said.decode("utf-8", "backslashreplace").strip()[:_TOLD]
        raise NotDelivered(f"{command[0]} ended with exit code {process.returncode}: {words or 'it said nothing'}")


async def _post(url: str | None, body: bytes) -> None:
    """Post a notice to the address that was looked up and vetted; redirects are not followed."""
    if url is None:
        return
    # Late: it costs 70 ms, and most edges post nothing.
    import httpx

    where = httpx.URL(url)
    address = await _vetted(where.host, where.port or (443 if where.scheme == "https" else 80))
    headers = {"Host": where.netloc.decode("ascii"), "Content-Type": "application/json", "User-Agent": "edgeconsole"}
    async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        try:
            async with client.stream(
                "POST",
                where.copy_with(host=address),
                content=body,
                headers=headers,
                extensions={"sni_hostname": where.host},
            ) as answer:
                status = answer.status_code
        except httpx.HTTPError as error:
            raise NotDelivered(f"{where.host} did not take it: {error or type(error).__name__}") from None
    if not 200 <= status < 300:
        raise NotDelivered(f"{where.host} answered {status}")


async def _vetted(host: str, port: int) -> str:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    address = str(found[0][4][0])
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(parsed, "ipv4_mapped", None) or parsed
    if any(inner in network for network in _NEVER if network.version == inner.version):
        raise NotDelivered(f"{host} leads to {address}, where no notice may go")
    return address
