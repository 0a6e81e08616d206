"""The rules as documents: federation.toml, JSON and CSV, which read back as they were, plain lists, Mastodon's CSV."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from edgeconsole.model.configuration import FORMAT_VERSION, Action, Configuration, FederatedDomain, Table
from edgeconsole.model.terms import Verification
from edgeconsole.transfer import cells, records
from edgeconsole.transfer.formats.own_csv import TABLE_COLUMN
from edgeconsole.transfer.formats.own_documents import MARK
from edgeconsole.transfer.records import KEPT, Raw

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_ESCAPED = re.compile(r'[\\"\x00-\x1f\x7f]')


def _rows(configuration: Configuration) -> Iterator[tuple[Table, Raw]]:
    """Yield every record as raw fields; a table that exists once only where it is not at its defaults."""
    for table, kept in KEPT.items():
        for record in kept.records(configuration).values():
            if kept.key or record != kept.record():
                yield table, records.to_raw(table, record)


def _told(table: Table, raw: Raw) -> Raw:
    """Return the fields that say something: required ones, and those that are not at their default."""
    return {
        name: raw[name]
        for name, field in records.fields_of(table).items()
        if raw[name] is not None and (field.required or raw[name] != field.default)
    }


def write_toml(configuration: Configuration) -> str:
    """Return the rules as a federation.toml without [edge] and [proxy]; lossless for every other table."""
    lines = [f"version = {FORMAT_VERSION}"]
    for table, raw in _rows(configuration):
        header = f"[[{table.value}]]" if KEPT[table].key else f"[{table.value}]"
        fields = records.fields_of(table)
        lines += ["", header]
        lines += [f"{name} = {_toml(value, fields[name].type)}" for name, value in _told(table, raw).items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any, kind: Any) -> str:
    if kind is datetime:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_toml(element, str) for element in value) + "]"
    return '"' + _ESCAPED.sub(lambda found: _ESCAPES.get(found[0], f"\\u{ord(found[0]):04x}"), value) + '"'


def write_json(configuration: Configuration) -> str:
    """Return the rules as JSON by table; lossless like the TOML."""
    document: dict[str, Any] = {MARK: FORMAT_VERSION}
    for table, raw in _rows(configuration):
        if KEPT[table].key:
            document.setdefault(table.value, []).append(_told(table, raw))
        else:
            document[table.value] = _told(table, raw)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write_csv(configuration: Configuration) -> str:
    """Return the rules as CSV, one row a record and every field written; lossless, and safe in a spreadsheet."""
    rows = list(_rows(configuration))
    used = {table for table, _ in rows} or {Table.DOMAIN}
    columns = list(dict.fromkeys(name for table in KEPT if table in used for name in records.fields_of(table)))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([TABLE_COLUMN, *columns])
    for table, raw in rows:
        writer.writerow([table.value, *(cells.write(raw.get(name)) for name in columns)])
    return out.getvalue()


def write_plain(configuration: Configuration) -> str:
    """Return the federated domains one a line, each with allow or block before it and its comment behind."""
    lines = ["# allow or block, then the domain"]
    for domain in configuration.domains:
        comment = f"  # {' '.join(domain.comment.split())}" if domain.comment and domain.comment.split() else ""
        lines.append(f"{domain.action.value} {domain.name}{comment}")
    return "\n".join(lines) + "\n"


def write_mastodon(configuration: Configuration) -> str:
    """Return blocked domains as suspend and limited ones as silence; allowed ones have no place in a block list."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate"])
    for domain in configuration.domains:
        severity = _severity(domain)
        if severity:
            comment = cells.harmless(" ".join((domain.comment or "").split()))
            writer.writerow([domain.name, severity, "false", "false", comment, "false"])
    return out.getvalue()


def _severity(domain: FederatedDomain) -> str:
    if domain.action is Action.BLOCK:
        return "suspend"
    return "silence" if domain.verification is Verification.ALWAYS_UNVERIFIABLE else ""
