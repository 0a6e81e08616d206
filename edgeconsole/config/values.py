"""How one value stands in TOML and in the model: each kind reads it, refuses it in plain words, and writes it."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import Enum
from typing import Any, NamedTuple

from edgeconsole.model.durations import InvalidDuration, parse_duration, write_duration
from edgeconsole.model.names import (
    XMPP_PORT,
    HostPort,
    InvalidName,
    normal_form,
    parse_access_edge,
    parse_domain,
    parse_listen,
    parse_next_hop,
    parse_xmpp_server,
)

MAX_TEXT = 1024
"""Characters of one text value; a comment that long fills a screen."""

MAX_LIST = 1024
"""Elements of one list value."""

MAX_SOCKET_PATH = 107
"""Bytes of a Unix socket's path that the kernel takes (unix(7), sun_path less its NUL)."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BadValue(ValueError):
    """A value that cannot be taken: why, and what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Kind(NamedTuple):
    """One kind of value: from TOML to the model and back."""

    read: Callable[[Any], Any]
    """Raises BadValue."""
    write: Callable[[Any], Any]
    element: "Kind | None" = None
    """The kind of a list's elements."""
    words: tuple[str, ...] = ()
    """The words of an enumeration."""
    limits: tuple[int, int] | None = None
    """Lowest and highest whole number."""
    length: bool = False
    """Whether it is a length of time."""


def described(raw: object) -> str:
    """Return what a TOML value is, in words."""
    if isinstance(raw, bool):
        return f"the switch {str(raw).lower()}"
    if isinstance(raw, int | float):
        return f"the number {raw}"
    if isinstance(raw, str):
        return f"the text {shown(raw)}"
    if isinstance(raw, list):
        return "a list"
    if isinstance(raw, dict):
        return "a table"
    return "a date or time"


def shown(text: str) -> str:
    """Return a text in quotes, shortened, as a message shows it."""
    return ascii(text) if len(text) <= 60 else ascii(text[:57]) + "…"


def _same(value: Any) -> Any:
    return value


def _read_text(raw: Any) -> str:
    if type(raw) is not str:
        raise BadValue(f"needs text in quotes, not {described(raw)}")
    if len(raw) > MAX_TEXT:
        raise BadValue(f"has {len(raw):,} characters; at most {MAX_TEXT:,} are taken", "Shorten it")
    if not raw.isprintable():
        found = _CONTROL.search(raw)
        if found:
            raise BadValue(f"has a control character (U+{ord(found[0]):04X})", "Remove it")
    return raw


def _read_switch(raw: Any) -> bool:
    if type(raw) is not bool:
        quoted = isinstance(raw, str) and raw.lower() in ("true", "false")
        raise BadValue(
            f"needs true or false, not {described(raw)}", f"Write {raw.lower()} without quotes" if quoted else ""
        )
    return raw


TEXT = Kind(_read_text, _same)
SWITCH = Kind(_read_switch, _same)


def of_text(parse: Callable[[str], Any], write: Callable[[Any], str] = str) -> Kind:
    """Return the kind of a value written as text; `parse` raises BadValue or InvalidName."""

    def read(raw: Any) -> Any:
        # The common case is told without another call; 100,000 records come through here.
        if type(raw) is not str or len(raw) > MAX_TEXT or not raw.isprintable():
            _read_text(raw)
        try:
            return parse(raw)
        except (InvalidName, InvalidDuration) as error:
            raise BadValue(str(error)) from None

    return Kind(read, write)


def of_words(words: type[Enum]) -> Kind:
    """Return the kind of an enumeration written as one of its words."""
    members: dict[object, Enum] = {member.value: member for member in words}

    def read(raw: Any) -> Enum:
        member = members.get(raw) if isinstance(raw, str) else None
        if member is None:
            allowed = [str(word) for word in members]
            hint = f"Did you mean {close[0]!r}?" if (close := suggestion(raw, allowed)) else ""
            raise BadValue(f"needs one of {', '.join(map(repr, allowed))}, not {described(raw)}", hint)
        return member

    return Kind(read, lambda member: member.value, words=tuple(str(word) for word in members))


