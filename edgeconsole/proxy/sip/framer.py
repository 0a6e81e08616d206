"""Where one SIP message ends and the next begins in a stream: every split of the bytes frames the same.

Framing and parsing read the same line list, so the body length that framed a message is the Content-Length a reader of
its headers sees.
"""

from typing import NamedTuple

from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.message import Malformed, Message, read_head, salvage


class KeepAlive(NamedTuple):
    """A double CRLF between messages: the other side asks for a CRLF (RFC 5626 3.5.1)."""


class Violation(NamedTuple):
    """Bytes after which the stream cannot be trusted any more: answer if possible, then close."""

    status: int
    text: str
    message: Message | None = None
    """The head, where it could be read: what an answer is made from."""


Framed = Message | KeepAlive | Violation

KEEP_ALIVE = KeepAlive()
_END = b"\r\n\r\n"


class Framer:
    """Cuts one direction of one connection into messages; after a violation it takes nothing more."""

    __slots__ = ("_limits", "_message", "_missing", "_rest", "_searched", "broken")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rest = bytearray()
        self._searched = 0
        """How far the rest was searched for the end of a head, so that bytes dripping in cost linear time."""
        self._message: Message | None = None
        self._missing = 0
        """Length of the body of `_message`."""
        self.broken = False

    @property
    def partial(self) -> bool:
        """Whether a message has begun and is not complete."""
        return self._message is not None or (len(self._rest) > 0 and bool(self._rest.strip(b"\r\n")))

    @property
    def head(self) -> Message | None:
        """The head of the message that has begun, where its body is still missing."""
        return self._message

    def feed(self, received: bytes) -> list[Framed]:
        """Take the next bytes and return what they complete, in order; a Violation comes last."""
        found: list[Framed] = []
        if self.broken:
            return found
        source: bytes | bytearray = received
        if self._rest:
            self._rest += received
            source = self._rest
        try:
            offset = self._cut(source, found)
        except Malformed as error:
            self._break(Violation(400, str(error)), found)
            return found
        if offset is None:
            return found
        if source is self._rest:
            del self._rest[:offset]
        elif offset < len(source):
            self._rest += source[offset:]
        self._searched = max(0, self._searched - offset)
        return found

    def _cut(self, source: bytes | bytearray, found: list[Framed]) -> int | None:
        """Append everything complete; return how many bytes were used, None after a violation."""
        offset = 0
        size = len(source)
        while offset < size or self._message is not None:
            if self._message is None:
                if source[offset] == 0x0D:
                    skipped = self._line_ends(source, offset, found)
                    if not skipped:
                        break
                    offset += skipped
                    continue
                offset, complete = self._head(source, offset, found)
                if not complete:
                    break
            elif size - offset < self._missing:
                break
            else:
                message, self._message = self._message, None
                end = offset + self._missing
                message.body = bytes(source[offset:end])
                offset = end
                found.append(message)
        return None if self.broken else offset

    @staticmethod
    def _line_ends(source: bytes | bytearray, offset: int, found: list[Framed]) -> int:
        """Skip CRLFs between messages (RFC 3261 7.5); 0 when more bytes must come first."""
        four = source[offset : offset + 4]
        if four == _END:
            found.append(KEEP_ALIVE)
            return 4
        if _END.startswith(four):
            return 0
        if four.startswith(b"\r\n"):
            return 2
        raise Malformed("a CR stands alone")

    def _head(self, source: bytes | bytearray, offset: int, found: list[Framed]) -> tuple[int, bool]:
        """Read the next head; return the new offset and whether to go on."""
        end = source.find(_END, max(offset, self._searched - 3))
        length = (len(source) if end < 0 else end) - offset
        # Three bytes of an unfinished end may be there already: the same verdict whatever the split.
        if length > self._limits.header_block + (3 if end < 0 else 0):
            text = f"start line and headers exceed {self._limits.header_block} bytes"
            rest = salvage(bytes(source[offset : offset + self._limits.header_block]), self._limits)
            self._break(Violation(400, text, rest), found)
            return offset, False
        if end < 0:
            self._searched = len(source)
            return offset, False
        self._searched = 0
        block = bytes(source[offset:end])
        try:
            message = read_head(block, self._limits)
        except Malformed as error:
            self._break(Violation(400, str(error), salvage(block, self._limits)), found)
            return offset, False
        problem = self._measure(message)
        if problem is not None:
            self._break(problem, found)
            return offset, False
        self._message = message
        return end + 4, True

    def _measure(self, message: Message) -> Violation | None:
        """Read the length of the body: exactly one Content-Length on a stream (RFC 3261 18.3, 20.14)."""
        text = message.value("content-length")
        if text is None or "content-length" in message.repeated:
            return Violation(400, "exactly one Content-Length is needed", message)
        if not text.isdigit() or len(text) > 10:
            return Violation(400, "Content-Length is no number", message)
        self._missing = int(text)
        if self._missing > self._limits.body:
            return Violation(413, f"the body exceeds {self._limits.body} bytes", message)
        return None

    def _break(self, violation: Violation, found: list[Framed]) -> None:
        self.broken = True
        self._rest = bytearray()
        self._message = None
        found.append(violation)
