"""What was found against what is configured: what no look at the partner alone can tell."""

from collections.abc import Iterator

from edgeconsole.model.names import HostPort
from edgeconsole.model.probe import Finding, ProbeKind
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.rules.classify import classify
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.permissions import denied_by
from edgeconsole.rules.policies import GLOBAL
from edgeconsole.rules.probing.facts import Lookup, LookupStatus
from edgeconsole.rules.probing.judge_dns import first_choice
from edgeconsole.rules.probing.speaker import Speaker
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS


def cross_checks(speaker: Speaker, index: RuleIndex, target: ProbeTarget, srv: Lookup | None) -> tuple[Finding, ...]:
    """Return where configuration and findings contradict one another; `srv` is the look-up of the partner's record."""
    return tuple(_checks(speaker, index, target, srv))


def _checks(speaker: Speaker, index: RuleIndex, target: ProbeTarget, srv: Lookup | None) -> Iterator[Finding]:
    if not index.federation:
        yield speaker.say("config.federation_off")
    if target.provider:
        yield from _policies(speaker, index, PartnerClass.HOSTED)
        return
    kind = classify(index, target.name).partner_class
    if target.kind is ProbeKind.XMPP:
        if target.name not in index.xmpp:
            yield speaker.say("config.not_listed_xmpp")
        yield from _policies(speaker, index, PartnerClass.XMPP)
    elif target.kind is ProbeKind.SIP:
        yield from _listing(speaker, index, target, kind)
        yield from _policies(speaker, index, kind)
        if index.next_hop is None:
            yield speaker.say("config.no_next_hop")
        yield from _hosts(speaker, index, target, srv)


def _listing(speaker: Speaker, index: RuleIndex, target: ProbeTarget, kind: PartnerClass) -> Iterator[Finding]:
    if kind is PartnerClass.BLOCKED:
        record = classify(index, target.name).domain_record
        yield speaker.say("config.blocked", rule=record.name if record is not None else target.name)
    elif kind is PartnerClass.NOT_LISTED and not target.listed:
        yield speaker.say("config.not_listed")
    elif kind is PartnerClass.DISCOVERED and not target.listed:
        yield speaker.say("config.discovered")


def _policies(speaker: Speaker, index: RuleIndex, kind: PartnerClass) -> Iterator[Finding]:
    """Tell where no policy at all lets anybody through; which person it lets through, `explain` says."""
    policies = index.policies
    if not policies.managed:
        return
    every = (*policies.policies.values(), *(() if "global" in policies.policies else (GLOBAL,)))
    if all(denied_by(policy, kind, None, index.default_route_public) for policy in every):
        switches = "federation=true" + (" xmpp=true" if kind is PartnerClass.XMPP else "")
        if kind is PartnerClass.PUBLIC_IM:
            switches = "public_cloud=true"
        yield speaker.say("config.policy_off", what="it", switches=switches)


def _hosts(speaker: Speaker, index: RuleIndex, target: ProbeTarget, srv: Lookup | None) -> Iterator[Finding]:
    pinned = target.access_edge
    providers = index.hosting | index.public
    if pinned is not None and pinned.host in providers and target.listed:
        provider = providers[pinned.host]
        yield speaker.say("config.provider_and_server", host=pinned.host, provider=provider.name)
    if srv is None or srv.status is not LookupStatus.FOUND:
        return
    chosen = first_choice(srv.srv)
    found = HostPort(chosen.target, chosen.port)
    if pinned is not None and target.listed and found.host and found != pinned:
        yield speaker.say("config.pin_stale", pinned=pinned, found=found)
    if pinned is None and found.host in (WELL_KNOWN_PROVIDERS | index.disabled_hosting.keys()) - providers.keys():
        disabled = index.disabled_hosting.get(found.host)
        code = "config.provider_disabled" if disabled is not None else "config.provider_missing"
        yield speaker.say(code, host=found.host, provider=disabled.name if disabled is not None else "")
