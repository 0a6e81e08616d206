"""What to do about a decision: sentences with the record and the command they need, from the reason and the last probe.

Nothing here decides anything: the reason is the one `decide` gave (docs/rules.md 2), the probe's is its own finding.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from edgeconsole.model.probe import Finding, Severity, WhoActs
from edgeconsole.model.verdict import CheckId, Direction, Explanation, PartnerClass, Reason, StepResult, VerdictKind


class Verb(Enum):
    """What the console can start for a step."""

    ALLOW = "allow"
    BLOCK = "block"
    DISCOVERY = "discovery"
    PROBE = "probe"
    SET_UP = "set-up"
    EDIT = "edit"
    PERSON = "person"
    """Look at a person's policy, and give them another."""
    FEDERATION = "federation"
    """The switch for everybody."""


class NextStep(NamedTuple):
    """One thing that helps: who does it stands in the sentence."""

    text: str
    record: str = ""
    """The DNS record or the lines of federation.toml it takes."""
    command: str = ""
    """What does it from a shell."""
    verb: Verb | None = None
    subject: str = ""
    """The domain, or for PERSON the address, the verb is about."""


class _Asked(NamedTuple):
    """An explanation, whose side is whose, and our person where one was named."""

    told: Explanation
    partner: str
    ours: str
    person: str

    @property
    def where(self) -> str:
        """The line that decided, in brackets, where one did."""
        found = next((step.where for step in self.told.steps if step.check is self.told.decided_by), "")
        return f" ({found})" if found else ""

    @property
    def why(self) -> str:
        """What the deciding check found."""
        return next((step.why for step in self.told.steps if step.check is self.told.decided_by), "")


Steps = Callable[[_Asked], tuple[NextStep, ...]]


def next_steps(explanations: Iterable[Explanation], person: str = "") -> tuple[NextStep, ...]:
    """Return what to do about decisions of one pair of addresses, most useful first, each once."""
    found: dict[str, NextStep] = {}
    asked = [_asked(each, person) for each in explanations]
    for each in asked:
        if each.told.verdict is not VerdictKind.ALLOWED:
            for step in _ABOUT.get(each.told.reason, _unknown)(each) if each.told.reason else _unknown(each):
                found.setdefault(step.text, step)
    for each in asked:
        for step in _of_the_probe(each):
            found.setdefault(step.text, step)
    if not found and asked:
        found = {step.text: step for step in _nothing_in_the_way(asked)}
    return tuple(found.values())


def _asked(told: Explanation, person: str) -> _Asked:
    inbound = told.direction is Direction.INBOUND
    partner, ours = (told.sender, told.recipient) if inbound else (told.recipient, told.sender)
    return _Asked(told, partner, ours, person if "@" in person else "")


def probe_step(partner: str, text: str = "") -> NextStep:
    """Return the step that looks at a partner now."""
    said = text or f"Look at {partner} now, from DNS to its answer"
    return NextStep(said, command=f"edgeconsole probe {partner}", verb=Verb.PROBE, subject=partner)


def _of_the_probe(asked: _Asked) -> Iterator[NextStep]:
    """Yield what the worst finding of the last probe asks for; the rules know nothing of the other side's wires."""
    known = asked.told.probe
    if known is None or known.last is None:
        return
    bad = [each for each in known.last.findings if each.severity is Severity.CRITICAL and not each.expected]
    if bad:
        finding: Finding = bad[0]
        fix = str(finding.fix)
        said = fix if fix.startswith(("Partner", "The partner")) else f"{_WHO[finding.who]}: {fix}"
        text = f"{said} ({finding.code})"
        yield NextStep(text, command=f"edgeconsole probe {asked.partner}", verb=Verb.PROBE, subject=asked.partner)


_WHO = {
    WhoActs.US: "We mend it",
    WhoActs.PARTNER: "The partner mends it",
    WhoActs.FIREWALL: "Whoever runs the firewall mends it",
    WhoActs.AUTHORITY: "The certificate authority mends it",
    WhoActs.NOBODY: "Nobody can mend it",
}


def _nothing_in_the_way(asked: list[_Asked]) -> Iterator[NextStep]:
    first = asked[0]
    probed = first.told.probe is not None and first.told.probe.last is not None
    unseen = [step.check for each in asked for step in each.told.steps if step.result is StepResult.NOT_RUN]
    if CheckId.SRV in unseen or (CheckId.PEER_NAME in unseen and not probed):
        yield probe_step(first.partner, f"Our rules let it pass; DNS and certificate of {first.partner} were not seen")
        return
    said = f"Nothing of ours stands in the way. If it still fails, {first.partner} must allow {first.ours} on its side"
    yield probe_step(first.partner, said)


def _unknown(asked: _Asked) -> tuple[NextStep, ...]:
    """The steps where an edge of an older version names no reason."""
    return (probe_step(asked.partner, f"It ended at the check {asked.told.decided_by.value}: {asked.why}"),)


