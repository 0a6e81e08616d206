"""The guided set-up walked by keys: each kind to its staged change, back without loss, left and gone on with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from edgeconsole.model.configuration import Action, Configuration
from edgeconsole.store.drafts import DraftBox
from tests.tui.console_world import EdgeInMemory, configuration, console, draft_box, shows, text_of, until
from tests.tui.wizard.walking import ProbingEdge, write


@asynccontextmanager
async def walking(
    edge: EdgeInMemory,
    box: DraftBox | None = None,
    size: tuple[int, int] = (80, 24),
    directory: Path | None = None,
) -> AsyncIterator[Pilot[int]]:
    app = console(edge, drafts=box if box is not None else draft_box(), directory=directory)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app._store.snapshot.taken_at is not None)
        yield pilot


async def setup(pilot: Pilot[int], kind: str) -> None:
    """Open the set-up of a kind."""
    await pilot.press("i")
    await shows(pilot, "What do you want")
    await choose(pilot, kind)


async def choose(pilot: Pilot[int], word: str) -> None:
    """Put the cursor on the row of an answer, and go on."""
    for _ in range(12):
        if f"> {word}" in text_of(pilot.app):  # type: ignore[arg-type]
            break
        await pilot.press("j")
        await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


async def answer(pilot: Pilot[int], title: str, text: str = "") -> None:
    """Type an answer of a step; nothing takes what is recommended."""
    await shows(pilot, f"- {title} -")
    await write(pilot, text)
    await pilot.press("enter")
    await pilot.pause()


async def take_the_rest(pilot: Pilot[int], end: str = "- FINISH -") -> None:
    """Take what is recommended until the end."""
    for _ in range(16):
        await pilot.pause()
        if end in text_of(pilot.app):  # type: ignore[arg-type]
            return
        await pilot.press("enter")
    await shows(pilot, end)


async def test_a_sip_partner_is_found_by_live_look_up_staged_and_reviewed() -> None:
    box = draft_box()
    async with walking(ProbingEdge(), box) as pilot:
        await setup(pilot, "SIP partner")
        await answer(pilot, "PARTNER", "wingtip.example")
        await shows(pilot, "its SRV leads to sip.wingtip.example")
        await shows(pilot, "> allowed domain recommended")
        await take_the_rest(pilot)
        await choose(pilot, "stage it")
        await shows(pilot, "staged: SIP partner wingtip.example")
        record = next(each for each in box.view.configuration.domains if each.name == "wingtip.example")
        assert (record.action, record.access_edge) == (Action.ALLOW, None)


async def test_a_partner_without_a_record_is_recommended_a_pin_and_another_choice_is_warned_about() -> None:
    box = draft_box()
    async with walking(ProbingEdge(targets={"tailspin-toys.example": ""}), box) as pilot:
        await setup(pilot, "SIP partner")
        await answer(pilot, "PARTNER", "tailspin-toys.example")
        await shows(pilot, "> allowed server recommended")
        await pilot.press("k")
        await shows(pilot, "it will not work as things are")
        await choose(pilot, "allowed server")
        await shows(pilot, "- ACCESS EDGE -")
        await answer(pilot, "ACCESS EDGE", "sip.tailspin-toys.example")
        await take_the_rest(pilot)
        await choose(pilot, "stage it")
        await shows(pilot, "staged: ")
        record = next(each for each in box.view.configuration.domains if each.name == "tailspin-toys.example")
        assert str(record.access_edge) == "sip.tailspin-toys.example"


async def test_an_xmpp_partner_is_staged_with_its_negotiation() -> None:
    box = draft_box()
    async with walking(ProbingEdge(), box) as pilot:
        await setup(pilot, "XMPP partner")
        await answer(pilot, "PARTNER", "jabber.example")
        await take_the_rest(pilot)
        await choose(pilot, "stage it")
        await shows(pilot, "staged: ")
        assert [each.name for each in box.view.configuration.xmpp_partners] == ["jabber.example"]


async def test_a_hosting_provider_is_staged_and_discovery_left_alone() -> None:
    box = draft_box()
    async with walking(ProbingEdge(), box) as pilot:
        await setup(pilot, "hosting provider")
        await take_the_rest(pilot)
        await choose(pilot, "stage it")
        await shows(pilot, "staged: ")
        after = box.view.configuration
        assert [each.name for each in after.hosting_providers] == ["Microsoft 365"]
        assert not after.access_edge.partner_discovery


async def test_push_is_staged_with_provider_domain_and_switches() -> None:
    box = draft_box()
    async with walking(ProbingEdge(), box) as pilot:
        await setup(pilot, "push notifications")
        await take_the_rest(pilot)
        await choose(pilot, "stage it")
        await shows(pilot, "staged: ")
        assert box.view.configuration.edge is not None
        assert box.view.configuration.edge.push_apple


async def test_public_im_tells_what_has_ended_and_has_nothing_to_apply() -> None:
    async with walking(ProbingEdge()) as pilot:
        await setup(pilot, "public IM")
        await shows(pilot, "5 May 2025")
        await take_the_rest(pilot)
        await shows(pilot, "nothing is changed")
        assert "apply now" not in text_of(pilot.app)  # type: ignore[arg-type]


async def test_an_edge_without_a_configuration_is_offered_its_set_up_at_the_start() -> None:
    box = draft_box()
    async with walking(ProbingEdge(Configuration(), {}), box) as pilot:
        await shows(pilot, "Set it up step by step?")
        await shows(pilot, "y yes")
        await pilot.press("y")
        await shows(pilot, "This edge is not described yet")
        await choose(pilot, "this edge")
        await answer(pilot, "OUR DOMAINS", "contoso.example")
        for title in ("ACCESS EDGE", "PLATFORM", "NEXT HOP", "INSIDE NAME", "OUTSIDE"):
            await answer(pilot, title)
        await answer(pilot, "INSIDE")
        await shows(pilot, "X Inside is needed")
        await answer(pilot, "INSIDE", "10.0.0.5:5061")
        await take_the_rest(pilot)
        await choose(pilot, "stage it")
        await shows(pilot, "staged: ")
        assert box.view.configuration.edge is not None
        assert box.view.configuration.edge.fqdn == "sip.contoso.example"


async def test_a_described_edge_is_not_offered_it() -> None:
    async with walking(ProbingEdge()) as pilot:
        await shows(pilot, "STATE")
        assert "step by step" not in text_of(pilot.app)  # type: ignore[arg-type]


async def test_going_back_loses_no_answer_and_another_partner_takes_its_own_answers_along() -> None:
    async with walking(ProbingEdge(targets={"moved.example": "sip.hoster.example"})) as pilot:
        await setup(pilot, "SIP partner")
        await answer(pilot, "PARTNER", "moved.example")
        await shows(pilot, "> allowed server recommended")
        await pilot.press("enter")
        await answer(pilot, "ACCESS EDGE")
        await shows(pilot, "- TRUST -")
        await pilot.press("left")
        await shows(pilot, "Access Edge: sip.hoster.example_")
        await pilot.press("left", "left")
        await shows(pilot, "Partner: moved.example_")
        await pilot.press("enter", "enter")
        await shows(pilot, "Access Edge: sip.hoster.example_")
        await pilot.press("left", "left", "ctrl+u")
        await answer(pilot, "PARTNER", "wingtip.example")
        await choose(pilot, "allowed server")
        await shows(pilot, "Access Edge: _")


async def test_what_is_typed_is_judged_at_once_and_refused_with_the_reason() -> None:
    async with walking(ProbingEdge()) as pilot:
        await setup(pilot, "SIP partner")
        await shows(pilot, "Partner: _")
        await write(pilot, "contoso.example")
        await shows(pilot, "so far: contoso.example is one of our own SIP domains")
        await pilot.press("enter")
        await shows(pilot, "X contoso.example is one of our own SIP domains")
        await shows(pilot, "Partner: contoso.example_")
        await pilot.press("ctrl+u")
        await write(pilot, "litware.example")
        await shows(pilot, "litware.example is blocked now; this set-up would open it")


async def test_a_mistake_in_the_middle_of_a_name_costs_two_keys_to_mend() -> None:
    async with walking(ProbingEdge()) as pilot:
        await setup(pilot, "SIP partner")
        await shows(pilot, "Partner: _")
        await write(pilot, "wingtip..example")
        await pilot.press("enter")
        await shows(pilot, "has an empty label")
        await pilot.press("backspace", "enter")
        await shows(pilot, "How should the edge find wingtip.example?")


async def test_a_step_says_why_it_is_asked() -> None:
    async with walking(ProbingEdge()) as pilot:
        await setup(pilot, "SIP partner")
        await shows(pilot, "Partner: _")
        await pilot.press("question_mark")
        await shows(pilot, "why: A record is for one SIP domain")
        await answer(pilot, "PARTNER", "wingtip.example")
        await shows(pilot, "- FIND -")
        await pilot.press("question_mark")
        await shows(pilot, "It decides which server may speak for")


async def test_a_console_that_was_killed_left_the_answers_and_the_next_goes_on(tmp_path: Path) -> None:
    async with walking(ProbingEdge(), directory=tmp_path) as pilot:
        await setup(pilot, "SIP partner")
        await answer(pilot, "PARTNER", "wingtip.example")
        await shows(pilot, "- FIND -")
    async with walking(ProbingEdge(), directory=tmp_path) as pilot:
        await pilot.press("i")
        await shows(pilot, "> go on: SIP partner wingtip.example")
        await pilot.press("enter")
        await shows(pilot, "How should the edge find wingtip.example?")
        await pilot.press("escape")
        await shows(pilot, "[1 Overview]")
        await pilot.press("i")
        await shows(pilot, "go on: SIP partner wingtip.example")
        await choose(pilot, "throw away")
        await until(pilot, lambda: "go on:" not in text_of(pilot.app))  # type: ignore[arg-type]
    assert list(tmp_path.glob("set-up.answers")) == []


async def test_escape_leaves_a_typed_step_too() -> None:
    async with walking(ProbingEdge()) as pilot:
        await setup(pilot, "SIP partner")
        await shows(pilot, "Partner: _")
        await pilot.press("escape")
        await shows(pilot, "[1 Overview]")
        assert "Partner: _" not in text_of(pilot.app)  # type: ignore[arg-type]


async def test_without_a_probe_the_set_up_says_so_and_goes_on() -> None:
    edge = ProbingEdge()
    edge.unable = "this backend has a file and no network to look at"
    async with walking(edge) as pilot:
        await setup(pilot, "SIP partner")
        await answer(pilot, "PARTNER", "wingtip.example")
        await shows(pilot, "not looked up: this backend has a file")
        await take_the_rest(pilot)


async def test_look_again_looks_again() -> None:
    edge = ProbingEdge(targets={"wingtip.example": ""})
    async with walking(edge) as pilot:
        await setup(pilot, "SIP partner")
        await answer(pilot, "PARTNER", "wingtip.example")
        await shows(pilot, "> allowed server recommended")
        edge.targets = {}
        await pilot.press("r")
        await shows(pilot, "its SRV leads to sip.wingtip.example")
        assert edge.probed == ["sip:wingtip.example"] * 2


async def test_apply_asks_enter_never_confirms_and_the_check_list_follows_the_traffic(tmp_path: Path) -> None:
    edge = ProbingEdge()
    async with walking(edge, directory=tmp_path) as pilot:
        await setup(pilot, "SIP partner")
        await answer(pilot, "PARTNER", "adatum.example")
        await take_the_rest(pilot)
        await choose(pilot, "apply now")
        await shows(pilot, "y apply")
        await pilot.press("enter")
        await shows(pilot, "nothing changed")
        assert edge.applied == []
        await pilot.press("enter")
        await shows(pilot, "y apply")
        await pilot.press("y")
        await shows(pilot, "> SIP partner adatum.example > check list".removeprefix("> "))
        await until(pilot, lambda: "looking at both sides" not in text_of(pilot.app))  # type: ignore[arg-type]
        await shows(pilot, ". done    ")
        assert {"sip:adatum.example", "ours:sip.contoso.example"} <= set(edge.probed)
        await pilot.press("escape")
        await pilot.press("i")
        await shows(pilot, "check list: SIP partner adatum.example")
        await choose(pilot, "check list")
        await pilot.press("G", "enter")
        await pilot.press("i")
        await until(pilot, lambda: "check list:" not in text_of(pilot.app))  # type: ignore[arg-type]


async def test_files_are_written_with_keys_and_never_over_others(tmp_path: Path) -> None:
    async with walking(ProbingEdge(), size=(200, 40)) as pilot:
        await setup(pilot, "SIP partner")
        await answer(pilot, "PARTNER", "wingtip.example")
        await take_the_rest(pilot)
        for expected in ("files are in", "left as it is"):
            await choose(pilot, "write files")
            await shows(pilot, "into which folder?")
            await pilot.press("ctrl+u")
            await write(pilot, str(tmp_path / "out"))
            await pilot.press("enter")
            await shows(pilot, "y with keys")
            await pilot.press("y")
            await until(pilot, lambda word=expected: word in text_of(pilot.app), rounds=20_000)  # type: ignore[arg-type,misc]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"external.key", "external.csr", "sheet-for-wingtip.example.txt", "records.zone", "firewall.nft"} <= names


async def test_the_check_list_of_a_listed_domain_is_one_key_away() -> None:
    async with walking(ProbingEdge()) as pilot:
        await pilot.press("2")
        await shows(pilot, "fabrikam.example")
        for _ in range(8):
            if any(line.startswith("> ") and "fabrikam.example" in line for line in text_of(pilot.app).splitlines()):  # type: ignore[arg-type]
                break
            await pilot.press("j")
        await pilot.press("V")
        await shows(pilot, "SIP partner fabrikam.example > check list")
        await pilot.press("G")
        await shows(pilot, "a message of theirs came in")


@pytest.mark.parametrize("readonly", [True])
async def test_a_read_only_console_sets_nothing_up(readonly: bool) -> None:
    app = console(ProbingEdge(configuration()), readonly=readonly)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "STATE")
        await pilot.press("i")
        await shows(pilot, "Set up is not possible now")
