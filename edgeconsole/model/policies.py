"""External access policies, who holds them, and the sites they apply to (New-CsExternalAccessPolicy)."""

from enum import Enum

import msgspec


class Scope(Enum):
    """How far a policy reaches; a narrower one replaces a broader one whole."""

    GLOBAL = "global"
    SITE = "site"
    USER = "user"


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the people it applies to may do with the outside; on premises nothing is allowed by default (P-MANAGE)."""

    id: str
    """`global`, `site:NAME` or `user:NAME`."""
    comment: str | None = None
    """A note for people; Description of the cmdlets."""
    federation: bool = False
    """EnableFederationAccess: people of SIP federated domains."""
    xmpp: bool = False
    """EnableXmppAccess: people of XMPP partners; needs `federation` as well."""
    public_cloud: bool = False
    """EnablePublicCloudAccess: users of public IM providers."""
    public_cloud_av: bool = False
    """EnablePublicCloudAudioVideoAccess."""
    outside: bool = False
    """EnableOutsideAccess: sign in from the Internet."""

    @property
    def scope(self) -> Scope:
        """The scope the id names."""
        return Scope(self.id.partition(":")[0])

    @property
    def name(self) -> str:
        """The site or policy name; empty for the global one."""
        return self.id.partition(":")[2]


class PolicyGrant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A user policy given to one person (Grant-CsExternalAccessPolicy)."""

    user: str
    """SIP address without the scheme, lower case."""
    policy: str
    """Id of a `user:` policy."""


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A site of the topology: who belongs to it and which edge carries its federation (Set-CsSite)."""

    name: str
    """What `site:NAME` policies call it."""
    users: tuple[str, ...] = ()
    """SIP addresses, or patterns with `*`, of the people homed there."""
    federation_route: str | None = None
    """FQDN of the edge pool that carries SIP federation."""
    xmpp_route: str | None = None
    """FQDN of the edge pool that carries XMPP."""
    survivable_branch: tuple[str, ...] = ()
    """People homed on a Survivable Branch Appliance: XMPP is not supported for them (P-PLAN)."""
