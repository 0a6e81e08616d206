"""Whose certificate it is: the four ways peers match names, side by side.

`lync`: the exact host, among DNS names only (domain R4, C2). `sip5922`: the SIP domain, as a URI first (RFC 5922,
7.1). `xmpp`: the XMPP domain (RFC 6120, 13.7.1.2). `web9525`: the host, a leftmost wildcard allowed (RFC 9525, 6.3).
"""

from enum import Enum
from typing import NamedTuple

from edgeconsole.model.names import InvalidName, parse_domain
from edgeconsole.model.probe import PeerCertificate


class Profile(Enum):
    """A way to match."""

    LYNC = "lync"
    SIP5922 = "sip5922"
    XMPP = "xmpp"
    WEB9525 = "web9525"


class Match(NamedTuple):
    """Whether a certificate proves an identity, and by which of its names."""

    proven: bool
    by: str = ""
    weak: bool = False
    """Only by the common name, where nothing better stands: refuse it, and say so."""


_NO = Match(False)


def match(profile: Profile, certificate: PeerCertificate, *, host: str, domain: str) -> Match:
    """Return whether the certificate proves the host (lync, web9525) or the domain (sip5922, xmpp)."""
    match profile:
        case Profile.LYNC:
            return _among(certificate, host, wildcards=False)
        case Profile.SIP5922:
            return _sip(certificate, domain)
        case Profile.XMPP:
            return _xmpp(certificate, domain)
        case Profile.WEB9525:
            return _among(certificate, host, wildcards=True)


def matrix(certificate: PeerCertificate, *, host: str, domain: str) -> dict[Profile, Match]:
    """Return all four."""
    return {profile: match(profile, certificate, host=host, domain=domain) for profile in Profile}


def wildcard_for(certificate: PeerCertificate, host: str) -> str:
    """Return the wildcard that would cover a host where wildcards count; empty where none would."""
    found = _among(certificate, host, wildcards=True)
    return found.by if found.by.startswith("*") else ""


def has_names(certificate: PeerCertificate) -> bool:
    """Return whether the certificate has any alternative name."""
    return bool(
        certificate.names
        or certificate.uris
        or certificate.services
        or certificate.xmpp_names
        or certificate.other_names
    )


def is_named(pattern: str, host: str, *, wildcards: bool) -> bool:
    """Return whether a DNS name of a certificate covers a host.

    A wildcard is the whole leftmost label, stands for exactly one, and has two labels after it at least (RFC 9525,
    6.3 and 7.1). A name with a trailing dot is compared without; what is no name covers nothing.
    """
    wanted = _normal(host)
    return bool(wanted) and _covers(pattern, wanted, wildcards)


def _covers(pattern: str, wanted: str, wildcards: bool) -> bool:
    if pattern == wanted:
        return True
    if not pattern.startswith("*."):
        return "*" not in pattern and _normal(pattern) == wanted
    rest = _normal(pattern[2:]) if wildcards else ""
    return "." in rest and wanted.partition(".")[2] == rest


def _normal(name: str) -> str:
    try:
        return parse_domain(name.removesuffix("."))
    except InvalidName:
        return ""


def _among(certificate: PeerCertificate, host: str, *, wildcards: bool) -> Match:
    wanted = _normal(host)
    for name in certificate.names if wanted else ():
        if _covers(name, wanted, wildcards):
            return Match(True, name)
    return _NO


def _sip(certificate: PeerCertificate, domain: str) -> Match:
    uris = [found for uri in certificate.uris if (found := _sip_host(uri))]
    if any(uri.lower().startswith("sip:") for uri in certificate.uris):
        # A SIP URI, whichever it names, rules the DNS names out (RFC 5922, 7.1 step 2).
        named = next((name for name in uris if _normal(name) == _normal(domain)), "")
        return Match(True, f"sip:{named}") if named else _NO
    if has_names(certificate):
        return _among(certificate, domain, wildcards=False)
    if is_named(certificate.common_name, domain, wildcards=False):
        return Match(True, certificate.common_name, weak=True)
    return _NO


def _sip_host(uri: str) -> str:
    """Return the host of a SIP URI without a user part; empty for any other (RFC 5922, 7.1: identity of a domain)."""
    scheme, _, rest = uri.partition(":")
    if scheme.lower() != "sip" or "@" in rest:
        return ""
    host = rest.partition(";")[0].partition("?")[0]
    return host.partition(":")[0]


def _xmpp(certificate: PeerCertificate, domain: str) -> Match:
    wanted = _normal(domain)
    for service in certificate.services:
        prefix, _, name = service.partition(".")
        if prefix.lower() == "_xmpp-server" and _normal(name) == wanted:
            return Match(True, service)
    for address in certificate.xmpp_names:
        if _normal(address) == wanted:
            return Match(True, address)
    found = _among(certificate, domain, wildcards=True)
    if found.proven or has_names(certificate):
        return found
    if is_named(certificate.common_name, domain, wildcards=False):
        return Match(True, certificate.common_name, weak=True)
    return _NO
