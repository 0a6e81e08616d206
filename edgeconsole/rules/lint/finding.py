"""What lint says: a rule of the table, one thing it found, and what the rules look at."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import NamedTuple

import msgspec

from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Configuration, FederatedDomain, Table, XmppPartner
from edgeconsole.model.evidence import SrvAnswer
from edgeconsole.model.terms import Match
from edgeconsole.rules.index import RuleIndex


class Severity(Enum):
    """How bad a finding is; only errors make `check` fail."""

    ERROR = "error"
    """Two settings contradict one another, or something that is configured cannot work."""
    WARNING = "warning"
    """It works, but not as somebody who reads the file would expect, or with a risk."""
    INFORMATION = "information"
    """Worth knowing; nothing need be done."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong or risky, where it stands and what to do about it."""

    code: str
    severity: Severity
    where: str
    """`federation.toml:LINE`, or the name of the setting where no line is known."""
    subject: str
    """Table, record and field."""
    reason: str
    fix: str
    changes: tuple[Change, ...] = ()
    """The fix as changes of the configuration, where it can be said as such."""
    safe: bool = False
    """The changes let nobody in, cut nobody off whom anything reaches, and drop no note: they may be made unasked."""


class Hit(NamedTuple):
    """What a rule found: the place by table, key and field, and the words."""

    table: Table
    key: str
    field: str
    reason: str
    fix: str
    changes: tuple[Change, ...] = ()
    safe: bool = False


class LintFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence from outside the file; what is absent was not looked at and is judged by no rule."""

    srv: dict[str, SrvAnswer] = {}
    """Answers for `_sipfederationtls._tcp` by domain, partners' and ours."""
    misspelt_srv: dict[str, tuple[str, ...]] = {}
    """Service records that exist under a mistyped name (`_sipfederationtls.tcp`), by domain."""
    certificate_names: frozenset[str] | None = None
    """DNS names of our external certificate."""


NO_FACTS = LintFacts()


class Inspection:
    """One configuration at one moment, with what several rules ask of it worked out once."""

    def __init__(self, configuration: Configuration, now: datetime, facts: LintFacts) -> None:
        self.configuration = configuration
        self.now = now
        """Aware; UTC."""
        self.facts = facts
        self.access_edge = configuration.access_edge
        self.edge = configuration.edge
        self.index = RuleIndex.compile(configuration, now)

    @cached_property
    def provider_hosts(self) -> dict[str, str]:
        """Name of a hosting or public provider by the host of its Access Edge, disabled ones included."""
        public = {provider.proxy_fqdn.host: provider.name for provider in self.configuration.public_providers}
        return public | {provider.proxy_fqdn.host: provider.name for provider in self.configuration.hosting_providers}

    @cached_property
    def expiring(self) -> tuple[tuple[Table, FederatedDomain | XmppPartner], ...]:
        """The records that have an end or a review date."""
        dated: list[tuple[Table, FederatedDomain | XmppPartner]] = []
        for domain in self.configuration.domains:
            if domain.expires is not None or domain.review is not None:
                dated.append((Table.DOMAIN, domain))
        for partner in self.configuration.xmpp_partners:
            if partner.expires is not None or partner.review is not None:
                dated.append((Table.XMPP_PARTNER, partner))
        return tuple(dated)

    def broader(self, rules: dict[str, FederatedDomain], name: str) -> FederatedDomain | None:
        """Return the nearest record above a name that covers it."""
        if not self.access_edge.suffix_match:
            return None
        dot = name.find(".")
        while dot >= 0:
            name = name[dot + 1 :]
            found = rules.get(name)
            if found is not None and found.match is Match.SUBTREE:
                return found
            dot = name.find(".")
        return None


class LintRule(NamedTuple):
    """One rule: stable code, severity, what it is about, where that is documented, and how it is found."""

    code: str
    severity: Severity
    title: str
    source: str
    """Section of docs/rules.md, and the page where it names one."""
    check: Callable[[Inspection], Iterable[Hit]]


def set_fields(table: Table, key: str = "", /, **fields: FieldValue) -> tuple[Change, ...]:
    """Return the one change that sets fields of a record; None clears one."""
    return (Change(table=table, key=key, fields=fields),)


def remove(table: Table, key: str) -> tuple[Change, ...]:
    """Return the one change that removes a record."""
    return (Change(table=table, key=key),)
