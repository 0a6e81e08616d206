"""Another edge in the running console, another theme, and the log of what was asked: as the keys do it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from edgeconsole.cli.places import AS_STARTED, Places
from edgeconsole.cli.reach import Place, now
from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import NotPermitted, Unreachable
from edgeconsole.model.verdict import Direction, Question
from edgeconsole.present import equivalent
from edgeconsole.present.contexts import Answered, ContextRow
from edgeconsole.store.calls import CHANGES, READS, CallLog
from edgeconsole.store.store import Store
from edgeconsole.tui import themes
from edgeconsole.tui.app import ConsoleApp
from tests.tui.console_world import NOW, EdgeInMemory, console, draft_box, never, shows, text_of, until


@dataclass
class PlacesInMemory:
    """Three edges, one of which never answers."""

    gone: list[str] = field(default_factory=list)

    def known(self) -> Sequence[ContextRow]:
        return (
            ContextRow("lab", "local", "/run/edgeconsole/admin.sock", here=True),
            ContextRow("production", "remote", "https://edge.contoso.example:8443", True, timedelta(minutes=2)),
            ContextRow("branch", "remote", "https://branch.contoso.example:8443", confirm=timedelta(minutes=2)),
        )

    async def reach(self, name: str) -> Answered:
        if name == "branch":
            raise Unreachable("the proxy does not answer: connection refused", remedy="Start it")
        return Answered(12)

    def go(self, name: str) -> None:
        self.gone.append(name)


def on(places: PlacesInMemory, edge: EdgeInMemory | None = None) -> ConsoleApp:
    store = Store(edge or EdgeInMemory(), clock=lambda: NOW, pause=never, drafts=draft_box())
    return ConsoleApp(store, themes.load(themes.DEFAULT), clock=lambda: NOW, pause=never, places=places, context="lab")


async def test_the_list_says_where_each_is_how_careful_to_be_and_whether_it_answers() -> None:
    places = PlacesInMemory()
    app = on(places)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("C")
        await shows(pilot, "X no answer")
        rows = text_of(app).splitlines()
        assert any(". here" in row and "lab" in row and "admin.sock" in row for row in rows)
        assert any(". 12 ms" in row and "production" in row and "read-only" in row for row in rows)
        assert any("branch" in row and "confirm 2m" in row for row in rows)
        await pilot.press("G")
        await shows(pilot, "connection refused")
        await pilot.press("enter")
        await shows(pilot, "branch does not answer: the proxy does not answer: connection refused")
        await pilot.press("escape")
        await shows(pilot, "nothing changed")
        assert not places.gone
        await pilot.press("k", "enter")
        await until(pilot, lambda: places.gone == ["production"])
    assert app.return_value == 0


async def test_a_context_is_gone_to_by_its_name_and_a_wrong_name_lists_the_right_ones() -> None:
    places = PlacesInMemory()
    app = on(places)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("colon", *"context nowhere", "enter")
        await shows(pilot, "there is no context nowhere")
        await pilot.press("colon", *"context lab", "enter")
        await shows(pilot, "lab is where this console is")
        await pilot.press("colon", *"context pr", "tab")
        await shows(pilot, ": context production")
        await pilot.press("enter")
        await until(pilot, lambda: places.gone == ["production"])


async def test_a_form_that_is_not_staged_holds_the_console_back() -> None:
    places = PlacesInMemory()
    app = on(places)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("2", "e")
        await shows(pilot, "w stage")
        app._controls.records.form._set("comment", "changed")
        await pilot.press("colon", *"context production", "enter")
        await shows(pilot, "not now: the form of")
        assert not places.gone


async def test_a_console_without_other_edges_says_so() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("C")
        await shows(pilot, "this console cannot go to another edge")


TOML = """
[[context]]
name = "one"
backend = "file"
address = "{one}"
theme = "edge-light"

