"""Probes as JUnit XML: a suite for each target, a case for each stage at each address."""

from collections.abc import Sequence
from xml.etree import ElementTree as tree

from edgeconsole.model.probe import Finding, ProbeResult, Severity, Stage, StageResult, StageState

_FAILING = frozenset({Severity.CRITICAL})


def document(results: Sequence[ProbeResult], *, strict: bool = False) -> str:
    """Return results as one JUnit document; with `strict` a warning is a failure too."""
    suites = tree.Element("testsuites", name="edgeconsole probe")
    for result in results:
        suites.append(_suite(result, strict))
    tree.indent(suites)
    return tree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(result: ProbeResult, strict: bool) -> tree.Element:
    suite = tree.Element("testsuite", name=f"{result.kind.value} {result.target}")
    suite.set("timestamp", result.started.isoformat(timespec="seconds"))
    suite.set("hostname", result.vantage)
    suite.set("time", f"{result.seconds:.3f}")
    for place, stages in (("target", result.stages), *((each.id, each.stages) for each in result.endpoints)):
        for stage in stages:
            found = [
                each
                for each in result.findings
                if each.stage is stage.stage and (each.endpoint or "target") == place and not each.expected
            ]
            if place == "target" and stage.stage not in _WHOLE and result.endpoints:
                # It is the roll-up of the addresses, each of which has a case of its own.
                continue
            suite.append(_case(result, place, stage, found, strict))
    if not len(suite):
        case = tree.SubElement(suite, "testcase", classname=result.target, name="run")
        tree.SubElement(case, "error", type="probe.internal", message=str(result.summary))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))
    suite.set("tests", str(len(suite)))
    return suite


_WHOLE = frozenset({Stage.DNS, Stage.ADDRESS})
"""Stages that belong to the target, not to one of its addresses."""


def _case(result: ProbeResult, place: str, stage: StageResult, found: Sequence[Finding], strict: bool) -> tree.Element:
    case = tree.Element("testcase", classname=f"{result.target}.{place}", name=stage.stage.value)
    case.set("time", f"{(stage.milliseconds or 0) / 1000:.3f}")
    if stage.state is StageState.SKIPPED:
        tree.SubElement(case, "skipped", message=str(stage.why))
        return case
    if stage.state is StageState.UNKNOWN:
        tree.SubElement(case, "error", type=stage.code or "probe.internal", message=str(stage.why))
        return case
    failing = _FAILING | {Severity.WARNING} if strict else _FAILING
    for each in (one for one in found if one.severity in failing):
        tree.SubElement(case, "failure", type=each.code, message=str(each.what)).text = f"{each.fix} ({each.who.value})"
    if stage.state is StageState.FAILED and case.find("failure") is None and not any(each.expected for each in found):
        tree.SubElement(case, "failure", type=stage.code or "probe.failed", message=str(stage.why))
    said = [f"{each.severity.value} {each.code}: {each.what}" for each in found if each.severity not in failing]
    if said:
        tree.SubElement(case, "system-out").text = "\n".join(said)
    return case
