"""Findings for a sheet and for a partner: whole, and inert whatever a stranger wrote."""

import csv
import io

import msgspec

from edgeconsole.model.probe import Finding, Severity
from edgeconsole.model.text import clean
from edgeconsole.probes.formats import tables
from tests.probes.results import result

EVIL = ('=HYPERLINK("http://evil.example","x")', "@SUM(1)", "+1", "-1", "\t=1", "<script>x</script>", "[a](http://e)",
        "| a | b |", "# head", "*b* `c` ~~d~~ ![i](http://e/p)", "line\nbreak", "\x1b]52;c;aGk=\x07")  # fmt: skip


def saying(text: str) -> tuple[Finding, ...]:
    return tuple(msgspec.structs.replace(each, what=clean(text)) for each in result("cert.expired").findings)


def test_csv_has_a_line_for_each_finding_and_one_for_a_target_that_is_well() -> None:
    rows = list(csv.DictReader(io.StringIO(tables.csv_of([result("cert.expired", "cert.sha1"), result()]))))
    assert [(row["severity"], row["code"]) for row in rows] == [
        ("critical", "cert.expired"), ("critical", "cert.sha1"), ("ok", ""),
    ]  # fmt: skip
    assert rows[0]["fix"] == "mend cert.expired"
    assert rows[0]["started"] == "2026-11-20T12:00:00Z"


def test_no_cell_is_a_formula() -> None:
    for evil in EVIL:
        cells = [
            cell for row in csv.reader(io.StringIO(tables.csv_of([result(findings=saying(evil))]))) for cell in row
        ]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))], evil
        assert "\x1b" not in "".join(cells)


def test_a_report_says_what_is_wrong_and_what_to_do_and_leaves_out_what_is_well() -> None:
    report = tables.markdown([result("cert.expired")])
    assert report.startswith("# fabrikam.example: critical\n")
    assert "| certificate | failed | as found |" in report
    assert "## critical: cert.expired at sip.fabrikam.example:5061/192.0.2.7" in report
    assert "To do, partner: mend cert.expired (RFC 5922 7.1)" in report
    expected = tuple(msgspec.structs.replace(each, expected=True) for each in result("cert.expired").findings)
    assert "##" not in tables.markdown([result(findings=expected)])
    assert "##" not in tables.markdown([result("cert.expired", severity=Severity.INFO)])


def test_a_report_shows_markup_of_strangers_as_it_stands() -> None:
    for evil in EVIL:
        report = tables.markdown([result(findings=saying(evil))])
        line = report.partition("\n## ")[2].splitlines()[2]
        assert "\x1b" not in report
        for mark in "<>[]|*`#!":
            assert line.count(mark) == line.count(f"\\{mark}"), f"{evil!r} as {line!r}"
