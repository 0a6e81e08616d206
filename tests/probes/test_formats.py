"""Results for machines: OpenMetrics a parser takes, JUnit, the exit codes of monitoring."""

import re
from datetime import timedelta
from xml.etree import ElementTree as tree

import msgspec
import pytest

from edgeconsole.model.probe import Certainty, ProbeKind, Severity, TargetStatus
from edgeconsole.model.text import clean
from edgeconsole.probes.formats import junit, openmetrics
from edgeconsole.probes.formats.verdict import nagios, plain
from tests.probes.results import ENDPOINT, START, certificate, result

_SAMPLE = re.compile(r'[a-z_]+\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\} -?[0-9.e+-]+')


def samples(text: str) -> dict[str, str]:
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def test_every_line_is_openmetrics_and_the_end_is_marked() -> None:
    text = openmetrics.document([result(chain=(certificate(),)), result("cert.expired", target="b.example")])
    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    assert text.endswith("\n")
    for line in lines[:-1]:
        assert line.startswith(("# TYPE ", "# HELP ", "# UNIT ")) or _SAMPLE.fullmatch(line), line
    families = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert len(families) == len(set(families))
    assert len(samples(text)) == sum(not line.startswith("#") for line in lines), "no series twice"


def test_metrics_say_how_it_went() -> None:
    shown = samples(openmetrics.document([result("cert.expired", chain=(certificate(),))]))
    target = 'target="fabrikam.example",kind="sip",vantage="edge test"'
    assert shown[f"edgeconsole_probe_success{{{target}}}"] == "0"
    assert shown[f'edgeconsole_probe_finding{{{target},code="cert.expired",severity="critical"}}'] == "1"
    assert shown[f'edgeconsole_probe_stage_duration_seconds{{{target},stage="tcp"}}'] == "0.005"
    until = (START + timedelta(days=90)).timestamp()
    name = f'edgeconsole_probe_cert_not_after_timestamp_seconds{{{target},endpoint="{ENDPOINT}",position="0"}}'
    assert float(shown[name]) == until


def test_what_is_not_known_is_absent_and_never_a_number_that_stands_for_it() -> None:
    shown = samples(openmetrics.document([result("dns.timeout", severity=Severity.UNKNOWN)]))
    assert not any(name.startswith("edgeconsole_probe_success") for name in shown)
    assert not any("cert_not_after" in name for name in shown)


def test_expected_findings_are_no_series() -> None:
    found = tuple(msgspec.structs.replace(each, expected=True) for each in result("cert.expired").findings)
    assert "edgeconsole_probe_finding{" not in openmetrics.document([result(severity=Severity.OK, findings=found)])


def test_no_text_of_a_partner_becomes_a_label() -> None:
    text = openmetrics.document([result("cert.expired", chain=(certificate(subject='evil"} 1\n# EOF'),))])
    assert "evil" not in text


def test_what_is_known_over_time_has_its_families() -> None:
    status = TargetStatus(
        target="fabrikam.example", kind=ProbeKind.SIP, severity=Severity.OK, certainty=Certainty.HARD,
        flapping=True, availability=0.99, last=result(),
    )  # fmt: skip
    text = "\n".join(openmetrics.lines([status], vantage="edge test", vantage_down=True))
    assert 'edgeconsole_probe_flapping{target="fabrikam.example",kind="sip"} 1' in text
    assert 'edgeconsole_probe_availability_ratio{target="fabrikam.example",kind="sip"} 0.99' in text
    assert 'edgeconsole_probe_vantage_up{vantage="edge test"} 0' in text
    assert "# EOF" not in text, "other families may follow"


def test_dashboards_made_for_blackbox_exporter_find_their_names() -> None:
    shown = samples(openmetrics.compatible([result(chain=(certificate(days=5), certificate("cd" * 32, days=400)))]))
    assert shown['probe_success{target="fabrikam.example",kind="sip"}'] == "1"
    until = (START + timedelta(days=5)).timestamp()
    assert float(shown['probe_ssl_earliest_cert_expiry{target="fabrikam.example",kind="sip"}']) == until


def test_junit_has_a_suite_for_each_target_and_a_case_for_each_stage_at_each_address() -> None:
    root = tree.fromstring(junit.document([result(), result("cert.expired", target="b.example")]))
    assert [each.get("name") for each in root] == ["sip fabrikam.example", "sip b.example"]
    bad = root[1]
    assert (bad.get("failures"), bad.get("skipped"), bad.get("errors")) == ("1", "2", "0")
    failure = bad.find("testcase/failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("cert.expired", "it showed cert.expired")
    assert failure.text == "mend cert.expired (partner)"


def test_a_warning_fails_only_where_strictness_is_asked_for() -> None:
    warned = [result("cert.sha1", severity=Severity.WARNING)]
    stage = tuple(
        msgspec.structs.replace(each, state=type(each.state).WARNING) if each.code else each
        for each in warned[0].endpoints[0].stages
    )
    ends = (msgspec.structs.replace(warned[0].endpoints[0], stages=stage),)
    warned = [msgspec.structs.replace(warned[0], endpoints=ends)]
    assert tree.fromstring(junit.document(warned))[0].get("failures") == "0"
    assert "cert.sha1" in junit.document(warned)
    assert tree.fromstring(junit.document(warned, strict=True))[0].get("failures") == "1"


def test_a_run_that_could_not_be_made_is_an_error_and_no_success() -> None:
    nothing = msgspec.structs.replace(
        result(severity=Severity.UNKNOWN), stages=(), endpoints=(), summary=clean("the prober was killed")
    )
    suite = tree.fromstring(junit.document([nothing]))[0]
    assert suite.get("errors") == "1"


def test_hostile_texts_stay_texts_in_junit() -> None:
    evil = clean('</testsuites><x y="\x1b]52;c;aGk=\x07"/>')
    found = tuple(msgspec.structs.replace(each, what=evil) for each in result("cert.expired").findings)
    root = tree.fromstring(junit.document([result(severity=Severity.CRITICAL, findings=found)]))
    assert root.find(".//x") is None
    assert "\x1b" not in junit.document([result(severity=Severity.CRITICAL, findings=found)])


OK, INFO, WARNING, CRITICAL, UNKNOWN = Severity.OK, Severity.INFO, Severity.WARNING, Severity.CRITICAL, Severity.UNKNOWN


@pytest.mark.parametrize(
    ("severities", "monitoring", "ours", "strict"),
    [
        ([OK, INFO], 0, 0, 0),
        ([OK, WARNING], 1, 0, 1),
        ([OK, CRITICAL], 2, 1, 1),
        ([OK, UNKNOWN], 3, 6, 6),
        ([WARNING, UNKNOWN], 3, 6, 1),
        ([CRITICAL, UNKNOWN], 2, 1, 1),
        ([], 3, 6, 6),
    ],
)
def test_the_worst_wins_and_nothing_run_is_never_ok(severities, monitoring: int, ours: int, strict: int) -> None:
    assert (nagios(severities), plain(severities), plain(severities, strict=True)) == (monitoring, ours, strict)
