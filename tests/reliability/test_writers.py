"""Eight processes change one file as often as they may: nothing is lost, and the audit stays one chain."""

from pathlib import Path

import pytest

from tests.reliability.writers import lost_updates


def test_eight_writers_lose_nothing(tmp_path: Path) -> None:
    assert lost_updates(tmp_path, writers=8, commits=10) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_eight_writers_with_a_hundred_commits_each_lose_nothing(tmp_path: Path) -> None:
    assert lost_updates(tmp_path, writers=8, commits=100) == []
