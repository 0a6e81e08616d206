"""The tables of federation.toml, declared once: reading, checking, writing and editing all follow from here."""

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from edgeconsole.config import values
from edgeconsole.config.role_entries import ROLE_ENTRY
from edgeconsole.config.values import BadValue, Kind, shown, suggestion
from edgeconsole.model.configuration import (
    AccessEdge,
    Action,
    Configuration,
    Edge,
    FederatedDomain,
    HostingProvider,
    Policy,
    PolicyGrant,
    ProbeSettings,
    ProbeTargetSettings,
    Proxy,
    PublicProvider,
    SipDomain,
    Site,
    Table,
    XmppGateway,
    XmppPartner,
)
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import DomainName

Record = msgspec.Struct
"""One table's worth of values: an Edge, a FederatedDomain, …"""


class FieldProblem(NamedTuple):
    """What is wrong with one field of one record."""

    field: str
    message: str
    remedy: str = ""


class Field(NamedTuple):
    """One key of a table."""

    name: str
    kind: Kind
    required: bool
    default: Any

    def raw(self, value: Any) -> Any:
        """Return the value as TOML carries it; None where it is absent."""
        return None if value is None else self.kind.write(value)


RecordRule = Callable[[Any], FieldProblem | None]


class Shape:
    """One table: its record type, whether it repeats, its natural key and the kinds of its fields."""

    def __init__(
        self,
        table: Table,
        record: type[Record],
        *,
        attribute: str,
        key: str = "",
        kinds: Mapping[str, Kind] = {},
        rule: RecordRule | None = None,
    ) -> None:
        self.table = table
        self.name = table.value
        self.record = record
        self.attribute = attribute
        """Name of the attribute of Configuration."""
        self.key = key
        """The field that names a record among its kind; empty for a table that exists once."""
        self.rule = rule
        hints = get_type_hints(record)
        self.fields: dict[str, Field] = {}
        for info in msgspec.structs.fields(record):
            kind = kinds.get(info.name) or _kind_of(hints[info.name], f"{self.name}.{info.name}")
            self.fields[info.name] = Field(info.name, kind, info.required, info.default)
        self.readers = {name: field.kind.read for name, field in self.fields.items()}

    @property
    def repeats(self) -> bool:
        """Whether the table is written `[[name]]`."""
        return bool(self.key)

    @property
    def header(self) -> str:
        """The header line as written in the file."""
        return f"[[{self.name}]]" if self.key else f"[{self.name}]"

    def records(self, configuration: Configuration) -> tuple[Any, ...]:
        """Return the records of this table; at most one for a table that exists once."""
        value = getattr(configuration, self.attribute)
        if self.key:
            records: tuple[Any, ...] = value
            return records
        return () if value is None else (value,)

    def key_of(self, record: Any) -> str:
        """Return a record's natural key; empty for a table that exists once."""
        return str(getattr(record, self.key)) if self.key else ""

    def label(self, key: str, ordinal: int | None = None, field: str = "") -> str:
        """Return table, record and field as messages name them: `domain "fabrikam.example".access_edge`."""
        name = self.name
        if self.key:
            name += f" {shown(key)}".replace("'", '"') if key else f" number {(ordinal or 0) + 1}"
        return f"{name}.{field}" if field else name

    def raw_fields(self, record: Any) -> dict[str, Any]:
        """Return every field as TOML carries it, defaults included, None where absent."""
        return {name: field.raw(getattr(record, name)) for name, field in self.fields.items()}


def _kind_of(hint: Any, place: str) -> Kind:
    """Return the kind that follows from a type; a type with several written forms must be declared."""
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = [option for option in get_args(hint) if option is not type(None)]
    if hint is DomainName:
        return values.DOMAIN
    if hint is str:
        return values.TEXT
    if hint is bool:
        return values.SWITCH
    if hint is int:
        return values.NUMBER
    if hint is timedelta:
        return values.DURATION
    if hint is datetime:
        return values.MOMENT
    if get_origin(hint) is tuple:
        return values.of_list(_kind_of(get_args(hint)[0], place))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return values.of_words(hint)
    raise TypeError(f"{place}: say how {hint} is written")


def _no_edge_on_a_block(domain: FederatedDomain) -> FieldProblem | None:
    if domain.action is Action.BLOCK and domain.access_edge is not None:
        return FieldProblem(
            "access_edge", "a blocked domain has no Access Edge", 'Remove access_edge, or write action = "allow"'
        )
    return None


