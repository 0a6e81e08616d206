"""plan, diff, apply and draft on a file: what they print, what they change, what they return."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeconsole.backends.file import FileBackend
from edgeconsole.cli.main import main
from edgeconsole.cli.verbs import plan as plan_verbs
from edgeconsole.config.read import load
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.errors import NotPermitted
from edgeconsole.model.revision import Author
from edgeconsole.store.autosave import DraftFiles, context_of, directory_for
from edgeconsole.store.drafts import DraftBox
from edgeconsole.store.store import Store
from tests.cli.shell import Shell
from tests.drafts.worlds import TEXT, domain, gone, switches

BLOCK = domain("fabrikam.example", action="block")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class DraftShell(Shell):
    """Has other people beside it, and consoles that leave drafts in a state directory of its own."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(directory / "federation.toml", TEXT, capsys)
        self.directory = directory
        self.ids = 0

    @property
    def files(self) -> DraftFiles:
        return DraftFiles(directory_for(context_of(self.path, None), {"XDG_STATE_HOME": str(self.directory / "state")}))

    def write(self, name: str, text: str) -> str:
        path = self.directory / name
        path.write_text(text)
        return str(path)

    def others(self, change: Change) -> None:
        """Let somebody else change the file."""
        revisions = Revisions.open(self.path, clock=lambda: NOW, new_id=self._id)
        revisions.commit(revisions.plan([change]).plan_id, author=Author("bob"))
        revisions.close()

    def _id(self) -> str:
        self.ids += 1
        return f"id-{self.ids}"

    async def leave_draft(self, *changes: Change) -> str:
        """Stage changes in a console that then closes."""
        box = DraftBox(context_of(self.path, None), clock=lambda: NOW, new_id=self._draft_id, files=self.files)
        store = Store(FileBackend(self.path, clock=lambda: NOW, new_id=self._id), clock=lambda: NOW, drafts=box)
        await store.refresh()
        for change in changes:
            box.stage([change])
        await store.aclose()
        return box.view.draft.id

    def _draft_id(self) -> str:
        self.ids += 1
        return f"draft-{self.ids}"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> DraftShell:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    return DraftShell(tmp_path, capsys)


@pytest.fixture
def leave(run: DraftShell):
    import asyncio

    return lambda *changes: asyncio.run(run.leave_draft(*changes))


def test_plan_of_a_whole_file_shows_fields_text_and_effect_and_changes_nothing(run: DraftShell) -> None:
    wanted = run.write("wanted.toml", TEXT.replace('action = "allow"', 'action = "block"'))
    assert run("plan", wanted) == 1
    assert "domain fabrikam.example" in run.out
    assert "allow -> block" in run.out
    assert '-action = "allow"' in run.out
    assert '+action = "block"' in run.out
    assert "closes fabrikam.example" in run.out
    assert run.text == TEXT


def test_plan_of_what_is_saved_already_says_so_and_returns_0(run: DraftShell) -> None:
    assert run("plan", str(run.path)) == 0
    assert "nothing would change" in run.out
    assert run("--json", "plan", str(run.path)) == 0
    assert run.json["differences"] == []


def test_plan_of_a_list_of_changes_is_the_plan_of_those(run: DraftShell) -> None:
    listed = run.write("changes.json", '[{"table": "access_edge", "fields": {"partner_discovery": true}}]')
    assert run("--json", "plan", listed) == 1
    assert [(item["field"], item["after"]) for item in run.json["differences"]] == [("partner_discovery", True)]
    assert run.json["impact"]["opens_to_strangers"] is True


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.toml", "version = 1\n[[domain]]\nname = 5\n", "a.toml:3"),
        ("a.toml", "[", "a.toml:1"),
        ("a.json", '[{"table": "nonsense"}]', "nonsense"),
        ("a.json", '[{"table": "domain", "table": "site"}]', "given twice"),
        ("a.json", '[{"table": "domain", "colour": 1}]', "colour"),
        ("a.json", '[{"table": "domain", "key": "x.example", "fields": {"colour": "red"}}]', "colour"),
        ("a.json", "[{" * 5000, "a.json"),
    ],
)
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_file_that_cannot_be_taken_names_what_is_wrong_and_returns_2(run: DraftShell, verb, name, text, says) -> None:
    assert run(verb, run.write(name, text)) == 2
    assert says in run.err
    assert "Traceback" not in run.err
    assert run.text == TEXT


