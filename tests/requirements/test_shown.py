"""What is drawn of requirements, without a terminal."""

import pytest

from edgeconsole.model.evidence import SrvStatus
from edgeconsole.present import certificates, requirements
from edgeconsole.present.table import Style
from edgeconsole.rules.requirements.certificate_facts import Authority
from edgeconsole.rules.requirements.certificate_lint import CertificateCheck, certificate_findings
from edgeconsole.rules.requirements.certificates import certificate_requirements
from edgeconsole.rules.requirements.compare import DnsAnswer, RecordState, compare, questions
from edgeconsole.rules.requirements.dns import dns_requirements
from edgeconsole.rules.requirements.ports import port_requirements
from tests.requirements.test_certificates import GOOD, facts
from tests.requirements.worlds import CONFERENCING, HYBRID, JABBER, MEDIA, NOW, OURS, OURS_TOO, PARTNER, SKYPE, world

EVERYTHING = world(OURS, OURS_TOO, PARTNER, JABBER, HYBRID, SKYPE, edge=MEDIA + CONFERENCING)


def text(lines) -> str:
    return "\n".join("".join(span.text for span in line.spans) for line in lines)


@pytest.mark.parametrize(
    "view",
    [
        requirements.dns_view(dns_requirements(EVERYTHING, NOW)),
        requirements.dns_check_view(compare(dns_requirements(EVERYTHING, NOW), {})),
        requirements.port_view(port_requirements(EVERYTHING, NOW)),
    ],
)
def test_every_row_of_a_list_has_a_key_of_its_own_and_a_cell_for_each_column(view) -> None:
    assert len(set(view.keys)) == len(view.keys)
    assert all(len(view.row(place).cells) == len(view.columns) for place in range(len(view.keys)))


def test_optional_rows_are_muted() -> None:
    view = requirements.dns_view(dns_requirements(EVERYTHING, NOW))
    styles = {view.row(place).cells[0].style for place, key in enumerate(view.keys) if key.startswith("D11/")}
    assert styles == {Style.MUTED}


def test_every_state_of_a_record_has_a_glyph_and_a_word() -> None:
    assert set(requirements.STATES) == set(RecordState)


def test_records_that_share_a_reason_are_explained_once() -> None:
    shown = text(requirements.dns_reasons(dns_requirements(world(OURS, OURS_TOO, PARTNER), NOW)))
    assert shown.count("D1 ") == 1
    two = text(
        requirements.dns_reasons(dns_requirements(world(OURS, OURS_TOO + "discoverable = false\n", HYBRID), NOW))
    )
    assert "[_sipfederationtls._tcp.contoso.test]" in two


def test_an_address_to_be_filled_in_is_named_in_what_to_publish() -> None:
    required = [item for item in dns_requirements(world(OURS), NOW) if item.row.value == "D8"]
    compared = compare(required, dict.fromkeys(questions(required), DnsAnswer(status=SrvStatus.MISSING)))
    assert "edge.int.contoso.example. 3600 IN A <internal address of the edge>" in text(
        requirements.to_publish(compared)
    )
    assert requirements.dns_sentence(compared) == "of 1 required records 1 missing"


EXTERNAL = certificate_requirements(world(OURS, PARTNER), NOW)[0]


@pytest.mark.parametrize(
    ("judged", "says"),
    [
        (GOOD, ". ok"),
        (facts(authority=Authority.PRIVATE), "! 1 warning"),
        (facts(names=(), key_bits=1024), "X 2 errors"),
        (None, "? not read"),
    ],
)
def test_a_certificate_shows_its_worst_finding_first(judged, says: str) -> None:
    findings = certificate_findings(EXTERNAL, judged, NOW) if judged else ()
    check = CertificateCheck(requirement=EXTERNAL, facts=judged, findings=findings, problem="gone", remedy="look")
    assert certificates.state(check).text == says
    shown = text(certificates.check_lines(check, NOW))
    assert "gone" in shown if judged is None else "265 days left" in shown


def test_a_pools_certificate_must_have_an_exportable_key() -> None:
    assert "exportable" in text(certificates.requirement_lines(EXTERNAL))
