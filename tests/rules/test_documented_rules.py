"""Row by row, the tables of docs/rules.md that decisions are made from: 1.7, 2.1, 2.3, 2.6, 2.8, 2.9, 3.2."""

# ruff: noqa: E501 - one row of a table a line

from datetime import date

import msgspec
import pytest

from edgeconsole.model.configuration import (
    AccessEdge,
    Action,
    Configuration,
    Edge,
    FederatedDomain,
    HostingProvider,
    Policy,
    PublicProvider,
    SipDomain,
    Site,
    XmppPartner,
)
from edgeconsole.model.evidence import Evidence, SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.terms import Match, Modality, Negotiation, Platform, Routing, Verification
from edgeconsole.model.verdict import Direction, Outcome, PartnerClass, Reason
from edgeconsole.rules.decide import decide
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.modalities import Counterpart, Support, support
from edgeconsole.rules.negotiation import Method, advice, agreed, methods
from edgeconsole.rules.srv import choose, is_direct_child
from edgeconsole.rules.verification import Claim, Treatment, treatment

OURS, REMOTE, ALICE = "contoso.example", "fabrikam.example", "alice@contoso.example"
IN, OUT = Direction.INBOUND, Direction.OUTBOUND
BEFORE = date(2012, 1, 1)
"""While every public service still ran."""
HOSTER, PUBLIC, HUB = "edge.hoster.example", "edge.public.example", "hub.example.net"
EVERYTHING = Policy(id="global", federation=True, xmpp=True, public_cloud=True, public_cloud_av=True)


def world(**tables: object) -> Configuration:
    """Federation on, one SIP domain of ours, and what a row adds."""
    given: dict[str, object] = {
        "edge": Edge(fqdn=DomainName("sip.contoso.example"), next_hop=HostPort("pool.int.contoso.example")),
        "access_edge": AccessEdge(federation=True),
        "sip_domains": (SipDomain(name=DomainName(OURS)),),
    }
    return Configuration(**{**given, **tables})


def switches(**fields: object) -> AccessEdge:
    return AccessEdge(**{"federation": True, **fields})


def allow(name: str = REMOTE, edge: str | None = None, **fields: object) -> FederatedDomain:
    pinned = HostPort(edge) if edge else None
    return FederatedDomain(name=DomainName(name), action=Action.ALLOW, access_edge=pinned, **fields)


def block(name: str = REMOTE, **fields: object) -> FederatedDomain:
    return FederatedDomain(name=DomainName(name), action=Action.BLOCK, **fields)


def hosting(**fields: object) -> HostingProvider:
    given = {"name": "Hoster", "proxy_fqdn": HostPort(HOSTER), "enabled": True, "verification": Verification.USE_SOURCE}
    return HostingProvider(**{**given, **fields})


def public(**fields: object) -> PublicProvider:
    given = {"name": "Skype", "proxy_fqdn": HostPort(PUBLIC), "enabled": True, "verification": Verification.USE_SOURCE}
    return PublicProvider(**{**given, **fields})


def xmpp(name: str = REMOTE, **fields: object) -> XmppPartner:
    return XmppPartner(name=DomainName(name), **{"dialback": False, **fields})


def evidence(*targets: str, names: tuple[str, ...] | None = None) -> Evidence:
    status = SrvStatus.FOUND if targets else SrvStatus.MISSING
    answer = SrvAnswer(status=status, records=tuple(SrvRecord(target=target) for target in targets))
    return Evidence(srv=answer, peer_names=frozenset(targets if names is None else names))


SIP = evidence("sip.fabrikam.example")


def outcome(
    configuration: Configuration,
    seen: Evidence = SIP,
    direction: Direction = OUT,
    remote: str = REMOTE,
    **asked: object,
) -> Outcome:
    sender, recipient = (remote, OURS) if direction is IN else (OURS, remote)
    given = {"user": ALICE, "today": BEFORE, **asked}
    return decide(RuleIndex.compile(configuration), direction, sender, recipient, seen, **given)


