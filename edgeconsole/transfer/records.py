"""Records in the words of federation.toml: raw values to the model's and back, for every table that is transferred."""

import types
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from edgeconsole.model.configuration import (
    AccessEdge,
    Configuration,
    FederatedDomain,
    HostingProvider,
    Policy,
    PolicyGrant,
    PublicProvider,
    SipDomain,
    Site,
    Table,
    XmppGateway,
    XmppPartner,
)
from edgeconsole.model.durations import parse_duration, write_duration
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import DomainName, HostPort, parse_access_edge, parse_domain, parse_xmpp_server
from edgeconsole.model.text import clean

Raw = dict[str, Any]


class Kept(NamedTuple):
    """A table that is transferred: its record, the attribute of Configuration, and the natural key."""

    table: Table
    record: type[msgspec.Struct]
    attribute: str
    key: str = ""

    def records(self, configuration: Configuration) -> dict[str, Any]:
        """Return the records by natural key; a table that exists once is under the empty key."""
        value = getattr(configuration, self.attribute)
        return {getattr(one, self.key): one for one in value} if self.key else {"": value}


KEPT: Mapping[Table, Kept] = {
    kept.table: kept
    for kept in (
        Kept(Table.ACCESS_EDGE, AccessEdge, "access_edge"),
        Kept(Table.SIP_DOMAIN, SipDomain, "sip_domains", "name"),
        Kept(Table.DOMAIN, FederatedDomain, "domains", "name"),
        Kept(Table.HOSTING_PROVIDER, HostingProvider, "hosting_providers", "name"),
        Kept(Table.PUBLIC_PROVIDER, PublicProvider, "public_providers", "name"),
        Kept(Table.XMPP_PARTNER, XmppPartner, "xmpp_partners", "name"),
        Kept(Table.XMPP_GATEWAY, XmppGateway, "xmpp_gateway"),
        Kept(Table.POLICY, Policy, "policies", "id"),
        Kept(Table.POLICY_GRANT, PolicyGrant, "policy_grants", "user"),
        Kept(Table.SITE, Site, "sites", "name"),
    )
}
"""`[edge]` and `[proxy]` describe one host, its listeners and key files; they are not federation rules."""


class WrongValue(BadInput):
    """A value that the field does not take."""


class Field(NamedTuple):
    """One key of a table: how it is read and written, and its default as raw value."""

    name: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    required: bool
    default: Any
    type: Any
    """Its Python type without `| None`."""


@cache
def fields_of(table: Table) -> Mapping[str, Field]:
    """Return the fields of a table in the order of the file."""
    kept = KEPT[table]
    hints = get_type_hints(kept.record)
    found: dict[str, Field] = {}
    for info in msgspec.structs.fields(kept.record):
        kind = _plain(hints[info.name])
        read, write = _forms(kind, xmpp=table is Table.XMPP_PARTNER)
        default = None if info.required or info.default is None else write(info.default)
        found[info.name] = Field(info.name, read, write, info.required, default, kind)
    return found


def _plain(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = [option for option in get_args(hint) if option is not type(None)]
    return hint


def _forms(kind: Any, *, xmpp: bool) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return how values of a type are read from and written to raw ones."""
    if get_origin(kind) is tuple:
        read, write = _forms(get_args(kind)[0], xmpp=xmpp)
        return _list_of(read), lambda values: [write(value) for value in values]
    if kind is HostPort:
        # The port of an XMPP server is always written, since its default is another one (RFC 6120, 3.2.2).
        return (_text(parse_xmpp_server), HostPort.with_port) if xmpp else (_text(parse_access_edge), str)
    if kind is DomainName:
        return _text(parse_domain), _same
    if kind is timedelta:
        return _text(parse_duration), write_duration
    if kind is datetime:
        return _moment, write_moment
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _word(kind), lambda member: member.value
    return _exactly(kind), _same


def _same(value: Any) -> Any:
    return value


def _exactly(kind: type) -> Callable[[Any], Any]:
    what = {bool: "true or false", int: "a whole number", str: "text"}[kind]

    def read(raw: Any) -> Any:
        if type(raw) is not kind:
            raise WrongValue(f"needs {what}, not {shown(raw)}")
        return raw

    return read


def _text(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    exactly = _exactly(str)
    return lambda raw: parse(exactly(raw))


def _word(words: type[Enum]) -> Callable[[Any], Any]:
    members = {member.value: member for member in words}

    def read(raw: Any) -> Any:
        member = members.get(raw) if isinstance(raw, str) else None
        if member is None:
            raise WrongValue(f"needs one of {', '.join(members)}, not {shown(raw)}")
        return member

    return read


def _list_of(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_all(raw: Any) -> Any:
        if not isinstance(raw, list):
            raise WrongValue(f"needs a list, not {shown(raw)}")
        return tuple(read(element) for element in raw)

    return read_all


def _moment(raw: Any) -> datetime:
    moment = raw
    if isinstance(raw, str):
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            raise WrongValue(f"needs a date and time, not {shown(raw)}") from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise WrongValue(f"needs a date and time with its offset from UTC, not {shown(raw)}")
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise WrongValue(f"is outside the calendar: {shown(raw)}") from None


def write_moment(moment: datetime) -> str:
    """Return a moment as RFC 3339 text in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def shown(value: object) -> str:
    """Return a value of a file as a message may show it."""
    return repr(str(clean(value, 60))) if isinstance(value, str) else str(clean(repr(value), 60))


def to_raw(table: Table, record: Any) -> Raw:
    """Return every field of a record as raw value, None where absent."""
    return {
        name: None if (value := getattr(record, name)) is None else field.write(value)
        for name, field in fields_of(table).items()
    }


def canonical(table: Table, raw: Mapping[str, Any]) -> Raw:
    """Return the fields in their one written form; None stays None. Raises BadInput that names the first bad field."""
    fields = fields_of(table)
    result: Raw = {}
    for name, value in raw.items():
        field = fields.get(name)
        if field is None:
            raise WrongValue(f"{table.value} has no key {shown(name)}")
        try:
            result[name] = None if value is None else field.write(field.read(value))
        except BadInput as error:
            raise WrongValue(f"{name}: {error.message}") from None
    return result


def filled(table: Table, raw: Mapping[str, Any]) -> Raw:
    """Return all fields of a table, the defaults where the given ones are absent or cleared."""
    return {name: field.default if raw.get(name) is None else raw[name] for name, field in fields_of(table).items()}


class Changed(NamedTuple):
    """One record before and after, None where there is none."""

    table: Table
    key: str
    was: Any
    now: Any


def changed(before: Configuration, after: Configuration) -> Iterator[Changed]:
    """Yield every record that differs, by table in the order of the file."""
    for table, kept in KEPT.items():
        was, now = kept.records(before), kept.records(after)
        for key in {**was, **now}:
            if was.get(key) != now.get(key):
                yield Changed(table, key, was.get(key), now.get(key))
