"""What the console says is what the edge does: real TLS, real DNS, real sockets, outside clients."""

import asyncio
from pathlib import Path

import pytest
from cryptography import x509

from edgeconsole.lab.sip_agent import SipClient
from edgeconsole.lab.sip_link import ConnectionLost
from tests.e2e.conftest import Lab

ALICE = "alice@contoso.example"
pytestmark = pytest.mark.xdist_group("enforcement")


@pytest.fixture
def lab(standing_lab: Lab) -> Lab:
    return standing_lab


async def until_closed(client: SipClient) -> None:
    await asyncio.wait_for(client.closed, 5)


async def refused_on_a_new_connection(lab, kind: str, sender: str) -> int:
    async with lab.as_partner(kind) as client:
        return (await client.message(sender=sender, recipient=ALICE, text="again")).status


async def test_the_discovery_toggle_opens_the_same_connection_and_closes_it_again(lab) -> None:
    sender = "ann@" + lab.partner("discovered").domain
    async with lab.as_partner("discovered") as client:
        refused = await client.message(sender=sender, recipient=ALICE, text="may I?")
        assert refused.status == 403
        assert "1027" in refused.header("ms-diagnostics")

        switched = lab("discovery", "on")
        assert switched.code == 0, switched.err
        assert "done #" in switched.out
        delivered = await client.message(sender=sender, recipient=ALICE, text="now?")
        assert delivered.status == 200

        assert lab("discovery", "off").code == 0
        await until_closed(client)
    assert await refused_on_a_new_connection(lab, "discovered", sender) == 403


async def test_a_block_closes_the_live_connection_and_undo_restores_it(lab) -> None:
    domain = lab.partner("allowed").domain
    sender = f"ann@{domain}"
    async with lab.as_partner("allowed") as client:
        assert (await client.message(sender=sender, recipient=ALICE, text="hi")).status == 200
        blocked = lab("--json", "domains", "block", domain, "--why", "INC-1")
        assert blocked.code == 0, blocked.err
        assert blocked.json["closed_sessions"] >= 1
        await until_closed(client)
    assert await refused_on_a_new_connection(lab, "allowed", sender) == 403
    assert lab("undo").code == 0
    async with lab.as_partner("allowed") as client:
        assert (await client.message(sender=sender, recipient=ALICE, text="back")).status == 200
    records = lab("--json", "history").json["history"]
    assert [record["origin"] for record in records[:2]] == ["undone", "applied"]
    assert records[1]["why"] == "INC-1"


@pytest.mark.parametrize("spelling", ["{}", "{}.", "UPPER:{}", "sub.{}"])
async def test_a_blocked_domain_stays_blocked_however_it_is_spelled(lab, spelling) -> None:
    domain = lab.partner("blocked").domain
    shown = spelling.removeprefix("UPPER:").format(domain)
    sender = "ann@" + (shown.upper() if spelling.startswith("UPPER:") else shown)
    async with lab.as_partner("blocked") as client:
        assert (await client.message(sender=sender, recipient=ALICE, text="x")).status in (400, 403)


def connecting(lab):
    """The partners whose certificate opens a connection at all."""
    return {kind: partner for kind, partner in lab.kinds.items() if kind != "expired"}


async def test_an_expired_certificate_opens_nothing_in_either_direction(lab) -> None:
    expired = lab.partner("expired")
    with pytest.raises(OSError, match=r"(?i)closed|expired|reset|broken"):
        async with lab.as_partner("expired") as client:
            await client.message(sender=f"theo@{expired.domain}", recipient=ALICE, text="x")
    async with lab.as_our_server() as ours:
        outward = await ours.message(sender=ALICE, recipient=f"theo@{expired.domain}", text="x")
    assert (outward.status, outward.header("ms-diagnostics").split(";")[0]) == (504, "1010")