def both_ways(configuration: Configuration, seen: Evidence = SIP, **asked: object) -> set[Reason | None]:
    return {outcome(configuration, seen, direction, **asked).reason for direction in Direction}


# ---- 1.7: the complete negotiation matrix (P-XNEG) ----

R, O, N = Negotiation.REQUIRED, Negotiation.OPTIONAL, Negotiation.NOT_SUPPORTED  # noqa: E741 - as in the table
SASL, TLS, TCP = Method.SASL_OVER_TLS, Method.TLS_DIALBACK, Method.TCP_DIALBACK

MATRIX = [
    (R, R, True, (SASL,), "never used"),
    (R, R, False, (SASL,), ""),
    (R, O, True, (SASL, TLS), ""),
    (R, O, False, (SASL,), ""),
    (R, N, True, (TLS,), ""),
    (R, N, False, (), "no method"),
    (O, R, True, (SASL, TLS, TCP), "sessions may fail"),
    (O, R, False, (SASL,), "sessions may fail"),
    (O, O, True, (SASL, TLS, TCP), "sessions may fail"),
    (O, O, False, (SASL,), "sessions may fail"),
    (O, N, True, (TLS, TCP), ""),
    (O, N, False, (), "no method"),
    (N, R, True, (TCP,), "without TLS"),
    (N, R, False, (), "no method"),
    (N, O, True, (TCP,), "without TLS"),
    (N, O, False, (), "no method"),
    (N, N, True, (TCP,), "weak"),
    (N, N, False, (), "no method"),
]  # fmt: skip


def test_the_negotiation_matrix_is_complete() -> None:
    assert len({row[:3] for row in MATRIX}) == 18


@pytest.mark.parametrize(("tls", "sasl", "dialback", "offered", "says"), MATRIX)
def test_1_7_a_row_of_the_negotiation_matrix(tls, sasl, dialback, offered, says) -> None:
    assert methods(tls, sasl, dialback) == offered
    said = advice(tls, sasl, dialback)
    assert said.warning is bool(says)
    assert says in said.text
    partner = xmpp(tls=tls, sasl=sasl, dialback=dialback)
    reason = outcome(world(xmpp_partners=(partner,)), evidence("xmpp.fabrikam.example", names=(REMOTE,))).reason
    assert reason is (None if offered else Reason.NO_METHOD)


def test_1_7_two_partners_agree_on_the_strongest_method_both_offer() -> None:
    assert agreed(methods(O, O, True), methods(R, R, False)) is SASL
    assert agreed(methods(R, N, True), methods(O, N, True)) is TLS
    assert agreed(methods(N, N, True), methods(R, R, True)) is None


# ---- 2.1: what is documented, in one place ----

ON = {"policies": (EVERYTHING,)}
OFF = switches(federation=False)
HOSTED = evidence(HOSTER)
XMPP_SEEN = evidence("xmpp.fabrikam.example", names=(REMOTE,))


def flags(**on: bool) -> tuple[Policy, ...]:
    return (Policy(id="global", **on),)


