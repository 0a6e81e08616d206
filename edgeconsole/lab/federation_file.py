"""The federation.toml the lab writes for our edge, and what must move in it when the lab starts again."""

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from edgeconsole.lab.authority import Credential
from edgeconsole.lab.organisation import Organisation
from edgeconsole.lab.partners import Partner
from edgeconsole.lab.xmpp_partners import XmppPartner
from edgeconsole.model.configuration import FORMAT_VERSION, Action


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Values of the file that belong to one start of the lab; the next start may have to move them."""

    resolver: str
    next_hop: str
    xmpp_next_hop: str = ""
    """Empty in the memory of a lab from before it had XMPP."""
    admin_socket: str
    certificates: str
    """Directory of every certificate, as an absolute path."""
    pinned: dict[str, str]
    """Access Edge, `host:port`, of each pinned partner by domain."""


class EdgeFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The edge's own certificates, and the authority it trusts on each side."""

    outside: Credential
    outside_trust: Path
    inside: Credential
    inside_trust: Path


def write(
    organisation: Organisation,
    partners: Sequence[Partner],
    xmpp_partners: Sequence[XmppPartner],
    places: Places,
    files: EdgeFiles,
) -> str:
    """The text of a fresh configuration."""
    parts = [_HEAD, _edge(organisation, places, files), _proxy(places), _ACCESS_EDGE]
    parts += [f"[[sip_domain]]\nname = {_quote(domain)}\n" for domain in organisation.sip_domains]
    parts.append(_PARTNERS)
    parts += [_domain(partner, partner.kind.listing, places) for partner in partners if partner.kind.listing]
    parts.append(_XMPP_PARTNERS)
    parts += [_xmpp_partner(partner) for partner in xmpp_partners if partner.kind.listed]
    return "\n".join(parts)


def move(text: str, before: Places, after: Places) -> str:
    """The text with every value of `before` that stands in it replaced; all else, comments included, as it was."""
    pairs = [
        (before.resolver, after.resolver),
        (before.next_hop, after.next_hop),
        *([(before.xmpp_next_hop, after.xmpp_next_hop)] if before.xmpp_next_hop else []),
        (before.admin_socket, after.admin_socket),
        *((old, after.pinned[domain]) for domain, old in before.pinned.items() if domain in after.pinned),
    ]
    for old, new in pairs:
        text = text.replace(_quote(old), _quote(new))
    # Only the start of these is ours: the file name follows.
    return text.replace(_quote(f"file:{before.certificates}/")[:-1], _quote(f"file:{after.certificates}/")[:-1])


_HEAD = f"""\
# The edge of Contoso, in the lab: everything here is on loopback and every partner is invented.
# Change what you like, here or in the console; a change made here waits for `reload`.
# To start over, delete this directory.
version = {FORMAT_VERSION}
"""

_ACCESS_EDGE = """\
[access_edge]
federation = true
# Adatum and Wingtip are on no list: switch this on and they become discovered partners. Wingtip sends too fast for one.
partner_discovery = false
"""

_PARTNERS = """\
# Partners. A record covers the domain's sub-domains; without access_edge the server is found by DNS SRV.
"""


_XMPP_PARTNERS = """\
# XMPP partners: nobody is discovered here, and sub-domains count only where they are listed.
"""


def _edge(organisation: Organisation, places: Places, files: EdgeFiles) -> str:
    return f"""\
[edge]
fqdn = {_quote(organisation.edge_fqdn)}
internal_fqdn = {_quote(organisation.internal_fqdn)}
next_hop = {_quote(places.next_hop)}
# Port 0: the system chooses, so that several labs can run side by side.
sip_listen = "127.0.0.1:0"
internal_listen = "127.0.0.1:0"
xmpp_listen = "127.0.0.1:0"
xmpp_internal_listen = "127.0.0.1:0"
xmpp_next_hop = {_quote(places.xmpp_next_hop)}
certificate = {_file(files.outside.certificate)}
private_key = {_file(files.outside.private_key)}
trust = {_file(files.outside_trust)}
# Inside: another certificate and another authority. A partner's certificate never opens it.
internal_certificate = {_file(files.inside.certificate)}
internal_private_key = {_file(files.inside.private_key)}
internal_trust = {_file(files.inside_trust)}
internal_peers = [{_quote(organisation.pool_fqdn)}]
"""


def _proxy(places: Places) -> str:
    return f"""\
[proxy]
# The lab's own name server; it knows the domains of this world and no other.
resolver = {_quote(places.resolver)}
admin_socket = {_quote(places.admin_socket)}
# Partners live on loopback here. An edge on the Internet leaves this out.
allow_addresses = ["127.0.0.0/8"]
"""


def _domain(partner: Partner, action: Action, places: Places) -> str:
    lines = ["[[domain]]", f"name = {_quote(partner.domain)}", f"action = {_quote(action.value)}"]
    if partner.kind.pinned:
        lines.append(f"access_edge = {_quote(places.pinned[partner.domain])}")
    if partner.comment:
        lines.append(f"comment = {_quote(partner.comment)}")
    return "\n".join(lines) + "\n"


def _xmpp_partner(partner: XmppPartner) -> str:
    lines = ["[[xmpp_partner]]", f"name = {_quote(partner.domain)}", 'partner_type = "federated"']
    if partner.kind.by_key:
        lines.append('sasl = "not-supported"')
    else:
        lines.append("dialback = false")
    lines.append(f"comment = {_quote(partner.comment)}")
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    # A JSON string without escapes for letters is a TOML basic string.
    return json.dumps(text, ensure_ascii=False)


def _file(path: Path) -> str:
    return _quote(f"file:{path}")
