"""When a change must be confirmed after it was applied, or goes back by itself: the guard of reliability D9.

What an operator does every day with one key is exempt, told by what it changes and not by who says so: the discovery
toggle, and a block, an allow or a removal of one domain. Those show their impact and are undone by one key too.
"""

from collections.abc import Iterable, Iterator, Sequence

from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import Action, Configuration, Table
from edgeconsole.model.plan import Impact
from edgeconsole.model.terms import Negotiation, PartnerType, Verification

PARTNERS_SHARE = 0.20
"""Share of the partners from which on closing or re-routing them must be confirmed."""

FEW = 2
"""Partners below which no share counts: removing one of three is what one does every day."""

SESSIONS = 10
"""Live sessions from which on dropping them must be confirmed."""

_LISTEN = {
    Table.EDGE: frozenset({"sip_listen", "internal_listen", "xmpp_listen", "xmpp_internal_listen"}),
    Table.PROXY: frozenset({"admin_listen", "admin_socket"}),
}
_CERTIFICATE = {
    Table.EDGE: frozenset(
        {"fqdn", "certificate", "private_key", "trust", "internal_certificate", "internal_private_key",
         "internal_trust", "internal_peers"}
    ),
    Table.PROXY: frozenset({"admin_certificate", "admin_private_key"}),
}  # fmt: skip
_ADMIN_ACCESS = {
    Table.PROXY: frozenset({"admins", "operators", "viewers", "admin_client_trust", "admin_tokens"}),
}

_STRICTER_FIRST: dict[str, tuple[str, ...]] = {
    "tls": tuple(each.value for each in Negotiation),
    "sasl": tuple(each.value for each in Negotiation),
    "verification": (
        Verification.ALWAYS_UNVERIFIABLE.value, Verification.USE_SOURCE.value, Verification.ALWAYS_VERIFIABLE.value,
    ),
    "partner_type": (
        PartnerType.PUBLIC_UNVERIFIED.value, PartnerType.PUBLIC_VERIFIED.value, PartnerType.FEDERATED.value,
    ),
    "media_encryption": ("require", "support", "none"),
}  # fmt: skip
"""Values of fields that say how far a peer is believed, the strictest first."""

_SAME_NAME = {"discovered_verification": "verification", "default_route_verification": "verification"}

_EVERYDAY = frozenset({"action", "access_edge", "comment", "owner", "ticket", "tags", "expires", "review"})
"""Fields of a domain's record that a block, an allow or a promotion sets."""


def guard(before: Configuration, after: Configuration, steps: Sequence[Difference], effect: Impact) -> tuple[str, ...]:
    """Return why a change must be confirmed, in words; empty where it need not."""
    return () if is_direct(steps) else tuple(_reasons(before, after, steps, effect))


def is_direct(steps: Sequence[Difference]) -> bool:
    """Return whether this is the discovery toggle, or a block, allow or removal of one domain."""
    if len(steps) == 1 and (steps[0].table, steps[0].field) == (Table.ACCESS_EDGE, "partner_discovery"):
        return True
    records = {(step.table, step.key) for step in steps}
    if len(records) != 1 or steps[0].table is not Table.DOMAIN:
        return False
    # A record that comes or goes does so with its name.
    whole = any(step.field == "name" for step in steps)
    return whole or all(step.field in _EVERYDAY for step in steps)


def is_emergency_block(steps: Sequence[Difference]) -> bool:
    """Return whether this blocks one domain and does nothing else."""
    blocks = any(step.field == "action" and step.after == Action.BLOCK.value for step in steps)
    return blocks and is_direct(steps)


def _reasons(before: Configuration, after: Configuration, steps: Sequence[Difference], effect: Impact) -> Iterator[str]:
    lost, partners = _lost(before, after, effect), _partners(before)
    if len(lost) >= FEW and len(lost) >= PARTNERS_SHARE * len(partners):
        yield f"it closes or re-routes {len(lost)} of {len(partners)} partners"
    if effect.sessions >= SESSIONS:
        yield f"it drops {effect.sessions} live sessions"
    if _allowed(before) and not _allowed(after):
        yield "it empties the allow list"
    if _open(after) and not _open(before):
        yield "it opens the edge to every domain that publishes SRV"
    weaker = sorted({_place(step) for step in steps if _weaker(step)})
    if weaker:
        yield f"it believes peers on less: {_listed(weaker)}"
    for said, fields in (
        ("our own listen address changes", _LISTEN),
        ("our own name, certificate or trust changes", _CERTIFICATE),
        ("who may administer the edge changes", _ADMIN_ACCESS),
    ):
        found = sorted({_place(step) for step in steps if _touches(step, fields)})
        if found:
            yield f"{said}: {_listed(found)}"


def _allowed(configuration: Configuration) -> frozenset[str]:
    return frozenset(domain.name for domain in configuration.domains if domain.action is Action.ALLOW)


def _partners(configuration: Configuration) -> frozenset[str]:
    """Return everybody who is let in by a rule: allowed domains, XMPP partners, enabled providers."""
    return _allowed(configuration).union(
        (f"xmpp {partner.name}" for partner in configuration.xmpp_partners),
        (f"hosting {provider.name}" for provider in configuration.hosting_providers if provider.enabled),
        (f"public {provider.name}" for provider in configuration.public_providers if provider.enabled),
    )


def _lost(before: Configuration, after: Configuration, effect: Impact) -> frozenset[str]:
    hit = _partners(before) - _partners(after)
    listed = _allowed(before)
    return hit | (listed & {*effect.closed, *effect.moved})


def _open(configuration: Configuration) -> bool:
    switches = configuration.access_edge
    return switches.federation and switches.partner_discovery


def _weaker(step: Difference) -> bool:
    order = _STRICTER_FIRST.get(_SAME_NAME.get(step.field, step.field))
    if step.field == "dialback":
        # Dialback lets a peer in without a certificate.
        return step.before is False and step.after is True
    if order is None or step.before not in order or step.after not in order:
        return False
    return order.index(str(step.after)) > order.index(str(step.before))


def _touches(step: Difference, fields: dict[Table, frozenset[str]]) -> bool:
    return step.field in fields.get(step.table, ())


def _place(step: Difference) -> str:
    return f"{step.table.value} {step.key} {step.field}" if step.key else f"{step.table.value}.{step.field}"


def _listed(places: Iterable[str]) -> str:
    names = list(places)
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"
