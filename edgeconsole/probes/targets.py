"""What a probe looks at: partners as the configuration has them, or whatever domain or host an operator types."""

import ipaddress

import msgspec.structs

from edgeconsole.model.configuration import (
    Action,
    Configuration,
    FederatedDomain,
    HostingProvider,
    PublicProvider,
    XmppPartner,
)
from edgeconsole.model.names import (
    SIP_TLS_PORT,
    XMPP_PORT,
    HostPort,
    InvalidName,
    parse_access_edge,
    parse_domain,
)
from edgeconsole.model.probe import ProbeKind
from edgeconsole.model.probe_settings import Expectation, ProbeTargetSettings
from edgeconsole.model.probe_target import ProbeTarget, XmppMethods
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS

__all__ = ["STUN_PORT", "Expectation", "ProbeTarget", "XmppMethods", "target_for", "targets_of"]

STUN_PORT = 3478
"""Port of STUN and TURN over UDP at an A/V Edge (port summary, F8)."""


def targets_of(configuration: Configuration) -> tuple[ProbeTarget, ...]:
    """Return every target of a configuration: partners that are allowed, enabled providers, our own side, and the names
    that stand in `[[probe_target]]` alone.

    Blocked domains and disabled providers are left alone, and so is what is to be skipped.
    """
    partners = [_of_domain(domain) for domain in configuration.domains if domain.action is Action.ALLOW]
    providers = [
        *(_of_provider(provider) for provider in configuration.hosting_providers if provider.enabled),
        *(_of_provider(provider) for provider in configuration.public_providers if provider.enabled),
    ]
    xmpp = [_of_xmpp(partner, name) for partner in configuration.xmpp_partners for name in partner.domains]
    found = {target.key: target for target in (*_ours(configuration), *partners, *providers, *xmpp)}
    for settings in configuration.probe_targets:
        _settle(found, settings)
    return tuple(found.values())


def _settle(found: dict[str, ProbeTarget], settings: ProbeTargetSettings) -> None:
    """Apply what is different about one name to each target it means; a name nobody has becomes a target."""
    meant = [
        target for target in found.values() if target.name == settings.name and settings.kind in (None, target.kind)
    ]
    if not meant:
        kind = settings.kind or ProbeKind.SIP
        meant = [ProbeTarget(name=settings.name, kind=kind, access_edge=settings.access_edge)]
    for target in meant:
        if settings.skip:
            found.pop(target.key, None)
        else:
            found[target.key] = msgspec.structs.replace(
                target,
                expect=settings.expect,
                options=settings.options,
                pins=tuple(pin.replace(":", "").lower() for pin in settings.pins),
            )


def _of_domain(domain: FederatedDomain) -> ProbeTarget:
    return ProbeTarget(name=domain.name, kind=ProbeKind.SIP, access_edge=domain.access_edge, platform=domain.platform)


def _of_provider(provider: HostingProvider | PublicProvider) -> ProbeTarget:
    edge = provider.proxy_fqdn
    return ProbeTarget(name=edge.host, kind=ProbeKind.SIP, access_edge=edge, provider=provider.name)


def _of_xmpp(partner: XmppPartner, name: str) -> ProbeTarget:
    return ProbeTarget(
        name=name,
        kind=ProbeKind.XMPP,
        access_edge=partner.proxy_fqdn,
        xmpp=XmppMethods(partner.tls, partner.sasl, partner.dialback),
    )


def _ours(configuration: Configuration) -> tuple[ProbeTarget, ...]:
    edge = configuration.edge
    if edge is None:
        return ()
    ours = ProbeTarget(name=edge.fqdn, kind=ProbeKind.OURS, platform=edge.platform)
    if edge.av_fqdn is None:
        return (ours,)
    av = ProbeTarget(name=edge.av_fqdn, kind=ProbeKind.STUN, access_edge=HostPort(edge.av_fqdn, STUN_PORT))
    return (ours, av)


def target_for(configuration: Configuration, text: str) -> ProbeTarget:
    """Return the target an operator typed: a listed name as it is listed, else a stranger.

    Takes a domain, `host:port`, or either with `sip:`, `xmpp:` or `stun:` in front, which decides the protocol where
    the configuration does not: a port of 5269 means XMPP, 3478 STUN. Raises BadInput, also for an IP address: names are
    verified, and an address has none.
    """
    kind, rest = _scheme(text.strip())
    host, _, port = rest.rpartition(":") if ":" in rest else (rest, "", "")
    _refuse_address(text, rest)
    name = parse_domain(host or rest)
    edge = parse_access_edge(rest) if port else None
    if edge is None:
        listed = [each for each in targets_of(configuration) if each.name == name and kind in (None, each.kind)]
        if listed:
            return listed[0]
    kind = kind or _KINDS.get(edge.port if edge else SIP_TLS_PORT, ProbeKind.SIP)
    if kind is ProbeKind.STUN and edge is None:
        edge = HostPort(name, STUN_PORT)
    return ProbeTarget(
        name=name,
        kind=kind,
        access_edge=edge,
        listed=False,
        provider=name if name in WELL_KNOWN_PROVIDERS else "",
    )


def _scheme(text: str) -> tuple[ProbeKind | None, str]:
    word, colon, rest = text.partition(":")
    try:
        return (ProbeKind(word.lower()), rest) if colon else (None, text)
    except ValueError:
        return None, text


def _refuse_address(text: str, rest: str) -> None:
    for candidate in (rest, rest.rpartition(":")[0], rest.partition("]")[0].lstrip("[")):
        try:
            ipaddress.ip_address(candidate)
        except ValueError:
            continue
        raise InvalidName(
            f"{text!r} names an IP address; a probe verifies names",
            remedy="Give the domain or the FQDN of the partner's Access Edge, for example sip.fabrikam.example:5061",
        )


_KINDS = {SIP_TLS_PORT: ProbeKind.SIP, XMPP_PORT: ProbeKind.XMPP, STUN_PORT: ProbeKind.STUN}
