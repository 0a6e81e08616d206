"""Our own domains against what they need: a finding counts for the domain it is about, and for all where it is."""

import msgspec

from edgeconsole.model.configuration import SipDomain
from edgeconsole.model.probe import Certainty, Finding, ProbeKind, ProbeResult, Severity, Stage, TargetStatus, WhoActs
from edgeconsole.model.probing import Probes
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.text import clean
from edgeconsole.present import seen
from tests.tui.console_world import NOW, configuration, name


def finding(
    code: str, about: str, what: str = "something of contoso.example and eu.contoso.example is missing"
) -> Finding:
    return Finding(
        code=code, severity=Severity.WARNING, stage=Stage.DNS, what=clean(what), fix=clean("publish it"),
        who=WhoActs.US, about=about,
    )  # fmt: skip


def snapshot(*findings: Finding) -> Snapshot:
    ours = tuple(SipDomain(name=name(each)) for each in ("contoso.example", "eu.contoso.example", "fabrikam.example"))
    result = ProbeResult(
        run="r", target="sip.contoso.example", kind=ProbeKind.OURS, vantage="edge", started=NOW, seconds=0.1,
        severity=Severity.WARNING, summary=clean("records"), findings=findings,
    )  # fmt: skip
    status = TargetStatus(
        target="sip.contoso.example", kind=ProbeKind.OURS, severity=Severity.WARNING, certainty=Certainty.HARD,
        last=result,
    )  # fmt: skip
    return Snapshot(
        connection=Connection.LIVE,
        taken_at=NOW,
        configuration=msgspec.structs.replace(configuration(), sip_domains=ours),
        probes=Probes(targets=(status,)),
    )


def told(known: Snapshot) -> dict[str, str]:
    view = seen.ours_view(known)
    return {view.keys[place]: view.row(place).cells[2].text.partition(":")[0] for place in range(len(view.keys))}


def test_a_finding_counts_for_the_domain_it_is_about_whatever_its_sentence_names() -> None:
    known = snapshot(
        finding("own.record_missing", "_sipfederationtls._tcp.eu.contoso.example"),
        finding("own.record_differs", "_sip._tls.contoso.example"),
        finding("own.name_missing", "sip.eu.contoso.example"),
    )
    well = "records, ports, certificates"
    assert told(known) == {"contoso.example": "1 thing to mend", "eu.contoso.example": "2 things to mend",
                           "fabrikam.example": well}  # fmt: skip


def test_what_is_about_no_domain_of_ours_counts_for_each_of_them() -> None:
    known = snapshot(finding("own.listener_closed", ""), finding("own.record_missing", "edge.elsewhere.example"))
    assert set(told(known).values()) == {"2 things to mend"}