SHAPES: tuple[Shape, ...] = (
    Shape(
        Table.EDGE,
        Edge,
        attribute="edge",
        kinds={
            "next_hop": values.OWN_SERVER,
            "sip_listen": values.LISTENER,
            "internal_listen": values.LISTENER,
            "xmpp_listen": values.LISTENER,
            "xmpp_internal_listen": values.LISTENER,
            "xmpp_next_hop": values.OWN_XMPP_SERVER,
            "members": values.of_list(values.ADDRESS),
            "av_ports": values.PORT_RANGE,
            "certificate": values.REFERENCE,
            "private_key": values.REFERENCE,
            "trust": values.TRUST,
            "internal_certificate": values.REFERENCE,
            "internal_private_key": values.REFERENCE,
            "internal_trust": values.TRUST,
            "internal_peers": values.of_list(values.HOST),
        },
    ),
    Shape(
        Table.PROXY,
        Proxy,
        attribute="proxy",
        kinds={
            "resolver": values.RESOLVER,
            "admin_socket": values.SOCKET_PATH,
            "allow_addresses": values.of_list(values.NETWORK),
            "admins": values.of_list(ROLE_ENTRY),
            "operators": values.of_list(ROLE_ENTRY),
            "viewers": values.of_list(ROLE_ENTRY),
            "admin_listen": values.LISTENER,
            "admin_certificate": values.REFERENCE,
            "admin_private_key": values.REFERENCE,
            "admin_client_trust": values.REFERENCE,
            "admin_tokens": values.REFERENCE,
            "connections": values.of_number(1, 100_000),
            "connections_per_address": values.of_number(1, 100_000),
            "handshakes": values.of_number(1, 10_000),
            "handshakes_per_address": values.of_number(1, 10_000),
            "idle": values.of_duration("10s", "1d"),
            "requests": values.of_number(10, 1_000_000),
            "message_bytes": values.of_number(1_024, 16_777_216),
        },
    ),
    Shape(
        Table.ACCESS_EDGE,
        AccessEdge,
        attribute="access_edge",
        kinds={
            "default_route": values.PARTNER_EDGE,
            "discovered_suspicious": values.of_number(0, 100),
            "outgoing_tls": values.of_number(1, 4),
            "certificates_purged": values.of_number(1, 100),
        },
    ),
    Shape(Table.SIP_DOMAIN, SipDomain, attribute="sip_domains", key="name"),
    Shape(
        Table.DOMAIN,
        FederatedDomain,
        attribute="domains",
        key="name",
        kinds={"access_edge": values.PARTNER_EDGE},
        rule=_no_edge_on_a_block,
    ),
    Shape(
        Table.HOSTING_PROVIDER,
        HostingProvider,
        attribute="hosting_providers",
        key="name",
        kinds={
            "proxy_fqdn": values.PARTNER_EDGE,
            "autodiscover_url": values.WEB_ADDRESS,
            "sip_client_port": values.PORT,
        },
    ),
    Shape(
        Table.PUBLIC_PROVIDER,
        PublicProvider,
        attribute="public_providers",
        key="name",
        kinds={"proxy_fqdn": values.PARTNER_EDGE, "icon_url": values.WEB_ADDRESS},
    ),
    Shape(
        Table.XMPP_PARTNER,
        XmppPartner,
        attribute="xmpp_partners",
        key="name",
        kinds={"proxy_fqdn": values.XMPP_SERVER},
    ),
    Shape(
        Table.XMPP_GATEWAY,
        XmppGateway,
        attribute="xmpp_gateway",
        kinds={"dialback_secret": values.SECRET},
    ),
    Shape(Table.POLICY, Policy, attribute="policies", key="id", kinds={"id": values.POLICY_ID}),
    Shape(
        Table.POLICY_GRANT,
        PolicyGrant,
        attribute="policy_grants",
        key="user",
        kinds={"user": values.USER, "policy": values.POLICY_ID},
    ),
    Shape(
        Table.SITE,
        Site,
        attribute="sites",
        key="name",
        kinds={
            "users": values.of_list(values.USER_PATTERN),
            "survivable_branch": values.of_list(values.USER_PATTERN),
            "federation_route": values.HOST,
            "xmpp_route": values.HOST,
        },
    ),
    Shape(
        Table.PROBE,
        ProbeSettings,
        attribute="probe",
        kinds={
            "interval": values.of_duration("10s", "1d"),
            "touch": values.of_duration("0s", "1d"),
            "timeout": values.of_duration("2s", "1m"),
            "concurrency": values.of_number(1, 512),
            "rate": values.of_number(1, 50),
            "keep": values.of_duration("1h", "90d"),
            "notify_url": values.WEB_ADDRESS,
        },
    ),
    Shape(
        Table.PROBE_TARGET,
        ProbeTargetSettings,
        attribute="probe_targets",
        key="name",
        kinds={"access_edge": values.PARTNER_EDGE, "pins": values.of_list(values.FINGERPRINT)},
    ),
)
"""In the order in which a new file carries them."""

