"""Who holds a role, as the configuration writes it: system users, groups, and names in client certificates."""

import re

from edgeconsole.config.values import BadValue, of_text, shown
from edgeconsole.model.names import parse_domain

_SYSTEM_NAME = re.compile(r"@?[^\s:@/]{1,64}")
_EXAMPLES = "Write alice, @netops, dns:console.contoso.example or uri:NAME"


def parse_role_entry(text: str) -> str:
    """Read one entry of `admins`, `operators` or `viewers`; certificate names are matched whole, so no wildcard."""
    scheme, colon, name = text.partition(":")
    if not colon:
        if not _SYSTEM_NAME.fullmatch(text):
            raise BadValue(f"needs a system user, a group or a name in a certificate, not {shown(text)}", _EXAMPLES)
        return text
    if scheme == "dns":
        return f"dns:{parse_domain(name)}"
    if scheme == "uri" and ":" in name and not any(character.isspace() for character in name):
        return text
    raise BadValue(f"needs dns:HOST or uri:URI for a name in a certificate, not {shown(text)}", _EXAMPLES)


ROLE_ENTRY = of_text(parse_role_entry)
