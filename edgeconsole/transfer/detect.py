"""Which kind of file some bytes are, told by their content and never by a name, and the reader of each kind."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain
from edgeconsole.transfer.encoding import Decoded, decode, question_mark_loss
from edgeconsole.transfer.formats import (
    clixml,
    csv_rows,
    ejabberd,
    event_log,
    json_text,
    listing,
    mastodon,
    openfire,
    own_csv,
    own_documents,
    plain,
    powershell_csv,
    powershell_json,
    prosody,
    teams,
)
from edgeconsole.transfer.parsed import NAME_THE_KIND, Format, Parsed

READERS: Mapping[Format, Callable[[str], Parsed]] = {
    Format.TOML: own_documents.read_toml,
    Format.JSON: own_documents.read_json,
    Format.CSV: own_csv.read,
    Format.POWERSHELL_CSV: powershell_csv.read,
    Format.POWERSHELL_JSON: powershell_json.read,
    Format.CLIXML: clixml.read,
    Format.LISTING: listing.read,
    Format.TEAMS: powershell_json.read_teams,
    Format.MASTODON: mastodon.read,
    Format.OPENFIRE: openfire.read,
    Format.PROSODY: prosody.read,
    Format.EJABBERD: ejabberd.read,
    Format.PLAIN: plain.read,
    Format.PLAIN_ALLOW: partial(plain.read, action="allow"),
    Format.PLAIN_BLOCK: partial(plain.read, action="block"),
    Format.EVENT_LOG: event_log.read,
}

_CSV_KINDS = frozenset({Format.POWERSHELL_CSV, Format.MASTODON, Format.EVENT_LOG, Format.OPENFIRE})

_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)")
_XML_ROOTS = {
    "Objs": Format.CLIXML,
    "Events": Format.EVENT_LOG,
    "Event": Format.EVENT_LOG,
    "properties": Format.OPENFIRE,
    "jive": Format.OPENFIRE,
}
_TOML = re.compile(
    r"^[ \t]*(?:version[ \t]*=|\[\[?[ \t]*(?:edge|proxy|access_edge|sip_domain|domain|hosting_provider|public_provider"
    r"|xmpp_partner|xmpp_gateway|policy|policy_grant|site)[ \t]*\])",
    re.MULTILINE,
)
_LUA = re.compile(
    r"^[ \t]*(?:(?:s2s_whitelist|s2s_blacklist|s2s_secure_domains|s2s_insecure_domains|s2sout_override"
    r"|modules_enabled)[ \t]*=|(?:VirtualHost|Component)[ \t(]+[\"'])",
    re.MULTILINE,
)
_YAML = re.compile(r"^(?:acl|access_rules|s2s_access|host_config|append_host_config)[ \t]*:", re.MULTILINE)
_LISTED = re.compile(
    r"^(?:Identity|Domain|Name|AllowFederatedUsers|AllowAnonymousUsers)[ \t]*:(?:[ \t]|$)", re.MULTILINE
)


class Read(NamedTuple):
    """What some bytes are and state."""

    parsed: Parsed
    encoding: str
    warnings: tuple[str, ...]


def read(content: bytes, kind: Format | None = None) -> Read:
    """Read a file of the given kind, of the one its content tells where None is given.

    Raises BadInput, naming the line, where the file is damaged, too large, hostile, or of no known kind.
    """
    decoded = decode(content)
    if not decoded.text.strip():
        raise BadInput("the file is empty", remedy="Nothing was changed")
    form = kind or detect(decoded.text)
    parsed = READERS[form](decoded.text)
    return Read(parsed, decoded.encoding, (*decoded.warnings, *_lost(decoded, form), *parsed.warnings))


def _lost(decoded: Decoded, form: Format) -> tuple[str, ...]:
    warning = question_mark_loss(decoded) if form in _CSV_KINDS else None
    return (warning,) if warning else ()


def detect(text: str) -> Format:
    """Return the kind of a file. Raises BadInput when it is none that is known."""
    start = text.lstrip()
    found = _of_markup(start) or _of_table(text) or _of_text(text)
    if found is None:
        raise BadInput("the file is of no kind that is known here", remedy=NAME_THE_KIND)
    return found


def _of_markup(start: str) -> Format | None:
    """Return the kind of XML and JSON."""
    if start.startswith("<"):
        root = _ROOT.search(start[:10_000])
        return _XML_ROOTS.get(root[1].rpartition(":")[2]) if root else None
    if start.startswith("{") or (re.match(r"\[\s*(?:[{\"\]\[]|$)", start) and not _TOML.match(start)):
        return _of_json(json_text.load(start, Format.JSON))
    return None


def _of_json(document: Any) -> Format | None:
    if isinstance(document, dict) and own_documents.MARK in document:
        return Format.JSON
    row = document[0] if isinstance(document, list) and document else document
    if not isinstance(row, dict):
        return None
    names = {name.lower() for name in row}
    if teams.is_tenant(row):
        return Format.TEAMS
    if "domain" in row and not names & {"identity", "proxyfqdn"}:
        return Format.MASTODON
    return Format.POWERSHELL_JSON


def _of_table(text: str) -> Format | None:
    """Return the kind of a CSV file by its header."""
    if text.startswith("#TYPE"):
        return Format.EVENT_LOG if "EventLog" in text[:200] else Format.POWERSHELL_CSV
    columns = csv_rows.header_of(text)
    names = {name.lower() for name in columns}
    if columns and columns[0].lower().startswith("#domain"):
        return Format.MASTODON
    if len(columns) < 2:
        return None
    kinds = (
        ({own_csv.TABLE_COLUMN}, Format.CSV),
        ({"xmppdomain", "permission"}, Format.OPENFIRE),
        ({"domain", "severity"}, Format.MASTODON),
        ({"identity"}, Format.POWERSHELL_CSV),
        ({"id", "message"}, Format.EVENT_LOG),
        ({"event id"}, Format.EVENT_LOG),
        ({"eventid"}, Format.EVENT_LOG),
    )
    return next((kind for telling, kind in kinds if telling <= names), None)


def _of_text(text: str) -> Format | None:
    if _TOML.search(text):
        return Format.TOML
    if _LUA.search(text):
        return Format.PROSODY
    if _YAML.search(text):
        return Format.EJABBERD
    if event_log.EVENT_ID.search(text) or (event_log.PARTNER.search(text) and "14601" in text):
        return Format.EVENT_LOG
    if _LISTED.search(text):
        return Format.LISTING
    return Format.PLAIN if _has_a_domain(text[:100_000]) else None


def _has_a_domain(text: str) -> bool:
    for line in text.split("\n")[:1_000]:
        for word in re.split(r"[\s,;]+", line.partition("#")[0])[:20]:
            try:
                parse_domain(word.removeprefix("*."))
            except BadInput:
                continue
            return True
    return False