RULES_2_1 = [
    # AllowFederatedUsers off stops SIP, public IM, XMPP and split domain
    ("off stops SIP", world(domains=(allow(),), access_edge=OFF), SIP, Reason.FEDERATION_OFF),
    ("off stops public IM", world(public_providers=(public(),), access_edge=OFF), evidence(PUBLIC), Reason.FEDERATION_OFF),
    ("off stops XMPP", world(xmpp_partners=(xmpp(),), access_edge=OFF), XMPP_SEEN, Reason.FEDERATION_OFF),
    # the edge alone is not enough: a policy must allow it too
    ("no policy allows", world(domains=(allow(),), policies=flags(xmpp=True)), SIP, Reason.POLICY_FEDERATION),
    ("a policy allows", world(domains=(allow(),), policies=flags(federation=True)), SIP, None),
    # the block list wins and filters discovery
    ("block filters discovery", world(domains=(block(),), access_edge=switches(partner_discovery=True)), SIP, Reason.BLOCKED),
    # discovery
    ("discovery off", world(), SIP, Reason.NOT_LISTED),
    ("discovery on", world(access_edge=switches(partner_discovery=True)), SIP, None),
    ("discovery needs SRV", world(access_edge=switches(partner_discovery=True)), evidence(), Reason.SRV_MISSING),
    # an allow entry without FQDN is found by SRV; with one, only that server speaks
    ("allowed by SRV", world(domains=(allow(),)), SIP, None),
    ("pinned, no SRV needed", world(domains=(allow(edge="edge.pin.example"),)), evidence(names=("edge.pin.example",)), None),
    ("pinned, no other server", world(domains=(allow(edge="edge.pin.example"),)), SIP, Reason.PEER_NAME),
    # hosted: provider enabled, and listed unless discovery is on
    ("hosted and listed", world(domains=(allow(),), hosting_providers=(hosting(),)), HOSTED, None),
    ("hosted, discovery on", world(hosting_providers=(hosting(),), access_edge=switches(partner_discovery=True)), HOSTED, None),
    ("hosted, not listed", world(hosting_providers=(hosting(),)), HOSTED, Reason.NOT_LISTED),
    ("hosted, disabled", world(domains=(allow(),), hosting_providers=(hosting(enabled=False),)), HOSTED, Reason.PROVIDER_MISSING),
    # public: entry, enabled and the policy flag; no allow entry
    ("public", world(public_providers=(public(),), policies=flags(public_cloud=True)), evidence(PUBLIC), None),
    ("public, disabled", world(public_providers=(public(enabled=False),)), evidence(PUBLIC), Reason.NOT_LISTED),
    ("public, no flag", world(public_providers=(public(),), policies=flags(federation=True)), evidence(PUBLIC), Reason.POLICY_PUBLIC),
    # XMPP: an entry and both flags; no discovery
    ("XMPP", world(xmpp_partners=(xmpp(),), policies=flags(federation=True, xmpp=True)), XMPP_SEEN, None),
    ("XMPP without federation", world(xmpp_partners=(xmpp(),), policies=flags(xmpp=True)), XMPP_SEEN, Reason.POLICY_FEDERATION),
    ("XMPP without its flag", world(xmpp_partners=(xmpp(),), policies=flags(federation=True)), XMPP_SEEN, Reason.POLICY_XMPP),
    ("XMPP additional domain", world(xmpp_partners=(xmpp("other.example", additional_domains=(DomainName(REMOTE),)),)), XMPP_SEEN, None),
    ("XMPP sub-domain is not listed", world(xmpp_partners=(xmpp("example"),)), XMPP_SEEN, Reason.NOT_LISTED),
    # the flag of one kind does not cover another
    ("XMPP flag does not cover SIP", world(domains=(allow(),), policies=flags(xmpp=True)), SIP, Reason.POLICY_FEDERATION),
    ("public flag does not cover SIP", world(domains=(allow(),), policies=flags(public_cloud=True)), SIP, Reason.POLICY_FEDERATION),
    # default routing: everything but blocked and pinned
    ("default route", world(access_edge=switches(routing=Routing.DEFAULT_ROUTE, default_route=HostPort(HUB))), evidence(names=(HUB,)), None),
    ("default route and a block", world(domains=(block(),), access_edge=switches(routing=Routing.DEFAULT_ROUTE, default_route=HostPort(HUB))), evidence(names=(HUB,)), Reason.BLOCKED),
    ("pinned bypasses it", world(domains=(allow(edge="edge.pin.example"),), access_edge=switches(routing=Routing.DEFAULT_ROUTE, default_route=HostPort(HUB))), evidence(names=("edge.pin.example",)), None),
    ("default route not set", world(access_edge=switches(routing=Routing.DEFAULT_ROUTE)), SIP, Reason.NO_NEXT_HOP),
]  # fmt: skip