async def test_nobody_speaks_for_another_domain(lab) -> None:
    victims = [partner.domain for partner in lab.at.partners] + list(lab.at.sip_domains) + ["stranger.example"]
    for kind, partner in connecting(lab).items():
        for victim in victims:
            if victim == partner.domain:
                continue
            async with lab.as_partner(kind) as client:
                answer = await client.message(sender=f"ann@{victim}", recipient=ALICE, text="believe me")
                assert answer.status == 403, (kind, victim)


async def test_the_wrong_name_gets_through_in_neither_direction(lab) -> None:
    wrong = lab.partner("wrong-name")
    async with lab.as_partner("wrong-name") as client:
        inward = await client.message(sender=f"ann@{wrong.domain}", recipient=ALICE, text="x")
        assert inward.status == 403
        assert "1010" in inward.header("ms-diagnostics")
    async with lab.as_our_server() as ours:
        outward = await ours.message(sender=ALICE, recipient=f"ann@{wrong.domain}", text="x")
        assert outward.status == 504
        assert "1010" in outward.header("ms-diagnostics")


async def test_the_edge_relays_for_nobody_else(lab) -> None:
    sender = "ann@" + lab.partner("allowed").domain
    async with lab.as_partner("allowed") as client:
        answer = await client.message(sender=sender, recipient="bob@" + lab.partner("allowed-server").domain, text="x")
        assert answer.status == 403


async def test_a_partner_certificate_never_opens_the_inside(lab) -> None:
    partner = lab.partner("allowed")
    with pytest.raises((OSError, ConnectionLost)):
        async with SipClient.connect(
            lab.at.proxy.internal, certificate=partner.certificate, private_key=partner.private_key, trust=lab.at.ca
        ) as client:
            await client.message(sender=ALICE, recipient="ann@fabrikam.example", text="x")


async def test_explain_says_for_every_partner_what_the_edge_then_does(lab) -> None:
    for kind, partner in connecting(lab).items():
        remote = f"ann@{partner.domain}"
        async with lab.as_partner(kind) as client:
            inward = await client.message(sender=remote, recipient=ALICE, text="x")
        names = names_of(lab, kind)
        told = lab("--json", "explain", remote, ALICE, *names)
        assert (told.json["verdict"] == "allowed") is (inward.status == 200), (kind, "in", told.json)
        assert told.code == (0 if inward.status == 200 else 1)
        async with lab.as_our_server() as ours:
            outward = await ours.message(sender=ALICE, recipient=remote, text="x")
        told = lab("--json", "explain", ALICE, remote, *names)
        assert (told.json["verdict"] == "allowed") is (outward.status == 200), (kind, "out", told.json)
        if outward.status != 200:
            stopped = [step["code"] for step in told.json["steps"] if step["result"] in ("deny", "fail")]
            assert str(stopped[0]) in outward.header("ms-diagnostics")


def names_of(lab, kind: str) -> list[str]:
    """The names in a partner's certificate, as options of explain."""
    certificate = x509.load_pem_x509_certificate(Path(lab.partner(kind).certificate).read_bytes())
    san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [word for name in san.get_values_for_type(x509.DNSName) for word in ("--certificate-name", name)]


async def test_both_directions_reach_the_other_side(lab) -> None:
    for kind in ("allowed", "allowed-server"):
        remote = "ann@" + lab.partner(kind).domain
        async with lab.as_partner(kind) as client:
            assert (await client.options(sender=remote, recipient=ALICE)).status == 200
        async with lab.as_our_server() as ours:
            assert (await ours.message(sender=ALICE, recipient=remote, text="x")).status == 200


async def test_what_happened_is_counted_and_listed(lab) -> None:
    sender = "ann@" + lab.partner("discovered").domain
    async with lab.as_partner("discovered") as client:
        for _ in range(3):
            await client.message(sender=sender, recipient=ALICE, text="x")
    found = {item["domain"]: item for item in lab("--json", "discovered", "list").json["discovered"]}
    assert found[lab.partner("discovered").domain]["messages"] >= 3
    shown = lab("domains", "show", lab.partner("discovered").domain)
    assert "not listed" in shown.out
    status = lab("status")
    assert status.code == 0
    assert "adatum.example" in status.out
