"""A SIP OPTIONS over TLS and what its answer says; whatever else comes is told, never a failure of ours."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec.structs

from edgeconsole import __version__
from edgeconsole.model.text import Untrusted, clean
from edgeconsole.probes.tls_stream import Ended, StreamEnded, TlsStream
from edgeconsole.rules.probing.facts import Diagnostic, ReplyOutcome, SipFacts

MAX_REPLY = 32 * 1024
"""Bytes of a header block that is read (reliability W1)."""

_STATUS = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]*))?\r?\n", re.IGNORECASE)
_DIAGNOSTIC = re.compile(r"\s*(\d{1,6})\s*(.*)", re.DOTALL)
_PARAMETER = re.compile(r';\s*(reason|source)\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_DATE = "%a, %d %b %Y %H:%M:%S GMT"
_MAX_DIAGNOSTICS = 5
_GARBAGE_SHOWN = 60


def make_options(domain: str, own_host: str, own_domain: str, contact: str = "") -> bytes:
    """Return an OPTIONS for a domain; Max-Forwards 70, since 0 would only test the next hop (RFC 3261, 11)."""
    token = secrets.token_hex(8)
    agent = f"edgeconsole-probe/{__version__}" + (f" (+{contact})" if contact else "")
    return (
        f"OPTIONS sip:{domain} SIP/2.0\r\n"
        f"Via: SIP/2.0/TLS {own_host};branch=z9hG4bK{token};rport\r\n"
        "Max-Forwards: 70\r\n"
        f"From: <sip:{own_domain}>;tag={token[:8]}\r\n"
        f"To: <sip:{domain}>\r\n"
        f"Call-ID: {token}@{own_host}\r\n"
        "CSeq: 1 OPTIONS\r\n"
        f"Contact: <sip:{own_host};transport=tls>\r\n"
        "Accept: application/sdp\r\n"
        f"User-Agent: {agent}\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode("ascii")


async def ask_options(stream: TlsStream, request: bytes, *, seconds: float, clock: Callable[[], datetime]) -> SipFacts:
    """Send the request and return what became of it; provisional answers are waited out."""
    started = time.perf_counter()
    content = b""
    try:
        async with asyncio.timeout(seconds):
            await stream.write(request)
            while True:
                content += await stream.read()
                content = content.lstrip(b"\r\n")
                facts = _read(content, clock)
                if facts is None and len(content) > MAX_REPLY:
                    facts = _garbage(content)
                if facts is not None and 100 <= facts.status < 200:
                    content = content.partition(b"\r\n\r\n")[2]
                    facts = _read(content, clock) if content else None
                if facts is not None and not 100 <= facts.status < 200:
                    break
    except TimeoutError:
        facts = _garbage(content) if content else SipFacts(outcome=ReplyOutcome.SILENT)
    except StreamEnded as ended:
        facts = _garbage(content) if content else _ended(ended)
    return _timed(facts, started)


def _timed(facts: SipFacts, started: float) -> SipFacts:
    return msgspec.structs.replace(facts, milliseconds=(time.perf_counter() - started) * 1000)


def _ended(ended: StreamEnded) -> SipFacts:
    if ended.how is Ended.ALERT:
        return SipFacts(outcome=ReplyOutcome.ALERT, alert=ended.alert)
    outcome = ReplyOutcome.RESET if ended.how is Ended.RESET else ReplyOutcome.CLOSED
    return SipFacts(outcome=outcome, detail=clean(ended.detail))


def _garbage(content: bytes) -> SipFacts:
    return SipFacts(outcome=ReplyOutcome.GARBAGE, detail=clean(content[:_GARBAGE_SHOWN]))


def _read(content: bytes, clock: Callable[[], datetime]) -> SipFacts | None:
    """Return the facts of a whole header block, None while it is not complete."""
    if not content.startswith(b"SIP/2.0"[: len(content)]) and content[:7].upper() != b"SIP/2.0":
        return _garbage(content)
    end = content.find(b"\r\n\r\n")
    if end < 0:
        return None
    status = _STATUS.match(content)
    if status is None:
        return _garbage(content)
    headers = _headers(content[status.end() : end])
    return SipFacts(
        outcome=ReplyOutcome.ANSWERED,
        status=int(status[1]),
        reason=clean(status[2] or b""),
        server=clean(_first(headers, "server") or _first(headers, "user-agent")),
        diagnostics=tuple(
            found for value in _all(headers, "ms-diagnostics", "ms-diagnostics-public") if (found := _diagnostic(value))
        )[:_MAX_DIAGNOSTICS],
        skew=_skew(_first(headers, "date"), clock()),
    )


def _headers(block: bytes) -> list[tuple[str, bytes]]:
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", block)
    found = []
    for line in unfolded.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            found.append((name.strip().decode("latin-1").lower(), value.strip()))
    return found


def _first(headers: list[tuple[str, bytes]], name: str) -> bytes:
    return next((value for each, value in headers if each == name), b"")


def _all(headers: list[tuple[str, bytes]], *names: str) -> list[bytes]:
    return [value for each, value in headers if each in names]


def _diagnostic(value: bytes) -> Diagnostic | None:
    found = _DIAGNOSTIC.fullmatch(value.decode("utf-8", "backslashreplace"))
    if found is None:
        return None
    given = {name.lower(): text for name, text in _PARAMETER.findall(found[2])}
    return Diagnostic(int(found[1]), clean(given.get("reason", "")), clean(given.get("source", "")))


def _skew(date: bytes, now: datetime) -> float | None:
    try:
        theirs = datetime.strptime(date.decode("ascii"), _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (theirs - now).total_seconds()


def reply_words(facts: SipFacts) -> Untrusted:
    """Return what came, in a few words."""
    if facts.outcome is ReplyOutcome.ANSWERED:
        return clean(f"{facts.status} {facts.reason}")
    return clean(facts.outcome.value)