@pytest.mark.parametrize(
    ("configuration", "seen", "reason"), [row[1:] for row in RULES_2_1], ids=[row[0] for row in RULES_2_1]
)
def test_2_1_a_documented_rule_holds_in_both_directions(configuration, seen, reason) -> None:
    assert both_ways(configuration, seen) == {reason}


@pytest.mark.parametrize(
    ("federation", "flag", "reason"),
    [(False, True, Reason.FEDERATION_OFF), (True, False, Reason.POLICY_FEDERATION), (True, True, None)],
)
def test_2_1_a_split_domain_needs_the_switch_and_the_flag(federation, flag, reason) -> None:
    shared = hosting(shared_address_space=True)
    rules = world(
        hosting_providers=(shared,), access_edge=switches(federation=federation), policies=flags(federation=flag)
    )
    found = outcome(rules, evidence(names=(HOSTER,)), OUT, OURS)
    assert (found.reason, found.partner_class) == (reason, PartnerClass.SPLIT_DOMAIN)
    assert outcome(rules, evidence(names=(HOSTER,)), IN, OURS).reason is reason


def test_2_1_user_over_site_over_global_and_the_winner_is_taken_whole() -> None:
    from edgeconsole.model.configuration import PolicyGrant

    site = Site(name="Here", users=(ALICE,))
    every = {
        "global": Policy(id="global", federation=True),
        "site": Policy(id="site:Here", public_cloud=True),
        "user": Policy(id="user:Sales", federation=True),
    }
    grant = (PolicyGrant(user=ALICE, policy="user:Sales"),)
    base = world(domains=(allow(),), sites=(site,), policies=tuple(every.values()))
    assert outcome(base).reason is Reason.POLICY_FEDERATION
    assert outcome(msgspec.structs.replace(base, policy_grants=grant)).reason is None
    assert outcome(base, user="bob@contoso.example").reason is None


# ---- 2.3: choices that no source decides ----

CHOICES = [
    ((block("contoso.test"), allow("it.contoso.test")), "it.contoso.test", PartnerClass.BLOCKED),
    ((allow("contoso.test"), block("it.contoso.test")), "it.contoso.test", PartnerClass.BLOCKED),
    ((allow("contoso.test"), block("it.contoso.test")), "hr.contoso.test", PartnerClass.ALLOWED_DOMAIN),
    ((allow("contoso.test"), allow("it.contoso.test", "x.host.test")), "it.contoso.test", PartnerClass.ALLOWED_SERVER),
    ((allow("contoso.test"),), "subcontoso.test", PartnerClass.NOT_LISTED),
    ((block("contoso.test"),), "evilcontoso.test", PartnerClass.NOT_LISTED),
    ((allow("contoso.test", match=Match.EXACT),), "it.contoso.test", PartnerClass.NOT_LISTED),
]  # fmt: skip


@pytest.mark.parametrize(("records", "name", "kind"), CHOICES)
@pytest.mark.parametrize("turned", [False, True])
def test_2_3_a_choice_of_overlapping_records(records, name, kind, turned) -> None:
    rules = world(domains=tuple(reversed(records)) if turned else records)
    assert outcome(rules, Evidence(), IN, name).partner_class is kind


def test_2_3_suffix_matching_is_a_setting() -> None:
    rules = world(domains=(block("contoso.test"),), access_edge=switches(suffix_match=False, partner_discovery=True))
    assert outcome(rules, Evidence(), IN, "it.contoso.test").partner_class is PartnerClass.DISCOVERED
    assert outcome(rules, Evidence(), IN, "contoso.test").partner_class is PartnerClass.BLOCKED


