"""Records taken apart into fields by the declarations that read the file; imported when a form is first needed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from edgeconsole.config import schema, values
from edgeconsole.config.docs import field_docs
from edgeconsole.config.schema import Field, Shape, shape_of
from edgeconsole.config.values import BadValue, Kind
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.durations import InvalidDuration, parse_duration
from edgeconsole.present.form import FormField

Raw = dict[str, Any]
"""A record as a change carries it: defaults left out, moments as text."""


def raw_of(record: Any) -> Raw:
    """Return a record as a change carries it."""
    return {name: carried(value) for name, value in schema.to_raw(record).items()}


def find(configuration: Configuration, table: Table, key: str) -> Any:
    """Return a record by its natural key, None where there is none."""
    shape = shape_of(table)
    return next((record for record in shape.records(configuration) if shape.key_of(record) == key), None)


def fields_of(table: Table, now: Mapping[str, Any], before: Mapping[str, Any]) -> tuple[FormField, ...]:
    """Return the fields of a record, what is wrong with each included."""
    shape = shape_of(table)
    docs = field_docs(shape.record)
    problems = dict(wrong(shape, now))
    return tuple(
        FormField(
            name=name,
            value=now.get(name),
            before=before.get(name),
            default=None if field.required else carried(field.raw(field.default)),
            required=field.required,
            form=_form(field.kind),
            words=_words(field.kind),
            meaning=docs.get(name, ""),
            problem=problems.get(name, "") if name in now else "",
        )
        for name, field in shape.fields.items()
    )


def wrong(shape: Shape, raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with a record: field and reason."""
    found = schema.check(shape, raw)
    if not isinstance(found, list):
        return []
    return [(each.field, f"{each.message}. {each.remedy}" if each.remedy else each.message) for each in found]


def typed_value(table: Table, name: str, text: str, now: datetime) -> Any:
    """Return what was typed for a field as a change carries it, in normal form; None for nothing. Raises BadValue."""
    field = shape_of(table).fields[name]
    text = text.strip()
    if not text:
        if field.required:
            raise BadValue("is needed")
        return None
    value = carried(field.raw(field.kind.read(_raw(field, text, now))))
    return None if not field.required and value == carried(field.raw(field.default)) else value


def written(value: Any) -> str:
    """Return a value as it is typed."""
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)


def is_switch(table: Table, name: str) -> bool:
    """Return whether a field is on or off."""
    return shape_of(table).fields[name].kind is values.SWITCH


def is_key(table: Table, name: str) -> bool:
    """Return whether a field names its record."""
    return bool(name) and shape_of(table).key == name


def _raw(field: Field, text: str, now: datetime) -> Any:
    kind = field.kind
    if kind.element is not None:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind.limits is not None and text.isascii() and text.isdigit():
        return int(text)
    if kind is values.SWITCH:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    if kind is values.MOMENT:
        try:
            return carried(now + parse_duration(text))
        except InvalidDuration:
            return text
    return text


def carried(value: Any) -> Any:
    """Return a value as a change carries it: moments as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return value


def _words(kind: Kind) -> tuple[str, ...]:
    return () if kind.element is not None else kind.words


_FORMS: dict[int, str] = {
    id(values.SWITCH): "yes or no",
    id(values.DOMAIN): "a domain name",
    id(values.PARTNER_EDGE): "host or host:port of an Access Edge, an FQDN as in its certificate",
    id(values.XMPP_SERVER): "host or host:port of an XMPP server",
    id(values.MOMENT): "a date and time such as 2026-12-31T00:00:00Z, or a time from now: 2h, 7d",
    id(values.USER): "a SIP address",
    id(values.USER_PATTERN): "a SIP address, or a pattern such as *@contoso.example",
    id(values.POLICY_ID): "global, site:NAME or user:NAME",
    id(values.WEB_ADDRESS): "an address that starts with https://",
    id(values.SECRET): "file:PATH, cred:NAME or env:NAME",
    id(values.HOST): "a host name",
}


def _form(kind: Kind) -> str:
    if kind.element is not None:
        return f"a list, with commas between: {_form(kind.element)}"
    if kind.words:
        return "one of " + ", ".join(kind.words)
    if kind.limits is not None:
        return f"a whole number, {kind.limits[0]:,} to {kind.limits[1]:,}"
    if kind.length:
        return "a length of time such as 90s, 2h or 7d"
    return _FORMS.get(id(kind), "text")