_BY_TABLE = {shape.table: shape for shape in SHAPES}
BY_NAME = {shape.name: shape for shape in SHAPES}


def shape_of(table: Table) -> Shape:
    """Return the declaration of a table."""
    return _BY_TABLE[table]


def record(table: Table, raw: Mapping[str, Any]) -> Any:
    """Return the record that a raw TOML table says. Raises BadInput with every problem of it, each with its field."""
    shape = shape_of(table)
    found = check(shape, raw)
    if isinstance(found, list):
        key = raw.get(shape.key) if shape.key else ""
        problems = tuple(
            Problem(
                message=p.message, remedy=p.remedy, field=shape.label(key if isinstance(key, str) else "", 0, p.field)
            )
            for p in found
        )
        raise BadInput(str(problems[0]), problems=problems)
    return found


def check(shape: Shape, raw: Mapping[str, Any]) -> Any | list[FieldProblem]:
    """Return the record, or the list of everything that is wrong with it."""
    problems: list[FieldProblem] = []
    read: dict[str, Any] = {}
    for name, value in raw.items():
        field = shape.fields.get(name)
        if field is None:
            problems.append(unknown_key(name, shape.fields))
            continue
        try:
            read[name] = field.kind.read(value)
        except BadValue as error:
            problems.append(FieldProblem(name, error.message, error.remedy))
    for field in shape.fields.values():
        if field.required and field.name not in raw:
            problems.append(FieldProblem(field.name, "is missing", f"Add {field.name} = … to the table"))
    if problems:
        return problems
    made = shape.record(**read)
    broken = shape.rule(made) if shape.rule else None
    return [broken] if broken else made


def unknown_key(name: str, known: Iterable[str]) -> FieldProblem:
    """Return the problem of a key that no table has, with the one that was probably meant."""
    names = sorted(known)
    close = suggestion(name, names)
    remedy = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(names)}"
    return FieldProblem(name if len(name) <= 80 else name[:77] + "…", "is not known", remedy)


def to_raw(record: Record) -> dict[str, Any]:
    """Return a record as TOML carries it, defaults left out."""
    shape = _BY_RECORD[type(record)]
    return {
        name: field.kind.write(value)
        for name, field in shape.fields.items()
        if (value := getattr(record, name)) is not None and (field.required or value != field.default)
    }


_BY_RECORD = {shape.record: shape for shape in SHAPES}


class Clash(NamedTuple):
    """A rule between records that is broken: by which record, because of which other one."""

    shape: Shape
    ordinal: int
    problem: FieldProblem
    other: Shape
    other_ordinal: int


def clashes(configuration: Configuration) -> list[Clash]:
    """Return the broken rules between records; linear, and cheap when nothing is wrong."""
    found: list[Clash] = []
    for shape in SHAPES:
        records = shape.records(configuration)
        if shape.key and len({getattr(record, shape.key) for record in records}) != len(records):
            found += _twice(shape, records)
    ours = {domain.name: ordinal for ordinal, domain in enumerate(configuration.sip_domains)}
    if ours:
        domain, own = _BY_TABLE[Table.DOMAIN], _BY_TABLE[Table.SIP_DOMAIN]
        problem = FieldProblem(
            "name",
            "is one of our own SIP domains (sip_domain); it cannot be a partner",
            "Remove one of the two records",
        )
        found += [
            Clash(domain, ordinal, problem, own, ours[entry.name])
            for ordinal, entry in enumerate(configuration.domains)
            if entry.name in ours
        ]
    return found


def _twice(shape: Shape, records: Sequence[Any]) -> list[Clash]:
    first: dict[str, int] = {}
    found: list[Clash] = []
    for ordinal, entry in enumerate(records):
        name = shape.key_of(entry)
        if first.setdefault(name, ordinal) != ordinal:
            problem = FieldProblem(shape.key, f"{name} has a record already", "Keep one of the two")
            found.append(Clash(shape, ordinal, problem, shape, first[name]))
    return found
