"""The bytes of an XMPP stream become its header and its elements: strict, bounded, incremental (RFC 6120, section 11).

Elements keep their own bytes, so that a stanza passes on as it came; expat alone says where one begins and ends.
"""

import re
from pyexpat import ExpatError, ParserCreate, XMLParserType
from typing import NamedTuple
from xml.parsers.expat import errors

from edgeconsole.model.text import clean
from edgeconsole.proxy.xmpp.limits import XmppLimits
from edgeconsole.proxy.xmpp.names import SERVER, STREAMS

_SPACE = b" \t\r\n"
_PIECE = 4096
"""Bytes given to expat at once, so that sizes are looked at before much more is parsed."""

_START_TAG = re.compile(rb"""<(?>[^>"']|"[^"]*"|'[^']*')*>""")
_ROOT = re.compile(rb"<[^?!]")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
"""How UTF-16 begins; XMPP is UTF-8 alone (RFC 6120, 11.6)."""

_CONDITIONS = {
    errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]: "restricted-xml",
    errors.codes[errors.XML_ERROR_UNKNOWN_ENCODING]: "unsupported-encoding",
    errors.codes[errors.XML_ERROR_INCORRECT_ENCODING]: "unsupported-encoding",
}
"""Stream errors of what is more than badly formed, by expat's code."""


class Opening(NamedTuple):
    """A stream header."""

    attributes: dict[str, str]
    prefixes: dict[str, str]
    """Namespaces by the prefixes the header declares, beside the two every header has."""


class Element(NamedTuple):
    """A complete child of the stream."""

    name: str
    namespace: str
    attributes: dict[str, str]
    raw: bytes
    """Its bytes as they came."""


class Closing(NamedTuple):
    """The end tag of the stream."""


class Violation(NamedTuple):
    """What ends the stream with an error (RFC 6120, 4.9.3)."""

    condition: str
    text: str


Event = Opening | Element | Closing | Violation


class _Refused(Exception):
    """Raised inside expat's callbacks."""

    def __init__(self, condition: str, text: str) -> None:
        super().__init__(text)
        self.violation = Violation(condition, text)