[[context]]
name = "careful"
backend = "file"
address = "{two}"
readonly = true
"""


async def test_places_open_each_context_as_it_says_and_bring_the_draft_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    for path in (one, two):
        path.write_text('version = 1\n\n[[sip_domain]]\nname = "contoso.example"\n')
    settings = tmp_path / "edgeconsole" / "console.toml"
    settings.parent.mkdir()
    settings.write_text(TOML.format(one=one, two=two))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    places = Places(Place(config=str(one)), readonly=False, calls=CallLog(now))
    assert [(row.name, row.here) for row in places.known()] == [(AS_STARTED, True), ("one", False), ("careful", False)]
    assert not (await places.reach("careful")).problem

    box = places.drafts()
    store = places.store()
    store.drafts = box
    await store.refresh()
    box.stage([Change(table=Table.DOMAIN, key="fabrikam.example", fields={"action": "allow"})])
    await store.aclose()
    places.go("careful")
    assert places.moved()
    # What was said of the edge on the command line is not said of another.
    assert places.readonly is None
    careful = places.store()
    assert careful.readonly
    await careful.aclose()

    places.go(AS_STARTED)
    assert places.moved()
    again = places.drafts()
    assert [edit.key for edit in again.view.edits] == ["fabrikam.example"]
    again.close()
    assert not places.moved()


def test_a_place_that_cannot_be_opened_leads_back_with_the_reason(tmp_path: Path) -> None:
    places = Places(Place(config="a.toml"), readonly=None, calls=CallLog(now))
    assert not places.went_back("why")
    places._next = Place(config="b.toml")
    assert places.moved()
    assert places.went_back("there is no file b.toml")
    assert places.here.config == "a.toml"
    assert "there is no file b.toml" in places.notice


async def test_another_theme_is_worn_at_once_and_a_wrong_name_lists_the_right_ones() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        before = app.screen.get_component_rich_style("span--fail")
        await pilot.press("colon", *"theme edge-mo", "tab", "enter")
        await shows(pilot, "edge-mono until the console ends")
        await pilot.pause()
        assert app.screen.get_component_rich_style("span--fail") != before
        await pilot.press("colon", *"theme nothing", "enter")
        await shows(pilot, "there is no theme 'nothing'")


async def test_the_log_tells_calls_as_commands_and_can_be_filtered() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("2", "b")
        await shows(pilot, "y apply")
        await pilot.press("y")
        await shows(pilot, "done #2")
        await pilot.press("L")
        await shows(pilot, "Log > ")
        await pilot.press("slash", *"domains block", "enter")
        await shows(pilot, "2 of")
        rows = [row for row in text_of(app).splitlines() if "domains block fabrikam.example" in row and ". done" in row]
        assert len(rows) == 2
        await shows(pilot, "command  edgeconsole domains block")


async def test_what_failed_is_in_the_log_with_its_reason_and_the_edge_it_was_asked_of() -> None:
    async def close(_domain: str) -> int:
        raise NotPermitted("eve may look and not change (role viewer)")

    edge, log = EdgeInMemory(), CallLog(lambda: NOW, lambda: 1.0)
    edge.close_sessions = close  # type: ignore[method-assign]
    log.note(edge, "--context production")
    with pytest.raises(NotPermitted):
        await edge.close_sessions("fabrikam.example")
    (call,) = log.calls
    assert (call.name, call.error, call.context) == (
        "close_sessions", "eve may look and not change (role viewer)", "--context production",
    )  # fmt: skip


async def test_the_log_is_bounded_and_reads_never_push_a_change_out() -> None:
    edge, log = EdgeInMemory(), CallLog(lambda: NOW, lambda: 1.0)
    log.note(edge)
    await edge.dismiss("nobody.example")
    for number in range(READS + CHANGES):
        await edge.history(number)
    await edge.plan([Change(table=Table.DOMAIN, key=f"d{n}.example", fields={"action": "block"}) for n in range(80)])
    assert (len(log.calls[0].arguments[0]), log.calls[0].more) == (50, 30)  # type: ignore[arg-type]
    for number in range(READS):
        await edge.probes(number)
    assert len(log.calls) == READS + 2
    assert log.calls[1].name == "dismiss"
    for number in range(3):
        await edge.sessions()
        assert next(call for call in log.calls if call.name == "sessions").times == number + 1


PINNED: dict[str, FieldValue] = {"action": "allow", "access_edge": "sip.x.example", "comment": "two words"}


@pytest.mark.parametrize(
    ("name", "arguments", "options", "said"),
    [
        ("explain", (Question(sender="a@contoso.example", recipient="b@x.example", direction=Direction.OUTBOUND),), {},
         "explain a@contoso.example b@x.example --direction out"),
        ("plan", ([Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True})],), {},
         "discovery on --dry-run"),
        ("plan", ([Change(table=Table.DOMAIN, key="x.example", fields=PINNED)],), {},
         "domains allow x.example --access-edge sip.x.example --comment 'two words' --dry-run"),
        ("plan", ([Change(table=Table.XMPP_PARTNER, key="x.example", fields={"tls": "required", "sasl": None})],), {},
         "partners set x.example tls=required sasl= --kind xmpp --dry-run"),
        ("plan", ([Change(table=Table.POLICY_GRANT, key="a@contoso.example", fields={"policy": "user:Sales"})],), {},
         "policies grant a@contoso.example user:Sales --dry-run"),
        ("plan_undo", (7,), {}, "undo 7 --dry-run"),
        ("plan_rollback", ("before the move",), {}, "rollback 'before the move' --dry-run"),
        ("reload", (), {"confirm": timedelta(minutes=2), "why": "new pool"}, "reload --confirm 2m --why 'new pool'"),
        ("dismiss", ("adatum.example",), {}, "discovered dismiss adatum.example"),
        ("probe", (["sip:x.example"],), {}, "probe sip:x.example"),
        ("confirm", ("secret-token",), {}, "confirm"),
        ("text", (3,), {}, ""),
    ],
)  # fmt: skip
def test_a_call_has_the_command_that_does_the_same(
    name: str, arguments: tuple[object, ...], options: dict[str, object], said: str
) -> None:
    assert equivalent.command(name, arguments, options) == ((said,) if said else ())


def test_a_field_that_could_hold_a_secret_is_not_told() -> None:
    change = Change(table=Table.PROXY, fields={"notify_token": "hunter2", "admin_token": "file:/etc/t"})
    said = equivalent.of_change(change)
    assert "hunter2" not in said
    assert "file:/etc/t" in said
