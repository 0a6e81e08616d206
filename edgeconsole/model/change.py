"""A change of the configuration: what plan, apply, draft, undo and history all carry."""

from typing import Any

import msgspec

from edgeconsole.model.configuration import Table

FieldValue = bool | int | float | str | list[str] | None
"""A field's value as TOML and JSON both carry it, moments as RFC 3339 text; None clears the field."""


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One record created, changed or removed, named by its natural key.

    `fields` holds the keys that change, as in a JSON merge patch: a value sets, None clears. `fields=None` removes the
    record. A record that does not exist is created.
    """

    table: Table
    key: str = ""
    """The natural key: a domain's name; empty for tables that exist once."""
    fields: dict[str, FieldValue] | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One field before and after, for a plan and for history; None means absent."""

    table: Table
    key: str
    field: str
    before: Any
    after: Any
