"""Which certificates a configuration needs, and what is wrong with the ones there are."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from edgeconsole.model.configuration import Configuration
from edgeconsole.rules.requirements.certificate_facts import Authority, CertificateFacts, KeyUsage
from edgeconsole.rules.requirements.certificate_lint import (
    FindingCode,
    Severity,
    certificate_findings,
    days_left,
)
from edgeconsole.rules.requirements.certificates import (
    CertificateRequirement,
    Interface,
    IssuedBy,
    NameKind,
    RuleRow,
    certificate_requirements,
)
from edgeconsole.rules.requirements.notes import certificate_notes
from tests.requirements.worlds import (
    CONFERENCING,
    FEDERATION,
    JABBER,
    MEDIA,
    NOW,
    OLD_PARTNER,
    OURS,
    OURS_TOO,
    PARTNER,
    world,
)

DIALBACK = JABBER + 'tls = "not-supported"\nsasl = "not-supported"\n'
HIDDEN = OURS_TOO + "discoverable = false\n"


def needed(configuration: Configuration, interface: Interface = Interface.EXTERNAL) -> CertificateRequirement:
    return next(item for item in certificate_requirements(configuration, NOW) if item.interface is interface)


def kinds(configuration: Configuration) -> dict[str, NameKind]:
    return {name.name: name.kind for name in needed(configuration).names}


ACCESS, SRV, SIP, XMPP = NameKind.ACCESS_EDGE, NameKind.SRV_TARGET, NameKind.SIP_HOST, NameKind.XMPP_DOMAIN


@pytest.mark.parametrize(
    ("why", "configuration", "expected"),
    [
        ("the Access Edge's name again", world(OURS, PARTNER), {"sip.contoso.example": ACCESS}),
        (
            "the host of every further SIP domain, which its SRV record names",
            world(OURS, OURS_TOO, PARTNER), {"sip.contoso.example": ACCESS, "sip.contoso.test": SRV},
        ),
        (
            "the host of a domain that is not to be found", world(OURS, HIDDEN, PARTNER),
            {"sip.contoso.example": ACCESS, "sip.contoso.test": SIP},
        ),
        (
            "web conferencing, not the A/V Edge", world(OURS, edge=CONFERENCING + MEDIA),
            {"sip.contoso.example": ACCESS, "webcon.contoso.example": NameKind.WEB_CONFERENCING},
        ),
        (
            "the root of each XMPP domain", world(OURS, OURS_TOO + "xmpp = false\n", JABBER),
            {"sip.contoso.example": ACCESS, "sip.contoso.test": SRV, "contoso.example": XMPP},
        ),
        ("no root domain for TCP dialback (C7)", world(OURS, DIALBACK), {"sip.contoso.example": ACCESS}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_external_certificate_names_exactly_what_peers_verify(why, configuration, expected) -> None:
    assert kinds(configuration) == expected


def test_the_external_certificate_comes_from_a_public_authority_without_wildcards_for_both_uses() -> None:
    requirement = needed(world(OURS, PARTNER))
    assert requirement.subject == "sip.contoso.example"
    assert requirement.usages == (KeyUsage.SERVER_AUTH, KeyUsage.CLIENT_AUTH)
    assert requirement.issued_by is IssuedBy.PUBLIC
    assert not requirement.wildcards
    assert requirement.exportable_key


def test_the_internal_certificate_may_be_a_wildcard_of_any_authority() -> None:
    requirement = needed(world(OURS), Interface.INTERNAL)
    assert requirement.subject == "edge.int.contoso.example"
    assert requirement.names == ()
    assert requirement.wildcards
    assert requirement.issued_by is IssuedBy.ANY


def test_the_reverse_proxys_certificate_is_information_only_where_people_are_outside() -> None:
    assert needed(world(OURS), Interface.REVERSE_PROXY).information
    inside = world(OURS, federation=FEDERATION + "outside_users = false\n")
    assert [item.interface for item in certificate_requirements(inside, NOW)] == [
        Interface.EXTERNAL,
        Interface.INTERNAL,
    ]


def test_every_name_and_certificate_says_why_and_for_whom() -> None:
    for requirement in certificate_requirements(world(OURS, OURS_TOO, PARTNER, JABBER, edge=CONFERENCING), NOW):
        assert requirement.reason
        assert requirement.needed_by
        assert all(name.reason and name.needed_by for name in requirement.names)


@pytest.mark.parametrize(
    ("row", "configuration", "says"),
    [
        ("C1", world(OURS), "order"),
        ("C2", world(OURS), "no wildcard"),
        ("C3", world(OURS), "all 2 members"),
        ("C4", world(OURS, edge=MEDIA), "of its own"),
        ("C5", world(OURS), "2048"),
        ("C6", world(OURS), "-ClientEku $true"),
        ("C7", world(OURS, JABBER), "the domain itself"),
        ("C8", world(OURS), "revocation"),
        ("C9", world(OURS), "we believe system"),
        (
            "C10",
            world(OURS, federation=FEDERATION + "accepted_certificates = 2000\n"),
            "2,000 accepted and 500 rejected",
        ),
    ],
)
def test_a_rule_of_the_certificate_table_is_told_where_it_applies(row: str, configuration, says: str) -> None:
    rule = next(rule for rule in needed(configuration).rules if rule.row is RuleRow(row))
    assert says in rule.text


@pytest.mark.parametrize("row", ["C3", "C4", "C7"])
def test_rules_of_pools_media_and_xmpp_are_not_told_without_them(row: str) -> None:
    plain = world(OURS)
    single = msgspec.structs.replace(plain, edge=msgspec.structs.replace(plain.edge, members=("198.51.100.10",)))
    assert row not in {rule.row.value for rule in needed(single).rules}
    assert not needed(single).exportable_key


def test_without_an_edge_no_certificate_is_needed() -> None:
    assert certificate_requirements(Configuration(), NOW) == ()
    assert "no [edge] table" in certificate_notes(Configuration(), NOW)[0]
    assert "TCP dialback alone" in certificate_notes(world(OURS, DIALBACK), NOW)[0]


DAY = timedelta(days=1)
GOOD = CertificateFacts(
    subject="sip.contoso.example",
    names=("sip.contoso.example", "sip.contoso.test", "webcon.contoso.example", "contoso.example", "contoso.test"),
    issuer="Issuing",
    serial="1",
    fingerprint="aa" * 32,
    not_before=NOW - 100 * DAY,
    not_after=NOW + 265 * DAY,
    key="RSA",
    key_bits=2048,
    signature_hash="sha256",
    usages=frozenset(KeyUsage),
    authority=Authority.PUBLIC,
    chain=("sip.contoso.example", "Issuing"),
    chain_ends=NOW + 265 * DAY,
    crl_points=("http://crl.authority.example/list.crl",),
)
FULL = world(OURS, OURS_TOO, PARTNER, JABBER, edge=CONFERENCING)


def facts(**changes: Any) -> CertificateFacts:
    return msgspec.structs.replace(GOOD, **changes)


def without(name: str) -> CertificateFacts:
    return facts(names=tuple(each for each in GOOD.names if each != name))


def found(
    judged: CertificateFacts, configuration: Configuration = FULL, interface: Interface = Interface.EXTERNAL,
    now: datetime = NOW,
) -> list[tuple[str, str]]:  # fmt: skip
    findings = certificate_findings(needed(configuration, interface), judged, now)
    return [(finding.code.value, finding.severity.value) for finding in findings]


def test_a_good_certificate_has_no_findings() -> None:
    assert found(GOOD) == []


EXPIRES_SOON = [("expires", "warning")]


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (facts(not_after=NOW - DAY, chain_ends=NOW - DAY), [("expired", "error")]),
        (facts(not_after=NOW + 29 * DAY, chain_ends=NOW + 29 * DAY), [("expires", "warning")]),
        (facts(not_after=NOW + 31 * DAY, chain_ends=NOW + 31 * DAY), []),
        (facts(not_after=NOW + 6 * DAY, chain_ends=NOW + 6 * DAY), [("expires", "error")]),
        (facts(not_before=NOW - 30 * DAY, not_after=NOW + 17 * DAY, chain_ends=NOW + 17 * DAY), []),
        (facts(not_before=NOW - 33 * DAY, not_after=NOW + 14 * DAY, chain_ends=NOW + 14 * DAY), EXPIRES_SOON),
        (facts(not_before=NOW + DAY), [("not-yet-valid", "error")]),
        (facts(chain_ends=NOW - DAY), [("chain-expires", "error")]),
        (without("sip.contoso.example"), [("missing-access-edge", "error"), ("subject-not-in-names", "warning")]),
        (without("sip.contoso.test"), [("missing-srv-target", "error")]),
        (without("webcon.contoso.example"), [("missing-web-conferencing", "error")]),
        (without("contoso.test"), [("missing-xmpp-domain", "error")]),
        (facts(subject="edge.contoso.example"), [("subject-not-in-names", "warning")]),
        (facts(subject="Contoso Ltd"), []),
        (facts(names=(*GOOD.names, "*.contoso.example")), [("wildcard", "warning")]),
        (facts(key_bits=1024), [("short-key", "error")]),
        (facts(key="EC", key_bits=256), []),
        (facts(key="EC", key_bits=224), [("short-key", "error")]),
        (facts(key="Ed25519", key_bits=0, signature_hash=""), []),
        (facts(signature_hash="sha1"), [("weak-signature", "error")]),
        (facts(usages=frozenset({KeyUsage.CLIENT_AUTH})), [("no-server-auth", "error")]),
        (facts(usages=frozenset({KeyUsage.SERVER_AUTH})), [("no-client-auth", "warning")]),
        (facts(usages=None), []),
        (facts(authority=Authority.SELF_SIGNED), [("self-signed", "error")]),
        (facts(authority=Authority.PRIVATE), [("private-authority", "warning")]),
        (facts(authority=Authority.OPEN), [("chain-incomplete", "error")]),
        (facts(authority=Authority.NOT_JUDGED), [("chain-incomplete", "info")]),
        (facts(crl_points=()), [("no-revocation-list", "info")]),
    ],
)  # fmt: skip
def test_each_fault_of_an_external_certificate_is_found(judged: CertificateFacts, expected) -> None:
    assert found(judged) == expected


def test_a_missing_host_of_an_undiscoverable_domain_is_the_sip_name_itself() -> None:
    assert found(without("sip.contoso.test"), world(OURS, HIDDEN, PARTNER)) == [("missing-sip-host", "error")]


def test_a_wildcard_covers_no_name_outside_and_the_finding_says_so() -> None:
    judged = facts(names=("sip.contoso.example", "*.contoso.test"))
    findings = certificate_findings(needed(world(OURS, OURS_TOO, PARTNER)), judged, NOW)
    assert [finding.code for finding in findings] == [FindingCode.MISSING_SRV_TARGET, FindingCode.WILDCARD]
    assert "*.contoso.test does not count" in findings[0].message


def test_the_subject_matters_only_to_partners_that_read_it() -> None:
    judged = facts(subject="sip.contoso.test")
    assert found(judged) == []
    assert found(judged, world(OURS, OLD_PARTNER)) == [("subject-differs", "warning")]


def test_the_missing_client_use_is_explained_with_its_years() -> None:
    judged = facts(usages=frozenset({KeyUsage.SERVER_AUTH}))
    (finding,) = certificate_findings(needed(FULL), judged, NOW)
    assert "2025" in finding.message
    assert "2027" in finding.message


INSIDE = facts(subject="edge.int.contoso.example", names=("edge.int.contoso.example",), authority=Authority.PRIVATE)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"names": ("*.int.contoso.example",)}, []),
        ({"names": ()}, [("missing-internal-name", "warning"), ("subject-not-in-names", "warning")]),
        ({"subject": "other", "names": ("other.example",)}, [("missing-internal-name", "error")]),
        ({"usages": frozenset({KeyUsage.SERVER_AUTH})}, []),
        ({"authority": Authority.SELF_SIGNED}, [("self-signed", "warning")]),
    ],
)
def test_the_internal_certificate_is_judged_by_its_own_rules(changes: dict[str, Any], expected) -> None:
    assert found(msgspec.structs.replace(INSIDE, **changes), interface=Interface.INTERNAL) == expected


def test_the_worst_finding_comes_first_and_each_says_what_to_do() -> None:
    bad = facts(names=("sip.contoso.example",), key_bits=1024, crl_points=(), usages=frozenset({KeyUsage.SERVER_AUTH}))
    findings = certificate_findings(needed(FULL), bad, NOW)
    order = [list(Severity).index(finding.severity) for finding in findings]
    assert order == sorted(order)
    assert all(finding.remedy for finding in findings if finding.severity is not Severity.INFO)


def test_days_left_counts_whole_days_and_goes_below_zero() -> None:
    assert days_left(GOOD, NOW) == 265
    assert days_left(facts(not_after=NOW - DAY), NOW) == -1