def test_a_file_that_is_not_there_returns_2(run: DraftShell) -> None:
    assert run("plan", str(run.directory / "none.toml")) == 2
    assert "does not exist" in run.err


def test_apply_of_a_whole_file_makes_the_saved_one_say_the_same_and_keeps_its_comments(run: DraftShell) -> None:
    wanted = """version = 1
[access_edge]
federation = true
partner_discovery = true
[[sip_domain]]
name = "contoso.example"
[[domain]]
name = "litware.example"
action = "allow"
[[domain]]
name = "fabrikam.example"
action = "allow"
access_edge = "sip.fabrikam.example"
"""
    assert run("apply", run.write("wanted.toml", wanted), "--yes", "--why", "INC-7") == 0
    after = run.configuration
    assert {entry.name for entry in after.domains} == {"litware.example", "fabrikam.example"}
    assert {str(entry.access_edge) for entry in after.domains} == {"sip.fabrikam.example", "None"}
    assert after.access_edge.partner_discovery
    assert "# Supplier" in run.text
    assert run("plan", str(run.directory / "wanted.toml")) == 0
    run("--json", "history")
    assert run.json["history"][0]["why"] == "INC-7"


def test_apply_asks_and_where_nobody_can_answer_it_refuses(run: DraftShell) -> None:
    listed = run.write("a.json", '[{"table": "access_edge", "fields": {"partner_discovery": true}}]')
    assert run("apply", listed) == 2
    assert "--yes" in run.err
    assert run("--json", "apply", listed) == 2
    assert run.text == TEXT


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 1), ("no\n", 1), ("", 1)])
def test_only_a_clear_yes_applies(run: DraftShell, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(answer))
    listed = run.write("a.json", '[{"table": "access_edge", "fields": {"partner_discovery": true}}]')
    assert run("apply", listed) == code
    assert run.configuration.access_edge.partner_discovery is (code == 0)


def test_apply_reads_standard_input(run: DraftShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'[{"table": "domain", "key": "evil.example"}]')))
    assert run("apply", "-", "--yes") == 0
    assert "evil.example" not in run.text


