"""The configuration manual: every table and key with type, default and meaning, made from the declarations."""

from typing import Any

from edgeconsole.config.docs import field_docs
from edgeconsole.config.json_schema import json_schema
from edgeconsole.config.schema import SHAPES, Shape

_INTRODUCTION = """# federation.toml

One file says what an operator wants of the edge. It may be edited by hand: comments, order and blank lines survive
every change the console makes. Domain names are A-labels (a U-label typed in is converted), lengths of time are text
(`"90s"`, `"2h"`, `"7d"`), moments are TOML date-times with an offset, references to secrets are `file:PATH`,
`cred:NAME` or `env:NAME`. `edgeconsole check FILE` reads a file and says what is wrong with it, with line and field;
`edgeconsole schema` prints the JSON Schema for editors. This page is generated from the code: `make docs`.

The first key of the file is `version = 1`.
"""


def manual_page() -> str:
    """Return the page as Markdown."""
    properties = json_schema()["properties"]
    parts = [_INTRODUCTION]
    for shape in SHAPES:
        schema = properties[shape.name]
        parts.append(_table(shape, schema["items"] if shape.repeats else schema))
    return "\n".join(parts)


def _table(shape: Shape, schema: dict[str, Any]) -> str:
    docs = field_docs(shape.record)
    lines = [
        f"## `{shape.header}`",
        "",
        schema["description"],
        "",
        "| key | type | default | meaning |",
        "|---|---|---|---|",
    ]
    for name, form in schema["properties"].items():
        default = "required" if name in schema.get("required", ()) else _default(form)
        meaning = docs.get(name, "").replace("|", "\\|")
        lines.append(f"| `{name}` | {_type(form)} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _type(form: dict[str, Any]) -> str:
    if "enum" in form:
        return ", ".join(f"`{word}`" for word in form["enum"])
    match form.get("type"):
        case "array":
            return f"list of {_type(form['items'])}"
        case "boolean":
            return "switch"
        case "integer":
            return f"{form['minimum']} to {form['maximum']}"
    if form.get("format") == "date-time":
        return "date-time"
    return "length of time" if "7d" in form.get("examples", ()) else "text"


def _default(form: dict[str, Any]) -> str:
    default = form.get("default")
    if default is None:
        return "-"
    if isinstance(default, bool):
        return str(default).lower()
    return f"`{default}`" if default != [] else "none"
