"""A partner federated by the guided set-up, driven in tmux on the lab, until its check list has nothing open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Lab
from tests.e2e.test_console import ALICE, pytestmark
from tests.e2e.test_console_changes import Consoles

__all__ = ["pytestmark"]


@pytest.fixture
def open_console(lab: Lab, tmp_path: Path) -> Iterator[Consoles]:
    consoles = Consoles(lab, tmp_path)
    yield consoles
    consoles.end()


async def test_an_unlisted_partner_is_federated_step_by_step_until_a_message_passes(lab, open_console) -> None:
    console = open_console(120, 40)
    await console.shows("sip.contoso.example", "i new")
    console.keys("i")
    await console.shows("What do you want to set up?")
    console.keys("Enter")
    await console.shows("Partner: _")
    console.keys("wingtip.example", "Enter")
    await console.shows("its SRV leads to sip.wingtip.example", "> allowed domain recommended")
    console.keys("Enter")
    await console.shows("- TRUST -")
    console.keys("Enter")
    await console.shows("Note: _")
    console.keys("ticket 7", "Enter")
    await console.shows("Until: _")
    console.keys("Enter")
    await console.shows("- FINISH -", '+ name = "wingtip.example"')
    assert lab("domains", "show", "wingtip.example").code != 0 or "ticket 7" not in lab("domains", "list").out
    console.keys("Enter")
    await console.shows("opens wingtip.example", "y apply")
    console.keys("y")
    await console.shows("check list", "r looks again, last looked at")
    sender = "wanda@wingtip.example"
    async with lab.as_partner("throttled") as client:
        assert (await client.message(sender=sender, recipient=ALICE, text="hello")).status == 200
    async with lab.as_our_server() as client:
        assert (await client.message(sender=ALICE, recipient=sender, text="hello back")).status == 200
    screen = await console.shows("nothing is missing")
    assert "failed" not in screen
    done = lab("federate", "checklist", "wingtip.example")
    assert done.code == 0, done.out


async def test_a_partner_whose_record_is_missing_is_pinned_and_the_set_up_survives_its_console(
    lab, open_console
) -> None:
    first = open_console()
    await first.shows("sip.contoso.example")
    first.keys("i")
    await first.shows("What do you want to set up?")
    first.keys("Enter")
    await first.shows("Partner: _")
    first.keys("tailspin.example", "Enter")
    await first.shows("already; its record is changed", "> allowed server recommended")
    first.keys("Escape")
    await first.shows("[1 Overview]")
    first.keys("Q")
    await first.until(lambda _: not first.alive)
    again = open_console()
    await again.shows("sip.contoso.example")
    again.keys("i")
    await again.shows("> go on: SIP partner tailspin.example")
    again.keys("Enter")
    await again.shows("> allowed server recommended")
    again.keys("Enter")
    await again.shows("Access Edge: _")
    port = lab.partner("srv-missing").address.rpartition(":")[2]
    again.keys(f"sip.tailspin.example:{port}", "Enter")
    await again.shows("- TRUST -")
    again.keys("Enter")
    await again.shows("Note: _")
    again.keys("Enter")
    await again.shows("Until: _")
    again.keys("Enter")
    await again.shows("- FINISH -")
    again.keys("j", "Enter")
    await again.shows("staged: SIP partner tailspin.example")
    again.keys("a")
    await again.shows("y apply")
    again.keys("y")
    await again.shows("done #2")
    async with lab.as_our_server() as client:
        assert (await client.message(sender=ALICE, recipient="tess@tailspin.example", text="hello")).status == 200
