"""Domain names and host:port pairs in the one normal form every part compares.

A name is stored and compared as lower-case A-labels without a trailing dot (RFC 5890); the edge, the console and the
rules all normalise here, because two normalisers that differ by a trailing dot are a bypass of the block list.
"""

import ipaddress
import re
from functools import lru_cache
from typing import NewType

import msgspec

from edgeconsole.model.errors import BadInput

DomainName = NewType("DomainName", str)
"""A lower-case A-label FQDN of at least two labels, without a trailing dot."""

SIP_TLS_PORT = 5061
"""Port of an Access Edge when none is given (port summary of the planning documents, F1)."""

XMPP_PORT = 5269
"""Port of XMPP server-to-server streams (port summary, F15 and F16)."""

MAX_NAME = 253
"""Longest name DNS can carry in presentation form (RFC 1035, 2.3.4)."""

LONGEST_TEXT = 2 * MAX_NAME
"""Longest text taken for a name: U-labels and escapes grow, and what strangers send must not fill the cache."""

# Looked at from both ends, so that nothing is tried twice: two thirds of the time, and 100,000 records have two each.
_LABEL = r"(?!-)[a-z0-9-]{1,63}+(?<!-)"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_ALLOWED_ASCII = re.compile(r"[A-Za-z0-9.-]+")


class InvalidName(BadInput, ValueError):
    """A text that is no domain name; the message says why in words an operator can act on."""


def parse_domain(text: str) -> DomainName:
    """Return the normal form of a domain name.

    Upper case, a trailing dot and U-labels are accepted and converted (IDNA 2008, UTS 46). Raises InvalidName for
    IP addresses, wildcards, single labels and anything DNS could not carry.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidName(f"{text[:40]!r}… is longer than DNS allows (63 per label, {MAX_NAME} in all)")
    return _remembered(text)


def normal_form(text: str) -> DomainName:
    """Return what parse_domain returns and remember nothing: for long lists of different names."""
    if len(text) <= MAX_NAME and _NAME.fullmatch(text):
        # In normal form already, as nearly all names of a long list are; the call of a NewType takes a tenth of it all.
        return text  # type: ignore[return-value]
    stripped = text.strip().rstrip(".")
    if stripped and stripped.isascii():
        name = stripped.lower()
        if len(name) <= MAX_NAME and _NAME.fullmatch(name):
            return DomainName(name)
    raise_for_shape(text, stripped)
    return _to_a_labels(text, stripped)


_remembered = lru_cache(maxsize=65536)(normal_form)


def raise_for_shape(text: str, stripped: str) -> None:
    """Raise InvalidName for texts that no conversion could make a name."""
    if not stripped:
        raise InvalidName("a domain name is empty")
    if _is_address(stripped):
        raise InvalidName(f"{text!r} is an IP address; a domain name is needed")
    if "*" in stripped:
        raise InvalidName(f"{text!r} has a wildcard; a rule for a domain covers its sub-domains already")
    if "@" in stripped:
        raise InvalidName(f"{text!r} is an address; give the domain after the @")
    if ".." in stripped or stripped.startswith("."):
        raise InvalidName(f"{text!r} has an empty label")
    if "." not in stripped:
        raise InvalidName(f"{text!r} has one label; a fully qualified name such as {stripped}.example is needed")


def _to_a_labels(text: str, stripped: str) -> DomainName:
    if stripped.isascii():
        if len(stripped) > MAX_NAME or any(len(label) > 63 for label in stripped.split(".")):
            raise InvalidName(f"{text[:40]!r}… is longer than DNS allows (63 per label, {MAX_NAME} in all)")
        if not _ALLOWED_ASCII.fullmatch(stripped):
            raise InvalidName(
                f"{text!r} has a character that a domain name cannot carry (letters, digits, hyphen, dot)"
            )
        raise InvalidName(
            f"{text!r} is not a domain name: a label starts or ends with a hyphen, or the last is a number"
        )
    # Measured: importing idna costs 10 ms and most files hold A-labels only.
    import idna

    try:
        name = idna.encode(stripped, uts46=True, std3_rules=True).decode("ascii").lower().rstrip(".")
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidName(f"{text!r} is not a valid internationalised domain name: {error}") from None
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise InvalidName(f"{text!r} is not a domain name")
    return DomainName(name)


_ODD = re.compile(r"\*\.?|\.(?=[.])\.|^\.|-\.|\.-|^-|[^\w.-]|_", re.ASCII)


def where_wrong(text: str) -> int:
    """Return behind how many letters of a refused name its first mistake ends: where a cursor takes it away.

    The whole length where no single place is to blame. A port behind a colon is left alone.
    """
    host = text.rpartition(":")[0] if text.rpartition(":")[2].isdigit() else text
    found = next((each for each in _ODD.finditer(host) if each[0].isascii()), None)
    return found.end() if found is not None else len(text)


def _is_address(text: str) -> bool:
    if ":" not in text and not text[-1:].isdigit():
        # Measured: asking ipaddress costs as much as all other checks of a name together.
        return False
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def to_unicode(name: str) -> str:
    """Return the U-label form for display beside the A-label, or the name itself where there is none."""
    if "xn--" not in name:
        return name
    import idna

    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name


class HostPort(msgspec.Struct, frozen=True, order=True, gc=False):
    """A host name or address and a TCP port, as in `sip.fabrikam.example:5061`."""

    host: str
    port: int = SIP_TLS_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == SIP_TLS_PORT else f"{host}:{self.port}"

    def with_port(self) -> str:
        """The text with the port always written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_access_edge(text: str) -> HostPort:
    """Read `host` or `host:port` where the host must be an FQDN, never an address (New-CsAllowedDomain, ProxyFqdn)."""
    host, port = _split_port(text.strip())
    if _is_address(host):
        raise InvalidName(
            f"{text!r} is an IP address; the FQDN of the partner's Access Edge is needed, as in its certificate"
        )
    return HostPort(parse_domain(host), SIP_TLS_PORT if port is None else port)