@pytest.mark.parametrize(
    ("modality", "kind"),
    [
        (None, PartnerClass.XMPP),
        (Modality.IM, PartnerClass.XMPP),
        (Modality.PRESENCE, PartnerClass.XMPP),
        (Modality.AUDIO, PartnerClass.ALLOWED_DOMAIN),
    ],
)
def test_2_3_a_domain_listed_for_both_is_xmpp_for_messages_and_presence_only(modality, kind) -> None:
    rules = world(domains=(allow(),), xmpp_partners=(xmpp(),))
    assert outcome(rules, modality=modality).partner_class is kind


# ---- 2.6: verification levels ----

V, U, S = Verification.ALWAYS_VERIFIABLE, Verification.ALWAYS_UNVERIFIABLE, Verification.USE_SOURCE
LEVELS = [
    (V, Claim.VERIFIED, Treatment.VERIFIED, Treatment.VERIFIED),
    (V, Claim.UNVERIFIED, Treatment.VERIFIED, Treatment.VERIFIED),
    (V, Claim.MISSING, Treatment.VERIFIED, Treatment.VERIFIED),
    (U, Claim.VERIFIED, Treatment.UNVERIFIED, Treatment.UNVERIFIED),
    (U, Claim.UNVERIFIED, Treatment.UNVERIFIED, Treatment.UNVERIFIED),
    (U, Claim.MISSING, Treatment.UNVERIFIED, Treatment.UNVERIFIED),
    (S, Claim.VERIFIED, Treatment.VERIFIED, Treatment.VERIFIED),
    (S, Claim.UNVERIFIED, Treatment.UNVERIFIED, Treatment.UNVERIFIED),
    (S, Claim.MISSING, Treatment.REJECT, Treatment.UNVERIFIED),
]  # fmt: skip


@pytest.mark.parametrize(("level", "claim", "from_partner", "from_default_route"), LEVELS)
def test_2_6_a_level_treats_a_claim(level, claim, from_partner, from_default_route) -> None:
    assert treatment(level, claim) is from_partner
    assert treatment(level, claim, default_route=True) is from_default_route


@pytest.mark.parametrize("level", Verification)
def test_2_6_each_path_has_a_level_of_its_own(level) -> None:
    route = switches(routing=Routing.DEFAULT_ROUTE, default_route=HostPort(HUB), default_route_verification=level)
    discovered = switches(partner_discovery=True, discovered_verification=level)
    rows = [
        (world(domains=(allow(verification=level),)), SIP),
        (world(domains=(allow(edge="sip.fabrikam.example", verification=level),)), SIP),
        (world(domains=(allow(),), hosting_providers=(hosting(verification=level),)), HOSTED),
        (world(public_providers=(public(verification=level),)), evidence(PUBLIC)),
        (world(access_edge=discovered), SIP),
        (world(access_edge=route), evidence(names=(HUB,))),
    ]
    for rules, seen in rows:
        for direction in Direction:
            assert outcome(rules, seen, direction).verification is level


# ---- 2.8: what each federation type permits ----

