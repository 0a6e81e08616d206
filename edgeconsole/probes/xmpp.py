"""Opening an XMPP server-to-server stream far enough to see what is offered (RFC 6120), before TLS and after it.

Nothing is authenticated: EXTERNAL is offered only to those whose certificate is trusted and fits `from`, so the
features tell. The parser sees at most 10,000 bytes of a stranger, no DTD and no entity.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from edgeconsole.model.text import clean
from edgeconsole.probes.tls_stream import Ended, StreamEnded
from edgeconsole.rules.probing.codes.xmpp import STREAM_ERRORS
from edgeconsole.rules.probing.facts import ReplyOutcome, StartTls, XmppFacts

MAX_BYTES = 10_000
"""Bytes read before authentication, the floor of RFC 6120, 13.12."""

_STREAMS = "http://etherx.jabber.org/streams"
_TLS = "urn:ietf:params:xml:ns:xmpp-tls"
_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_DIALBACK = "urn:xmpp:features:dialback"
_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
_SERVER_DIALBACK = "jabber:server:dialback"
_MAX_DEPTH = 16
_MAX_MECHANISMS = 20
_SHOWN = 60

STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
FAREWELL = b"</stream:stream>"


def make_header(domain: str, own_domain: str) -> bytes:
    """Return the opening of our stream; without `from` no server offers EXTERNAL."""
    return (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback'"
        f" xmlns:stream='{_STREAMS}' to={quoteattr(domain)} from={quoteattr(own_domain)} version='1.0'>"
    ).encode()


class _Refused(Exception):
    """The stream carries what RFC 6120, 11.1 forbids, or goes too deep."""


class StreamReader:
    """Reads one stream as far as its features, an error, or the answer to STARTTLS."""

    def __init__(self) -> None:
        self.opened = False
        self.features = False
        self.proceed = False
        self.failed = False
        self.sender = self.version = ""
        self.starttls: StartTls | None = None
        self.required = False
        self.mechanisms: list[str] = []
        self.dialback = False
        self.error = self.error_text = ""
        self._path: list[str] = []
        self._text: list[str] = []
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        for name in ("StartDoctypeDeclHandler", "EntityDeclHandler", "ProcessingInstructionHandler", "CommentHandler"):
            setattr(parser, name, self._forbid)

    def feed(self, content: bytes) -> None:
        """Read on. Raises ValueError for what is no XMPP."""
        try:
            self._parser.Parse(content, False)
        except (expat.ExpatError, _Refused) as error:
            raise ValueError(str(error)) from None

    @property
    def done(self) -> bool:
        """Whether something to act on came."""
        return self.features or self.proceed or self.failed or bool(self.error)

    def expect_answer(self) -> None:
        """Go on after the features: STARTTLS was asked for, and its answer is awaited."""
        self.features = False

    def _forbid(self, *_: object) -> None:
        raise _Refused("markup that streams must not carry")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _MAX_DEPTH:
            raise _Refused("elements too deep")
        self._text.clear()
        if not self._path:
            if name != f"{_STREAMS} stream":
                raise _Refused("no stream")
            self.opened = True
            self.sender, self.version = attributes.get("from", ""), attributes.get("version", "")
            # A server before 1.0 sends no features; waiting for them would look like silence.
            self.features = not self.version
        elif name == f"{_TLS} starttls":
            self.starttls = StartTls.OPTIONAL
        elif name == f"{_TLS} required":
            self.starttls = StartTls.REQUIRED
        elif name in (f"{_DIALBACK} dialback", f"{_SERVER_DIALBACK} dialback"):
            self.dialback = True
        elif len(self._path) == 2 and self._path[1] == f"{_STREAMS} error" and name.startswith(f"{_ERRORS} "):
            condition = name.removeprefix(f"{_ERRORS} ")
            if condition != "text":
                self.error = condition if condition in STREAM_ERRORS else "undefined-condition"
        self._path.append(name)

    def _end(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        if name == f"{_SASL} mechanism" and len(self.mechanisms) < _MAX_MECHANISMS:
            self.mechanisms.append("".join(self._text).strip())
        elif name == f"{_ERRORS} text":
            self.error_text = "".join(self._text)
        elif depth == 2:
            self.features |= name == f"{_STREAMS} features"
            self.proceed |= name == f"{_TLS} proceed"
            self.failed |= name == f"{_TLS} failure"
            if name == f"{_STREAMS} error" and not self.error:
                self.error = "undefined-condition"


Read = Callable[[], Awaitable[bytes]]


async def read_stream(read: Read, *, seconds: float, reader: StreamReader | None = None) -> XmppFacts:
    """Read until something to act on came, and return the facts."""
    started = time.perf_counter()
    reader = reader or StreamReader()
    content, count = b"", 0
    outcome, alert, detail = ReplyOutcome.ANSWERED, "", ""
    try:
        async with asyncio.timeout(seconds):
            while not reader.done:
                content = await read()
                count += len(content)
                if count > MAX_BYTES:
                    raise ValueError("more than a stranger may send")
                reader.feed(content)
            if reader.error and not reader.error_text:
                await _rest(read, reader)
    except TimeoutError:
        outcome = ReplyOutcome.SILENT
    except ValueError as error:
        outcome, detail = ReplyOutcome.GARBAGE, f"{error}: {content[:_SHOWN]!r}"
    except StreamEnded as ended:
        outcome, alert, detail = _ended(ended)
    if reader.error:
        outcome = ReplyOutcome.ANSWERED
    return XmppFacts(
        outcome=outcome,
        milliseconds=(time.perf_counter() - started) * 1000,
        alert=alert,
        detail=clean(detail),
        sender=clean(reader.sender),
        version=clean(reader.version),
        starttls=StartTls.REFUSED if reader.failed else reader.starttls or StartTls.MISSING,
        mechanisms=tuple(clean(each, 40) for each in reader.mechanisms),
        dialback=reader.dialback,
        error=reader.error,
        error_text=clean(reader.error_text),
    )


async def _rest(read: Read, reader: StreamReader) -> None:
    """Read what follows an error at once: its text may come in the next packet."""
    try:
        async with asyncio.timeout(0.2):
            reader.feed((await read())[:MAX_BYTES])
    except (TimeoutError, StreamEnded, ValueError):
        return


def _ended(ended: StreamEnded) -> tuple[ReplyOutcome, str, str]:
    if ended.how is Ended.ALERT:
        return ReplyOutcome.ALERT, ended.alert, ""
    return (ReplyOutcome.RESET if ended.how is Ended.RESET else ReplyOutcome.CLOSED), "", ended.detail
