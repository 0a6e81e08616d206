"""A long file starts warm: the same values without a parse, and nothing believed that does not fit."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from edgeconsole.config import saved as saved_module
from edgeconsole.config import snapshot
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.revision import Author

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def opened(path: Path) -> Revisions:
    numbers = count(1)
    return Revisions.open(path, clock=lambda: NOW, new_id=lambda: f"id-{next(numbers)}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    domains = "".join(
        f'# number {number}\n[[domain]]\nname = "partner{number}.example"\naction = "allow"\n'
        f'access_edge = "sip.partner{number}.example:5062"\nexpires = 2030-01-01T00:00:00Z\n\n'
        for number in range(3_000)
    )
    path = tmp_path / "federation.toml"
    path.write_text(f'version = 1\n[[sip_domain]]\nname = "contoso.example"\n\n{domains}')
    path.chmod(0o600)
    return path


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were parsed."""
    seen: list[str] = []
    real = saved_module.parse_bytes
    monkeypatch.setattr(saved_module, "parse_bytes", lambda content, file: (seen.append(file), real(content, file))[1])
    return seen


def test_the_second_start_has_the_same_values_without_a_parse(path, parses) -> None:
    first = opened(path)
    cold = first.loaded.configuration
    first.close()
    assert len(parses) == 1
    second = opened(path)
    assert len(parses) == 1
    assert second.loaded.configuration == cold
    assert second.loaded.places(Table.DOMAIN, "partner7.example", "action").startswith("federation.toml:")
    second.close()


def test_a_change_after_a_warm_start_keeps_every_comment(path, parses) -> None:
    opened(path).close()
    warm = opened(path)
    before = path.read_text()
    plan = warm.plan(
        [Change(table=Table.DOMAIN, key="partner7.example", fields={"action": "block", "access_edge": None})]
    )
    warm.commit(plan.plan_id, author=Author("test"))
    warm.close()
    assert len(parses) == 1
    changed = set(before.splitlines()) ^ set(path.read_text().splitlines())
    assert changed == {'access_edge = "sip.partner7.example:5062"', 'action = "block"'}


def test_a_hand_edit_is_read_from_the_file_and_not_from_the_snapshot(path, parses) -> None:
    opened(path).close()
    path.write_text(
        path.read_text().replace('partner5.example"\naction = "allow"', 'other5.example"\naction = "allow"')
    )
    again = opened(path)
    assert len(parses) == 2
    assert again.loaded.configuration.domains[5].name == "other5.example"
    again.close()


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: b"", lambda raw: raw[:40] + b"x" + raw[41:]])
def test_a_damaged_snapshot_is_ignored(path, parses, damage) -> None:
    first = opened(path)
    cold = first.loaded.configuration
    first.close()
    kept = path.parent / "federation.history" / snapshot.NAME
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_bytes(damage(kept.read_bytes()))
    again = opened(path)
    assert len(parses) == 2
    assert again.loaded.configuration == cold
    again.close()


def test_a_short_file_needs_no_snapshot(tmp_path) -> None:
    path = tmp_path / "federation.toml"
    path.write_text("version = 1\n")
    path.chmod(0o600)
    opened(path).close()
    assert not (tmp_path / "federation.history" / snapshot.NAME).exists()