def _allow(asked: _Asked, text: str) -> NextStep:
    record = f'[[domain]] name = "{asked.partner}", action = "allow"'
    return NextStep(text, record, f"edgeconsole domains allow {asked.partner}", Verb.ALLOW, asked.partner)


def _federation_off(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        NextStep(
            f"Federation is off for everybody{asked.where}: turn it on, or nothing passes in or out",
            "[access_edge] federation = true",
            "edgeconsole settings set access-edge federation=true",
            Verb.FEDERATION,
        ),
    )


def _not_ours(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        NextStep(
            f"{asked.ours} is none of our SIP domains: check how it is spelt; if it is ours, list it",
            f'[[sip_domain]] name = "{asked.ours}"',
            f"edgeconsole sip-domains set {asked.ours}",
        ),
    )


def _inside(asked: _Asked) -> tuple[NextStep, ...]:
    said = f"{asked.partner} is ours: what goes from us to us is no federation; ask our own pool ({asked.told.sender})"
    return (NextStep(said, command="edgeconsole sip-domains list"),)


def _forged(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        NextStep(
            f"Nobody outside may speak for {asked.partner}, which is ours. If part of its people are homed at a "
            "hosting provider, say so there",
            "[[hosting_provider]] shared_address_space = true",
            "edgeconsole partners list",
        ),
    )


def _blocked(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        _allow(asked, f"A rule of ours blocks {asked.partner}{asked.where}: find out why, then allow it"),
        NextStep(f"Who blocked {asked.partner}, and why, stands in the history", command="edgeconsole history"),
    )


def _not_listed(asked: _Asked) -> tuple[NextStep, ...]:
    partner = asked.partner
    return (
        _allow(asked, f"List {partner}; its Access Edge is found by SRV"),
        NextStep(
            f"Set {partner} up step by step, with its records, ports and certificate looked at",
            command=f"edgeconsole federate sip {partner}",
            verb=Verb.SET_UP,
            subject=partner,
        ),
        NextStep(
            "Or let every domain that publishes SRV in: partner discovery",
            "[access_edge] partner_discovery = true",
            "edgeconsole discovery on",
            Verb.DISCOVERY,
        ),
        NextStep(
            f"Or keep {partner} out for good",
            f'[[domain]] name = "{partner}", action = "block"',
            f"edgeconsole domains block {partner}",
            Verb.BLOCK,
            partner,
        ),
    )


def _wrong_plane(asked: _Asked) -> tuple[NextStep, ...]:
    over = "XMPP" if asked.told.partner_class is PartnerClass.XMPP else "SIP"
    kind = "xmpp" if over == "XMPP" else "sip"
    return (
        NextStep(
            f"{asked.partner} is listed for {over} alone: {over} is what both sides must use, or list it for the other",
            command=f"edgeconsole federate {'sip' if kind == 'xmpp' else 'xmpp'} {asked.partner}",
            verb=Verb.EDIT,
            subject=asked.partner,
        ),
    )


def _no_method(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        NextStep(
            f"TLS, SASL and dialback of {asked.partner}{asked.where} leave no way to prove who speaks: take a preset",
            '[[xmpp_partner]] tls = "required", sasl = "required", dialback = false',
            f"edgeconsole partners set {asked.partner} tls=required sasl=required dialback=false",
            Verb.EDIT,
            asked.partner,
        ),
    )


def _srv_name(asked: _Asked) -> str:
    xmpp = asked.told.partner_class is PartnerClass.XMPP
    return ("_xmpp-server" if xmpp else "_sipfederationtls") + f"._tcp.{asked.partner}"


def _srv_record(asked: _Asked) -> str:
    port = 5269 if asked.told.partner_class is PartnerClass.XMPP else 5061
    return f"{_srv_name(asked)}. IN SRV 0 0 {port} sip.{asked.partner}."


def _pin(asked: _Asked, text: str) -> NextStep:
    edge = f"sip.{asked.partner}"
    record = f'[[domain]] name = "{asked.partner}", access_edge = "{edge}"'
    command = f"edgeconsole domains allow {asked.partner} --access-edge {edge}"
    return NextStep(text, record, command, Verb.EDIT, asked.partner)


def _srv_missing(asked: _Asked) -> tuple[NextStep, ...]:
    told = NextStep(f"The partner publishes the record of {asked.partner}", _srv_record(asked))
    pinned = _pin(asked, "Until then: pin its Access Edge, if the partner tells you the name")
    return (told, probe_step(asked.partner), *(() if asked.told.partner_class is PartnerClass.XMPP else (pinned,)))


def _srv_unavailable(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        probe_step(asked.partner, f"{_srv_name(asked)} could not be resolved from here: look whether others see it"),
        NextStep(
            "If no other name resolves either, it is our resolver", "[proxy] resolver", "edgeconsole settings show"
        ),
    )


def _srv_target(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        _pin(asked, f"Pin the Access Edge of {asked.partner} once the partner has told you its name"),
        NextStep(f"Or the partner names a host one label below {asked.partner}", _srv_record(asked)),
        probe_step(asked.partner),
    )


