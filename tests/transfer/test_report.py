"""The hand-over report carries change, effect, evidence and script, and nothing in it becomes markup."""

from datetime import UTC, datetime

from edgeconsole.model.configuration import AccessEdge, Action, Configuration, FederatedDomain
from edgeconsole.model.observed import Failure, PartnerCounters
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Direction
from edgeconsole.transfer.export import powershell_sfb
from edgeconsole.transfer.export.report import Observed, safe, write_report

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ON = AccessEdge(federation=True)
BEFORE = Configuration(access_edge=ON, domains=(FederatedDomain(name="fabrikam.example", action=Action.ALLOW),))
AFTER = Configuration(
    access_edge=ON, domains=(FederatedDomain(name="fabrikam.example", action=Action.BLOCK, comment="``` | <b>"),)
)
RECORD = RevisionRecord(
    revision=Revision("lineage", 7, "etag"),
    at=AT,
    by=Author("alice", "command"),
    origin=Origin.APPLIED,
    why="INC-1 | <script>\n# heading",
)


def report(observed: Observed = Observed()) -> str:  # noqa: B008
    return write_report([RECORD], BEFORE, AFTER, observed=observed, script=powershell_sfb.script(BEFORE, AFTER))


def test_a_report_says_what_changed_what_that_closes_and_how_to_do_it() -> None:
    text = report()
    assert text.startswith("# Federation change: revision 7\n")
    assert "| domain | fabrikam.example | action | allow | block |" in text
    assert "- closed: fabrikam.example" in text
    assert "Remove-CsAllowedDomain -Identity 'fabrikam.example'" in text
    assert "## Revert script" in text


def test_a_report_shows_what_the_edge_saw_of_the_domains_in_question() -> None:
    failure = Failure(
        at=AT,
        direction=Direction.INBOUND,
        domain="fabrikam.example",
        peer="192.0.2.1:5061",
        stage="tls",
        code=0,
        diagnostics=None,
        text=clean("bad | certificate"),
    )
    counters = (PartnerCounters(domain="fabrikam.example", relayed_in=4), PartnerCounters(domain="other.example"))
    text = report(Observed(counters=counters, failures=(failure,)))
    assert "| fabrikam.example | 4 | 0 | 0 | 0 | 0 |" in text
    assert "bad \\| certificate" in text
    assert "other.example" not in text


def test_no_text_in_a_report_becomes_markup_or_ends_the_fence() -> None:
    text = report()
    assert "INC-1 \\| \\<script\\> \\# heading" in text
    assert "\n# heading" not in text
    assert text.count("\n````powershell\n") == 1
    assert safe("a\x1b[2J\u202e`b`") == "a\\\\x1b\\[2J\\\\u202e\\`b\\`"
