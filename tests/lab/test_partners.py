"""Zone, certificate and record of every partner follow from its row."""

import tomllib
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import msgspec
import pytest

from edgeconsole.lab import federation_file
from edgeconsole.lab.authority import Credential
from edgeconsole.lab.federation_file import EdgeFiles, Places
from edgeconsole.lab.nameserver import NameServer
from edgeconsole.lab.organisation import CONTOSO
from edgeconsole.lab.partners import KINDS, PARTNERS, Partner
from edgeconsole.lab.xmpp_partners import XMPP_KINDS, XMPP_PARTNERS
from edgeconsole.lab.zones import srv_name, xmpp_srv_name, zones
from edgeconsole.model.configuration import Action, Configuration
from edgeconsole.model.evidence import Evidence, SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.names import HostPort
from edgeconsole.model.verdict import Direction
from edgeconsole.rules.decide import decide
from edgeconsole.rules.diagnostics import answer_for
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.negotiation import Method, methods_of
from edgeconsole.rules.srv import is_direct_child

PORTS = {partner: 6000 + number for number, partner in enumerate(PARTNERS)}
XMPP_PORTS = {partner: 6500 + number for number, partner in enumerate(XMPP_PARTNERS)}

each_partner = pytest.mark.parametrize("partner", PARTNERS, ids=[partner.kind.name for partner in PARTNERS])


def answers(name: str, kind: str) -> list[str] | dns.rcode.Rcode:
    """What the lab's DNS says: the values, or the code of a no."""
    server = NameServer(zones(CONTOSO, PORTS, XMPP_PORTS))
    wire = server.respond(dns.message.make_query(name, kind).to_wire(), udp=True)
    assert wire is not None
    answer = dns.message.from_wire(wire)
    assert answer.flags & dns.flags.AA
    return [str(value) for value in answer.answer[0]] if answer.answer else answer.rcode()


def places(port: int = 7000, directory: str = "/lab") -> Places:
    return Places(
        resolver=f"127.0.0.1:{port}",
        next_hop=f"pool.int.contoso.example:{port + 1}",
        xmpp_next_hop=f"pool.int.contoso.example:{port + 3}",
        admin_socket=f"{directory}/admin.sock",
        certificates=f"{directory}/certificates",
        pinned={"northwind.example": f"sip.northwind.example:{port + 2}"},
    )


def files(directory: str = "/lab") -> EdgeFiles:
    def credential(name: str) -> Credential:
        stem = Path(directory, "certificates", name)
        return Credential(certificate=stem.with_suffix(".pem"), private_key=stem.with_suffix(".key"), names=())

    trust = Path(directory, "certificates")
    return EdgeFiles(
        outside=credential("edge"),
        outside_trust=trust / "public-root.pem",
        inside=credential("inside"),
        inside_trust=trust / "inside-root.pem",
    )


def fresh(port: int = 7000, directory: str = "/lab") -> str:
    return federation_file.write(CONTOSO, PARTNERS, XMPP_PARTNERS, places(port, directory), files(directory))


def configuration(text: str) -> Configuration:
    """Read the file strictly: a key the model does not have is an error."""
    tables = tomllib.loads(text)
    pairs = [(tables["edge"], key) for key in tables["edge"] if key.endswith(("hop", "listen"))]
    pairs += [(record, "access_edge") for record in tables["domain"] if "access_edge" in record]
    for table, key in pairs:
        host, _, port = table[key].rpartition(":")
        table[key] = {"host": host, "port": int(port)}
    return msgspec.convert(tables, Configuration)


def test_there_is_a_partner_of_every_kind_and_every_domain_once() -> None:
    assert {partner.kind.name for partner in PARTNERS} == {kind.name for kind in KINDS}
    assert len({partner.domain for partner in PARTNERS}) == len(PARTNERS)
    known = {"allowed", "allowed-server", "discovered", "blocked", "wrong-name", "srv-missing", "expired"}
    assert known <= {kind.name for kind in KINDS}


@each_partner
def test_dns_has_every_record_the_kind_promises_and_no_other_srv(partner: Partner) -> None:
    assert answers(partner.edge_fqdn, "A") == ["127.0.0.1"]
    expected = [f"0 0 {PORTS[partner]} {partner.edge_fqdn}."] if partner.kind.publishes_srv else dns.rcode.NXDOMAIN
    assert answers(srv_name(partner.domain), "SRV") == expected
    assert is_direct_child(partner.edge_fqdn, partner.domain)


def test_dns_leads_to_every_xmpp_partner() -> None:
    assert {partner.kind for partner in XMPP_PARTNERS} == set(XMPP_KINDS)
    for partner, port in XMPP_PORTS.items():
        assert answers(xmpp_srv_name(partner.domain), "SRV") == [f"0 0 {port} {partner.server}."]
        assert answers(partner.server, "A") == ["127.0.0.1"]


