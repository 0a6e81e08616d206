"""Lint of hosting and public IM providers: the server allow list."""

from collections.abc import Iterator

from edgeconsole.model.configuration import HostingProvider, PublicProvider, Table
from edgeconsole.model.evidence import SrvStatus
from edgeconsole.model.terms import Platform, Verification
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.rules.classify import classify
from edgeconsole.rules.index import claimed_domains
from edgeconsole.rules.lint.finding import Hit, Inspection, LintRule, Severity, set_fields
from edgeconsole.rules.modalities import MATRIX
from edgeconsole.rules.permissions import public_service
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS, choose

Provider = HostingProvider | PublicProvider


def _every(view: Inspection) -> Iterator[tuple[Table, Provider]]:
    for hosting in view.configuration.hosting_providers:
        yield Table.HOSTING_PROVIDER, hosting
    for public in view.configuration.public_providers:
        yield Table.PUBLIC_PROVIDER, public


def _same_proxy(view: Inspection) -> Iterator[Hit]:
    first: dict[str, Provider] = {}
    for table, provider in _every(view):
        other = first.setdefault(provider.proxy_fqdn.host, provider)
        if other is not provider:
            yield Hit(
                table, provider.name, "proxy_fqdn",
                f"{provider.proxy_fqdn} is the Access Edge of {other.name} already; there is one entry for each, "
                "hosting and public together",
                "Keep one of the two providers",
            )  # fmt: skip


def _same_name(view: Inspection) -> Iterator[Hit]:
    hosting = {provider.name.lower() for provider in view.configuration.hosting_providers}
    for provider in view.configuration.public_providers:
        if provider.name.lower() in hosting:
            yield Hit(
                Table.PUBLIC_PROVIDER, provider.name, "name",
                "a hosting provider has this name; names are unique among hosting and public providers",
                "Rename one: remove it and create it again",
            )  # fmt: skip


def _with_default_routing(view: Inspection) -> Iterator[Hit]:
    for table, provider in _every(view) if view.index.default_routing else ():
        yield Hit(
            table, provider.name, "name",
            "providers are not permitted together with default routing: everything goes to the default route",
            'Remove the provider, or set access_edge.routing = "dns-srv"',
        )  # fmt: skip


def _service_ended(view: Inspection) -> Iterator[Hit]:
    for provider in view.configuration.public_providers:
        service = public_service(provider)
        over = MATRIX[service].ended if service else None
        if provider.enabled and service and over is not None and over <= view.now.date():
            yield Hit(
                Table.PUBLIC_PROVIDER, provider.name, "enabled",
                f"{service.value} ended on {over}; nobody is reached through it",
                "Disable it; the record stays as history",
                set_fields(Table.PUBLIC_PROVIDER, provider.name, enabled=False), safe=True,
            )  # fmt: skip


def _no_hoster(view: Inspection) -> Iterator[Hit]:
    if not WELL_KNOWN_PROVIDERS.isdisjoint(view.index.hosting):
        return
    for name, record in view.index.allow.items():
        if record.platform is Platform.MICROSOFT365 and record.access_edge is None:
            yield Hit(
                Table.DOMAIN, name, "platform",
                "its SRV leads to sipfed.online.lync.com, and no enabled hosting provider has that name: every partner "
                "in Microsoft 365 fails",
                "Add it: edgeconsole partners add hosting LyncOnline proxy_fqdn=sipfed.online.lync.com enabled=true "
                "verification=use-source",
            )  # fmt: skip


def _hosted_not_listed(view: Inspection) -> Iterator[Hit]:
    if view.index.partner_discovery or view.index.default_routing:
        return
    for domain, answer in view.facts.srv.items():
        provider = view.index.hosting.get(choose(answer).target) if answer.status is SrvStatus.FOUND else None
        if provider is not None and classify(view.index, domain).partner_class is PartnerClass.NOT_LISTED:
            yield Hit(
                Table.HOSTING_PROVIDER, provider.name, "enabled",
                f"{domain} is hosted there, discovery is off, and it is not on the allow list",
                f"edgeconsole domains allow {domain}",
                set_fields(Table.DOMAIN, domain, action="allow"),
            )  # fmt: skip
    if any(record.access_edge is None for record in view.index.allow.values()):
        return
    for provider in view.index.hosting.values():
        if not provider.shared_address_space and not provider.local:
            yield Hit(
                Table.HOSTING_PROVIDER, provider.name, "enabled",
                "discovery is off and no domain is allowed that could be found there: each hosted domain needs an "
                "entry of its own",
                "Allow the hosted partners: edgeconsole domains allow DOMAIN",
            )  # fmt: skip


