"""A power cut after any step of save, apply, confirm and revert leaves what somebody was told is committed."""

from pathlib import Path

import pytest

from tests.reliability.disk import cut_everywhere
from tests.reliability.scenarios import SCENARIOS


def test_a_power_cut_while_a_change_is_applied_loses_nothing_that_was_told(tmp_path: Path) -> None:
    cuts = cut_everywhere(tmp_path, SCENARIOS["apply"])
    assert cuts.broken == []
    assert cuts.tried >= 10


@pytest.mark.slow
def test_a_power_cut_at_any_step_loses_nothing_that_was_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, tried = [], 0
    for number, scenario in enumerate(SCENARIOS.values()):
        directory = tmp_path / str(number)
        directory.mkdir()
        cuts = cut_everywhere(directory, scenario)
        broken += cuts.broken
        tried += cuts.tried
    with capsys.disabled():
        print(f"\n{tried} disks after a power cut, {len(broken)} broken")
    assert broken == []
    assert tried >= 250


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("apply", ("federation.toml", "federation.history/000001.toml")),
        ("take back", ("federation.history/000001.toml",)),
        ("restore point", ("federation.history/000001.toml",)),
    ],
)
def test_texts_that_others_left_in_memory_are_brought_to_disk_before_they_are_counted_on(
    tmp_path: Path, name: str, files: tuple[str, ...]
) -> None:
    cuts = cut_everywhere(tmp_path, SCENARIOS[name], unsure=files)
    assert cuts.broken == []
    assert cuts.tried >= 1
