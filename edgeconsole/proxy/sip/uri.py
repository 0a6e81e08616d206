"""SIP URIs read strictly enough to be an identity: one way to see user and host, or none at all."""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from edgeconsole.model.names import DomainName, InvalidName, parse_domain
from edgeconsole.proxy.sip.message import Malformed

CACHED_LENGTH = 128
"""Bytes of an address up to which its reading is kept: people write to the same people; nobody fills our memory."""


class UnknownScheme(Malformed):
    """A URI of another scheme than sip or sips; a request to one is owed 416."""


class SipUri(NamedTuple):
    """The parts of a `sip:` or `sips:` URI, escapes left as they stand."""

    user: bytes
    """Everything before the @ except a password; empty where there is none."""
    host: str
    """As written: case and trailing dots included."""
    port: int | None
    parameters: bytes
    """From the first semicolon on."""
    headers: bytes
    """After the question mark."""
    known: DomainName | None = None
    """The host in the one normal form; None where it is no domain name."""

    @property
    def domain(self) -> DomainName:
        """The host in the one normal form. Raises InvalidName for addresses and for what is no domain name."""
        return self.known or parse_domain(self.host)


# RFC 3261 25.1. The quantifiers are possessive: no text makes them backtrack. An @ is legal only once, unescaped, so
# every reader agrees where the host begins; percent-escapes are legal in the user, never in the host.
_USER = r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%]++"
_PASSWORD = r"[A-Za-z0-9\-_.!~*'()&=+$,%]*+"
_HOST = r"[A-Za-z0-9.-]++|\[[0-9A-Fa-f:.]++\]"
_PARAMETERS = r"(?>(?:;[A-Za-z0-9\-_.!~*'()\[\]/:&+$%=;]*+)?)"
_HEADERS = r"\?([A-Za-z0-9\-_.!~*'()\[\]/?:+$%=&]*+)"
_URI = re.compile(
    rf"sips?:(?:({_USER})(?::{_PASSWORD})?@)?({_HOST})(?::([0-9]{{1,5}}))?({_PARAMETERS})(?:{_HEADERS})?".encode(),
    re.IGNORECASE,
)
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")


def read_uri(text: bytes) -> SipUri:
    """Read a URI. Raises UnknownScheme, or Malformed for what the grammar of RFC 3261 does not give."""
    return _read_uri(text) if len(text) <= CACHED_LENGTH else _read_uri.__wrapped__(text)


@lru_cache(maxsize=4096)
def _read_uri(text: bytes) -> SipUri:
    match = _URI.fullmatch(text)
    if match is None:
        scheme = _SCHEME.match(text)
        if scheme is not None and scheme[0].lower() not in (b"sip:", b"sips:"):
            raise UnknownScheme("the URI is neither sip nor sips")
        raise Malformed("the URI is malformed")
    if b"%" in text and _BAD_ESCAPE.search(text):
        raise Malformed("the URI has a broken escape")
    user, host, port_text, parameters, headers = match.groups()
    port = None
    if port_text is not None:
        port = int(port_text)
        if not 0 < port < 65536:
            raise Malformed("the URI has no valid port")
    name = host.decode("ascii")
    if name.startswith("["):
        try:
            ipaddress.IPv6Address(name[1:-1])
        except ValueError:
            raise Malformed("the URI's host is no IPv6 address") from None
    return SipUri(user or b"", name, port, parameters, headers or b"", _known(name))


def _known(host: str) -> DomainName | None:
    try:
        return parse_domain(host)
    except InvalidName:
        return None


def unescaped(name: bytes) -> bytes:
    """Return a parameter's name with its escapes undone, lower case: `%6daddr` is maddr (RFC 3261 19.1.4)."""
    return unquote_to_bytes(name).strip().lower()
