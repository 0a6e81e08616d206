"""Configurations for the tests: a plain edge, and the lines that give it one more feature each."""

from datetime import UTC, datetime

from edgeconsole.config.read import parse
from edgeconsole.model.configuration import Configuration

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

EDGE = """
version = 1
[edge]
fqdn = "sip.contoso.example"
internal_fqdn = "edge.int.contoso.example"
next_hop = "pool.int.contoso.example:5061"
members = ["198.51.100.10", "198.51.100.11"]
"""

MEDIA = 'av_fqdn = "av.contoso.example"\n'
CONFERENCING = 'web_conferencing_fqdn = "webcon.contoso.example"\n'

FEDERATION = "[access_edge]\nfederation = true\n"

OURS = '[[sip_domain]]\nname = "contoso.example"\n'
OURS_TOO = '[[sip_domain]]\nname = "contoso.test"\n'

PARTNER = '[[domain]]\nname = "fabrikam.example"\naction = "allow"\nplatform = "lync2013"\n'
OLD_PARTNER = '[[domain]]\nname = "old.example"\naction = "allow"\nplatform = "ocs2007"\n'
JABBER = '[[xmpp_partner]]\nname = "jabber.example"\n'
HYBRID = """
[[hosting_provider]]
name = "Microsoft 365"
proxy_fqdn = "sipfed.online.lync.com"
enabled = true
shared_address_space = true
verification = "use-source"
"""
CHINA = HYBRID.replace("sipfed.online.lync.com", "sipfed.online.partner.lync.cn")
SKYPE = """
[[public_provider]]
name = "Skype"
proxy_fqdn = "skype.example"
enabled = true
verification = "use-source"
skype_directory_search = true
"""
MESSENGER = SKYPE.replace("Skype", "Messenger").replace("skype_directory_search = true", "")


def world(*tables: str, edge: str = "", federation: str = FEDERATION, proxy: str = "") -> Configuration:
    """Return the plain edge with further keys of [edge], another [access_edge], and further tables."""
    resolver = f'[proxy]\nresolver = "{proxy}"\n' if proxy else ""
    return parse("\n".join((EDGE + edge, resolver, federation, *tables)), "federation.toml").configuration
