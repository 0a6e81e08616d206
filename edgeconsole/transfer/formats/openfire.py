"""Openfire's server-to-server permissions: rows of ofRemoteServerConf as CSV, or the list of system properties."""

from edgeconsole.model.configuration import Table
from edgeconsole.model.names import XMPP_PORT
from edgeconsole.transfer.formats import csv_rows, xml_tree
from edgeconsole.transfer.formats.xml_tree import Node
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, Standing, damaged
from edgeconsole.transfer.records import shown

_POLICIES = {
    "whitelist": "xmpp.server.permission is whitelist: only listed servers, as it always is here",
    "blacklist": "xmpp.server.permission is blacklist: any server may connect there, here only listed XMPP partners",
}


def read(text: str) -> Parsed:
    """Return the entries. Raises BadInput."""
    gathered = Gathering(Format.OPENFIRE)
    if text.lstrip().startswith("<"):
        xml_tree.read(text, Format.OPENFIRE, lambda node: _property(node, gathered))
        return gathered.parsed()
    sheet = csv_rows.read(text, Format.OPENFIRE)
    names = {name.lower(): name for name in sheet.columns}
    if not {"xmppdomain", "permission"} <= set(names):
        raise damaged(Format.OPENFIRE, "there are no columns xmppDomain and permission", 1)
    for row in sheet.rows:
        port = row.cells[names["remoteport"]] if "remoteport" in names else ""
        gathered.add(
            _entry(row.cells[names["xmppdomain"]], port, row.cells[names["permission"]].strip().lower(), row.line)
        )
    return gathered.parsed()


def _property(node: Node, gathered: Gathering) -> None:
    key = node.attributes.get("key") or node.attributes.get("name") or ""
    value = (node.attributes.get("value") or node.text).strip().lower()
    if key == "xmpp.server.permission" and value in _POLICIES:
        gathered.warn(_POLICIES[value])


def _entry(domain: str, port: str, permission: str, line: int) -> Entry:
    name = domain.strip()
    if permission == "blocked":
        return Entry(table=Table.DOMAIN, key=name, fields={"action": "block"}, line=line)
    if permission != "allowed":
        reason = f"the permission {shown(permission)} is neither allowed nor blocked"
        return Entry(table=Table.XMPP_PARTNER, key=name, fields={}, line=line, standing=Standing.INVALID, reason=reason)
    fields = {} if port.strip() in ("", str(XMPP_PORT)) else {"proxy_fqdn": f"{name}:{port.strip()}"}
    return Entry(table=Table.XMPP_PARTNER, key=name, fields=fields, line=line)
