"""The commands of somebody who is not alone: whose change, who is about, what waits, what a context asks for."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edgeconsole.cli import changes
from edgeconsole.cli.main import main
from edgeconsole.model.configuration import Table
from edgeconsole.wire.messages import Doing, PresenceNote
from tests.admin.worlds import AdminWorld, admin_world


class Shell:
    """Runs commands as root of the host on the socket of a world, and keeps what they printed."""

    def __init__(self, world: AdminWorld, capsys: pytest.CaptureFixture[str]) -> None:
        self.world = world
        self._capsys = capsys
        self.out = ""
        self.err = ""

    async def __call__(self, *words: str) -> int:
        def run() -> int:
            try:
                return main(words)
            except SystemExit as end:
                return int(end.code or 0)

        code = await asyncio.to_thread(run)
        self.out, self.err = self._capsys.readouterr()
        return code

    @property
    def number(self) -> int:
        return self.world.revisions.head.number


@pytest.fixture
async def run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shell]:
    async with admin_world(tmp_path) as world:
        monkeypatch.setenv("EDGECONSOLE_SOCKET", str(world.local.path))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        yield Shell(world, capsys)


async def named(run: Shell, name: str, *options: str) -> None:
    assert await run("context", "add", name, "--address", str(run.world.local.path), *options) == 0


async def test_what_somebody_else_did_is_undone_only_where_its_number_is_typed(run: Shell) -> None:
    await run.world.commit(Table.DOMAIN, "fabrikam.example", action="block")
    assert await run("undo", "--why", "it's mine") == 3
    assert "#2 by bob via console" in run.err
    assert "edgeconsole undo --why 'it'\"'\"'s mine' 2" in run.err
    assert run.number == 2
    assert await run("undo", "--dry-run") == 0
    assert "undo #2 by bob: allow fabrikam.example" in run.out
    assert await run("undo", "2") == 0
    assert run.number == 3


async def test_ones_own_change_is_undone_without_being_asked_for(run: Shell) -> None:
    await run.world.commit(Table.DOMAIN, "fabrikam.example", comment="bob's")
    assert await run("domains", "block", "fabrikam.example") == 0
    assert await run("undo") == 0
    assert "undo #3: allow fabrikam.example" in run.out
    assert await run("undo") == 3


async def test_going_back_by_one_revision_says_whose_it_is_too(run: Shell) -> None:
    await run.world.commit(Table.DOMAIN, "fabrikam.example", action="block")
    assert await run("rollback") == 3
    assert "edgeconsole rollback 1" in run.err
    assert await run("rollback", "1") == 0


async def test_one_revision_is_shown_with_who_why_its_names_and_what_undid_it(run: Shell) -> None:
    assert await run("domains", "block", "fabrikam.example", "--why", "INC-1") == 0
    assert await run("restore-point", "add", "good", "#2") == 0
    assert await run("undo") == 0
    assert await run("history", "show", "#2") == 0
    for words in ("#2  applied", "root via command", "INC-1", "named   good", "by #3", "allow -> block"):
        assert words in run.out
    assert await run("history", "show", "2", "--json") == 0
    assert json.loads(run.out)["why"] == "INC-1"
    assert await run("history", "show") == 0
    assert "#3  undo of #2" in run.out
    assert await run("history", "show", "99") == 2


async def test_any_two_revisions_are_compared(run: Shell) -> None:
    for comment in ("one", "two", "three"):
        await run.world.commit(Table.DOMAIN, "fabrikam.example", comment=comment)
    assert await run("diff", "2", "3") == 1
    assert "one -> two" in run.out
    assert await run("diff", "3", "3") == 0


@pytest.mark.parametrize("wide", [("remove", "fabrikam.example", "other.example")])
async def test_above_the_guard_the_refusal_says_why_and_what_to_type(run: Shell, wide: tuple[str, ...]) -> None:
    await run.world.commit(Table.DOMAIN, "other.example", action="allow")
    before = run.number
    assert await run("domains", *wide, "--why", "gone") == 2
    assert "it closes or re-routes 2 of" in run.err
    assert "type: edgeconsole domains remove fabrikam.example other.example --why gone --confirm 2m" in run.err
    assert run.number == before
    assert await run("--json", "domains", *wide) == 2
    assert "must be confirmed" in json.loads(run.out)["error"]
    assert await run("domains", *wide, "--confirm", "no") == 2
    assert "type: edgeconsole domains remove fabrikam.example other.example --confirm 2m" in run.err
    assert await run("domains", *wide, "--confirm", "2m") == 0
    assert "unless you type: edgeconsole confirm" in run.out
    assert await run("domains", "allow", "third.example") == 3
    assert "waits to be confirmed" in run.err
    assert await run("rollback") == 0
    assert "taken back by root" in run.out
    assert await run("confirm") == 1


@pytest.mark.parametrize(("answer", "code", "pending"), [("y\n", 0, True), ("n\n", 1, False), ("", 1, False)])
async def test_at_a_terminal_the_time_is_offered(
    run: Shell, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, pending: bool
) -> None:
    await run.world.commit(Table.DOMAIN, "other.example", action="allow")
    monkeypatch.setattr(changes, "can_ask", lambda _command: True)

    def typed(question: str) -> str:
        assert "goes back in 2:00 unless you confirm it" in question
        if not answer:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", typed)
    assert await run("domains", "remove", "fabrikam.example", "other.example") == code
    assert "must be confirmed: it closes or re-routes" in run.out
    assert (run.world.service.health().pending is not None) is pending


async def test_a_context_that_asks_for_it_has_every_change_wait(run: Shell) -> None:
    await named(run, "prod", "--confirm", "2m")
    assert await run("--context", "prod", "discovery", "on") == 0
    assert "goes back in" in run.out
    assert run.world.service.health().pending is not None
    assert await run("confirm", "--json") == 0
    assert await run("--context", "prod", "discovery", "off", "--confirm", "no") == 0
    assert run.world.service.health().pending is None
    assert await run("--context", "prod", "undo", "--confirm", "30s") == 0
    assert run.world.service.health().pending is not None
    assert run.world.service.health().pending.timeout == 30


async def test_an_emergency_block_stays_whatever_the_context_asks_for(run: Shell) -> None:
    await named(run, "prod", "--confirm", "2m")
    assert await run("--context", "prod", "domains", "block", "fabrikam.example", "--emergency") == 0
    assert run.world.service.health().pending is None


async def test_a_read_only_context_says_how_to_lift_it_and_is_lifted(run: Shell) -> None:
    await named(run, "prod", "--readonly")
    for words in (("discovery", "on"), ("undo",), ("rollback", "1"), ("reload",), ("confirm", "x"),
                  ("restore-point", "add", "a"), ("sessions", "close", "fabrikam.example"),
                  ("token", "create", "a", "--role", "viewer", "--expires", "1d"), ("check", "--fix")):  # fmt: skip
        code = await run("--context", "prod", *words)
        assert (code, "--no-readonly" in run.err) == (5, True) or words == ("check", "--fix"), words
    assert run.number == 1
    assert await run("--context", "prod", "status") in (0, 1)
    assert await run("--context", "prod", "--readonly", "discovery", "on") == 5
    assert "without --readonly" in run.err
    assert await run("--context", "prod", "--no-readonly", "discovery", "on") == 0


async def test_the_default_context_is_used_tested_and_listed(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    await named(run, "prod", "--confirm", "2m", "--readonly")
    monkeypatch.delenv("EDGECONSOLE_SOCKET")
    assert await run("context", "use", "prod") == 0
    assert await run("discovery", "on") == 5
    assert "the context prod is read-only" in run.err
    assert await run("context", "test") == 0
    assert "you may     look; --no-readonly to change; changes go back after 2m unless confirmed" in run.out
    assert await run("context", "test", "--json") == 0
    assert json.loads(run.out)["context"] == "prod"
    assert await run("context", "list") == 0
    assert "read-only" in run.out
    assert await run("context", "remove", "prod") == 0
    assert await run("status") == 2


async def test_check_follows_the_context_and_names_lines(run: Shell) -> None:
    await named(run, "prod")
    await run.world.commit(Table.XMPP_PARTNER, "jabber.example", tls="required", sasl="not-supported", dialback=False)
    assert await run("--context", "prod", "check", "--json") == 1
    found = {finding["code"]: finding["where"] for finding in json.loads(run.out)["findings"]}
    assert found["EC301"].startswith("federation.toml:")
    path = run.world.directory / "alone.toml"
    path.write_text("version = 1\n")
    await run("context", "add", "file", "--address", str(path))
    assert await run("--context", "file", "check") == 0
    assert "alone.toml: 0 domains" in run.out


async def test_who_is_about_is_listed(run: Shell) -> None:
    assert await run("presence") == 0
    assert "no console is open" in run.out
    note = PresenceNote(doing=Doing.EDITING, about='domain "fabrikam.example"', console="a")
    run.world.shared.presence.put("token:x", "bob", note)
    assert await run("presence") == 0
    assert "bob" in run.out
    assert "editing" in run.out
    assert await run("presence", "--json") == 0
    assert json.loads(run.out)["presence"][0]["about"] == 'domain "fabrikam.example"'
    path = run.world.directory / "alone.toml"
    path.write_text("version = 1\n")
    assert await run("--config", str(path), "presence") == 2


async def test_a_hand_edit_is_shown_before_a_reload_enforces_it(run: Shell) -> None:
    path = run.world.path
    path.write_text(path.read_text().replace('comment = "contract 4411"', 'comment = "by hand"'))
    assert await run("reload", "--dry-run") == 0
    assert "contract 4411 -> by hand" in run.out
    assert run.world.service.health().running.number == 1
    assert await run("--json", "reload", "--dry-run") == 0
    assert json.loads(run.out)["differences"][0]["after"] == "by hand"
    assert await run("reload") == 0
    assert "contract 4411 -> by hand" in run.out
    assert "running #2" in run.out
    assert await run("reload", "--dry-run") == 0
    assert "nothing would change" in run.out


async def test_an_edge_is_named_in_one_way_only(run: Shell) -> None:
    assert await run("--context", "prod", "--socket", "x", "status") == 2
    assert await run("--context", "prod", "status", "--socket", "x") == 2
    assert "exclude each other" in run.err or "not allowed with" in run.err
