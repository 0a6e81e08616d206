"""What was decided is kept for the same question only, and no longer than what it was decided from."""

import pytest

from edgeconsole.model.configuration import AccessEdge, Configuration, Edge, SipDomain
from edgeconsole.model.evidence import SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.names import parse_domain, parse_next_hop
from edgeconsole.model.observed import PeerCertificate
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.sip import decisions
from edgeconsole.proxy.sip.connection import Peer
from edgeconsole.proxy.sip.decisions import Decided, Decisions
from edgeconsole.rules.index import RuleIndex
from tests.proxy.federation import OURS, PARTNER, PARTNER_EDGE, POOL, allow


def kept() -> Decisions:
    edge = Edge(fqdn=parse_domain("sip.contoso.example"), next_hop=parse_next_hop(POOL))
    configuration = Configuration(
        edge=edge,
        access_edge=AccessEdge(federation=True),
        sip_domains=(SipDomain(name=parse_domain(OURS)),),
        domains=(allow(PARTNER),),
    )
    return Decisions(RuleIndex.compile(configuration))


def peer(*names: str) -> Peer:
    certificate = PeerCertificate(issuer="CN=ca", serial="1", subject="CN=x")
    return Peer("192.0.2.1", 5061, frozenset(names), names, "TLSv1.3", certificate)


def answer(target: str = PARTNER_EDGE) -> SrvAnswer:
    return SrvAnswer(status=SrvStatus.FOUND, records=(SrvRecord(target=target),))


def ask(about: Decisions, srv: SrvAnswer | None, by: Peer, sender: str = PARTNER, user: str | None = None) -> Decided:
    return about.on(Direction.INBOUND, sender, OURS, srv, by, user, None)


def test_the_same_question_is_decided_once() -> None:
    about, srv, partner = kept(), answer(), peer(PARTNER_EDGE)
    assert ask(about, srv, partner) is ask(about, srv, partner)
    assert ask(about, srv, partner).outcome.allowed


def test_another_dns_answer_is_another_question() -> None:
    about, partner = kept(), peer(PARTNER_EDGE)
    assert ask(about, answer(), partner).outcome.allowed
    assert not ask(about, answer("sip.elsewhere.example"), partner).outcome.allowed
    assert not ask(about, None, partner).outcome.complete


def test_another_connection_is_another_question_even_for_the_same_domain() -> None:
    about, srv = kept(), answer()
    assert ask(about, srv, peer(PARTNER_EDGE)).outcome.allowed
    assert not ask(about, srv, peer("sip.mallory.example")).outcome.allowed


def test_who_connects_again_with_the_same_certificate_asks_the_same_question() -> None:
    about, srv = kept(), answer()
    decided = [ask(about, srv, peer(PARTNER_EDGE, f"h{number % 2}.example")) for number in range(20)]
    assert len(set(map(id, decided))) == len(about._kept) == 2


def test_what_is_kept_is_bounded_whatever_strangers_invent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "_KEPT", 10)
    about, srv, partner = kept(), answer(), peer(PARTNER_EDGE)
    for number in range(35):
        ask(about, srv, partner, f"p{number}.example")
    assert len(about._kept) <= 10
    ask(about, srv, partner, user="a" * 5000 + "@contoso.example")
    assert all(question[4] is None for question in about._kept)
