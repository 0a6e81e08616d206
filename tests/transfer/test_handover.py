"""The hand-over file: everything the next one needs in one private file, whose scripts run as they stand."""

import re
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from edgeconsole.cli.main import main
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Action, Configuration, FederatedDomain, Table
from edgeconsole.model.observed import Failure
from edgeconsole.model.probe import (
    Certainty,
    ProbeKind,
    ProbeResult,
    Severity,
    Stage,
    StageResult,
    StageState,
    TargetStatus,
)
from edgeconsole.model.probing import Probes
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.text import Untrusted
from edgeconsole.model.verdict import Direction
from edgeconsole.transfer.export.handover import HandOver, Staged, write_handover
from tests.hostile.corpus import CORPUS
from tests.transfer.test_commands import FEDERATION

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def federation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "federation.toml"
    path.write_text(FEDERATION)
    return path


def run(federation: Path, *words: str) -> int:
    return main(["--config", str(federation), *words])


def scripts(text: str) -> dict[str, str]:
    """Return the scripts of a hand-over by the heading they stand under."""
    found = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        script = re.search(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
        if script is not None:
            found[section.split("\n")[0]] = script[1]
    return found


def done(script: str, tmp_path: Path) -> None:
    """Run a script as the next operator's shell would."""
    command = tmp_path / "bin" / "edgeconsole"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgeconsole "$@"\n')
    command.chmod(0o755)
    environment = {
        "PATH": f"{command.parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    subprocess.run(["sh", "-e", "-c", script], env=environment, check=True, timeout=30, capture_output=True)


def test_the_revert_script_takes_the_change_back_and_the_change_script_makes_it_again(
    federation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(federation, "domains", "list")
    before = federation.read_text()
    assert run(federation, "domains", "block", "evil.example", "--why", "INC-7 it's `hostile`") == 0
    assert run(federation, "domains", "allow", "fabrikam.example", "--access-edge", "sip.fabrikam.example") == 0
    after = federation.read_text()
    file = tmp_path / "shift.md"
    capsys.readouterr()
    assert run(federation, "handover", str(file)) == 0
    assert str(file) in capsys.readouterr().out
    text = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert r"INC-7 it's \`hostile\`" in text
    found = scripts(text)
    done(found["Revert script"], tmp_path)
    assert federation.read_text() == before
    done(found["Change script"], tmp_path)
    assert federation.read_text() == after


def test_a_file_that_is_there_is_left_unless_it_may_be_replaced(
    federation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "shift.md"
    file.write_text("mine")
    assert run(federation, "handover", str(file)) == 2
    assert "exists and is left as it is" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert run(federation, "handover", str(file), "--replace") == 0
    assert file.read_text().startswith("# Hand-over: sip.contoso.example")


def test_without_changes_it_tells_the_state_alone(federation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(federation, "handover", "-") == 0
    text = capsys.readouterr().out
    assert "nothing enforces this file" in text
    assert scripts(text) == {}


def told(text: str = "certificate has expired") -> HandOver:
    """Return a hand-over with the text wherever a text stands."""
    raw = Untrusted(text)
    probed = ProbeResult(
        run="r1", target="tailspin.example", kind=ProbeKind.SIP, vantage=text, started=AT, seconds=1.0,
        severity=Severity.CRITICAL, summary=raw,
        stages=(StageResult(stage=Stage.TLS, state=StageState.FAILED, why=raw),),
    )  # fmt: skip
    target = TargetStatus(
        target="tailspin.example", kind=ProbeKind.SIP, severity=Severity.CRITICAL, certainty=Certainty.HARD,
        since=AT - timedelta(hours=2), last=probed,
    )  # fmt: skip
    failure = Failure(
        at=AT - timedelta(minutes=5), direction=Direction.OUTBOUND, domain="tailspin.example", peer=text, stage="tls",
        code=504, diagnostics=1010, text=raw,
    )  # fmt: skip
    domain = FederatedDomain(name="fabrikam.example", action=Action.ALLOW, comment=text, ticket=text)  # type: ignore[arg-type]
    rules = Configuration(domains=(domain,))
    record = RevisionRecord(
        revision=Revision("l", 7, "e"), at=AT, by=Author(text, "command"), origin=Origin.APPLIED, why=text
    )
    change = Change(table=Table.DOMAIN, key="fabrikam.example", fields={"comment": text})
    return HandOver(
        at=AT,
        snapshot=Snapshot(
            connection=Connection.DOWN, problem=text, taken_at=AT, down_since=AT, configuration=rules,
            failures=(failure, failure), probes=Probes(targets=(target,)),
        ),
        revisions=(record,), before=Configuration(), again=(change,), back=(change,), confirm=True,
        reach=("--context", "prod"), staged=(Staged(name=text, updated=AT, changes=(change,)),),
    )  # fmt: skip


def test_what_is_broken_stands_with_since_when_stage_and_text() -> None:
    text = write_handover(told())
    assert "**The edge does not answer since 2026-11-20T12:00:00Z**" in text
    assert "- **tailspin.example** (sip): critical since 2026-11-20T10:00:00Z" in text
    assert "  - tls failed: certificate has expired" in text
    assert "| tailspin.example | out | tls | 504 | 2 | 2026-11-20T11:55:00Z |" in text
    assert "edgeconsole --context prod confirm" in scripts(text)["Keep it"]
    assert "not applied: domain fabrikam.example" in text


def test_hostile_texts_are_inert_markup_free_and_never_leave_their_place_in_a_script() -> None:
    lines = len(write_handover(told()).split("\n"))
    for text in CORPUS:
        if "\ud800" <= max(text, default="") <= "\udfff":
            continue
        written = write_handover(told(text))
        assert all(line.isprintable() for line in written.split("\n")), ascii(text)
        if text.strip():
            assert abs(len(written.split("\n")) - lines) <= 1, ascii(text)
        for script in scripts(written).values():
            assert script.count("CHANGES") in (0, 2)


def test_more_records_than_a_person_reads_are_told_by_their_revision() -> None:
    given = told()
    many = tuple(Change(table=Table.DOMAIN, key=f"p{place}.example") for place in range(3_000))
    text = write_handover(msgspec.structs.replace(given, again=many, back=many))
    assert "It has 3,000 records, more than stand here" in text
    assert len(text) < 20_000
