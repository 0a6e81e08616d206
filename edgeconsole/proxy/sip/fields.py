"""The header values a proxy reads: addresses, Via, CSeq, lists; each strictly, or Malformed."""

import re
from functools import lru_cache
from typing import NamedTuple

from edgeconsole.proxy.sip.message import Malformed
from edgeconsole.proxy.sip.uri import CACHED_LENGTH, SipUri, read_uri

# Quantifiers are possessive throughout: a hostile value costs linear time.
_TOKEN = r"[A-Za-z0-9.!%*_+`'~-]++"
_QUOTED = r'"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"'
_GAP = r"[ \t]*+"
_VALUE = rf'(?:{_QUOTED}|[^\s";,<>]++)'
_PARAMETERS = rf"((?>(?:{_GAP};{_GAP}{_TOKEN}(?>(?:{_GAP}={_GAP}{_VALUE})?))*)){_GAP}"

_ADDRESS = re.compile(
    rf"(?:(?:{_QUOTED}{_GAP}|[A-Za-z0-9.!%*_+`'~ \t-]*+)<([^<>\s\"]++)>|([^<>\s\";?,]++)){_PARAMETERS}".encode(),
    re.DOTALL,
)
_EACH_PARAMETER = re.compile(rf";{_GAP}({_TOKEN})(?>(?:{_GAP}={_GAP}({_VALUE}))?)".encode(), re.DOTALL)
_VIA = re.compile(
    rf"SIP{_GAP}/{_GAP}2\.0{_GAP}/{_GAP}{_TOKEN}[ \t]++([A-Za-z0-9_.-]++|\[[0-9A-Fa-f:.]++\])"
    rf"(?>(?:{_GAP}:{_GAP}[0-9]{{1,5}})?){_PARAMETERS}".encode(),
    re.DOTALL | re.IGNORECASE,
)
_PLAIN_VIA = re.compile(
    r"SIP/2\.0/TLS ([A-Za-z0-9-][A-Za-z0-9.-]*+)(?::[0-9]{1,5}+)?"
    rf";branch=({_TOKEN})(;keep(?:=[0-9]{{1,5}}+)?)?".encode()
)
_PLAIN_TAG = re.compile(rf";tag=({_TOKEN})((?>(?:;{_TOKEN}(?>(?:={_TOKEN})?))*))".encode())
_BRANCH = re.compile(rf";{_GAP}branch{_GAP}={_GAP}([^\s\";,<>]++)".encode(), re.IGNORECASE)
_TAG = re.compile(rf";{_GAP}tag{_GAP}={_GAP}([^\s\";,<>]++)".encode(), re.IGNORECASE)
_KEEP = re.compile(rb";keep=([0-9]{1,5})(?=;|$)")
_CSEQ = re.compile(rf"([0-9]{{1,10}})[ \t]++({_TOKEN})".encode())
_ELEMENT = re.compile(rf"(?>(?:[^\",<]++|{_QUOTED}|<[^<>]*+>)*)".encode(), re.DOTALL)

MAX_CSEQ = 2**31 - 1
"""A CSeq number is less than 2**31 (RFC 3261 8.1.1.5)."""

MAGIC_COOKIE = b"z9hG4bK"
"""What every branch made by RFC 3261 begins with (8.1.1.7)."""


class Address(NamedTuple):
    """A From, To, Contact or Route value."""

    uri: SipUri
    tag: bytes
    """Empty where there is none."""
    text: bytes
    """The URI as it stands."""


def read_address(value: bytes) -> Address:
    """Read one name-addr or addr-spec with its parameters; the URI is the one in angle brackets where there are any.

    A display name in quotes may hold anything, an address included: `"sip:a@evil" <sip:b@good>` is b@good.
    """
    # Tags are new with each conversation; the address before them is what can be known already.
    end = value.rfind(b">") + 1
    plain = _PLAIN_TAG.fullmatch(value, end) if 0 < end < len(value) else None
    if plain is not None and b"tag" not in plain[2].lower():
        uri, _, text = _known_address(value[:end])
        return Address(uri, plain[1], text)
    return _known_address(value)


def _known_address(value: bytes) -> Address:
    return _read_address(value) if len(value) <= CACHED_LENGTH else _read_address.__wrapped__(value)


@lru_cache(maxsize=4096)
def _read_address(value: bytes) -> Address:
    match = _ADDRESS.fullmatch(value)
    if match is None:
        raise Malformed("an address is malformed")
    parameters = match[3]
    text = match[1] or match[2]
    return Address(read_uri(text), _parameter(parameters, _TAG, b"tag"), text)


def _parameter(parameters: bytes, pattern: re.Pattern[bytes], name: bytes) -> bytes:
    """Return a parameter that may stand once at most; quoted values of others never count as one."""
    if b'"' not in parameters:
        found = pattern.findall(parameters)
    else:
        found = [each[2] for each in _EACH_PARAMETER.finditer(parameters) if each[1].lower() == name]
    if len(found) > 1:
        raise Malformed(f"{name.decode()} stands twice")
    return found[0] if found else b""


class Via(NamedTuple):
    """One Via value."""

    host: bytes
    """Host of the sent-by, as written."""
    branch: bytes
    """Empty where there is none."""
    keep: int = 0
    """Seconds of the `keep` parameter; 0 where it gives none (RFC 6223)."""
    bare: bool = False
    """Whether it has a branch and nothing else: no parameter, blank or quote to look out for."""


def read_via(value: bytes) -> Via:
    """Read one Via value, without the others its line may hold."""
    plain = _PLAIN_VIA.fullmatch(value)
    if plain is not None:
        host, branch, keep = plain.groups()
        return Via(host, branch, 0, True) if keep is None else Via(host, branch, int(keep[6:] or b"0"))
    match = _VIA.fullmatch(value)
    if match is None:
        raise Malformed("a Via is malformed")
    host, parameters = match.groups()
    found = _KEEP.search(parameters) if b"keep" in parameters else None
    return Via(host, _parameter(parameters, _BRANCH, b"branch"), int(found[1]) if found else 0)


def split_list(value: bytes) -> list[bytes]:
    """Split a comma-separated value; commas in quotes and angle brackets do not count."""
    if b"," not in value:
        return [value]
    elements = []
    offset = 0
    while True:
        match = _ELEMENT.match(value, offset)
        end = offset if match is None else match.end()
        elements.append(value[offset:end].strip(b" \t"))
        if end == len(value):
            return elements
        if value[end] != 0x2C:
            raise Malformed("a quote or bracket is not closed")
        offset = end + 1


def read_sequence(value: bytes) -> bytes:
    """Read a CSeq value and return the method it names."""
    return _read_sequence(value) if len(value) <= CACHED_LENGTH else _read_sequence.__wrapped__(value)


@lru_cache(maxsize=4096)
def _read_sequence(value: bytes) -> bytes:
    match = _CSEQ.fullmatch(value)
    if match is None or int(match[1]) > MAX_CSEQ:
        raise Malformed("CSeq is malformed")
    return match[2]