def of_list(element: Kind) -> Kind:
    """Return the kind of a list whose elements are all of one kind."""

    def read(raw: Any) -> tuple[Any, ...]:
        if type(raw) is not list:
            hint = f"Write [{_quoted(raw)}]" if isinstance(raw, str) else ""
            raise BadValue(f"needs a list in square brackets, not {described(raw)}", hint)
        if len(raw) > MAX_LIST:
            raise BadValue(f"has {len(raw):,} elements; at most {MAX_LIST:,} are taken")
        return tuple(_element(element, place, value) for place, value in enumerate(raw, 1))

    return Kind(read, lambda values: [element.write(value) for value in values], element)


def _element(kind: Kind, place: int, raw: Any) -> Any:
    try:
        return kind.read(raw)
    except BadValue as error:
        raise BadValue(f"element {place}: {error.message}", error.remedy) from None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if len(text) <= 60 else '"…"'


def suggestion(word: object, known: Sequence[str]) -> list[str]:
    """Return the known word closest to a mistyped one, if one is close."""
    return get_close_matches(word.lower(), known, n=1, cutoff=0.6) if isinstance(word, str) and len(word) < 80 else []


def _parse_reference(text: str) -> str:
    """Read where a certificate, key or list of authorities comes from; secrets never stand in the file itself."""
    if "-----BEGIN" in text:
        raise BadValue(
            "holds the certificate or key itself", 'Put it into a file of its own and write "file:/path/to/it"'
        )
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in ("file", "cred", "env") or not rest:
        hint = f'Write "file:{text}"' if text.startswith("/") and len(text) < 200 else ""
        raise BadValue(f"needs file:PATH, cred:NAME or env:NAME, not {shown(text)}", hint)
    return text


def _parse_trust(text: str) -> str:
    return text if text == "system" else _parse_reference(text)


def _parse_resolver(text: str) -> str:
    if text == "system":
        return text
    address = text[1:].partition("]")[0] if text.startswith("[") else text
    try:
        ipaddress.ip_address(address)
    except ValueError:
        try:
            parse_listen(text)
        except InvalidName:
            raise BadValue(f'needs "system", an address or address:port, not {shown(text)}') from None
    return text


def _parse_network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise BadValue(
            f"{shown(text)} is no network in CIDR form: {error}", 'Write, for example, "10.0.0.0/8"'
        ) from None
    return text


def _parse_socket_path(text: str) -> str:
    if not text or "\n" in text:
        raise BadValue("needs the path of a socket")
    if len(text.encode()) > MAX_SOCKET_PATH:
        raise BadValue(
            f"is longer than the {MAX_SOCKET_PATH} bytes a Unix socket's path may have", "Use a shorter path"
        )
    return text


def _parse_host(text: str) -> str:
    found = parse_next_hop(text)
    if found != HostPort(found.host) or ":" in text:
        raise BadValue(f"needs a host name without a port, not {shown(text)}")
    return found.host


def of_number(lowest: int, highest: int) -> Kind:
    """Return the kind of a whole number within limits."""

    def read(raw: Any) -> int:
        if type(raw) is not int:
            quoted = isinstance(raw, str) and raw.strip().isdigit()
            raise BadValue(f"needs a whole number, not {described(raw)}", "Remove the quotes" if quoted else "")
        if not lowest <= raw <= highest:
            raise BadValue(f"is {raw:,}; it may be {lowest:,} to {highest:,}")
        return raw

    return Kind(read, _same, limits=(lowest, highest))


def _read_moment(raw: Any) -> datetime:
    """Read a TOML date and time, or the same as text, as changes carry it; without an offset it is refused."""
    moment = raw
    if isinstance(raw, str):
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            raise BadValue(
                f"needs a date and time, not {described(raw)}", "Write, for example, 2026-12-31T00:00:00Z"
            ) from None
    if not isinstance(moment, datetime):
        raise BadValue(f"needs a date and time, not {described(raw)}", "Write, for example, 2026-12-31T00:00:00Z")
    if moment.tzinfo is None:
        raise BadValue("has no offset from UTC, so the moment is not known", f"Write {moment.isoformat()}Z for UTC")
    return moment.astimezone(UTC).replace(microsecond=0)


