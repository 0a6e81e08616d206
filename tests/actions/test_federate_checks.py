"""What comes after a set-up: a check list for any partner, kept until dismissed; files that overwrite nothing."""

from pathlib import Path

import msgspec
import pytest

from edgeconsole.actions.federate import files
from edgeconsole.actions.federate.checks import CheckLists, answers_for, is_applied
from edgeconsole.actions.federate.flow import asked_after, asked_before, preview
from edgeconsole.actions.federate.outcome import outcome
from edgeconsole.actions.federate.question import Answers, Setup
from edgeconsole.config.edit import apply_changes
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain
from edgeconsole.model.observed import Health
from edgeconsole.model.revision import Revision
from tests.actions.test_federate import NOW, question, situation, srv, walk, world

ALLOWED = Change(table=Table.DOMAIN, key="fabrikam.example", fields={"action": "allow"})
PINNED = Change(
    table=Table.DOMAIN, key="northwind.example", fields={"action": "allow", "access_edge": "sip.northwind.example"}
)
JABBER = Change(table=Table.XMPP_PARTNER, key="jabber.example", fields={"additional_domains": ["im.jabber.example"]})


@pytest.mark.parametrize(
    ("domain", "setup", "find"),
    [
        ("fabrikam.example", Setup.SIP, "allowed-domain"),
        ("northwind.example", Setup.SIP, "allowed-server"),
        ("im.jabber.example", Setup.XMPP, None),
    ],
)
def test_the_check_list_of_a_listed_partner_needs_no_set_up(domain: str, setup: Setup, find: str | None) -> None:
    answers = answers_for(world(ALLOWED, PINNED, JABBER), parse_domain(domain))
    assert (answers.setup, answers.values.get("find")) == (setup, find)
    assert answers.values.get("access-edge", "").startswith("sip.northwind") is (find == "allowed-server")


@pytest.mark.parametrize("domain", ["stranger.example", "blocked.example"])
def test_nothing_is_checked_of_a_domain_that_is_not_let_in(domain: str) -> None:
    blocked = Change(table=Table.DOMAIN, key="blocked.example", fields={"action": "block"})
    with pytest.raises(BadInput) as refused:
        answers_for(world(blocked), parse_domain(domain))
    assert f"federate sip {domain}" in refused.value.remedy


def health(saved: int, running: int) -> Health:
    return Health(
        version="0.1", backend="local", enforcing=True, instance="i1", started=NOW,
        saved=Revision("l", saved, f"e{saved}"), running=Revision("l", running, f"e{running}"),
    )  # fmt: skip


@pytest.mark.parametrize("setup", [Setup.SIP, Setup.XMPP, Setup.HOSTING, Setup.PUSH])
def test_a_change_counts_as_applied_only_when_the_edge_runs_on_it(setup: Setup) -> None:
    end = walk(situation(setup, facts=srv("sip.fabrikam.example")), partner="fabrikam.example", push="both")
    assert not is_applied(end, health(2, 2))
    after = msgspec.structs.replace(end, configuration=outcome(end).after)
    assert is_applied(after, health(2, 2))
    assert not is_applied(after, health(2, 1))


def test_check_lists_are_kept_until_they_are_dismissed_one_for_each_partner(tmp_path: Path) -> None:
    first = Answers(setup=Setup.SIP, values={"partner": "fabrikam.example"})
    again = Answers(setup=Setup.SIP, values={"partner": "fabrikam.example", "find": "discovered"})
    other = Answers(setup=Setup.XMPP, values={"partner": "jabber.example"})
    lists = CheckLists(tmp_path)
    for each in (first, other, again):
        assert lists.add(each) is None
    assert CheckLists(tmp_path).all == (again, other)
    lists.dismiss(again)
    assert CheckLists(tmp_path).all == (other,)


def test_a_check_list_that_cannot_be_kept_is_said_and_stays_for_now(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lists = CheckLists(tmp_path / "file" / "under")
    problem = lists.add(Answers(setup=Setup.SIP, values={"partner": "fabrikam.example"}))
    assert problem is not None
    assert "federate checklist" in problem.remedy
    assert len(lists.all) == 1


def test_what_would_be_written_is_shown_before_every_question_is_answered() -> None:
    assert preview(situation()) == ()
    shown = preview(situation(facts=srv("sip.fabrikam.example"), partner="fabrikam.example"))
    assert [(each.table, each.key) for each in shown] == [(Table.DOMAIN, "fabrikam.example")]
    assert apply_changes(world(), shown).domains


def test_the_way_forward_passes_every_answer_again_and_the_way_back_loses_none() -> None:
    end = walk(situation(facts=srv("sip.fabrikam.example")), partner="fabrikam.example")
    find = question(end, "find")
    assert asked_before(end, question(end, "partner")) is None
    assert asked_before(end, find).id == "partner"
    assert asked_after(end, find).id == "verification"
    assert asked_after(end, question(end, "expires")) is None


def test_a_folder_is_written_once_and_nothing_in_it_ever_overwritten(tmp_path: Path) -> None:
    made = outcome(walk(situation(facts=srv("sip.fabrikam.example")), partner="fabrikam.example"))
    written = files.write(tmp_path / "out", {"sheet.txt": "hello"}, made.certificates[:1], "ec256")
    assert [path.name for path in written] == ["sheet.txt", "external.key", "external.csr"]
    assert written[1].stat().st_mode & 0o777 == 0o600
    before = {path: path.read_bytes() for path in written}
    with pytest.raises(BadInput, match="left as it is"):
        files.write(tmp_path / "out", {"new.txt": "x", "sheet.txt": "other"}, made.certificates[:1], "ec256")
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
