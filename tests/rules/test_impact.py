"""What a change opens, closes and moves."""

from datetime import UTC, datetime

from edgeconsole.model.observed import Plane, Session
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Direction
from edgeconsole.rules.impact import impact
from tests.rules.test_decide import FABRIKAM, allow, block, index


def session(*domains: str) -> Session:
    return Session(
        id="1", plane=Plane.SIP, direction=Direction.INBOUND, peer="192.0.2.1:5061", names=(clean("sip.a.example"),),
        domains=domains, since=datetime(2026, 1, 1, tzinfo=UTC), tls="TLSv1.3", messages=1,
    )  # fmt: skip


def test_discovery_opens_unlisted_domains_that_were_seen_and_strangers() -> None:
    found = impact(index(), index(discovery=True), ["adatum.example"])
    assert found.opened == ("adatum.example",)
    assert found.opens_to_strangers
    assert not impact(index(discovery=True), index(), ["adatum.example"]).opens_to_strangers


def test_a_block_closes_the_domain_and_counts_the_sessions_that_serve_it() -> None:
    live = [session(FABRIKAM), session("other.example"), session()]
    found = impact(
        index(allow(FABRIKAM), allow("other.example")), index(block(FABRIKAM), allow("other.example")), [], live
    )
    assert found.closed == (FABRIKAM,)
    assert found.sessions == 1


def test_a_pin_moves_a_domain_that_stays_open() -> None:
    found = impact(index(allow(FABRIKAM)), index(allow(FABRIKAM, "sip.fabrikam.example")), [FABRIKAM])
    assert found.moved == (FABRIKAM,)
    assert found.opened == found.closed == ()