def _two_share_our_domains(view: Inspection) -> Iterator[Hit]:
    enabled = (provider for provider in view.configuration.hosting_providers if provider.enabled)
    sharing = [provider for provider in enabled if provider.shared_address_space]
    for provider in sharing[1:]:
        yield Hit(
            Table.HOSTING_PROVIDER, provider.name, "shared_address_space",
            f"{sharing[0].name} hosts part of our domains too; one of the two gets all messages for people who are "
            "not homed here",
            "Leave shared_address_space on with one provider",
        )  # fmt: skip


def _hybrid_parity(view: Inspection) -> Iterator[Hit]:
    for provider in view.index.hosting.values():
        if provider.shared_address_space:
            discovery = "on" if view.index.partner_discovery else "off"
            yield Hit(
                Table.HOSTING_PROVIDER, provider.name, "shared_address_space",
                "hybrid: both halves must say the same, and this file shows one only",
                "Compare with the online half: the same allow list, the same block list, open federation "
                f"{discovery} as discovery is {discovery} here, every SIP domain on both sides, and DNS led to the "
                "edge while anybody is homed on premises",
            )  # fmt: skip


def _hybrid_incomplete(view: Inspection) -> Iterator[Hit]:
    for provider in view.index.hosting.values():
        if provider.shared_address_space and provider.hosts_ocs_users and provider.autodiscover_url is None:
            yield Hit(
                Table.HOSTING_PROVIDER, provider.name, "autodiscover_url",
                "the hybrid recipe sets it: without it clients do not find the pool of people homed online",
                "Set autodiscover_url = "
                '"https://webdir.online.lync.com/Autodiscover/AutodiscoverService.svc/root" for Microsoft 365',
            )  # fmt: skip


def _hoster_believed(view: Inspection) -> Iterator[Hit]:
    for provider in view.configuration.hosting_providers:
        if provider.proxy_fqdn.host in WELL_KNOWN_PROVIDERS and provider.verification is not Verification.USE_SOURCE:
            yield Hit(
                Table.HOSTING_PROVIDER, provider.name, "verification",
                f"it is {provider.verification.value}; every recipe for Microsoft 365 uses use-source, since the "
                "hoster says itself which of its senders it verified",
                'Set verification = "use-source"',
                set_fields(Table.HOSTING_PROVIDER, provider.name, verification="use-source"),
            )  # fmt: skip


def _claimed_twice(view: Inspection) -> Iterator[Hit]:
    first: dict[str, str] = {}
    for provider in (provider for provider in view.configuration.public_providers if provider.enabled):
        for domain in sorted(claimed_domains(provider)):
            other = first.setdefault(domain, provider.name)
            if other != provider.name:
                yield Hit(
                    Table.PUBLIC_PROVIDER, provider.name, "domains",
                    f"{domain} is served by {other} as well; the one whose name sorts first gets its messages",
                    f"Name {domain} with one provider",
                )  # fmt: skip


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

RULES: tuple[LintRule, ...] = (
    LintRule("EC201", _E, "two providers with one Access Edge", "1.3, 1.4, 1.8; P-PUSH", _same_proxy),
    LintRule("EC202", _E, "one name for a hosting and a public provider", "1.3, 1.4", _same_name),
    LintRule("EC203", _E, "provider together with default routing", "1.3, 1.5, 1.8", _with_default_routing),
    LintRule("EC204", _W, "enabled public provider whose service has ended", "2.10", _service_ended),
    LintRule("EC205", _E, "Microsoft 365 partner without an enabled hosting provider", "2.2, 9 row 14", _no_hoster),
    LintRule("EC206", _W, "hosted domains not allowed while discovery is off", "2.1; SFB-FEDO", _hosted_not_listed),
    LintRule("EC207", _E, "two providers share our SIP domains", "1.3", _two_share_our_domains),
    LintRule("EC208", _I, "hybrid: the online half must match", "7.4 step 7", _hybrid_parity),
    LintRule("EC209", _W, "hybrid provider without an autodiscover address", "1.3, 7.4 step 3b", _hybrid_incomplete),
    LintRule("EC210", _I, "Microsoft 365 provider not on use-source", "1.3, 12 a", _hoster_believed),
    LintRule("EC211", _E, "domain claimed by two public providers", "1.4", _claimed_twice),
)  # fmt: skip
