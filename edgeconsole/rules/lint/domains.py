"""Lint of the `[[domain]]` records: overlaps, pinned Access Edges, and records whose time has come."""

from collections.abc import Iterator
from datetime import timedelta

from edgeconsole.model.configuration import FederatedDomain, Table
from edgeconsole.model.terms import Action, Match, Platform
from edgeconsole.rules.index import longest_suffix
from edgeconsole.rules.lint.finding import Hit, Inspection, LintRule, Severity, remove, set_fields
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS

SOON = timedelta(days=14)
"""How long before its end a record is announced: two weekly looks at the list."""


def _shadowed(view: Inspection) -> Iterator[Hit]:
    for name in view.index.allow if view.index.block else ():
        by = longest_suffix(view.index.block, name, view.access_edge.suffix_match)
        if by is not None:
            yield Hit(
                Table.DOMAIN, name, "action",
                f"{by.name} is blocked with everything below it and a block always wins, so this allow has no effect",
                f"Remove the block of {by.name} or give it match = \"exact\", or remove this record",
            )  # fmt: skip


def _redundant(view: Inspection) -> Iterator[Hit]:
    for rules in (view.index.allow, view.index.block):
        for name, record in rules.items():
            cover = view.broader(rules, name)
            if cover is not None and _same_effect(record, cover):
                yield Hit(
                    Table.DOMAIN, name, "name",
                    f"the record for {cover.name} covers it with the same effect",
                    "Remove this record",
                    remove(Table.DOMAIN, name), safe=not _has_notes(record),
                )  # fmt: skip


def _same_effect(record: FederatedDomain, cover: FederatedDomain) -> bool:
    outlived = cover.expires is None or (record.expires is not None and record.expires <= cover.expires)
    if not outlived or record.action is Action.BLOCK:
        return outlived
    return (record.access_edge, record.verification, record.platform) == (
        cover.access_edge,
        cover.verification,
        cover.platform,
    )


def _has_notes(record: FederatedDomain) -> bool:
    return bool(record.comment or record.owner or record.ticket or record.tags or record.review)


def _pinned_to_a_provider(view: Inspection) -> Iterator[Hit]:
    for record in view.configuration.domains if view.provider_hosts else ():
        provider = view.provider_hosts.get(record.access_edge.host) if record.access_edge else None
        if provider is not None:
            yield Hit(
                Table.DOMAIN, record.name, "access_edge",
                f"{record.access_edge} is also the Access Edge of the provider {provider}; an Access Edge refuses to "
                "start with one name in both roles (event 14517)",
                "Clear access_edge: the domain's SRV leads to the provider by itself",
                set_fields(Table.DOMAIN, record.name, access_edge=None),
            )  # fmt: skip


def _pinned_to_the_cloud(view: Inspection) -> Iterator[Hit]:
    for record in view.configuration.domains:
        pinned = record.access_edge
        if pinned is None or pinned.host in view.provider_hosts:
            continue
        if record.platform is Platform.MICROSOFT365 or pinned.host in WELL_KNOWN_PROVIDERS:
            yield Hit(
                Table.DOMAIN, record.name, "access_edge",
                "a partner hosted in Microsoft 365 is never pinned: its Access Edge is the hoster's, reached through "
                "an enabled hosting provider",
                "Clear access_edge, and list the hoster as [[hosting_provider]]",
                set_fields(Table.DOMAIN, record.name, access_edge=None),
            )  # fmt: skip


def _also_xmpp(view: Inspection) -> Iterator[Hit]:
    for name, partner in view.index.xmpp.items():
        record = longest_suffix(view.index.allow, name, view.access_edge.suffix_match)
        if record is not None:
            by = "" if record.name == name else f" by the record for {record.name}"
            yield Hit(
                Table.DOMAIN, record.name, "name",
                f"{name} is allowed over SIP{by} and is a domain of the XMPP partner {partner.name}; messages and "
                "presence go over XMPP, everything else over SIP, and no document says which should win",
                "Keep one of the two",
            )  # fmt: skip


def _exact_without_suffix_match(view: Inspection) -> Iterator[Hit]:
    if view.access_edge.suffix_match:
        return
    for record in view.configuration.domains:
        if record.match is Match.EXACT:
            yield Hit(
                Table.DOMAIN, record.name, "match",
                "access_edge.suffix_match is off, so no record covers sub-domains and `exact` says nothing more",
                "Remove match",
                set_fields(Table.DOMAIN, record.name, match=None), safe=True,
            )  # fmt: skip


