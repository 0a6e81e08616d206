"""Lint of the Access Edge's switches: federation, discovery and its limits, routing, trust."""

from collections.abc import Iterator

from edgeconsole.model.configuration import Table
from edgeconsole.model.terms import Verification
from edgeconsole.rules.lint.finding import Hit, Inspection, LintRule, Severity, set_fields

_TABLE = Table.ACCESS_EDGE


def _rules_without_federation(view: Inspection) -> Iterator[Hit]:
    configuration = view.configuration
    counts = (
        (len(configuration.domains), "domains"),
        (len(configuration.xmpp_partners), "XMPP partners"),
        (len(view.provider_hosts), "providers"),
    )
    listed = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    if listed and not view.access_edge.federation:
        yield Hit(
            _TABLE, "", "federation",
            f"federation is off and rules exist ({listed}): nothing passes, XMPP and split domains included",
            "Set federation = true when the rules are to count",
        )  # fmt: skip


def _no_default_route(view: Inspection) -> Iterator[Hit]:
    if view.index.default_routing and view.access_edge.default_route is None:
        yield Hit(
            _TABLE, "", "routing",
            "default routing is on and default_route is not set: every partner without a pinned Access Edge fails",
            'Set default_route = "HOST", or routing = "dns-srv"',
        )  # fmt: skip


def _discovery_with_default_route(view: Inspection) -> Iterator[Hit]:
    if view.index.default_routing and view.access_edge.partner_discovery:
        yield Hit(
            _TABLE, "", "partner_discovery",
            "discovery finds partners by SRV and default routing never asks for it; discovery has no effect",
            "Set partner_discovery = false",
            set_fields(_TABLE, partner_discovery=False), safe=True,
        )  # fmt: skip


def _unused_default_route(view: Inspection) -> Iterator[Hit]:
    if not view.index.default_routing and view.access_edge.default_route is not None:
        yield Hit(
            _TABLE, "", "default_route",
            'it counts under routing = "default-route" only',
            "Remove default_route",
            set_fields(_TABLE, default_route=None), safe=True,
        )  # fmt: skip


def _open(view: Inspection) -> bool:
    return view.access_edge.partner_discovery and not view.index.default_routing


def _unlimited_discovery(view: Inspection) -> Iterator[Hit]:
    if _open(view) and not view.access_edge.discovered_contacts_limit:
        yield Hit(
            _TABLE, "", "discovered_contacts_limit",
            "discovery is on and nothing stops a stranger from trying out the addresses of our people",
            "Set discovered_contacts_limit = true; list the partners that need more",
            set_fields(_TABLE, discovered_contacts_limit=True),
        )  # fmt: skip


def _strangers_believed(view: Inspection) -> Iterator[Hit]:
    if _open(view) and view.access_edge.discovered_verification is Verification.ALWAYS_VERIFIABLE:
        yield Hit(
            _TABLE, "", "discovered_verification",
            "every sender a discovered partner names is taken as verified",
            'Set discovered_verification = "use-source", or "always-unverifiable" to reach contacts only',
            set_fields(_TABLE, discovered_verification="use-source"),
        )  # fmt: skip


def _open_federation(view: Inspection) -> Iterator[Hit]:
    if _open(view) and view.access_edge.federation:
        yield Hit(
            _TABLE, "", "partner_discovery",
            f"any domain that publishes SRV may address our people, at {view.access_edge.discovered_rate} messages a "
            f"second and {view.access_edge.discovered_contacts:,} people for each",
            "edgeconsole discovery off, if only listed partners are wanted",
        )  # fmt: skip


def _clearing_house(view: Inspection) -> Iterator[Hit]:
    if view.access_edge.clearing_house:
        yield Hit(
            _TABLE, "", "clearing_house",
            "it is for edges that stand between many organisations, and is changed only when support says so",
            "Set clearing_house = false",
            set_fields(_TABLE, clearing_house=False),
        )  # fmt: skip


def _stale_crls(view: Inspection) -> Iterator[Hit]:
    if not view.access_edge.refresh_crls:
        yield Hit(
            _TABLE, "", "refresh_crls",
            "a partner's revoked certificate goes on being accepted",
            "Set refresh_crls = true, and open TCP 80 outbound for the revocation lists",
            set_fields(_TABLE, refresh_crls=True),
        )  # fmt: skip


def _unmarked(view: Inspection) -> Iterator[Hit]:
    if not view.access_edge.mark_verifiable:
        yield Hit(
            _TABLE, "", "mark_verifiable",
            "everything our people send leaves as unverifiable: partners deliver it only to those who have the sender "
            "on their contact list",
            "Set mark_verifiable = true",
            set_fields(_TABLE, mark_verifiable=True),
        )  # fmt: skip


def _higher_limits(view: Inspection) -> Iterator[Hit]:
    access_edge = view.access_edge
    for field, value, documented in (
        ("discovered_rate", access_edge.discovered_rate, 20),
        ("discovered_contacts", access_edge.discovered_contacts, 1000),
    ):
        if _open(view) and value > documented:
            yield Hit(
                _TABLE, "", field,
                f"strangers may do more than the documented {documented:,}: {value:,}",
                "Allow the domain that needs it, which lifts the limit for it alone, and go back to the default",
                set_fields(_TABLE, **{field: documented}),
            )  # fmt: skip


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

RULES: tuple[LintRule, ...] = (
    LintRule("EC601", _W, "federation off while rules exist", "2.1; P-FED", _rules_without_federation),
    LintRule("EC602", _E, "default routing without a default route", "1.5", _no_default_route),
    LintRule("EC603", _E, "discovery together with default routing", "1.5", _discovery_with_default_route),
    LintRule("EC604", _I, "default route that does not count", "1.5", _unused_default_route),
    LintRule("EC605", _W, "discovery without the contacts limit", "1.5, 2.7; SAFE", _unlimited_discovery),
    LintRule("EC606", _W, "discovered partners always believed", "1.5, 2.6", _strangers_believed),
    LintRule("EC607", _I, "open to every domain that publishes SRV", "7.1 step 6, 10", _open_federation),
    LintRule("EC608", _W, "clearing house is on", "1.5", _clearing_house),
    LintRule("EC609", _W, "revocation lists are not refreshed", "1.5, 5 C8", _stale_crls),
    LintRule("EC610", _W, "our messages leave unverifiable", "1.5, 2.6", _unmarked),
    LintRule("EC611", _I, "discovered partners above the documented limits", "1.5, 2.7; SAFE", _higher_limits),
)  # fmt: skip