def parse_xmpp_server(text: str) -> HostPort:
    """Read `host` or `host:port` of an XMPP server; the port is 5269 where none is given (RFC 6120, 3.2.2)."""
    host, port = _split_port(text.strip())
    return HostPort(parse_domain(host), XMPP_PORT if port is None else port)


def parse_listen(text: str) -> HostPort:
    """Read `address:port` of a listener; port 0 lets the system choose one."""
    host, port = _split_port(text.strip(), lowest=0)
    if port is None:
        raise InvalidName(f"{text!r} has no port; write address:port, for example 0.0.0.0:{SIP_TLS_PORT}")
    if not _is_address(host):
        raise InvalidName(f"{text!r} does not start with an IP address; a listener binds to an address of this host")
    return HostPort(host, port)


def parse_next_hop(text: str, default_port: int = SIP_TLS_PORT) -> HostPort:
    """Read `host` or `host:port` of a server of our own; a name or an address, a single label included."""
    host, port = _split_port(text.strip())
    if not _is_address(host):
        name = host.lower().rstrip(".")
        if not name or len(name) > MAX_NAME or not re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*", name):
            raise InvalidName(f"{text!r} is not a host name")
        host = name
    return HostPort(host, default_port if port is None else port)


def _split_port(text: str, lowest: int = 1) -> tuple[str, int | None]:
    """Split a bracketed or plain host from its port."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise InvalidName(f"{text!r} is not [IPv6 address]:port")
        port_text = rest[1:] if rest else None
    elif text.count(":") > 1:
        host, port_text = text, None
    else:
        host, colon, tail = text.partition(":")
        port_text = tail if colon else None
    if port_text is None:
        return host, None
    if not (port_text.isascii() and port_text.isdigit()) or not lowest <= int(port_text) <= 65535:
        raise InvalidName(f"{text!r} has no valid port after the colon ({lowest} to 65535)")
    return host, int(port_text)


def sip_domain_of(address: str) -> DomainName:
    """Return the domain of `user@domain`, `sip:user@domain` or a bare domain."""
    text = address.strip()
    for scheme in ("sip:", "sips:"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
    return parse_domain(text.rpartition("@")[2])