def _provider_missing(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        NextStep(
            f"{asked.partner} is hosted: add the provider its SRV leads to, or enable it",
            '[[hosting_provider]] name = "Microsoft 365", proxy_fqdn = "sipfed.online.lync.com", enabled = true',
            "edgeconsole federate hosting",
            Verb.SET_UP,
            asked.partner,
        ),
    )


def _policy(asked: _Asked) -> tuple[NextStep, ...]:
    field = {
        Reason.POLICY_FEDERATION: "federation",
        Reason.POLICY_XMPP: "xmpp",
        Reason.POLICY_PUBLIC: "public_cloud",
        Reason.POLICY_PUBLIC_AV: "public_cloud_av",
    }[asked.told.reason or Reason.POLICY_FEDERATION]
    person = asked.person or "the person"
    return (
        NextStep(
            f"Give {person} a policy that has {field}, or turn it on in theirs{asked.where}",
            f"[[policy]] {field} = true",
            f"edgeconsole policies effective {asked.person or 'USER'}",
            Verb.PERSON if asked.person else None,
            asked.person,
        ),
    )


def _branch(asked: _Asked) -> tuple[NextStep, ...]:
    said = f"{asked.person or 'The person'} is homed on a Survivable Branch Appliance{asked.where}, which knows no XMPP"
    return (NextStep(f"{said}: home them on a pool", command="edgeconsole sites list"),)


def _modality(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        NextStep(
            f"The other side cannot do it ({asked.why}): no setting changes that; instant messages may pass",
            command=f"edgeconsole explain {asked.told.sender} {asked.told.recipient} --modality im",
        ),
    )


def _ended(asked: _Asked) -> tuple[NextStep, ...]:
    said = f"That service has ended ({asked.why}): its people are reached as a federated domain now, or not at all"
    return (NextStep(said, command="edgeconsole partners list"),)


def _other_edge(asked: _Asked) -> tuple[NextStep, ...]:
    said = f"Another edge carries the federation of their site ({asked.why}): ask that one, or change the route"
    return (NextStep(said, "[[site]] federation_route", "edgeconsole sites list"),)


def _peer_name(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        NextStep(f"The partner has its certificate reissued with the name written out: {asked.why}"),
        _pin(asked, "Or, if its Access Edge has another name now, pin that one"),
        probe_step(asked.partner),
    )


def _no_next_hop(asked: _Asked) -> tuple[NextStep, ...]:
    key = "edge next_hop" if asked.told.direction is Direction.INBOUND else "access_edge default_route"
    table, field = key.split()
    return (
        NextStep(
            f"Say where messages go: {table}.{field} is not set",
            f'[{table}] {field} = "pool.int.{asked.ours}:5061"',
            f"edgeconsole settings set {table.replace('_', '-')} {field}=pool.int.{asked.ours}:5061",
        ),
    )


def _too_much(asked: _Asked) -> tuple[NextStep, ...]:
    return (
        _allow(asked, f"List {asked.partner}: the limits of discovered partners end for it at once"),
        NextStep(
            f"Or, if what it sends is not wanted, block {asked.partner}",
            f'[[domain]] name = "{asked.partner}", action = "block"',
            f"edgeconsole domains block {asked.partner}",
            Verb.BLOCK,
            asked.partner,
        ),
    )


_ABOUT: Mapping[Reason | None, Steps] = {
    Reason.FEDERATION_OFF: _federation_off,
    Reason.SENDER_IS_OURS: _forged,
    Reason.SENDER_NOT_OURS: _not_ours,
    Reason.RECIPIENT_NOT_OURS: _not_ours,
    Reason.RECIPIENT_IS_OURS: _inside,
    Reason.BLOCKED: _blocked,
    Reason.NOT_LISTED: _not_listed,
    Reason.WRONG_PLANE: _wrong_plane,
    Reason.NO_METHOD: _no_method,
    Reason.SRV_MISSING: _srv_missing,
    Reason.SRV_UNAVAILABLE: _srv_unavailable,
    Reason.PROVIDER_MISSING: _provider_missing,
    Reason.SRV_TARGET: _srv_target,
    Reason.POLICY_FEDERATION: _policy,
    Reason.POLICY_XMPP: _policy,
    Reason.POLICY_PUBLIC: _policy,
    Reason.POLICY_PUBLIC_AV: _policy,
    Reason.SURVIVABLE_BRANCH: _branch,
    Reason.MODALITY: _modality,
    Reason.SERVICE_ENDED: _ended,
    Reason.OTHER_EDGE: _other_edge,
    Reason.PEER_NAME: _peer_name,
    Reason.NO_NEXT_HOP: _no_next_hop,
    Reason.DISCOVERED_RATE: _too_much,
    Reason.DISCOVERED_SUSPICIOUS: _too_much,
    Reason.DISCOVERED_CONTACTS: _too_much,
}
