"""The console driven in tmux at 80x24 as a person would, against a real edge."""

import asyncio
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import EDGECONSOLE, Proxy

pytestmark = [
    pytest.mark.tmux,
    pytest.mark.timeout(120),
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: the console was NOT driven"),
]

ALICE = "alice@contoso.example"


class Terminal:
    """One tmux session of a private server."""

    def __init__(self, *command: str, width: int = 80, height: int = 24) -> None:
        self.name = f"edgeconsole-{uuid.uuid4().hex[:8]}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "--", *command)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-L", self.name, *arguments], capture_output=True, text=True, timeout=20)
        return done.stdout

    def keys(self, *keys: str) -> None:
        """Press keys, in tmux's names."""
        self._tmux("send-keys", *keys)

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    @property
    def alive(self) -> bool:
        return bool(self._tmux("list-sessions").strip())

    async def until(self, holds: Callable[[str], bool], seconds: float = 15.0) -> str:
        """Wait for a screen with a property and return it."""
        ending = time.monotonic() + seconds
        while True:
            screen = self.screen
            if holds(screen):
                return screen
            if time.monotonic() > ending:
                pytest.fail(f"the screen never showed it:\n{screen}")
            await asyncio.sleep(0.05)  # tmux does not tell when its screen changes

    async def shows(self, *words: str) -> str:
        """Wait until the screen has all the words and return it."""
        return await self.until(lambda screen: all(word in screen for word in words))

    def end(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def console(lab) -> Iterator[Terminal]:
    terminal = Terminal(*EDGECONSOLE, "--socket", lab.at.socket)
    yield terminal
    terminal.end()


async def test_discovery_goes_on_and_off_in_two_keys_and_the_edge_follows(lab, console) -> None:
    await console.shows("sip.contoso.example", "disc OFF")
    sender = "ann@" + lab.partner("discovered").domain
    async with lab.as_partner("discovered") as client:
        assert (await client.message(sender=sender, recipient=ALICE, text="x")).status == 403
        console.keys("D")
        await console.shows("OFF -> ON", "y apply")
        console.keys("Enter")
        assert lab("discovery", "status").code == 1
        console.keys("D")
        await console.shows("OFF -> ON")
        console.keys("y")
        await console.shows("disc ON")
        assert (await client.message(sender=sender, recipient=ALICE, text="x")).status == 200
        console.keys("D")
        await console.shows("ON -> OFF")
        console.keys("y")
        await console.shows("disc OFF")
        await asyncio.wait_for(client.closed, 5)
    console.keys("Q")
    await console.until(lambda _: not console.alive)


async def test_a_domain_is_blocked_in_eight_keys_and_undone_in_two(lab, console) -> None:
    await console.shows("sip.contoso.example")
    console.keys("2")
    await console.shows("fabrikam.example", "DOMAIN")
    sender = "ann@fabrikam.example"
    async with lab.as_partner("allowed") as client:
        assert (await client.message(sender=sender, recipient=ALICE, text="x")).status == 200
        for key in ("/", "f", "a", "b", "Enter", "b"):
            console.keys(key)
        await console.shows("block fabrikam.example", "y apply")
        console.keys("y")
        await asyncio.wait_for(client.closed, 5)
    await console.shows("- blocked")
    assert lab("--json", "domains", "show", "fabrikam.example").json["class"] == "blocked"
    console.keys("u")
    await console.shows("allow fabrikam.example", "y apply")
    console.keys("y")
    await console.until(lambda screen: "- blocked" not in screen)
    assert lab("--json", "domains", "show", "fabrikam.example").json["class"] == "allowed-domain"


async def test_why_tells_the_steps_with_file_and_line(lab, console) -> None:
    await console.shows("sip.contoso.example")
    console.keys("2")
    await console.shows("litware.example")
    for key in ("/", "l", "i", "t", "Enter", "x"):
        console.keys(key)
    await console.shows("denied", "federation.toml:")


async def test_help_names_the_keys_and_escape_leaves_it(lab, console) -> None:
    await console.shows("sip.contoso.example")
    console.keys("?")
    await console.shows("KEYS   esc closes", "Open the row, or go deeper.")
    console.keys("Escape")
    await console.until(lambda screen: "KEYS   esc closes" not in screen and "disc OFF" in screen)


async def test_a_proxy_that_dies_is_shown_and_its_data_kept_and_it_comes_back(file) -> None:
    proxy = Proxy(file)
    terminal = Terminal(*EDGECONSOLE, "--socket", proxy.socket)
    try:
        await terminal.shows("sip.contoso.example", "fed ON")
        proxy.kill()
        screen = await terminal.shows("DOWN")
        assert "fed ON" in screen
        terminal.keys("D")
        await terminal.shows("is not possible now: the proxy does not answer")
        proxy = Proxy(file)
        await terminal.shows(". local", "fed ON")
    finally:
        terminal.end()
        proxy.kill()
