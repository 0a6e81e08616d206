"""One failing and one passing file for every lint code; the line a finding must name carries `# here`."""

# ruff: noqa: E501 - an example reads best on one line

from typing import NamedTuple

from edgeconsole.model.evidence import SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.rules.lint import LintFacts

_EDGE = {
    "fqdn": '"sip.contoso.example"',
    "next_hop": '"pool.int.contoso.example:5061"',
    "members": '["203.0.113.10"]',
    "trust": '"file:partners.pem"',
    "diagnostics_to_partners": "false",
}
_ACCESS_EDGE = {"federation": "true"}
_OURS = '[[sip_domain]]\nname = "contoso.example"\n'
_POLICY = '[[policy]]\nid = "global"\nfederation = true\nxmpp = true\n'
HERE = "# here"


def world(
    more: str = "",
    *,
    edge: dict[str, str | None] | None = None,
    access: dict[str, str | None] | None = None,
    ours: str = _OURS,
    policy: str = _POLICY,
) -> str:
    """Return a file in which lint finds nothing, with lines changed (None: left out) and tables added.

    A key that ends in `[]` marks the header of its table.
    """
    parts = ["version = 1", _table("edge", _EDGE, edge or {}), _table("access_edge", _ACCESS_EDGE, access or {})]
    return "\n".join([*parts, ours, policy, more])


def _table(name: str, lines: dict[str, str], changed: dict[str, str | None]) -> str:
    merged = {**lines, **changed}
    header = f"[{name}]{merged.pop('[]', '')}"
    return "\n".join([header, *(f"{key} = {value}" for key, value in merged.items() if value is not None)]) + "\n"


def allow(name: str, *lines: str) -> str:
    return "\n".join(["[[domain]]", f'name = "{name}"', 'action = "allow"', *lines]) + "\n"


def block(name: str, *lines: str) -> str:
    return "\n".join(["[[domain]]", f'name = "{name}"', 'action = "block"', *lines]) + "\n"


def hosting(name: str, *lines: str, proxy: str = "edge.hoster.example", enabled: bool = True) -> str:
    head = ["[[hosting_provider]]", f'name = "{name}"', f'proxy_fqdn = "{proxy}"', f"enabled = {str(enabled).lower()}"]
    return "\n".join([*head, *(lines or ('verification = "use-source"',))]) + "\n"


def public(name: str, *lines: str, proxy: str = "edge.public.example") -> str:
    head = ["[[public_provider]]", f'name = "{name}"', f'proxy_fqdn = "{proxy}"', 'verification = "always-verifiable"']
    return "\n".join([*head, *lines]) + "\n"


def xmpp(name: str, *lines: str) -> str:
    plain = lines or ("dialback = false",)
    return "\n".join(["[[xmpp_partner]]", f'name = "{name}"', *plain]) + "\n"


def policy(name: str, *lines: str) -> str:
    return "\n".join(["[[policy]]", f'id = "{name}"', *lines]) + "\n"


def grant(user: str, name: str, mark: str = "") -> str:
    return f'[[policy_grant]]\nuser = "{user}"\npolicy = "{name}" {mark}\n'


def site(*lines: str) -> str:
    return "\n".join(["[[site]]", *lines]) + "\n"


def srv(**targets: str) -> LintFacts:
    """Answers by domain, dots written `_`; an empty target is a missing record."""
    answers = {}
    for domain, target in targets.items():
        found = SrvAnswer(status=SrvStatus.FOUND, records=(SrvRecord(target=target),))
        answers[domain.replace("_", ".")] = found if target else SrvAnswer(status=SrvStatus.MISSING)
    return LintFacts(srv=answers)


class Example(NamedTuple):
    bad: str
    good: str
    facts: LintFacts = LintFacts()
    good_facts: LintFacts | None = None
    """Where what DNS says makes the difference; None: the same."""


DEFAULT_ROUTE = {"routing": '"default-route"', "default_route": '"hub.example.net"'}
DISCOVERY = {"partner_discovery": "true"}
XMPP_EDGE = {"xmpp_listen": '"0.0.0.0:5269"'}
CLOUD = "sipfed.online.lync.com"
SHARED = ('verification = "use-source"', "shared_address_space = true # here")
TWO_MEMBERS = {"members": '["203.0.113.10", "203.0.113.11"]'}
THIRTEEN = "[" + ", ".join(f'"203.0.113.{number}"' for number in range(1, 14)) + "]"

