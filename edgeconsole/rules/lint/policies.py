"""Lint of external access policies, grants and sites."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from edgeconsole.model.configuration import Policy, Table
from edgeconsole.model.policies import Scope
from edgeconsole.rules.lint.finding import Hit, Inspection, LintRule, Severity, set_fields
from edgeconsole.rules.modalities import MATRIX, Counterpart

_PUBLIC_SERVICES = (Counterpart.MESSENGER, Counterpart.SKYPE, Counterpart.AOL, Counterpart.YAHOO)


def _unmanaged(view: Inspection) -> Iterator[Hit]:
    if not view.configuration.policies:
        yield Hit(
            Table.POLICY, "", "",
            "the file has no [[policy]]: who may use federation is not decided here",
            "To decide it here: edgeconsole policies set global federation=true; from then on policies are enforced",
        )  # fmt: skip


def _granted_to_nobody(view: Inspection) -> Iterator[Hit]:
    held = {grant.policy for grant in view.configuration.policy_grants}
    for policy in view.configuration.policies:
        if policy.scope is Scope.USER and policy.id not in held:
            yield Hit(
                Table.POLICY, policy.id, "id",
                "it is granted to nobody, so it has no effect",
                f"edgeconsole policies grant USER {policy.id}, or remove it",
            )  # fmt: skip


def _missing_policy(view: Inspection) -> Iterator[Hit]:
    known = view.index.policies.policies
    for grant in view.configuration.policy_grants:
        if grant.policy not in known:
            yield Hit(
                Table.POLICY_GRANT, grant.user, "policy",
                f"there is no policy {grant.policy}; the site's or the global policy applies instead",
                "Create the policy, correct its name, or remove the grant",
            )  # fmt: skip


def _not_for_users(view: Inspection) -> Iterator[Hit]:
    known = view.index.policies.policies
    for grant in view.configuration.policy_grants:
        policy = known.get(grant.policy)
        if policy is not None and policy.scope is not Scope.USER:
            yield Hit(
                Table.POLICY_GRANT, grant.user, "policy",
                f"{grant.policy} is a {policy.scope.value} policy; only user policies are granted",
                "Grant a user: policy, or remove the grant",
            )  # fmt: skip


def _not_our_user(view: Inspection) -> Iterator[Hit]:
    for grant in view.configuration.policy_grants:
        domain = grant.user.rpartition("@")[2]
        if domain not in view.index.local:
            yield Hit(
                Table.POLICY_GRANT, grant.user, "user",
                f"{domain} is none of our SIP domains, so the grant applies to nobody",
                "Correct the address, or add the domain as [[sip_domain]]",
            )  # fmt: skip


def _switch_off(view: Inspection) -> Iterator[Hit]:
    access_edge = view.access_edge
    for policy in view.configuration.policies:
        if not access_edge.federation:
            for flag in ("federation", "xmpp", "public_cloud"):
                if getattr(policy, flag):
                    yield _without_switch(policy, flag, "federation")
        if policy.outside and not access_edge.outside_users:
            yield _without_switch(policy, "outside", "outside_users")


def _without_switch(policy: Policy, flag: str, switch: str) -> Hit:
    return Hit(
        Table.POLICY, policy.id, flag,
        f"it is allowed by the policy and access_edge.{switch} is off: it takes effect only with both",
        f"Set access_edge.{switch} = true, or take it out of the policy",
    )  # fmt: skip


def _xmpp_alone(view: Inspection) -> Iterator[Hit]:
    for policy in view.configuration.policies:
        if policy.xmpp and not policy.federation:
            yield Hit(
                Table.POLICY, policy.id, "xmpp",
                "XMPP needs federation = true in the same policy; as it is, nobody reaches an XMPP partner",
                "Set federation = true, or xmpp = false",
            )  # fmt: skip


def _public_ended(view: Inspection) -> Iterator[Hit]:
    if view.access_edge.default_route_public and view.index.default_routing:
        return
    last = max(MATRIX[service].ended or date.max for service in _PUBLIC_SERVICES)
    if last > view.now.date():
        return
    for policy in view.configuration.policies:
        if policy.public_cloud:
            yield Hit(
                Table.POLICY, policy.id, "public_cloud",
                f"every public IM service has ended, the last on {last}",
                "Set public_cloud = false",
                set_fields(Table.POLICY, policy.id, public_cloud=False),
            )  # fmt: skip


def _av_alone(view: Inspection) -> Iterator[Hit]:
    for policy in view.configuration.policies:
        if policy.public_cloud_av and not policy.public_cloud:
            yield Hit(
                Table.POLICY, policy.id, "public_cloud_av",
                "audio and video with public IM users need public_cloud = true as well",
                "Set public_cloud_av = false",
                set_fields(Table.POLICY, policy.id, public_cloud_av=False), safe=True,
            )  # fmt: skip


def _unknown_site(view: Inspection) -> Iterator[Hit]:
    sites = {site.name for site in view.configuration.sites}
    for policy in view.configuration.policies:
        if policy.scope is Scope.SITE and policy.name not in sites:
            yield Hit(
                Table.POLICY, policy.id, "id",
                f"there is no site {policy.name}, so it applies to nobody",
                f'Add [[site]] name = "{policy.name}" with its users, or correct the name',
            )  # fmt: skip


def _other_edge(view: Inspection) -> Iterator[Hit]:
    if view.edge is None:
        return
    for site in view.configuration.sites:
        for field, route in (("federation_route", site.federation_route), ("xmpp_route", site.xmpp_route)):
            if route is not None and route not in view.index.own_names:
                yield Hit(
                    Table.SITE, site.name, field,
                    f"{route} is no name of this edge: the site's people are refused here",
                    f"Name {view.edge.fqdn}, or leave it if another edge pool carries the site",
                )  # fmt: skip


def _nobody_may(view: Inspection) -> Iterator[Hit]:
    policies = view.configuration.policies
    if view.access_edge.federation and policies and not any(p.federation or p.public_cloud for p in policies):
        yield Hit(
            Table.ACCESS_EDGE, "", "federation",
            "federation is on and no policy lets anybody use it: every message of our people is refused",
            "edgeconsole policies set global federation=true, or grant a policy that allows it",
        )  # fmt: skip


def _nobody_may_xmpp(view: Inspection) -> Iterator[Hit]:
    policies = view.configuration.policies
    if view.index.xmpp and policies and not any(p.federation and p.xmpp for p in policies):
        partner = view.configuration.xmpp_partners[0]
        yield Hit(
            Table.XMPP_PARTNER, partner.name, "name",
            "XMPP partners are listed and no policy has both federation and xmpp on: nobody may use them",
            "Set federation = true and xmpp = true in the policy of those who may",
        )  # fmt: skip


def _two_sites(view: Inspection) -> Iterator[Hit]:
    listed = Counter(pattern for site in view.configuration.sites for pattern in {*site.users, *site.survivable_branch})
    for site in view.configuration.sites:
        for pattern in site.users:
            if listed[pattern] > 1:
                yield Hit(
                    Table.SITE, site.name, "users",
                    f"{pattern} is listed with another site too; the first site of the file counts",
                    f"List {pattern} with one site",
                )  # fmt: skip


def _branch_without_xmpp(view: Inspection) -> Iterator[Hit]:
    for site in view.configuration.sites if view.index.xmpp else ():
        if site.survivable_branch:
            yield Hit(
                Table.SITE, site.name, "survivable_branch",
                "XMPP partners are listed, and XMPP is not supported for people homed on a Survivable Branch "
                "Appliance: neither presence nor messages",
                "Tell them, or home them on a pool",
            )  # fmt: skip


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

RULES: tuple[LintRule, ...] = (
    LintRule("EC401", _I, "policies are not managed here", "1.6", _unmanaged),
    LintRule("EC402", _W, "user policy granted to nobody", "1.6, 7.1 step 8, 9 row 11", _granted_to_nobody),
    LintRule("EC403", _E, "grant of a policy that does not exist", "1.6", _missing_policy),
    LintRule("EC404", _E, "grant of a policy that is no user policy", "1.6", _not_for_users),
    LintRule("EC405", _W, "grant to a person outside our SIP domains", "1.6", _not_our_user),
    LintRule("EC406", _W, "policy flag on while the switch is off", "1.6, 2.1; P-POL", _switch_off),
    LintRule("EC407", _W, "XMPP flag without the federation flag", "2.1; P-POLX", _xmpp_alone),
    LintRule("EC408", _I, "public IM flag while every service has ended", "2.10, 12 t", _public_ended),
    LintRule("EC409", _W, "public audio and video without public IM", "1.6, 2.4 step 2", _av_alone),
    LintRule("EC410", _E, "site policy for a site that does not exist", "1.6", _unknown_site),
    LintRule("EC411", _W, "site's federation route is another edge", "1.8, 2.2 step 8", _other_edge),
    LintRule("EC412", _E, "federation on and no policy allows it", "2.1; P-FED", _nobody_may),
    LintRule("EC413", _W, "XMPP partners and no policy allows XMPP", "2.1; P-POLX", _nobody_may_xmpp),
    LintRule("EC414", _W, "person listed with two sites", "1.6", _two_sites),
    LintRule("EC415", _I, "XMPP does not reach a survivable branch", "2.9; P-PLAN", _branch_without_xmpp),
)  # fmt: skip
