"""Whom a partner's message names besides From: what it may not speak for is refused or taken off (RFC 5922 7; X2)."""

import ipaddress
import re

from edgeconsole.model.names import InvalidName
from edgeconsole.proxy.sip.fields import read_address, split_list
from edgeconsole.proxy.sip.message import Malformed, Message
from edgeconsole.proxy.sip.uri import SipUri

_STRIPPED = ("reply-to", "referred-by", "history-info", "diversion")
"""Name people and are shown or written to, but route nothing: they pass where they name the sender's own."""

_SIGNED = ("identity", "identity-info")
"""Signatures over the sender (RFC 4474, RFC 8224): the URL in them is fetched by whoever verifies, so it must lead to
the sender's own."""

_CLAIMS = frozenset({"contact", *_STRIPPED, *_SIGNED})
_URL_HOST = re.compile(rb"https?://([A-Za-z0-9.-]++)(?=[:/>;]|$)", re.IGNORECASE)


def foreign_contact(message: Message, sender: str, shown: frozenset[str]) -> str:
    """Return the host of a Contact the sender may not speak for, empty where there is none.

    Its own are its domain, hosts below it, names in the certificate it has `shown`, and plain addresses, which name
    nobody.
    """
    if "contact" in message.first:
        for value in message.all("contact"):
            try:
                each_value = split_list(value)
            except Malformed:
                return "nobody that can be read"
            for each in each_value:
                if each != b"*" and not _own_address(each, sender, shown):
                    return _shown(each)
    return ""


def foreign_claims(message: Message, sender: str, shown: frozenset[str]) -> frozenset[str]:
    """Return the headers to take off because they name somebody else than the sender's own."""
    if _CLAIMS.isdisjoint(message.first):
        return frozenset()
    found = {name for name in _STRIPPED if not _all_own(message, name, sender, shown)}
    if not all(_own_signer(value, sender, shown) for name in _SIGNED for value in message.all(name)):
        found.update(_SIGNED)
    return frozenset(found)


def _all_own(message: Message, name: str, sender: str, shown: frozenset[str]) -> bool:
    try:
        values = [each for value in message.all(name) for each in split_list(value)]
    except Malformed:
        return False
    return all(_own_address(each, sender, shown) for each in values)


def _own_address(value: bytes, sender: str, shown: frozenset[str]) -> bool:
    try:
        uri = read_address(value).uri
    except Malformed:
        return False
    return _own_host(uri, sender, shown)


def _own_host(uri: SipUri, sender: str, shown: frozenset[str]) -> bool:
    try:
        return _is_own(uri.domain, sender, shown)
    except InvalidName:
        return _is_address(uri.host)


def _own_signer(value: bytes, sender: str, shown: frozenset[str]) -> bool:
    hosts = _URL_HOST.findall(value)
    if b"://" in value and len(hosts) != value.count(b"://"):
        return False
    return all(_is_own(host.decode("ascii").lower().rstrip("."), sender, shown) for host in hosts)


def _is_own(domain: str, sender: str, shown: frozenset[str]) -> bool:
    return domain == sender or domain.endswith("." + sender) or domain in shown


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _shown(value: bytes) -> str:
    try:
        return read_address(value).uri.host
    except Malformed:
        return "another scheme"