DISCOVERY = switches(partner_discovery=True)
ROUTE = switches(routing=Routing.DEFAULT_ROUTE, default_route=HostPort(HUB))
PUBLIC_ROUTE = switches(routing=Routing.DEFAULT_ROUTE, default_route=HostPort(HUB), default_route_public=True)
TYPES = [
    # type, configuration, DNS and certificate, next hop, SRV needed, flags that let it through
    (PartnerClass.DISCOVERED, {"access_edge": DISCOVERY}, SIP, "sip.fabrikam.example", True, {"federation"}),
    (PartnerClass.ALLOWED_DOMAIN, {"domains": (allow(),)}, SIP, "sip.fabrikam.example", True, {"federation"}),
    (PartnerClass.ALLOWED_SERVER, {"domains": (allow(edge="edge.pin.example"),)}, evidence(names=("edge.pin.example",)), "edge.pin.example", False, {"federation"}),
    (PartnerClass.HOSTED, {"domains": (allow(),), "hosting_providers": (hosting(),)}, HOSTED, HOSTER, True, {"federation"}),
    (PartnerClass.PUBLIC_IM, {"public_providers": (public(domains=(DomainName(REMOTE),)),)}, evidence(names=(PUBLIC,)), PUBLIC, False, {"public_cloud"}),
    (PartnerClass.XMPP, {"xmpp_partners": (xmpp(),)}, XMPP_SEEN, "xmpp.fabrikam.example", True, {"federation", "xmpp"}),
    (PartnerClass.XMPP, {"xmpp_partners": (xmpp(proxy_fqdn=HostPort("fixed.example.net", 5269)),)}, evidence(names=(REMOTE,)), "fixed.example.net", False, {"federation", "xmpp"}),
    (PartnerClass.DEFAULT_ROUTE, {"access_edge": ROUTE}, evidence(names=(HUB,)), HUB, False, {"federation"}),
    (PartnerClass.DEFAULT_ROUTE, {"access_edge": PUBLIC_ROUTE}, evidence(names=(HUB,)), HUB, False, {"public_cloud"}),
]  # fmt: skip
FLAGS = ("federation", "xmpp", "public_cloud", "public_cloud_av")


@pytest.mark.parametrize(("kind", "tables", "seen", "next_hop", "needs_srv", "needed"), TYPES)
def test_2_8_a_federation_type(kind, tables, seen, next_hop, needs_srv, needed) -> None:
    managed = {**tables, "policies": flags(**dict.fromkeys(needed, True))}
    for direction in Direction:
        found = outcome(world(**managed), seen, direction)
        assert (found.reason, found.partner_class, found.complete) == (None, kind, True)
    found = outcome(world(**managed), seen, OUT)
    assert found.next_hop is not None
    assert found.next_hop.host == next_hop
    for flag in FLAGS:
        if flag in needed:
            less = {name: True for name in FLAGS if name != flag}
            assert not outcome(world(**{**tables, "policies": flags(**less)}), seen, OUT).allowed
    blind = outcome(world(**tables), evidence(names=tuple(seen.peer_names or ())), OUT)
    assert blind.allowed is not needs_srv


@pytest.mark.parametrize("modality", [Modality.AUDIO, Modality.VIDEO])
def test_2_8_audio_and_video_with_public_im_need_a_flag_of_their_own(modality) -> None:
    tables = {"public_providers": (public(name="Messenger"),)}
    without = world(**tables, policies=flags(public_cloud=True))
    with_it = world(**tables, policies=flags(public_cloud=True, public_cloud_av=True))
    assert outcome(without, evidence(PUBLIC), modality=modality).reason is Reason.POLICY_PUBLIC_AV
    assert outcome(with_it, evidence(PUBLIC), modality=modality).allowed


# ---- 2.9: the capability matrix ----

y, p, n = Support.YES, Support.PEER_TO_PEER, Support.NO
COLUMNS = (
    (Modality.PRESENCE, 2),
    (Modality.IM, 2),
    (Modality.IM, 3),
    (Modality.CONFERENCE, 2),
    (Modality.AUDIO, 2),
    (Modality.VIDEO, 2),
    (Modality.APP_SHARE, 2),
    (Modality.FILE, 2),
)
CAPABILITIES = {
    #                         presence im multi conf audio video share file
    Counterpart.LYNC:         (y, y, y, y, y, y, y, y),
    Counterpart.OCS2007R2:    (y, y, y, y, y, y, y, y),
    Counterpart.OCS2007:      (y, y, y, y, y, y, n, n),
    Counterpart.MICROSOFT365: (y, y, y, y, y, y, y, y),
    Counterpart.MESSENGER:    (y, p, n, n, p, p, n, n),
    Counterpart.AOL:          (y, p, n, n, n, n, n, n),
    Counterpart.YAHOO:        (y, p, n, n, n, n, n, n),
    Counterpart.XMPP:         (p, p, n, n, n, n, n, n),
}  # fmt: skip