def _ours_below_a_record(view: Inspection) -> Iterator[Hit]:
    for domain in view.configuration.sip_domains:
        for rules, word in ((view.index.block, "blocks"), (view.index.allow, "allows")):
            cover = view.broader(rules, domain.name)
            if cover is not None:
                yield Hit(
                    Table.DOMAIN, cover.name, "name",
                    f"it {word} everything below {cover.name}, and our own {domain.name} lies there; the record does "
                    "not apply to our own domain",
                    'Give the record match = "exact", or name the partner\'s own sub-domains',
                )  # fmt: skip


def _expired(view: Inspection) -> Iterator[Hit]:
    for table, record in view.expiring:
        if record.expires is not None and record.expires <= view.now:
            yield Hit(
                table, record.name, "expires",
                f"it expired on {record.expires:%Y-%m-%d %H:%M}Z and does not count any more",
                "Remove the record, or give it a later end",
                remove(table, record.name), safe=True,
            )  # fmt: skip


def _expires_soon(view: Inspection) -> Iterator[Hit]:
    for table, record in view.expiring:
        if record.expires is not None and view.now < record.expires <= view.now + SOON:
            blocked = isinstance(record, FederatedDomain) and record.action is Action.BLOCK
            yield Hit(
                table, record.name, "expires",
                f"it ends on {record.expires:%Y-%m-%d %H:%M}Z; the "
                + ("block is lifted then" if blocked else "partner may be cut off then"),
                "Move expires, or let it end",
            )  # fmt: skip


def _review_due(view: Inspection) -> Iterator[Hit]:
    for table, record in view.expiring:
        over = record.expires is not None and record.expires <= view.now
        if record.review is not None and record.review <= view.now and not over:
            yield Hit(
                table, record.name, "review",
                f"it was to be reviewed by {record.review:%Y-%m-%d}",
                "Ask its owner whether it is still wanted; then move review, or remove the record",
            )  # fmt: skip


def _leads_to_ourselves(view: Inspection) -> Iterator[Hit]:
    own = view.index.own_names
    reason = "that is a name of our own edge: messages would go in a circle"
    for record in view.configuration.domains if own else ():
        if record.access_edge is not None and record.access_edge.host in own:
            yield Hit(Table.DOMAIN, record.name, "access_edge", reason, "Name the partner's Access Edge")
    for table, providers in (
        (Table.HOSTING_PROVIDER, view.configuration.hosting_providers),
        (Table.PUBLIC_PROVIDER, view.configuration.public_providers),
    ):
        for provider in providers:
            if provider.proxy_fqdn.host in own:
                yield Hit(table, provider.name, "proxy_fqdn", reason, "Name the provider's Access Edge")


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

RULES: tuple[LintRule, ...] = (
    LintRule("EC101", _W, "allowed domain shadowed by a broader block", "2.3; P-BLOCK", _shadowed),
    LintRule("EC102", _I, "record covered by a broader one with the same effect", "2.3; P-ALLOW", _redundant),
    LintRule("EC103", _E, "pinned Access Edge is also a provider's", "1.1, 1.8, 9 row 15", _pinned_to_a_provider),
    LintRule("EC104", _W, "Microsoft 365 partner pinned to an Access Edge", "1.1, 7.1 step 7", _pinned_to_the_cloud),
    LintRule("EC105", _E, "domain is SIP-allowed and an XMPP partner's", "2.3", _also_xmpp),
    LintRule("EC106", _I, "exact match while suffix matching is off", "2.3, 12 r", _exact_without_suffix_match),
    LintRule("EC107", _W, "our own domain lies below a partner's record", "2.2 step 0", _ours_below_a_record),
    LintRule("EC108", _W, "record has expired", "10", _expired),
    LintRule("EC109", _I, "record expires soon", "10", _expires_soon),
    LintRule("EC110", _W, "review date has passed", "10", _review_due),
    LintRule("EC111", _E, "partner's Access Edge is our own edge", "2.2, 2.4", _leads_to_ourselves),
)  # fmt: skip
