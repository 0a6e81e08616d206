"""Entries in normal form: names as A-labels, values in their one written form, with a note of what was taken off."""

from typing import Any, NamedTuple

from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import DomainName, parse_domain
from edgeconsole.model.text import DEFAULT_LIMIT, clean
from edgeconsole.transfer import records
from edgeconsole.transfer.parsed import Entry
from edgeconsole.transfer.records import WrongValue, shown

_DOMAIN_KEYS = frozenset({Table.DOMAIN, Table.SIP_DOMAIN, Table.XMPP_PARTNER})
_SCHEMES = ("sips:", "sip:", "xmpp:")


class Normal(NamedTuple):
    """An entry whose key and fields are in normal form."""

    entry: Entry
    key: str
    fields: records.Raw
    notes: tuple[str, ...]


def normal(entry: Entry) -> Normal:
    """Return an entry in normal form. Raises BadInput with the reason where it has none."""
    key, notes = _key(entry.table, entry.key)
    fields = records.canonical(entry.table, entry.fields)
    return Normal(entry, key, fields, (*entry.notes, *notes))


def _key(table: Table, text: str) -> tuple[str, tuple[str, ...]]:
    if table in _DOMAIN_KEYS:
        return bare_domain(text)
    if not records.KEPT[table].key:
        return "", ()
    name = text.strip()
    if not name:
        raise WrongValue(f"{records.KEPT[table].key} is missing")
    if str(clean(name)) != name:
        raise WrongValue(f"the name {shown(name)} has characters that cannot be seen, or more than {DEFAULT_LIMIT}")
    if table is Table.POLICY:
        return _policy(name), ()
    return (_user(name), ()) if table is Table.POLICY_GRANT else (name, ())


def bare_domain(text: str) -> tuple[DomainName, tuple[str, ...]]:
    """Return the domain in a text, and a note for each thing that had to be taken off it. Raises InvalidName."""
    notes: list[str] = []
    rest = text.strip()
    for scheme in _SCHEMES:
        if rest.lower().startswith(scheme):
            notes.append(f"{scheme} was taken off")
            rest = rest[len(scheme) :]
    if rest.startswith("@"):
        notes.append("@ was taken off")
        rest = rest[1:]
    if rest.startswith("*."):
        notes.append("*. was taken off: the rule covers the domain itself as well")
        rest = rest[2:]
    try:
        name = parse_domain(rest)
    except BadInput as error:
        raise WrongValue(str(clean(error.message))) from None
    if not rest.isascii():
        notes.append(f"written as {clean(rest, 80)}")
    return name, tuple(notes)


def _policy(name: str) -> str:
    scope, colon, rest = name.partition(":")
    if name == "global" or (colon and scope in ("site", "user") and rest.strip() == rest and rest):
        return name
    raise WrongValue(f"a policy is global, site:NAME or user:NAME, not {shown(name)}")


def _user(name: str) -> str:
    user, at, domain = name.lower().removeprefix("sip:").rpartition("@")
    if not at or not user or any(character.isspace() for character in user):
        raise WrongValue(f"a user is a SIP address such as alice@contoso.example, not {shown(name)}")
    return f"{user}@{parse_domain(domain)}"


def text_of(value: Any) -> str:
    """Return a raw value as a reason may show it."""
    if value is None:
        return "none"
    if isinstance(value, list):
        return str(clean(", ".join(map(str, value)) or "none", 80))
    return str(clean(str(value).lower() if isinstance(value, bool) else str(value), 80))
