"""The certificates a configuration needs on each interface: names, uses, key, authority (docs/rules.md 5)."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum

import msgspec

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.names import DomainName
from edgeconsole.rules.requirements.certificate_facts import KeyUsage
from edgeconsole.rules.requirements.dns import discovery_reasons
from edgeconsole.rules.requirements.needs import Needs, needs_of, own_sip_name, sip_host

KEY_BITS = 2048
"""Least length of an RSA key: the wizard's default (P-XSETUP)."""


class Interface(Enum):
    """Where a certificate is used."""

    EXTERNAL = "external"
    INTERNAL = "internal"
    REVERSE_PROXY = "reverse proxy"


class NameKind(Enum):
    """Why a name must stand in a certificate; a name may have several reasons, the first one counts."""

    ACCESS_EDGE = "Access Edge"
    SRV_TARGET = "SRV target"
    SIP_HOST = "sip.<domain>"
    WEB_CONFERENCING = "web conferencing"
    XMPP_DOMAIN = "XMPP domain"
    INTERNAL = "internal name"
    WEB_SERVICE = "web service"


class RequiredName(msgspec.Struct, frozen=True, kw_only=True):
    """A DNS name that must stand in the subject alternative name, exactly."""

    name: DomainName
    kind: NameKind
    reason: str
    needed_by: tuple[str, ...]


class IssuedBy(Enum):
    """Which authorities will do."""

    PUBLIC = "public authority"
    ANY = "public or internal authority"


class RuleRow(Enum):
    """A row of the planning table of certificate rules."""

    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"
    C5 = "C5"
    C6 = "C6"
    C7 = "C7"
    C8 = "C8"
    C9 = "C9"
    C10 = "C10"


class CertificateRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that applies to a certificate, in a sentence."""

    row: RuleRow
    text: str
    needed_by: tuple[str, ...] = ()


class CertificateRequirement(msgspec.Struct, frozen=True, kw_only=True):
    """What the certificate of one interface must be."""

    interface: Interface
    file: str | None = None
    """Reference in the configuration, `file:PATH`; None where none is named."""
    trust: str | None = None
    """Authorities that our side believes on this interface."""
    subject: str
    """Common name."""
    subject_read_by: tuple[str, ...] = ()
    """Partners old enough to read the subject; everybody else looks at the names alone."""
    names: tuple[RequiredName, ...] = ()
    usages: tuple[KeyUsage, ...] = (KeyUsage.SERVER_AUTH,)
    key_bits: int = KEY_BITS
    issued_by: IssuedBy
    wildcards: bool
    """Whether a wildcard may stand for a name."""
    exportable_key: bool
    """The same certificate and key go to every member of the pool."""
    rules: tuple[CertificateRule, ...] = ()
    reason: str
    needed_by: tuple[str, ...]
    information: bool = False
    """Belongs to another product; told for completeness and never checked."""


def certificate_requirements(
    configuration: Configuration, now: datetime | None = None
) -> tuple[CertificateRequirement, ...]:
    """Return what each certificate must be; nothing where the configuration describes no edge."""
    needs = needs_of(configuration, now)
    if needs is None:
        return ()
    found = [_external(needs)]
    if needs.edge.internal_fqdn is not None:
        found.append(_internal(needs, needs.edge.internal_fqdn))
    mobile = any(domain.mobility for domain in needs.sip_domains)
    if needs.outside_users or mobile:
        found.append(_reverse_proxy(needs))
    return tuple(found)


def _external(needs: Needs) -> CertificateRequirement:
    edge = needs.edge
    return CertificateRequirement(
        interface=Interface.EXTERNAL,
        file=edge.certificate,
        trust=edge.trust,
        subject=edge.fqdn,
        subject_read_by=needs.ocs,
        names=_once(_external_names(needs)),
        usages=(KeyUsage.SERVER_AUTH, KeyUsage.CLIENT_AUTH),
        issued_by=IssuedBy.PUBLIC,
        wildcards=False,
        exportable_key=len(edge.members) > 1,
        rules=tuple(_external_rules(needs)),
        reason="Access Edge, Web Conferencing Edge and A/V authentication show it to partners and clients",
        needed_by=(*needs.partners, *needs.people_outside) or ("every feature",),
    )


def _external_names(needs: Needs) -> Iterator[RequiredName]:
    edge = needs.edge
    yield RequiredName(
        name=edge.fqdn,
        kind=NameKind.ACCESS_EDGE,
        reason="the subject again: TLS looks at the alternative names alone",
        needed_by=needs.partners or ("remote users",),
    )
    for domain in needs.sip_domains:
        finders = discovery_reasons(needs, domain)
        if finders:
            yield RequiredName(
                name=sip_host(edge, domain.name),
                kind=NameKind.SRV_TARGET,
                reason=f"the host that the SRV record of {domain.name} names (D1)",
                needed_by=finders,
            )
        yield RequiredName(
            name=own_sip_name(domain.name),
            kind=NameKind.SIP_HOST,
            reason=f"{domain.name} needs a host of its own: one of another domain is refused (R6)",
            needed_by=finders or ("remote users",),
        )
    if edge.web_conferencing_fqdn is not None:
        yield RequiredName(
            name=edge.web_conferencing_fqdn,
            kind=NameKind.WEB_CONFERENCING,
            reason="people outside join web conferences at this name",
            needed_by=("conferencing",),
        )
    if needs.xmpp_over_tls:
        for domain in needs.sip_domains:
            if domain.xmpp:
                yield RequiredName(
                    name=domain.name,
                    kind=NameKind.XMPP_DOMAIN,
                    reason="XMPP servers verify the domain itself, not a host (C7)",
                    needed_by=needs.xmpp_over_tls,
                )


def _once(names: Iterator[RequiredName]) -> tuple[RequiredName, ...]:
    """Return each name once, for its first reason and for everybody who needs it."""
    found: dict[str, RequiredName] = {}
    for name in names:
        known = found.setdefault(name.name, name)
        if known is not name:
            everybody = tuple(dict.fromkeys((*known.needed_by, *name.needed_by)))
            found[name.name] = msgspec.structs.replace(known, needed_by=everybody)
    return tuple(found.values())


def _external_rules(needs: Needs) -> Iterator[CertificateRule]:
    edge = needs.edge
    yield CertificateRule(row=RuleRow.C1, text="the order of the alternative names does not matter")
    yield CertificateRule(row=RuleRow.C2, text="no wildcard: every name stands for itself", needed_by=needs.partners)
    if len(edge.members) > 1:
        yield CertificateRule(
            row=RuleRow.C3,
            text=f"the same certificate and key on all {len(edge.members)} members, so the key must be exportable",
            needed_by=("the pool",),
        )
    if edge.av_fqdn is not None:
        yield CertificateRule(
            row=RuleRow.C4,
            text="to renew A/V authentication without breaking calls, give it a certificate of its own",
            needed_by=("audio, video and sharing",),
        )
    yield CertificateRule(row=RuleRow.C5, text=f"RSA key of at least {KEY_BITS} bits, or P-256")
    yield CertificateRule(
        row=RuleRow.C6,
        text="ask for clientAuth by name: Request-CsCertificate -New -Type AccessEdgeExternal -ClientEku $true",
        needed_by=needs.partners,
    )
    if needs.xmpp:
        yield CertificateRule(
            row=RuleRow.C7,
            text="SASL and dialback over TLS need the domain itself as a name; TCP dialback needs no certificate",
            needed_by=needs.xmpp,
        )
    yield CertificateRule(
        row=RuleRow.C8,
        text="partners check revocation: the list it names must be reachable from the Internet",
        needed_by=needs.partners,
    )
    yield CertificateRule(
        row=RuleRow.C9,
        text=f"each side may use another authority; partners must trust ours, and we believe {edge.trust}",
        needed_by=needs.partners,
    )
    yield CertificateRule(
        row=RuleRow.C10,
        text=f"an edge remembers {needs.accepted_certificates:,} accepted and {needs.rejected_certificates:,} rejected"
        " certificates of partners, so a renewed one may be judged by the old for a while",
    )


def _internal(needs: Needs, name: DomainName) -> CertificateRequirement:
    edge = needs.edge
    rules = [
        CertificateRule(row=RuleRow.C2, text="a wildcard is allowed here, and only here"),
        CertificateRule(row=RuleRow.C5, text=f"RSA key of at least {KEY_BITS} bits, or P-256"),
    ]
    if len(edge.members) > 1:
        text = f"the same certificate and private key on all {len(edge.members)} members"
        rules.insert(1, CertificateRule(row=RuleRow.C3, text=text, needed_by=("the pool",)))
    text = f"our own servers must trust its authority, and we believe {edge.internal_trust or 'nobody yet'}"
    rules.append(CertificateRule(row=RuleRow.C9, text=text, needed_by=edge.internal_peers))
    return CertificateRequirement(
        interface=Interface.INTERNAL,
        file=edge.internal_certificate,
        trust=edge.internal_trust,
        subject=name,
        usages=(KeyUsage.SERVER_AUTH,),
        issued_by=IssuedBy.ANY,
        wildcards=True,
        exportable_key=len(edge.members) > 1,
        rules=tuple(rules),
        reason="the edge shows it to our own servers",
        needed_by=edge.internal_peers or ("our own servers",),
    )


def _reverse_proxy(needs: Needs) -> CertificateRequirement:
    names = tuple(
        RequiredName(
            name=DomainName(f"lyncdiscover.{domain.name}"),
            kind=NameKind.WEB_SERVICE,
            reason="clients find the web services at this name (D7)",
            needed_by=tuple(client.value for client in domain.mobility) or ("remote users",),
        )
        for domain in needs.sip_domains
    )
    return CertificateRequirement(
        interface=Interface.REVERSE_PROXY,
        subject="<external web services FQDN>",
        names=names,
        issued_by=IssuedBy.PUBLIC,
        wildcards=True,
        exportable_key=False,
        rules=(CertificateRule(row=RuleRow.C2, text="a wildcard is allowed; the simple URLs are further names"),),
        reason="the reverse proxy in front of the web services shows it; it is no part of the edge",
        needed_by=("mobility and meetings",),
        information=True,
    )