EXAMPLES: dict[str, Example] = {
    "EC101": Example(
        world(block("litware.example") + allow("it.litware.example").replace('"allow"', '"allow" # here')),
        world(block("litware.example", 'match = "exact"') + allow("it.litware.example")),
    ),
    "EC102": Example(
        world(
            allow("litware.example")
            + allow("it.litware.example").replace('it.litware.example"', 'it.litware.example" # here')
        ),
        world(allow("litware.example") + allow("it.litware.example", 'access_edge = "sip.other.example"')),
    ),
    "EC103": Example(
        world(allow("tenant.example", 'access_edge = "edge.hoster.example" # here') + hosting("Hoster")),
        world(allow("tenant.example") + hosting("Hoster")),
    ),
    "EC104": Example(
        world(allow("tenant.example", f'access_edge = "{CLOUD}" # here')),
        world(allow("tenant.example", 'access_edge = "sip.tenant.example"')),
    ),
    "EC105": Example(
        world(allow("jabber.example").replace('jabber.example"', 'jabber.example" # here') + xmpp("jabber.example")),
        world(allow("litware.example") + xmpp("jabber.example")),
    ),
    "EC106": Example(
        world(allow("litware.example", 'match = "exact" # here'), access={"suffix_match": "false"}),
        world(allow("litware.example", 'match = "exact"')),
    ),
    "EC107": Example(
        world(block("group.example").replace('group.example"', 'group.example" # here'), ours='[[sip_domain]]\nname = "contoso.group.example"\n'),
        world(block("group.example", 'match = "exact"'), ours='[[sip_domain]]\nname = "contoso.group.example"\n'),
    ),
    "EC108": Example(
        world(allow("litware.example", "expires = 2026-11-01T00:00:00Z # here")),
        world(allow("litware.example", "expires = 2027-11-01T00:00:00Z")),
    ),
    "EC109": Example(
        world(block("litware.example", "expires = 2026-11-25T00:00:00Z # here")),
        world(block("litware.example", "expires = 2026-12-25T00:00:00Z")),
    ),
    "EC110": Example(
        world(xmpp("jabber.example", "dialback = false", "review = 2026-11-01T00:00:00Z # here")),
        world(xmpp("jabber.example", "dialback = false", "review = 2026-12-01T00:00:00Z")),
    ),
    "EC111": Example(
        world(allow("litware.example", 'access_edge = "sip.contoso.example" # here')),
        world(allow("litware.example", 'access_edge = "sip.litware.example"')),
    ),
    "EC201": Example(
        world(hosting("One") + hosting("Two").replace('hoster.example"', 'hoster.example" # here')),
        world(hosting("One") + hosting("Two", proxy="edge.other.example")),
    ),
    "EC202": Example(
        world(hosting("Skype") + public("Skype").replace('"Skype"', '"Skype" # here')),
        world(hosting("Skype for Business Online") + public("Skype")),
    ),
    "EC203": Example(
        world(hosting("Hoster", enabled=False).replace('"Hoster"', '"Hoster" # here'), access=DEFAULT_ROUTE),
        world(access=DEFAULT_ROUTE),
    ),
    "EC204": Example(
        world(public("Yahoo!", "enabled = true # here")),
        world(public("Yahoo!", "enabled = false")),
    ),
    "EC205": Example(
        world(allow("tenant.example", 'platform = "microsoft365" # here')),
        world(allow("tenant.example", 'platform = "microsoft365"') + hosting("Microsoft 365", proxy=CLOUD)),
    ),
    "EC206": Example(
        world(hosting("Hoster").replace("= true", "= true # here")),
        world(hosting("Hoster") + allow("tenant.example")),
        srv(tenant_example="edge.hoster.example"),
    ),
    "EC207": Example(
        world(hosting("One", *SHARED).replace(" # here", "") + hosting("Two", *SHARED, proxy="edge.other.example")),
        world(hosting("One", *SHARED) + hosting("Two", proxy="edge.other.example")),
    ),
    "EC208": Example(world(hosting("One", *SHARED)), world(hosting("One"))),
    "EC209": Example(
        world(hosting("One", *SHARED, "hosts_ocs_users = true").replace(" # here", "").replace("provider]]", "provider]] # here")),
        world(hosting("One", *SHARED, "hosts_ocs_users = true", 'autodiscover_url = "https://webdir.hoster.example/"')),
    ),
    "EC210": Example(
        world(hosting("Microsoft 365", 'verification = "always-verifiable" # here', proxy=CLOUD)),
        world(hosting("Microsoft 365", proxy=CLOUD)),
    ),
    "EC211": Example(
        world(
            public("AOL", "enabled = true", 'domains = ["aol.example"]')
            + public("AIM", "enabled = true", 'domains = ["aol.example"] # here', proxy="edge.other.example")
        ),
        world(
            public("AOL", "enabled = true", 'domains = ["aol.example"]')
            + public("AIM", "enabled = true", 'domains = ["aim.example"]', proxy="edge.other.example")
        ),
    ),
    "EC301": Example(
        world(xmpp("jabber.example", 'tls = "required" # here', 'sasl = "not-supported"', "dialback = false")),
        world(xmpp("jabber.example", 'tls = "required"', 'sasl = "not-supported"', "dialback = true")),
    ),
    "EC302": Example(
        world(xmpp("jabber.example", "dialback = true # here")),
        world(xmpp("jabber.example", "dialback = false")),
    ),
    "EC303": Example(
        world(xmpp("jabber.example", 'tls = "optional" # here', 'sasl = "required"', "dialback = false")),
        world(xmpp("jabber.example", 'tls = "optional"', 'sasl = "not-supported"')),
    ),
    "EC304": Example(
        world(xmpp("jabber.example", 'tls = "not-supported"', 'sasl = "optional" # here')),
        world(xmpp("jabber.example", 'tls = "not-supported"', 'sasl = "not-supported"')),
    ),
    "EC305": Example(
        world(xmpp("jabber.example", 'tls = "not-supported" # here', 'sasl = "not-supported"')),
        world(xmpp("jabber.example", 'tls = "required"', 'sasl = "not-supported"')),
    ),
    "EC306": Example(
        world(
            xmpp("jabber.example", "dialback = false", 'additional_domains = ["chat.example"]')
            + xmpp("other.example", "dialback = false", 'additional_domains = ["chat.example"] # here')
        ),
        world(xmpp("jabber.example", "dialback = false", 'additional_domains = ["chat.example"]') + xmpp("other.example")),
    ),
    "EC307": Example(
        world(xmpp("jabber.example", "dialback = false", 'additional_domains = ["a.example", "jabber.example", "a.example"] # here')),
        world(xmpp("jabber.example", "dialback = false", 'additional_domains = ["a.example"]')),
    ),
    "EC308": Example(
        world(xmpp("jabber.example", "dialback = false", 'additional_domains = ["contoso.example"] # here')),
        world(xmpp("jabber.example")),
    ),
    "EC309": Example(
        world('[xmpp_gateway]\nkeep_alive = "600s" # here\nstream_inactivity = "600s"\n'),
        world('[xmpp_gateway]\nkeep_alive = "599s"\nstream_inactivity = "600s"\n'),
    ),
    "EC310": Example(
        world("[xmpp_gateway]\nconnection_limit = 10\npartner_connection_limit = 20 # here\n" + xmpp("a.example", "connection_limit = 11 # here", "dialback = false")),
        world("[xmpp_gateway]\nconnection_limit = 20\npartner_connection_limit = 20\n" + xmpp("a.example", "connection_limit = 11", "dialback = false")),
    ),
    "EC311": Example(
        world(xmpp("jabber.example") + xmpp("other.example"), edge={"platform": '"sfb2019" # here'}),
        world(xmpp("jabber.example"), edge={"platform": '"sfb2015"'}),
    ),
    "EC312": Example(
        world("[xmpp_gateway]\nlog_message_bodies = true # here\n"),
        world("[xmpp_gateway]\nlog_message_bodies = false\n"),
    ),
    "EC313": Example(
        world(block("jabber.example") + xmpp("chat.jabber.example").replace('chat.jabber.example"', 'chat.jabber.example" # here')),
        world(block("jabber.example", 'match = "exact"') + xmpp("chat.jabber.example")),
    ),
    "EC314": Example(world(xmpp("jabber.example"), edge={"[]": " # here"}), world(xmpp("jabber.example"), edge=XMPP_EDGE)),
    "EC315": Example(
        world("[xmpp_gateway] # here\n" + xmpp("jabber.example", 'tls = "required"', 'sasl = "not-supported"'), edge=TWO_MEMBERS),
        world('[xmpp_gateway]\ndialback_secret = "cred:dialback"\n' + xmpp("jabber.example", 'sasl = "not-supported"'), edge=TWO_MEMBERS),
    ),
    "EC401": Example(world(policy=""), world()),
    "EC402": Example(
        world(policy("user:Sales").replace('Sales"', 'Sales" # here')),
        world(policy("user:Sales") + grant("alice@contoso.example", "user:Sales")),
    ),
    "EC403": Example(
        world(grant("alice@contoso.example", "user:Sales", HERE)),
        world(policy("user:Sales") + grant("alice@contoso.example", "user:Sales")),
    ),
    "EC404": Example(
        world(grant("alice@contoso.example", "global", HERE)),
        world(policy("user:Sales") + grant("alice@contoso.example", "user:Sales")),
    ),
    "EC405": Example(
        world(policy("user:Sales") + grant("alice@contoso.test", "user:Sales").replace('.test"', '.test" # here')),
        world(policy("user:Sales") + grant("alice@contoso.example", "user:Sales")),
    ),
    "EC406": Example(
        world(access={"federation": "false", "outside_users": "false"}, policy=policy("global", "federation = true # here", "outside = true # here")),
        world(access={"federation": "true", "outside_users": "true"}, policy=policy("global", "federation = true", "outside = true")),
    ),
    "EC407": Example(
        world(policy=policy("global", "xmpp = true # here")),
        world(policy=policy("global", "xmpp = true", "federation = true")),
    ),
    "EC408": Example(
        world(policy=policy("global", "public_cloud = true # here")),
        world(policy=policy("global", "federation = true")),
    ),
    "EC409": Example(
        world(policy=policy("global", "public_cloud_av = true # here")),
        world(policy=policy("global", "public_cloud = true", "public_cloud_av = true")),
    ),
    "EC410": Example(
        world(policy("site:Redmond").replace('Redmond"', 'Redmond" # here')),
        world(policy("site:Redmond") + site('name = "Redmond"')),
    ),
    "EC411": Example(
        world(site('name = "Redmond"', 'federation_route = "other.contoso.example" # here')),
        world(site('name = "Redmond"', 'federation_route = "sip.contoso.example"')),
    ),
    "EC412": Example(
        world(access={"federation": "true # here"}, policy=policy("global", "outside = true")),
        world(policy=policy("global", "federation = true")),
    ),
    "EC413": Example(
        world(xmpp("jabber.example").replace('jabber.example"', 'jabber.example" # here'), policy=policy("global", "federation = true")),
        world(xmpp("jabber.example"), policy=policy("global", "federation = true", "xmpp = true")),
    ),
    "EC414": Example(
        world(site('name = "A"', 'users = ["x@contoso.example"] # here') + site('name = "B"', 'users = ["x@contoso.example"] # here')),
        world(site('name = "A"', 'users = ["x@contoso.example"]') + site('name = "B"', 'users = ["y@contoso.example"]')),
    ),
    "EC415": Example(
        world(site('name = "A"', 'survivable_branch = ["x@contoso.example"] # here') + xmpp("jabber.example")),
        world(site('name = "A"', 'survivable_branch = ["x@contoso.example"]')),
    ),
    "EC501": Example(
        world(edge={"nat": "true # here", "load_balancing": '"hardware"'}),
        world(edge={"nat": "false", "load_balancing": '"hardware"'}),
    ),
    "EC502": Example(
        world(edge={"load_balancing": '"dns"', "internal_load_balancing": '"hardware" # here'}),
        world(edge={"load_balancing": '"dns"', "internal_load_balancing": '"dns"'}),
    ),
    "EC503": Example(world(edge={"members": THIRTEEN + HERE}), world(edge={"members": THIRTEEN.replace(', "203.0.113.13"', "")})),
    "EC504": Example(world(edge={"members": None, "[]": HERE}), world(edge={"members": None, "load_balancing": '"hardware"'})),
    "EC505": Example(
        world(allow("old.example", 'platform = "ocs2007r2" # here'), edge=TWO_MEMBERS),
        world(allow("old.example", 'platform = "ocs2007r2"')),
    ),
    "EC506": Example(world(edge={"media_encryption": '"support" # here'}), world(edge={"media_encryption": '"require"'})),
    "EC507": Example(world(edge={"nat": "true # here"}), world(edge={"nat": "false"})),
    "EC508": Example(
        world(edge={"push_apple": "true # here"}),
        world(allow("push.lync.com") + hosting("LyncOnline", proxy=CLOUD), edge={"push_apple": "true"}),
    ),
    "EC509": Example(world(edge={"trust": '"system" # here'}), world()),
    "EC510": Example(world(edge={"diagnostics_to_partners": "true # here"}), world()),
    "EC511": Example(world(edge={"next_hop": None, "[]": HERE}), world()),
    "EC512": Example(world(edge={"members": '["10.0.0.5"] # here'}), world()),
    "EC513": Example(world(access={"federation": "true # here"}, ours=""), world()),
    "EC514": Example(world(edge={"fqdn": '"sip.it.contoso.example" # here'}), world()),
    "EC601": Example(world(allow("litware.example"), access={"federation": "false # here"}), world(access={"federation": "false"})),
    "EC602": Example(world(access={"routing": '"default-route" # here'}), world(access=DEFAULT_ROUTE)),
    "EC603": Example(
        world(access={**DEFAULT_ROUTE, "partner_discovery": "true # here"}),
        world(access={**DEFAULT_ROUTE, "partner_discovery": "false"}),
    ),
    "EC604": Example(world(access={"default_route": '"hub.example.net" # here'}), world(access=DEFAULT_ROUTE)),
    "EC605": Example(
        world(access={**DISCOVERY, "discovered_contacts_limit": "false # here"}),
        world(access={"discovered_contacts_limit": "false"}),
    ),
    "EC606": Example(
        world(access={**DISCOVERY, "discovered_verification": '"always-verifiable" # here'}),
        world(access={**DISCOVERY, "discovered_verification": '"always-unverifiable"'}),
    ),
    "EC607": Example(world(access={"partner_discovery": "true # here"}), world()),
    "EC608": Example(world(access={"clearing_house": "true # here"}), world()),
    "EC609": Example(world(access={"refresh_crls": "false # here"}), world()),
    "EC610": Example(world(access={"mark_verifiable": "false # here"}), world()),
    "EC611": Example(
        world(access={**DISCOVERY, "discovered_rate": "21 # here", "discovered_contacts": "1001 # here"}),
        world(access={"discovered_rate": "21", "discovered_contacts": "1001"}),
    ),
    "EC701": Example(
        world(allow("litware.example").replace('litware.example"', 'litware.example" # here')),
        world(allow("litware.example")),
        srv(litware_example="sip.litware-edge.example"),
        srv(litware_example="sip.litware.example"),
    ),
    "EC702": Example(
        world(ours=_OURS.replace('example"', 'example" # here')),
        world(),
        srv(contoso_example="sip.it.contoso.example"),
        srv(contoso_example="sip.contoso.example"),
    ),
    "EC703": Example(
        world(hosting("One", *SHARED).replace(" # here", ""), ours=_OURS.replace('example"', 'example" # here')),
        world(hosting("One")),
        srv(contoso_example=""),
    ),
    "EC704": Example(
        world(ours=_OURS.replace('example"', 'example" # here')),
        world(),
        LintFacts(srv=srv(contoso_example="sip.contoso.example").srv, certificate_names=frozenset({"edge.contoso.example"})),
        LintFacts(srv=srv(contoso_example="sip.contoso.example").srv, certificate_names=frozenset({"sip.contoso.example"})),
    ),
    "EC705": Example(
        world(allow("tenant.example").replace('tenant.example"', 'tenant.example" # here')),
        world(allow("tenant.example") + hosting("Microsoft 365", proxy=CLOUD)),
        srv(tenant_example=CLOUD),
    ),
    "EC706": Example(
        world(ours=_OURS + '[[sip_domain]]\nname = "second.example" # here\n'),
        world(),
        LintFacts(certificate_names=frozenset({"sip.contoso.example", "a.b.second.example"})),
    ),
    "EC707": Example(
        world(ours=_OURS.replace('example"', 'example" # here')),
        world(ours=_OURS + "discoverable = false\n"),
        srv(contoso_example=""),
    ),
    "EC708": Example(
        world(ours=_OURS.replace('example"', 'example" # here')),
        world(),
        LintFacts(misspelt_srv={"contoso.example": ("_sipfederationtls.tcp.contoso.example",)}),
        LintFacts(misspelt_srv={"contoso.example": ()}),
    ),
    "EC709": Example(
        world(allow("litware.example").replace("[[domain]]", "[[domain]] # here")),
        world(allow("litware.example", 'access_edge = "sip.litware.example"')),
        srv(litware_example=""),
    ),
    "EC710": Example(
        world(allow("litware.example", 'access_edge = "old.litware.example" # here')),
        world(allow("litware.example", 'access_edge = "sip.litware.example"')),
        srv(litware_example="sip.litware.example"),
    ),
    "EC801": Example(
        world(allow("fabrikam.example") + allow("fаbrikam.example").replace('brikam.example"', 'brikam.example" # here')),
        world(allow("fabrikam.example") + block("fаbrikam.example")),
    ),
    "EC802": Example(
        world(allow("cont0so.example").replace('0so.example"', '0so.example" # here')),
        world(block("cont0so.example")),
    ),
    "EC803": Example(
        world(allow("fаbrikam.example").replace('brikam.example"', 'brikam.example" # here')),
        world(allow("bücher.example") + allow("пример.example")),
    ),
    "EC804": Example(
        world(allow("xn--a.example").replace('a.example"', 'a.example" # here')),
        world(allow("xn--bcher-kva.example")),
    ),
}  # fmt: skip
"""By code."""