def test_a_change_by_somebody_else_between_reading_and_planning_is_a_conflict(
    run: DraftShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = run.write("wanted.toml", TEXT.replace('action = "allow"', 'action = "block"'))
    read = FileBackend.read

    async def overtaken(self: FileBackend):
        found = await read(self)
        run.others(switches(partner_discovery=True))
        return found

    monkeypatch.setattr(FileBackend, "read", overtaken)
    assert run("apply", wanted, "--yes") == 3
    assert "partner_discovery" in run.err
    assert run.configuration.domains[0].action.value == "allow"


def test_applying_nothing_makes_no_revision(run: DraftShell) -> None:
    assert run("--json", "apply", str(run.path), "--yes") == 0
    assert run.json["outcome"] == "unchanged"


def test_a_confirm_that_nothing_would_keep_is_refused_and_nothing_is_applied(run: DraftShell) -> None:
    listed = run.write("a.json", '[{"table": "access_edge", "fields": {"partner_discovery": true}}]')
    assert run("apply", listed, "--yes", "--confirm", "2m") == 2
    assert run.text == TEXT
    assert run("apply", listed, "--yes", "--confirm", "soon") == 2
    assert "length of time" in run.err


def test_read_only_applies_nothing(run: DraftShell) -> None:
    assert run("--readonly", "apply", str(run.path), "--yes") == NotPermitted.exit_code
    assert run.text == TEXT


def test_without_a_file_and_without_a_draft_there_is_nothing_to_plan(run: DraftShell) -> None:
    assert run("plan") == 2
    assert "no draft" in run.err


def test_an_orphaned_draft_is_planned_and_applied_and_then_gone(run: DraftShell, leave) -> None:
    leave(BLOCK, switches(partner_discovery=True))
    assert run("plan") == 1
    assert "allow -> block" in run.out
    assert run("draft", "list") == 0
    assert "orphan" in run.out
    assert run("apply", "--yes") == 0
    after = run.configuration
    assert (after.domains[0].action.value, after.access_edge.partner_discovery) == ("block", True)
    assert run("draft", "list") == 0
    assert "no drafts" in run.out
    assert list(run.files.directory.iterdir()) == []


def test_an_apply_that_fails_keeps_the_draft(run: DraftShell, leave, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(BLOCK)
    monkeypatch.setattr("edgeconsole.config.saved.save", _refuse)
    assert run("apply", "--yes") != 0
    assert run.text == TEXT
    assert run("draft", "list") == 0
    assert "block fabrikam.example" in run.out


def _refuse(*_: object, **__: object) -> None:
    from edgeconsole.model.errors import NotSaved

    raise NotSaved("the disk is full")


def test_a_draft_on_an_older_revision_is_a_conflict_until_it_is_put_on_the_newer(run: DraftShell, leave) -> None:
    leave(BLOCK)
    run.others(switches(partner_discovery=True))
    for verb in (("plan",), ("apply", "--yes")):
        assert run(*verb) == 3
        assert "Rebase" in run.err
    assert run("draft", "adopt") == 0
    assert "partner_discovery" in run.out
    assert run("apply", "--yes") == 0
    after = run.configuration
    assert (after.domains[0].action.value, after.access_edge.partner_discovery) == ("block", True)


@pytest.mark.parametrize(("answers", "code", "action"), [("yy", 0, "block"), ("n", 3, "allow"), ("yn", 1, "allow")])
def test_at_a_terminal_an_overtaken_draft_is_shown_beside_who_overtook_it_and_put_on_top_where_that_is_wanted(
    run: DraftShell, leave, monkeypatch: pytest.MonkeyPatch, answers: str, code: int, action: str
) -> None:
    leave(BLOCK)
    run.others(switches(partner_discovery=True))
    asked: list[str] = []
    left = list(answers)

    def answer(question: str) -> str:
        asked.append(question)
        return left.pop(0)

    monkeypatch.setattr(plan_verbs, "can_ask", lambda _command: True)
    monkeypatch.setattr("builtins.input", answer)
    assert run("apply") == code
    assert "since the draft #2 by bob" in run.out
    assert "partner_discovery" in run.out
    assert "Nothing of it meets the draft" in asked[0]
    assert len(asked) == len(answers)
    after = run.configuration
    assert (after.domains[0].action.value, after.access_edge.partner_discovery) == (action, True)


def test_where_both_changed_a_field_apply_shows_all_three_values_and_who_and_asks_nothing(
    run: DraftShell, leave, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(domain("fabrikam.example", comment="mine"))
    run.others(domain("fabrikam.example", comment="theirs"))
    monkeypatch.setattr(plan_verbs, "can_ask", lambda _command: True)
    monkeypatch.setattr("builtins.input", lambda _question: pytest.fail("nothing can be asked here"))
    assert run("apply") == 3
    for line in ("since the draft #2 by bob", "was     contract 4411", "mine    mine", "theirs  theirs"):
        assert line in run.out
    assert "Choose mine or theirs" in run.err


@pytest.mark.parametrize(("choice", "comment"), [("--mine", "mine"), ("--theirs", "theirs")])
def test_a_field_both_changed_is_a_conflict_until_a_side_is_named(run: DraftShell, leave, choice, comment) -> None:
    leave(domain("fabrikam.example", comment="mine", owner="me"))
    run.others(domain("fabrikam.example", comment="theirs"))
    assert run("draft", "show") == 3
    for line in ("was     contract 4411", "mine    mine", "theirs  theirs"):
        assert line in run.out
    assert run("draft", "adopt") == 3
    assert run("plan") == 3
    assert "comment" in run.err
    assert run("draft", "adopt", choice) == 0
    assert run("apply", "--yes") == 0
    entry = run.configuration.domains[0]
    assert (entry.comment, entry.owner) == (comment, "me")


def test_of_several_drafts_one_has_to_be_named(run: DraftShell, leave) -> None:
    first, second = leave(BLOCK), leave(gone("evil.example"))
    assert run("plan") == 2
    assert first[:8] in run.err
    assert run("plan", "--draft", second) == 1
    assert "evil.example" in run.out
    assert run("draft", "discard", second) == 0
    assert run("plan") == 1
    assert "fabrikam.example" in run.out
    assert run("draft", "show", "nothing") == 2


def test_a_live_consoles_draft_is_shown_and_not_taken(run: DraftShell) -> None:
    box = DraftBox("c", clock=lambda: NOW, new_id=lambda: "live", files=run.files)
    from edgeconsole.backends.base import Saved
    from edgeconsole.model.revision import Revision

    loaded = load(run.path)
    box.follow(Saved(loaded.configuration, Revision("", 1, loaded.etag)))
    box.stage([BLOCK])
    assert run("--json", "draft", "list") == 0
    assert [(item["id"], item["state"]) for item in run.json["drafts"]] == [("live", "live")]
    assert run("draft", "show", "live") == 0
    assert "fabrikam.example" in run.out
    for verb in (("apply", "--yes"), ("plan", "--draft", "live"), ("draft", "discard", "live"), ("draft", "adopt")):
        assert run(*verb) == 3, verb
    box.close()


def test_a_broken_draft_is_told_by_the_commands(run: DraftShell, leave) -> None:
    leave(BLOCK)
    (path,) = run.files.directory.glob("*.json")
    path.write_text("{")
    assert run("draft", "list") == 0
    assert f"{path}.broken" in run.err
    assert run("plan") == 2
    assert f"{path}.broken" in run.err


def test_a_named_contexts_drafts_are_its_own(run: DraftShell, leave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(run.directory / "config"))
    leave(BLOCK)
    settings = run.directory / "config" / "edgeconsole" / "console.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[[context]]\nname = "lab"\nbackend = "file"\naddress = "{run.path}"\n')
    settings.chmod(0o600)
    assert main(["--context", "lab", "draft", "list"]) == 0
    assert run("draft", "list") == 0
    assert "no drafts" in run.out.splitlines()[0]
    assert "orphan" in run.out


def test_diff_between_revisions_goes_both_ways(run: DraftShell) -> None:
    run.others(BLOCK)
    run.others(switches(partner_discovery=True))
    run.others(domain("litware.example", action="allow"))
    assert run("--json", "diff", "1", "3") == 1
    assert {(item["field"], item["before"], item["after"]) for item in run.json["differences"]} == {
        ("action", "allow", "block"),
        ("partner_discovery", False, True),
    }
    assert run("--json", "diff", "3", "#1") == 1
    assert ("action", "block", "allow") in {
        (item["field"], item["before"], item["after"]) for item in run.json["differences"]
    }
    assert run("diff", "3") == 1
    assert "domain litware.example" in run.out
    assert run("diff", "4") == 0
    for wrong in ("9", "0"):
        assert run("diff", wrong) == 2


def test_diff_of_a_file_is_against_what_is_saved(run: DraftShell) -> None:
    wanted = run.write("wanted.toml", TEXT.replace('action = "allow"', 'action = "block"'))
    assert run("diff", wanted) == 1
    assert "allow -> block" in run.out
    assert run("diff", str(run.path)) == 0
    assert run("diff", wanted, "1") == 2
    assert not run.path.with_name("federation.history").exists()


def test_diff_of_what_runs_where_nothing_runs_says_so(run: DraftShell) -> None:
    assert run("diff") == 2
    assert "nothing enforces" in run.err
