"""What is fed to every parser that reads bytes of somebody else, and what must hold whatever they are."""

import itertools
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from edgeconsole.config.read import parse
from edgeconsole.model.errors import BadInput
from edgeconsole.present.facets import facets_of
from edgeconsole.present.filtering import completions, positions, understood
from edgeconsole.present.table import Column, Row, Span, eager
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.framer import Framed, Framer, Violation
from edgeconsole.proxy.sip.message import Malformed, Message, read_head
from edgeconsole.transfer.detect import read
from edgeconsole.transfer.parsed import Format
from edgeconsole.wire.examples import EXAMPLES
from edgeconsole.wire.json import decode_request, encode
from edgeconsole.wire.routes import ROUTES
from tests.config.federation_files import SAMPLE
from tests.proxy.sip_peer import request
from tests.proxy.xmpp.test_parser import STREAM, hold_against
from tests.transfer import samples

LIMITS = Limits()
SMALL = Limits(header_block=600, line=200, headers=12, body=40)


class Fuzzed(NamedTuple):
    """A parser: what it takes, pieces that are worth putting in, and what must hold."""

    seeds: Sequence[bytes]
    salt: Sequence[bytes]
    holds: Callable[[bytes], None]


def _shown(items: Sequence[Framed]) -> list[object]:
    found: list[object] = []
    for item in items:
        if isinstance(item, Message):
            found.append(item.to_bytes())
        elif isinstance(item, Violation):
            found.append((item.status, item.text))
        else:
            found.append(item)
    return found


def framer(data: bytes) -> None:
    """Whole and in pieces end alike."""
    cut = len(data) // 3 or 1
    for limits in (LIMITS, SMALL):
        whole, pieces = Framer(limits), Framer(limits)
        found = _shown(list(whole.feed(data)))
        parts = (data[:cut], data[cut : 2 * cut], data[2 * cut :])
        assert found == _shown([item for part in parts for item in pieces.feed(part)])


def sip(data: bytes) -> None:
    """A head is refused by name or is one message, which written and read again is itself."""
    head = data.partition(b"\r\n\r\n")[0]
    try:
        message = read_head(head, LIMITS)
    except Malformed:
        return
    again = message.to_bytes()
    assert read_head(again.partition(b"\r\n\r\n")[0], LIMITS).to_bytes() == again


def toml(data: bytes) -> None:
    """A configuration is read whole or refused."""
    try:
        parse(data.decode("utf-8", "replace"), "federation.toml")
    except BadInput:
        return


_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_COLUMNS = (Column("domain", "DOMAIN", 0), Column("state", "STATE", 8), Column("age", "AGE", 8))
_CELLS = [("fabrikam.example", "blocked", "12d"), ("two words.example", "idle", "5h"), ("plain.example", "ok", "-")]
_ROWS = [Row(cells[0], tuple(Span(cell) for cell in cells)) for cells in _CELLS]
_VIEW = eager(_COLUMNS, _ROWS, "empty", facets_of([None] * len(_ROWS), _NOW))


def filtering(data: bytes) -> None:
    """Any words are a filter: it keeps rows that are there, in their order, and completes to texts."""
    text = data.decode("utf-8", "replace")
    kept = list(positions(_VIEW, [" ".join(cells) for cells in _CELLS], understood(text, _VIEW)))
    assert kept == sorted(set(kept) & set(range(len(_ROWS))))
    assert all(isinstance(each, str) for each in completions(text, _VIEW))


_KINDS = tuple(Format)


def importing(data: bytes) -> None:
    """A file of any kind is entries or an error; under another kind's name too."""
    for kind in (None, _KINDS[zlib.crc32(data) % len(_KINDS)]):
        try:
            read(data, kind)
        except BadInput:
            continue


_TAKEN = list(dict.fromkeys(route.takes for route in ROUTES if route.takes is not None))


def bodies(data: bytes) -> None:
    """A body is a value of the route's kind or a bad request."""
    for kind in _TAKEN:
        try:
            decode_request(data, kind)
        except BadInput:
            continue


_LINE = (b"\r\n", b"\r", b"\n", b":", b" ", b"\t", b";", b",", b"<", b">", b'"', b"\x00", b"\xff", b"%00")
TARGETS: dict[str, Fuzzed] = {
    "sip framer": Fuzzed(
        [
            request() * 2,
            request(content_length="l :  5"),
            request(extra="X: folded\r\n  over"),
            b"\r\n\r\n" + request(),
        ],
        (*_LINE, b"\r\n\r\n", b"Content-Length: 5\r\n", b"l:", b"99999999"),
        framer,
    ),
    "sip parser": Fuzzed(
        [
            request(),
            request(extra="Record-Route: <sip:a@b;lr>, <sip:c>"),
            b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a\r\n\r\n",
        ],
        (*_LINE, b"SIP/2.0", b"sip:", b"Via: ", b";branch=z9hG4bK", b"@", b"[::1]"),
        sip,
    ),
    "xmpp framer": Fuzzed(
        [STREAM],
        (b"<", b">", b"/>", b"</", b"&", b"]]>", b"<!--", b"<![CDATA[", b"<?x?>", b"xmlns:", b"\xff"),
        hold_against,
    ),
    "configuration": Fuzzed(
        [SAMPLE.encode()],
        (*_LINE, b"[", b"]", b"[[", b"{", b"}", b"=", b"#", b"'''", b'"""', b"\\u0000", b".", b"1979-05-27", b"nan"),
        toml,
    ),
    "filter": Fuzzed(
        [b"fab -ok state:blocked age<30d", b'"two words" -domain:x age>=5h', b"state:none !"],
        (b"-", b":", b"<", b">", b"=", b'"', b"'", b" ", b"age", b"state:", b"none", b"\xe2\x80\xae", b"2026-01-01"),
        filtering,
    ),
    "import": Fuzzed(
        [content for _kind, content in samples.EVERY_GOOD],
        (*_LINE, b"<", b"/>", b"{", b"[", b"--[[", b"]]", b"&amp;", b"\xef\xbb\xbf", b"\xff\xfe", b"- "),
        importing,
    ),
    "admin bodies": Fuzzed(
        [encode(body) for body in EXAMPLES.values()],
        (b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"1e999", b"NaN", b"\\ud800", b"-0", b"\xff"),
        bodies,
    ),
}


def damaged(target: Fuzzed, chance: random.Random) -> bytes:
    """Change, drop, repeat, splice and salt bytes of one of the seeds."""
    data = bytearray(chance.choice(target.seeds))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.randint(1, 20)]
        elif kind == 2:
            data[at:at] = data[at : at + chance.randint(1, 60)] * chance.randint(1, 5)
        elif kind == 3:
            other = chance.choice(target.seeds)
            start = chance.randrange(len(other) + 1)
            data[at:at] = other[start : start + chance.randint(1, 80)]
        else:
            data[at:at] = chance.choice(target.salt)
    return bytes(data)


def inputs(name: str, first: int) -> Iterator[tuple[str, bytes]]:
    """Return endless damaged inputs, each with the seed that makes it again."""
    for number in itertools.count(first):
        seed = f"{name}:{number}"
        yield seed, damaged(TARGETS[name], random.Random(seed))