@pytest.mark.parametrize("counterpart", CAPABILITIES, ids=lambda found: found.value)
def test_2_9_a_row_of_the_capability_matrix(counterpart) -> None:
    for (modality, parties), expected in zip(COLUMNS, CAPABILITIES[counterpart], strict=True):
        assert support(counterpart, modality, parties) is expected, (modality, parties)


@pytest.mark.parametrize(
    ("platform", "video"),
    [(Platform.LYNC2010, n), (Platform.LYNC2013, n), (Platform.SFB2015, p), (Platform.SFB2019, p), (Platform.SFBSE, p)],
)
def test_2_9_skype_consumer_has_video_from_skype_for_business_2015_on(platform, video) -> None:
    row = [support(Counterpart.SKYPE, modality, parties, platform) for modality, parties in COLUMNS]
    assert row == [y, p, n, n, p, video, n, n]
    edge = Edge(fqdn=DomainName("sip.contoso.example"), platform=platform)
    rules = world(public_providers=(public(),), edge=edge, **ON)
    found = outcome(rules, evidence(PUBLIC), modality=Modality.VIDEO)
    assert found.reason is (None if video is p else Reason.MODALITY)


def test_2_9_what_works_between_two_only_ends_with_the_third() -> None:
    for counterpart in (Counterpart.MESSENGER, Counterpart.XMPP):
        for modality in Modality:
            if support(counterpart, modality) is p:
                assert support(counterpart, modality, 3) is n


@pytest.mark.parametrize(
    ("tables", "seen", "modality", "reason"),
    [
        ({"domains": (allow(platform=Platform.OCS2007),)}, SIP, Modality.APP_SHARE, Reason.MODALITY),
        ({"domains": (allow(platform=Platform.OCS2007R2),)}, SIP, Modality.APP_SHARE, None),
        ({"domains": (allow(),), "hosting_providers": (hosting(),)}, HOSTED, Modality.CONFERENCE, None),
        ({"xmpp_partners": (xmpp(),)}, XMPP_SEEN, Modality.AUDIO, Reason.MODALITY),
        ({"public_providers": (public(name="AOL"),)}, evidence(PUBLIC), Modality.AUDIO, Reason.MODALITY),
        ({"public_providers": (public(name="Messenger"),)}, evidence(PUBLIC), Modality.AUDIO, None),
    ],
)  # fmt: skip
def test_2_9_the_matrix_decides(tables, seen, modality, reason) -> None:
    assert outcome(world(**tables, **ON), seen, modality=modality).reason is reason


def test_2_9_xmpp_is_not_supported_on_a_survivable_branch() -> None:
    site = Site(name="Branch", survivable_branch=(ALICE,))
    rules = world(xmpp_partners=(xmpp(),), sites=(site,), **ON)
    for modality in (Modality.PRESENCE, Modality.IM):
        assert outcome(rules, XMPP_SEEN, modality=modality).reason is Reason.SURVIVABLE_BRANCH


@pytest.mark.parametrize(
    ("name", "last_day"),
    [
        ("Messenger", date(2013, 3, 14)),
        ("AOL", date(2014, 6, 29)),
        ("Yahoo!", date(2014, 6, 29)),
        ("Skype", date(2025, 5, 4)),
    ],
)
def test_2_10_a_service_works_until_the_day_it_ended(name, last_day) -> None:
    rules = world(public_providers=(public(name=name),), **ON)
    day_after = date.fromordinal(last_day.toordinal() + 1)
    assert outcome(rules, evidence(PUBLIC), modality=Modality.IM, today=last_day).allowed
    ended = outcome(rules, evidence(PUBLIC), modality=Modality.IM, today=day_after)
    assert ended.reason is Reason.SERVICE_ENDED


# ---- 3.2: SRV rules R1 to R8, and 3.3: the choice ----


