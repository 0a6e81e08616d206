"""What comes after a set-up: a check list for any partner, kept until dismissed; files that overwrite nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import msgspec
import pytest

from edgeconsole.actions.federate import files
from edgeconsole.actions.federate.checks import CheckLists, answers_for, is_applied, items
from edgeconsole.actions.federate.flow import asked_after, asked_before, preview
from edgeconsole.actions.federate.look_up import look_up
from edgeconsole.actions.federate.outcome import Check, outcome
from edgeconsole.actions.federate.question import Answers, LookUp, Setup
from edgeconsole.backends.base import Backend
from edgeconsole.config.edit import apply_changes
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain
from edgeconsole.model.observed import DiscoveredPartner, Health
from edgeconsole.model.probe import ProbeKind, ProbeResult, Severity, Stage, StageResult, StageState
from edgeconsole.model.probing import ProbeDone
from edgeconsole.model.revision import Revision
from edgeconsole.model.text import clean
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


def probed(severity: Severity, *stages: StageResult) -> ProbeResult:
    return ProbeResult(
        run="r", target="x", kind=ProbeKind.SIP, vantage="edge here", started=NOW, seconds=0.1, severity=severity,
        summary=clean(""), stages=stages,
    )  # fmt: skip


class Asked:
    """A backend that only remembers what it is asked to probe."""

    def __init__(self) -> None:
        self.targets: list[str] = []

    async def probe(self, targets: list[str]) -> AsyncIterator[ProbeDone]:
        self.targets += targets
        yield ProbeDone(result=probed(Severity.OK))


@pytest.mark.parametrize(
    ("pin", "place"),
    [
        ("sip.fabrikam.example", "sip.fabrikam.example:5061"),
        ("edge.fabrikam.example:5099", "edge.fabrikam.example:5099"),
    ],
)
async def test_a_pinned_access_edge_is_probed_as_a_place_and_not_looked_up_as_a_domain(pin: str, place: str) -> None:
    backend = Asked()
    given = {"partner": "fabrikam.example", "find": "allowed-server", "access_edge": pin}
    facts = await look_up(cast("Backend", backend), situation(**given), LookUp.PARTNER)
    assert backend.targets == [f"sip:{place}"]
    assert facts.srv is None


def test_what_was_not_looked_at_names_what_failed_before_it() -> None:
    failed = StageResult(stage=Stage.ADDRESS, state=StageState.FAILED)
    result = probed(Severity.CRITICAL, StageResult(stage=Stage.DNS, state=StageState.OK), failed)
    start = situation(partner="fabrikam.example", find="allowed-domain")
    facts = msgspec.structs.replace(start.facts, partner=result)
    found = items(msgspec.structs.replace(start, facts=facts), None, (), {})
    said = {each.id: each.detail for each in found}
    assert said["partner-tcp"] == "not looked at: address fails before it"


def seen(domain: str, edge: str) -> DiscoveredPartner:
    return DiscoveredPartner(
        domain=domain, first_seen=NOW, last_seen=NOW, messages=1, allowed=False, outcome="", edge=clean(edge)
    )


def test_a_hosting_provider_names_its_customers_that_wrote_and_need_an_entry_while_discovery_is_off() -> None:
    hosted = "sipfed.online.lync.com"
    partners = (seen("a.example", hosted), seen("b.example", "sip.b.example"), seen("fabrikam.example", hosted))
    start = situation(Setup.HOSTING, ALLOWED, provider_edge=hosted)
    last = items(start, None, (), {}, partners)[-1]
    assert (last.id, last.state, last.fix) == ("tenants", Check.OPEN, "edgeconsole domains allow a.example")
    assert items(start, None, (), {})[-1].state is Check.UNKNOWN
    discovery = Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True})
    open_to_all = situation(Setup.HOSTING, discovery, provider_edge=hosted)
    assert items(open_to_all, None, (), {}, partners)[-1].state is Check.DONE


def test_a_saved_change_that_no_proxy_runs_on_is_started_with_its_own_file() -> None:
    saved = msgspec.structs.replace(health(2, 2), running=None, configuration_path="/etc/an edge/federation.toml")
    start = situation(Setup.SIP, ALLOWED, partner="fabrikam.example", find="allowed-domain")
    assert items(start, saved, (), {})[0].fix == "Start it: edgeconsole proxy --config '/etc/an edge/federation.toml'"