def test_every_xmpp_partner_may_be_authenticated_as_its_kind_can() -> None:
    read = {partner.name: methods_of(partner) for partner in configuration(fresh()).xmpp_partners}
    by_key, by_certificate = (Method.TLS_DIALBACK,), (Method.SASL_OVER_TLS,)
    listed = [each for each in XMPP_PARTNERS if each.kind.listed]
    assert read == {each.domain: by_key if each.kind.by_key else by_certificate for each in listed}


def test_dns_has_the_addresses_of_our_edge_and_of_our_inside() -> None:
    for name in (*CONTOSO.edge_names, CONTOSO.internal_fqdn, CONTOSO.pool_fqdn):
        assert answers(name, "A") == ["127.0.0.1"]
    assert answers("sip.nobody.example", "A") == dns.rcode.NXDOMAIN


def test_every_sip_domain_of_ours_has_an_edge_name_one_label_below_it() -> None:
    assert len(CONTOSO.sip_domains) == 2
    for domain in CONTOSO.sip_domains:
        assert is_direct_child(CONTOSO.edge_name_of(domain), domain)


def test_the_fresh_configuration_uses_exactly_the_keys_of_the_model() -> None:
    read = configuration(fresh())
    assert read.edge is not None
    assert read.edge.next_hop == HostPort("pool.int.contoso.example", 7001)
    assert read.edge.internal_peers == (CONTOSO.pool_fqdn,)
    assert read.edge.trust == "file:/lab/certificates/public-root.pem"
    assert read.edge.internal_trust == "file:/lab/certificates/inside-root.pem"
    assert read.access_edge.federation
    assert not read.access_edge.partner_discovery
    assert [domain.name for domain in read.sip_domains] == list(CONTOSO.sip_domains)
    assert {domain.name: domain.action for domain in read.domains} == {
        "fabrikam.example": Action.ALLOW,
        "northwind.example": Action.ALLOW,
        "litware.example": Action.BLOCK,
        "proseware.example": Action.ALLOW,
        "tailspin.example": Action.ALLOW,
        "treyresearch.example": Action.ALLOW,
    }
    assert [str(domain.access_edge) for domain in read.domains if domain.access_edge] == ["sip.northwind.example:7002"]


@pytest.mark.parametrize(
    "partner",
    # An expired certificate ends in the handshake, before any rule is asked.
    [each for each in PARTNERS if each.kind.name != "expired"],
    ids=lambda partner: partner.kind.name,
)
@pytest.mark.parametrize("direction", list(Direction))
def test_the_rules_give_the_answer_the_row_expects(partner: Partner, direction: Direction) -> None:
    inbound = direction is Direction.INBOUND
    sender, recipient = (partner.domain, "contoso.example") if inbound else ("contoso.example", partner.domain)
    record = SrvRecord(target=partner.edge_fqdn, port=PORTS[partner])
    srv = SrvAnswer(status=SrvStatus.FOUND, records=(record,))
    if not partner.kind.publishes_srv:
        srv = SrvAnswer(status=SrvStatus.MISSING)
    evidence = Evidence(srv=srv, peer_names=frozenset(partner.certificate_names))
    outcome = decide(RuleIndex.compile(configuration(fresh())), direction, sender, recipient, evidence)
    expected = partner.kind.inbound if inbound else partner.kind.outbound
    if outcome.reason is None:
        assert (expected.status, expected.diagnostics) == (200, None)
    else:
        answer = answer_for(outcome.reason, direction)
        assert (expected.status, expected.diagnostics) == (answer.status, answer.code)


def test_a_second_start_moves_its_own_values_and_leaves_every_other_byte() -> None:
    edited = fresh().replace("partner_discovery = false", "partner_discovery = true   # since Monday, 7000 times")
    moved = federation_file.move(edited, places(), places(8000, "/elsewhere"))
    expected = fresh(8000, "/elsewhere").replace(
        "partner_discovery = false", "partner_discovery = true   # since Monday, 7000 times"
    )
    assert moved == expected


def test_a_value_the_operator_changed_is_not_moved() -> None:
    edited = fresh().replace("sip.northwind.example:7002", "sip2.northwind.example:7002")
    moved = federation_file.move(edited, places(), places(8000))
    assert '"sip2.northwind.example:7002"' in moved


def test_a_path_with_quotes_and_spaces_survives_the_file() -> None:
    read = configuration(fresh(directory='/tmp/a "quoted" \\ dir/ünter'))
    assert read.proxy.admin_socket == '/tmp/a "quoted" \\ dir/ünter/admin.sock'