@pytest.mark.parametrize(
    ("target", "accepted"),
    [
        ("sip.contoso.test", True),
        ("sipfed.contoso.test", True),
        ("access.contoso.test", True),
        ("sip.contoso-edge.test", False),
        ("sip.it.contoso.test", False),
        ("contoso.test", False),
        ("sip.fabrikam.test", False),
        ("evilcontoso.test", False),
    ],
)
def test_3_2_r1_and_r2_the_target_lies_one_label_below_the_domain(target, accepted) -> None:
    assert is_direct_child(target, "contoso.test") is accepted
    rules = world(domains=(allow("contoso.test"),))
    for direction in Direction:
        found = outcome(rules, evidence(target), direction, "contoso.test")
        assert found.reason is (None if accepted else Reason.SRV_TARGET)


def test_3_2_r3_a_person_of_a_sub_domain_is_not_covered_by_the_srv_of_the_domain() -> None:
    rules = world(domains=(allow("contoso.test"),))
    assert outcome(rules, evidence("sip.contoso.test"), OUT, "it.contoso.test").reason is Reason.SRV_TARGET
    assert outcome(rules, evidence("sip.it.contoso.test"), OUT, "it.contoso.test").allowed


@pytest.mark.parametrize(
    ("names", "accepted"),
    [
        (("sip.fabrikam.example",), True),
        (("other.example", "sip.fabrikam.example"), True),
        (("*.fabrikam.example",), False),
        (("edge.fabrikam.example",), False),
        (("sip.fabrikam.example.evil.test",), False),
        ((), False),
    ],
)
def test_3_2_r4_the_target_is_in_the_certificate_exactly(names, accepted) -> None:
    rules, seen = world(domains=(allow(),)), evidence("sip.fabrikam.example", names=names)
    assert both_ways(rules, seen) == {None if accepted else Reason.PEER_NAME}


def test_3_2_r5_the_access_edge_of_an_enabled_provider_is_exempt() -> None:
    listed = (allow(),)
    assert both_ways(world(domains=listed, hosting_providers=(hosting(),)), HOSTED) == {None}
    assert both_ways(world(domains=listed, hosting_providers=(hosting(enabled=False),)), HOSTED) == {
        Reason.PROVIDER_MISSING
    }
    assert both_ways(world(domains=listed), HOSTED) == {Reason.SRV_TARGET}
    assert both_ways(world(domains=listed), evidence("sipfed.online.lync.com")) == {Reason.PROVIDER_MISSING}


@pytest.mark.parametrize("domain", ["fabrikam.example", "second.example"])
def test_3_2_r6_each_domain_needs_a_name_of_its_own(domain) -> None:
    rules = world(domains=(allow(), allow("second.example")))
    shared = evidence("sip.fabrikam.example")
    assert outcome(rules, shared, IN, domain).allowed is (domain == REMOTE)


def test_3_2_r7_and_r8_a_missing_or_mistyped_record_is_a_missing_one_whatever_the_parent_has() -> None:
    rules = world(domains=(allow("contoso.test"),))
    assert outcome(rules, evidence(), OUT, "it.contoso.test").reason is Reason.SRV_MISSING
    assert outcome(rules, evidence(), IN, "it.contoso.test").reason is Reason.SRV_MISSING


def test_3_3_the_choice_is_priority_then_weight_then_order() -> None:
    first, second = SrvRecord(target="a.test", priority=1, weight=5), SrvRecord(target="b.test", priority=1, weight=5)
    heavy, late = SrvRecord(target="c.test", priority=1, weight=6), SrvRecord(target="d.test", priority=2, weight=99)

    def chosen(*records: SrvRecord) -> str:
        return choose(SrvAnswer(status=SrvStatus.FOUND, records=records)).target

    assert chosen(first, second) == "a.test"
    assert chosen(second, first) == "b.test"
    assert chosen(first, second, heavy, late) == "c.test"
    assert chosen(late, first) == "a.test"
