"""The tour: one key a step, by the key map in force; left and gone on with."""

import pytest

from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.store.store import Store
from edgeconsole.tui import themes
from edgeconsole.tui.app import ConsoleApp
from edgeconsole.tui.keys import KeyMap
from edgeconsole.tui.strips import width_of
from edgeconsole.tui.tour import STEPS, Tour
from tests.tui.console_world import NOW, EdgeInMemory, configuration, never, shows, text_of


def snapshot(*, number: int = 1, blocked: bool = False, discovery: bool = False, undone: bool = False) -> Snapshot:
    saved = configuration(discovery=discovery)
    if not blocked:
        saved = configuration(
            discovery=discovery, domains=[each for each in saved.domains if each.action.value == "allow"]
        )
    revision = Revision("l1", number, f"e{number}")
    origin = Origin.UNDONE if undone else Origin.APPLIED
    record = RevisionRecord(revision=revision, at=NOW, by=Author("alice"), origin=origin)
    return Snapshot(taken_at=NOW, configuration=saved, revision=revision, history=(record,))


def test_every_step_waits_until_its_key_did_what_it_is_for() -> None:
    said: list[str] = []
    tour = Tour(KeyMap(), said.append)
    now = snapshot()
    tour.begin("overview", now)
    walk = [
        ("domains", "go.domains", now),
        ("domains", "row.why", now),
        ("domains", "probe.run", now),
        ("domains", "", snapshot(number=2, blocked=True)),
        ("domains", "", snapshot(number=3, undone=True)),
        ("domains", "", snapshot(number=4, discovery=True)),
        ("wizard", "", snapshot(number=4, discovery=True)),
        ("review", "go.review", snapshot(number=4, discovery=True)),
        ("history", "go.history", snapshot(number=4, discovery=True)),
        ("history", "app.help", snapshot(number=4, discovery=True)),
    ]
    assert len(walk) == len(STEPS)
    before, after = ("overview", "", now), ("", "", now)
    for place, step in enumerate(walk):
        for other in (before, after):
            if other[0]:
                tour.see(other[0], other[2], "list.down")
        assert f"TOUR {place + 1}/{len(STEPS)}" in "".join(span.text for span in tour.line.spans)
        tour.see(step[0], step[2], step[1])
        before = (step[0], "", step[2])
    assert not tour.runs
    assert said == ["that was the tour; :tour begins again"]


@pytest.mark.parametrize("place", range(len(STEPS)))
def test_a_step_fits_the_narrow_screen_and_names_the_key_in_force(place: int) -> None:
    entries = [entry._replace(keys=("€",)) if entry.id == STEPS[place].key else entry for entry in KeyMap().entries]
    tour = Tour(KeyMap(entries), lambda _: None)
    tour._at = place
    tour.begin("overview", snapshot())
    text = "".join(span.text for span in tour.line.spans)
    assert "€ " in text
    assert width_of(text) <= 80


def lab(*, tour: bool | None, readonly: bool = False) -> ConsoleApp:
    store = Store(EdgeInMemory(), clock=lambda: NOW, readonly=readonly, pause=never)
    return ConsoleApp(store, themes.load(themes.DEFAULT), clock=lambda: NOW, pause=never, tour=tour)


async def test_it_goes_on_where_it_was_left_and_esc_steps_back_before_it_ends() -> None:
    app = lab(tour=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "TOUR 1/10  2 shows the domains")
        await pilot.press("2")
        await shows(pilot, "TOUR 2/10  x says why")
        await pilot.press("x")
        await shows(pilot, "TOUR 3/10  T probes it now")
        await pilot.press("escape")
        await pilot.pause()
        assert "TOUR 3/10" in text_of(app)
        await pilot.press("escape")
        await shows(pilot, "the tour is left; :tour goes on with it")
        assert "TOUR" not in text_of(app)
        await pilot.press("colon", *"tour", "enter")
        await shows(pilot, "TOUR 3/10")


@pytest.mark.parametrize(("tour", "readonly", "why"), [(None, False, "lab --tour"), (False, True, "read-only")])
async def test_where_it_would_change_what_must_not_be_it_says_so(tour: bool | None, readonly: bool, why: str) -> None:
    app = lab(tour=tour, readonly=readonly)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("colon", *"tour", "enter")
        await shows(pilot, why)
        assert "TOUR" not in text_of(app)
