"""The JSON Schema of federation.toml, made from the declarations that read it; editors complete and check by it."""

from enum import Enum
from typing import Any

from edgeconsole.config import values
from edgeconsole.config.docs import field_docs
from edgeconsole.config.schema import SHAPES, Field, Shape
from edgeconsole.config.values import Kind
from edgeconsole.model.configuration import FORMAT_VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_FORMS: dict[int, dict[str, Any]] = {
    id(values.TEXT): {"type": "string", "maxLength": values.MAX_TEXT},
    id(values.SWITCH): {"type": "boolean"},
    id(values.MOMENT): {"type": "string", "format": "date-time"},
    id(values.NETWORK): {"type": "string", "examples": ["10.0.0.0/8"]},
    id(values.POLICY_ID): {"type": "string", "pattern": "^(global|(site|user):.+)$"},
    id(values.REFERENCE): {"type": "string", "pattern": "^(file|cred|env):.+$"},
    id(values.TRUST): {"type": "string", "pattern": "^(system|(file|cred|env):.+)$"},
    id(values.SECRET): {"type": "string", "pattern": "^(file|cred|env):.+$"},
    id(values.PORT_RANGE): {"type": "string", "pattern": r"^\d+-\d+$"},
}

_LENGTH = {"type": "string", "pattern": r"^\d{1,9}[smhd]$", "examples": ["90s", "2h", "7d"]}


def json_schema() -> dict[str, Any]:
    """Return the schema of a whole file (JSON Schema 2020-12)."""
    properties: dict[str, Any] = {"version": {"const": FORMAT_VERSION, "description": "Format of this file."}}
    for shape in SHAPES:
        table = _table(shape)
        properties[shape.name] = {"type": "array", "items": table} if shape.repeats else table
    return {
        "$schema": DIALECT,
        "title": "federation.toml",
        "description": "What an operator wants of a federation edge.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _table(shape: Shape) -> dict[str, Any]:
    docs = field_docs(shape.record)
    properties = {name: _field(field, docs.get(name, "")) for name, field in shape.fields.items()}
    required = [name for name, field in shape.fields.items() if field.required]
    table: dict[str, Any] = {
        "type": "object",
        "description": (shape.record.__doc__ or "").strip().partition("\n")[0],
        "properties": properties,
        "additionalProperties": False,
    }
    return table | ({"required": required} if required else {})


def _field(field: Field, description: str) -> dict[str, Any]:
    form = _form(field.kind, field.default)
    if description:
        form = form | {"description": description}
    default = None if field.required else field.raw(field.default)
    return form if default is None else form | {"default": default}


def _form(kind: Kind, default: Any) -> dict[str, Any]:
    if kind.element is not None:
        return {"type": "array", "items": _form(kind.element, None), "maxItems": values.MAX_LIST}
    if kind.words:
        return {"enum": list(kind.words)}
    if kind.limits is not None:
        return {"type": "integer", "minimum": kind.limits[0], "maximum": kind.limits[1]}
    if kind.length:
        return dict(_LENGTH)
    known = _FORMS.get(id(kind))
    if known is not None:
        return dict(known)
    return {"type": "string"} if not isinstance(default, Enum) else {}