def _parse_policy_id(text: str) -> str:
    scope, colon, name = text.partition(":")
    if text == "global" or (colon and scope in ("site", "user") and name.strip() == name and name):
        return text
    raise BadValue(
        f"needs global, site:NAME or user:NAME, not {shown(text)}", f"Write user:{text}" if text.isalnum() else ""
    )


def _parse_user(text: str) -> str:
    address = text.strip().lower().removeprefix("sip:")
    user, at, domain = address.rpartition("@")
    if not at or not user or any(character.isspace() for character in user):
        raise BadValue(f"needs a SIP address such as alice@contoso.example, not {shown(text)}")
    return f"{user}@{parse_domain(domain)}"


def _parse_user_pattern(text: str) -> str:
    pattern = text.strip().lower().removeprefix("sip:")
    if not pattern or any(character.isspace() for character in pattern) or pattern.count("@") > 1:
        raise BadValue(f"needs a SIP address, or a pattern such as *@contoso.example, not {shown(text)}")
    return pattern


def _parse_port_range(text: str) -> str:
    first, dash, last = text.partition("-")
    if dash and first.isdigit() and last.isdigit() and 1024 <= int(first) <= int(last) <= 65535:
        return text
    raise BadValue(f"needs first-last, each 1024 to 65535, not {shown(text)}", 'Write, for example, "50000-59999"')


def _parse_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise BadValue(f"{shown(text)} is no IP address") from None


def _parse_web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[!-~]{1,500}", text):
        raise BadValue(f"needs an address that starts with https://, not {shown(text)}")
    return text


def _parse_secret(text: str) -> str:
    try:
        return _parse_reference(text)
    except BadValue:
        raise BadValue("holds the secret itself", "Keep it apart and write file:/PATH, cred:NAME or env:NAME") from None


def of_duration(shortest: str, longest: str) -> Kind:
    """Return the kind of a length of time within limits."""

    def parse(text: str) -> timedelta:
        length = parse_duration(text)
        if not parse_duration(shortest) <= length <= parse_duration(longest):
            raise BadValue(f"is {text}; it may be {shortest} to {longest}")
        return length

    return of_text(parse, write_duration)._replace(length=True)


def _parse_fingerprint(text: str) -> str:
    digits = text.lower().removeprefix("sha256:").replace(":", "")
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise BadValue(f"needs a SHA-256 fingerprint of 64 hexadecimal digits, not {shown(text)}")
    return digits


# Measured: 100,000 different names only turn the cache of parse_domain over, at the price of the parsing itself.
_parse_each = normal_form


def _parse_partner_edge(text: str) -> HostPort:
    """Read what parse_access_edge reads, which answers whatever is no plain host name."""
    if ":" in text:
        return parse_access_edge(text)
    try:
        return HostPort(_parse_each(text))
    except InvalidName:
        return parse_access_edge(text)


DOMAIN = of_text(_parse_each)
DURATION = of_text(parse_duration, write_duration)._replace(length=True)
MOMENT = Kind(_read_moment, _same)
NUMBER = of_number(0, 1_000_000)
PORT = of_number(1, 65535)
POLICY_ID = of_text(_parse_policy_id)
USER = of_text(_parse_user)
USER_PATTERN = of_text(_parse_user_pattern)
PORT_RANGE = of_text(_parse_port_range)
ADDRESS = of_text(_parse_address)
WEB_ADDRESS = of_text(_parse_web_address)
SECRET = of_text(_parse_secret)
FINGERPRINT = of_text(_parse_fingerprint)
PARTNER_EDGE = of_text(_parse_partner_edge)
XMPP_SERVER = of_text(parse_xmpp_server, HostPort.with_port)
OWN_SERVER = of_text(parse_next_hop)
OWN_XMPP_SERVER = of_text(lambda text: parse_next_hop(text, XMPP_PORT), HostPort.with_port)
# The port of a listener is always written: reading one without a port is refused.
LISTENER = of_text(parse_listen, HostPort.with_port)
REFERENCE = of_text(_parse_reference)
TRUST = of_text(_parse_trust)
RESOLVER = of_text(_parse_resolver)
NETWORK = of_text(_parse_network)
SOCKET_PATH = of_text(_parse_socket_path)
HOST = of_text(_parse_host)