class StreamParser:
    """One stream from its header on; a stream that restarts gets a new one."""

    def __init__(self, limits: XmppLimits, *, longest: int) -> None:
        self.longest = longest
        """Bytes one element may have; may be raised when the peer is known."""
        self._limits = limits
        self._expat = _make(self)
        self._buffer = b""
        """Bytes not given out yet, from the end of the last element on."""
        self._base = 0
        """Where in the stream the buffer begins."""
        self._mark = 0
        """Where in the buffer the last element ended."""
        self._depth = 0
        self._start = 0
        self._name = ""
        self._attributes: list[str] = []
        self._has_children = False
        self._prefixes: dict[str, str] = {}
        self._default = ""
        self._fed = 0
        self._dead = False
        self._events: list[Event] = []

    @property
    def partial(self) -> bool:
        """Whether something has begun that is not complete."""
        return not self._dead and bool(self._buffer)

    @property
    def ended(self) -> bool:
        """Whether nothing more is read: the stream was closed, or broke a rule."""
        return self._dead

    def feed(self, data: bytes) -> list[Event]:
        """Return what the bytes complete, in order. A Violation is the last of all; what follows it is ignored."""
        if self._dead:
            return []
        self._events = []
        try:
            if len(data) <= _PIECE:
                self._feed(data)
            else:
                for at in range(0, len(data), _PIECE):
                    self._feed(data[at : at + _PIECE])
                    if self.ended:
                        break
        except _Refused as refused:
            self._end_with(refused.violation)
        except ExpatError as error:
            condition = _CONDITIONS.get(error.code, "not-well-formed")
            self._end_with(Violation(condition, str(clean(errors.messages.get(error.code, "no XML")))))
        found, self._events = self._events, []
        return found

    def _end_with(self, violation: Violation) -> None:
        self._events.append(violation)
        self._dead = True
        self._buffer = b""

    def _feed(self, piece: bytes) -> None:
        if len(self._buffer) > self.longest:
            raise _Refused("policy-violation", f"an element is longer than {self.longest} bytes")
        self._buffer = buffer = self._buffer + piece if self._buffer else piece
        if not self._depth:
            self._look_at_prologue(buffer)
        self._mark = 0
        self._expat.Parse(piece, False)
        self._fed += len(piece)
        if self._dead:
            self._buffer = b""
            return
        if self._fed - self._expat.CurrentByteIndex > self._limits.tag:
            raise _Refused("policy-violation", f"a tag is longer than {self._limits.tag} bytes")
        self._trim()

    def _look_at_prologue(self, buffer: bytes) -> None:
        # Before expat sees it: a refusal inside its callbacks lets it go on to the end of the piece.
        root = _ROOT.search(buffer)
        if b"<!" in (buffer[: root.start()] if root else buffer):
            raise _Refused("restricted-xml", "comments and document types are not allowed")
        if buffer.startswith(_WIDE):
            raise _Refused("unsupported-encoding", "a stream is UTF-8")

    def _trim(self) -> None:
        """Let go of what was given out, and of white space between elements (RFC 6120, 4.6.1)."""
        mark = self._mark
        if self._depth == 1:
            rest = self._buffer[mark:].lstrip(_SPACE)
            if rest and not rest.startswith(b"<"):
                raise _Refused("bad-format", "there is text between elements")
            mark = len(self._buffer) - len(rest)
        if mark:
            self._buffer = self._buffer[mark:]
            self._base += mark
            self._start -= mark

    def declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise _Refused("unsupported-encoding", "a stream is UTF-8")

    def bound(self, prefix: str | None, uri: str) -> None:
        if prefix is None:
            self._default = uri or ""
        else:
            self._prefixes[prefix] = uri

    def started(self, name: str, attributes: list[str]) -> None:
        depth = self._depth
        self._depth = depth + 1
        if depth > 1:
            self._has_children = True
            if depth >= self._limits.depth:
                raise _Refused("policy-violation", f"elements are nested deeper than {self._limits.depth}")
        elif depth == 1:
            self._start = self._expat.CurrentByteIndex - self._base
            if self._buffer[self._mark : self._start].strip(_SPACE):
                raise _Refused("bad-format", "there is text between elements")
            self._name = name
            self._attributes = attributes
            self._has_children = False
        else:
            self._opened(name, attributes)
        if len(attributes) > 2 * self._limits.attributes:
            raise _Refused("policy-violation", f"an element has more than {self._limits.attributes} attributes")

    def _opened(self, name: str, attributes: list[str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if namespace != STREAMS:
            raise _Refused("invalid-namespace", "the root is not in the namespace of streams")
        if local != "stream":
            raise _Refused("bad-format", "the root is no stream")
        if self._default != SERVER:
            raise _Refused("invalid-namespace", f"the default namespace of a stream between servers is {SERVER}")
        self._expat.StartNamespaceDeclHandler = None
        at = self._expat.CurrentByteIndex - self._base
        tag = _START_TAG.match(self._buffer, at)
        if tag is None or self._buffer[tag.end() - 2 : tag.end()] == b"/>":
            raise _Refused("bad-format", "the stream is empty")
        if tag.end() - at > self.longest:
            raise _Refused("policy-violation", f"the header is longer than {self.longest} bytes")
        self._mark = tag.end()
        self._events.append(Opening(_pairs(attributes), self._prefixes))

    def closed(self, _name: str) -> None:
        self._depth -= 1
        if self._depth == 1:
            end = self._end_of_element()
            raw = self._buffer[self._start : end]
            if len(raw) > self.longest:
                raise _Refused("policy-violation", f"an element is longer than {self.longest} bytes")
            self._mark = end
            namespace, _, local = self._name.rpartition(" ")
            self._events.append(Element(local, namespace, _pairs(self._attributes), raw))
        elif not self._depth:
            self._events.append(Closing())
            self._dead = True

    def _end_of_element(self) -> int:
        """Return where the element ends: expat points behind `<x/>`, but at the `</x>` of `<x></x>`."""
        at = self._expat.CurrentByteIndex - self._base
        buffer = self._buffer
        if not buffer.startswith(b"</", at):
            return at
        if not self._has_children and buffer.startswith(b"/>", at - 2):
            # An empty element before an end tag, or text that ends in `/>`: only the start tag itself tells.
            tag = _START_TAG.match(buffer, self._start)
            if tag is not None and tag.end() == at:
                return at
        return buffer.index(b">", at) + 1


def _make(parser: StreamParser) -> XMLParserType:
    expat = ParserCreate("utf-8", " ")
    expat.ordered_attributes = True
    expat.XmlDeclHandler = parser.declared
    expat.StartNamespaceDeclHandler = parser.bound
    expat.StartElementHandler = parser.started
    expat.EndElementHandler = parser.closed
    expat.StartDoctypeDeclHandler = _refuse
    expat.CommentHandler = _refuse
    expat.ProcessingInstructionHandler = _refuse
    return expat


def _refuse(*_: object) -> None:
    raise _Refused("restricted-xml", "comments, document types and processing instructions are not allowed")


def _pairs(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
