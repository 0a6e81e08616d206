"""XMPP addresses as far as an edge needs them: the domain it decides by, and the person as policies name them."""

import stringprep
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from edgeconsole.model.names import DomainName, InvalidName, parse_domain

_LONGEST_PART = 1023
"""Bytes of each part (RFC 7622, 3.1)."""
_FORBIDDEN = frozenset("\"&'/:<>@ ")
"""Characters no local part may have (RFC 7622, 3.3.1)."""


class BadAddress(ValueError):
    """A text that is no address of a person or server."""


class Address(NamedTuple):
    """Who sends or receives, without the resource."""

    person: str
    """`local@domain` as policies name it; the domain alone where the server itself is meant."""
    domain: DomainName


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address:
    """Read an address (RFC 7622). Raises BadAddress.

    The local part is folded as servers fold it, or another spelling of a name would be a way around its policy.
    """
    if len(text) > 3 * _LONGEST_PART + 2:
        raise BadAddress("an address is longer than 3071 characters")
    bare, _, resource = text.partition("/")
    local, at, domain_text = bare.rpartition("@")
    if len(resource.encode("utf-8", "replace")) > _LONGEST_PART:
        raise BadAddress("a resource is longer than 1023 bytes")
    try:
        domain = parse_domain(domain_text)
    except InvalidName as error:
        raise BadAddress(str(error)) from None
    if not at:
        return Address(domain, domain)
    return Address(f"{_folded(local)}@{domain}", domain)


def _folded(local: str) -> str:
    if local.isascii():
        folded = local.lower()
    else:
        mapped = "".join(stringprep.map_table_b2(each) for each in local if not stringprep.in_table_b1(each))
        folded = unicodedata.normalize("NFKC", mapped)
    if not folded or len(folded.encode("utf-8", "replace")) > _LONGEST_PART:
        raise BadAddress("a local part is empty or longer than 1023 bytes")
    if not _FORBIDDEN.isdisjoint(folded) or not folded.isprintable():
        raise BadAddress("a local part has a character it cannot have")
    return folded
