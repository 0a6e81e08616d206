"""Overview's rows about the edge itself: what waits, is staged, lint finds, our certificate; Enter on each."""

import asyncio
from datetime import timedelta

import msgspec

from edgeconsole.model.configuration import Action, Configuration, FederatedDomain
from edgeconsole.model.names import HostPort
from edgeconsole.model.observed import Health
from edgeconsole.model.plan import PendingConfirm
from edgeconsole.model.revision import Author, Revision
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.text import clean
from edgeconsole.present import attention
from edgeconsole.rules.lint import Severity
from edgeconsole.rules.lint.finding import Finding
from edgeconsole.store.store import Store
from edgeconsole.tui import themes
from edgeconsole.tui.app import ConsoleApp
from tests.tui.console_world import NOW, EdgeInMemory, ago, configuration, console, draft_box, name, shows, text_of
from tests.tui.kept_screens import says_what_it_said
from tests.tui.records_world import press


def health(**fields: object) -> Snapshot:
    revision = Revision("l1", 4, "e4")
    made = Health(version="0.1", backend="local", enforcing=True, instance="i", started=ago(days=1), saved=revision)
    return Snapshot(health=msgspec.structs.replace(made, **fields))


def finding(code: str, severity: Severity, reason: str = "it is so") -> Finding:
    return Finding(code=code, severity=severity, where='domain "x"', subject="domain", reason=reason, fix="mend it")


def told(row: attention.Ranked) -> str:
    return "  ".join(cell.text for cell in row.row.cells).strip()


def test_a_waiting_change_says_when_it_goes_back_and_stands_first() -> None:
    pending = PendingConfirm(
        token="t", by=Author("alice"), before=Revision("l1", 3, "e"), after=Revision("l1", 4, "e"), timeout=120,
        seconds_left=90, deadline=NOW + timedelta(seconds=90),
    )  # fmt: skip
    findings = [finding("EC101", Severity.ERROR)]
    first, *others = sorted(attention.rows(health(pending=pending), NOW, 1, findings))
    assert told(first) == "! waits  change #4  by alice: goes back at 12:06:00Z unless it is kept"
    assert [each.row.key for each in others] == ["lint EC101", "draft staged"]


def test_our_certificate_has_a_row_from_thirty_days_and_a_failing_one_from_seven() -> None:
    def row(**left: float) -> list[str]:
        return [told(each) for each in attention.rows(health(certificate_expires=NOW + timedelta(**left)), NOW, 0, ())]

    assert row(days=31) == []
    assert row(days=9, hours=1) == ["! ending  our certificate  ends in 9 days: renew it"]
    assert row(days=3, hours=1) == ["X ending  our certificate  ends in 3 days: renew it"]
    assert row(days=-2) == ["X expired  our certificate  ended 2d ago"]


def test_lint_has_a_row_a_code_errors_first_and_the_rest_is_counted() -> None:
    findings = [finding("EC101", Severity.WARNING), finding("EC101", Severity.WARNING)]
    findings += [finding(f"EC2{n:02}", Severity.ERROR) for n in range(8)]
    rows = [*attention.rows(Snapshot(), NOW, 0, findings)]
    assert told(rows[0]) == 'X error  file EC200  it is so: domain "x"'
    assert told(rows[6]) == "X error  file  2 codes more: edgeconsole check lists all"
    assert told(rows[7]) == '! warning  file EC101  it is so: domain "x" and 1 other'


def test_a_list_too_long_to_be_linted_at_the_keys_says_what_lints_it() -> None:
    domain = configuration().domains[0]
    snapshot = Snapshot(configuration=configuration(domains=[domain] * (attention.LINTED + 1)))
    (row,) = attention.rows(snapshot, NOW, 0, ())
    assert told(row) == "? not linted  file  more than 10,000 domains: edgeconsole check lints them"


async def at_once(_seconds: float) -> None:
    """A pause that is over: configurations are linted at once, and nothing else waits for long."""
    await asyncio.sleep(0 if _seconds < 5 else 3600)


def wrong() -> Configuration:
    """An edge whose partner is pinned to the Access Edge of Microsoft 365."""
    pinned = FederatedDomain(
        name=name("fabrikam.example"), action=Action.ALLOW, access_edge=HostPort("sipfed.online.lync.com"),
        comment=clean("[/b]\x1b]0;x\x07"),
    )  # fmt: skip
    return configuration(domains=[pinned])


async def test_enter_on_a_lint_row_teaches_its_code_with_the_place_and_the_fix() -> None:
    edge = EdgeInMemory(wrong(), {})
    store = Store(edge, clock=lambda: NOW, pause=at_once)
    app = ConsoleApp(store, themes.load(themes.DEFAULT), clock=lambda: NOW, pause=at_once)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "1 allowed server")
        for worker in [each for each in app.workers if each.group == "lint"]:
            await worker.wait()
        await shows(pilot, "file EC")
        await says_what_it_said(pilot, "overview-attention")
        await pilot.resize_terminal(80, 24)
        assert app.front is not None
        code = attention.code_of(app.front.table.cursor_key or "")
        assert code
        await press(pilot, "enter")
        await shows(pilot, "HELP")
        assert code in text_of(app)
        assert "to do" in text_of(app)
        await press(pilot, "escape", "b")
        await shows(pilot, "stands for no partner's domain")
        await press(pilot, "T")
        await shows(pilot, "stands for nothing that could be probed")


async def test_enter_on_the_staged_row_reviews_and_on_the_waiting_one_decides() -> None:
    edge = EdgeInMemory()
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "b", "s")
        await shows(pilot, "1 record staged")
        await press(pilot, "G", "enter")
        await shows(pilot, "[6 Review(1)]")
        await press(pilot, "1")
        await edge.apply((await edge.plan([])).plan_id, confirm=timedelta(minutes=2))
        edge.happen()
        await shows(pilot, "change #2")
        await press(pilot, "g", "enter")
        await shows(pilot, "Keep #2 by alice?")
