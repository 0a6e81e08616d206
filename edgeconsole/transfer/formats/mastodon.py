"""Block lists of the fediverse: Mastodon's CSV and API JSON, GoToSocial's JSON, one-column allow lists.

suspend blocks; silence limits, which is always-unverifiable here; noop restricts nothing.
"""

from collections.abc import Mapping
from typing import Any

from edgeconsole.model.configuration import Table
from edgeconsole.transfer.formats import csv_rows, json_text
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, Standing, comment_of, damaged
from edgeconsole.transfer.records import shown


def read(text: str) -> Parsed:
    """Return the entries of a list in CSV or JSON. Raises BadInput."""
    if text.lstrip()[:1] in ("[", "{"):
        gathered = Gathering(Format.MASTODON, unit="item")
        rows = json_text.objects(json_text.load(text, Format.MASTODON), Format.MASTODON)
        for number, block in enumerate(rows, 1):
            gathered.add(_entry(block, number))
        return gathered.parsed()
    gathered = Gathering(Format.MASTODON)
    sheet = csv_rows.read(text, Format.MASTODON)
    columns = [name.lstrip("#").strip().lower() for name in sheet.columns]
    if "domain" not in columns:
        raise damaged(Format.MASTODON, "there is no column #domain", 1)
    for row in sheet.rows:
        cells = dict(zip(columns, row.cells.values(), strict=True))
        gathered.add(_allowed(cells["domain"], row.line) if columns == ["domain"] else _entry(cells, row.line))
    return gathered.parsed()


def _allowed(domain: str, line: int) -> Entry:
    """One row of an allow list, whose only column is #domain."""
    return Entry(table=Table.DOMAIN, key=domain.strip(), fields={"action": "allow"}, line=line)


def _entry(row: Mapping[str, Any], line: int) -> Entry:
    domain = row.get("domain")
    if not isinstance(domain, str):
        return _invalid("", line, "the row has no domain")
    if "*" in domain.strip().removeprefix("*."):
        return _invalid(domain, line, "the name is obfuscated; the list hides which domain is meant")
    severity = row.get("severity") or "suspend"
    if not isinstance(severity, str) or severity.strip().lower() not in _SEVERITIES:
        return _invalid(domain, line, f"the severity {shown(severity)} is none of suspend, silence, noop")
    fields = dict(_SEVERITIES[severity.strip().lower()])
    comment = comment_of(row.get("public_comment")) or comment_of(row.get("private_comment"))
    if comment:
        fields["comment"] = comment
    standing, reason = Standing.RULE, ""
    if severity.strip().lower() == "silence":
        standing = Standing.NEEDS_REVIEW
        reason = "silence is always-unverifiable here, and the record would allow the domain"
    if severity.strip().lower() == "noop":
        standing, reason, fields = Standing.NEEDS_REVIEW, "noop restricts nothing; there is no rule to take", {}
    return Entry(table=Table.DOMAIN, key=domain.strip(), fields=fields, line=line, standing=standing, reason=reason)


_SEVERITIES: Mapping[str, Mapping[str, Any]] = {
    "suspend": {"action": "block"},
    "silence": {"action": "allow", "verification": "always-unverifiable"},
    "noop": {},
}


def _invalid(domain: str, line: int, reason: str) -> Entry:
    return Entry(table=Table.DOMAIN, key=domain, fields={}, line=line, standing=Standing.INVALID, reason=reason)
