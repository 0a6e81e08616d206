"""Values and tables as TOML text."""

from collections.abc import Mapping
from typing import Any

import tomli_w


def value_text(value: Any) -> str:
    """Return one value as it stands after the equals sign, on one line."""
    if isinstance(value, list):
        return "[" + ", ".join(value_text(element) for element in value) + "]"
    return tomli_w.dumps({"x": value})[len("x = ") :].rstrip("\n")


def line_text(name: str, value: Any) -> str:
    """Return `key = value`, without a line end."""
    return f"{name} = {value_text(value)}"


def table_text(header: str, raw: Mapping[str, Any], newline: str) -> str:
    """Return a whole table with its header, each line ended."""
    lines = [header, *(line_text(name, value) for name, value in raw.items())]
    return "".join(line + newline for line in lines)
