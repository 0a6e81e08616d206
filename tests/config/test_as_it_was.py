"""What an edit leaves as it was, and what is said where it cannot: byte order marks, owners, layouts, parser words."""

import codecs
import os
from pathlib import Path

import pytest

from edgeconsole.cli.main import main
from edgeconsole.config.read import load
from edgeconsole.model.errors import BadInput, NotSaved
from edgeconsole.model.revision import Author
from tests.config.conftest import World
from tests.config.federation_files import SAMPLE, domain

ALICE = Author("alice", "console")


def test_a_byte_order_mark_stays_through_edit_undo_and_a_restart(world: World) -> None:
    world.path.write_bytes(codecs.BOM_UTF8 + SAMPLE.encode())
    first = world.open()
    first.commit(first.plan([domain("evil.example", comment="one")]).plan_id, author=ALICE)
    assert world.path.read_bytes().startswith(codecs.BOM_UTF8 + SAMPLE[:20].encode())
    first.commit(first.plan_undo().plan_id, author=ALICE)
    assert world.path.read_bytes() == codecs.BOM_UTF8 + SAMPLE.encode()
    first.close()
    again = world.open()
    assert again.head.number == 3
    again.commit(again.plan([domain("evil.example", comment="two")]).plan_id, author=ALICE)
    assert world.path.read_bytes().count(codecs.BOM_UTF8) == 1


def test_a_file_without_a_byte_order_mark_gets_none(world: World) -> None:
    revisions = world.open()
    revisions.commit(revisions.plan([domain("evil.example", comment="one")]).plan_id, author=ALICE)
    assert not world.path.read_bytes().startswith(codecs.BOM_UTF8)


def test_an_owner_that_cannot_be_kept_is_named_and_nothing_is_saved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = world.open()
    plan = revisions.plan([domain("evil.example", comment="one")])
    before = world.path.read_bytes()
    found = os.stat(world.path)

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refused)
    os.chown(world.path, found.st_uid, found.st_gid)
    real = os.fstat

    def of_somebody_else(descriptor: int) -> os.stat_result:
        told = list(real(descriptor))
        told[5] = found.st_gid + 1
        return os.stat_result(told)

    monkeypatch.setattr(os, "fstat", of_somebody_else)
    with pytest.raises(NotSaved, match=f"it belongs to user {found.st_uid} and group {found.st_gid}") as caught:
        revisions.commit(plan.plan_id, author=ALICE)
    assert "Only root, or that user" in caught.value.remedy
    monkeypatch.undo()
    assert world.path.read_bytes() == before


INLINE = 'version = 1\n# ours\naccess_edge = { federation = true } # the switch\n[[sip_domain]]\nname = "a.example"\n'


def test_a_layout_that_cannot_be_kept_is_rewritten_where_that_is_agreed_to(tmp_path: Path, capsys) -> None:
    path = tmp_path / "federation.toml"
    path.write_text(INLINE)
    at = ["--config", str(path), "discovery", "on"]
    assert main(at) == 2
    assert "--rewrite" in capsys.readouterr().err
    assert path.read_text() == INLINE
    assert main([*at, "--rewrite"]) == 0
    assert load(path).configuration.access_edge.partner_discovery


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[edge]\n[edge]\n", r"2:.*the table \[edge\] stands twice"),
        ("version = 1\nversion = 2\n", "a key stands twice"),
        ("proxy = { a = 1 }\n[proxy.b]\n", r"\[proxy(\.b)?\] "),
    ],
)
def test_what_the_parser_refuses_is_said_in_words_of_toml(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "federation.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=says) as caught:
        load(path)
    assert "('" not in str(caught.value)


def test_an_error_with_one_problem_is_printed_once(tmp_path: Path, capsys) -> None:
    path = tmp_path / "federation.toml"
    path.write_text("version = 1\nversion = 2\n")
    assert main(["check", str(path)]) == 2
    assert capsys.readouterr().err.count("stands twice") == 1
