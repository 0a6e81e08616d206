"""C18: the process dies, or the disk refuses, at every call of save, apply, confirm and revert; I1 to I6 hold."""

from pathlib import Path

import pytest

from tests.reliability.points import Ground


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_a_sample_of_kill_points_breaks_nothing(ground: Ground) -> None:
    points = ground.kill_points()
    assert ground.broken(points[:: len(points) // 24]) == []


def test_a_sample_of_error_points_breaks_nothing(ground: Ground) -> None:
    points = ground.error_points()
    # A step that is no multiple of the errors of a call, so that each error has its turn.
    assert ground.broken(points[:: len(points) // 24 | 1]) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kill_9_at_every_call_breaks_nothing(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    points = ground.kill_points()
    broken = ground.broken(points)
    with capsys.disabled():
        print(f"\n{len(points)} kill points, {len(broken)} broke something")
    assert broken == []
    assert len(points) >= 250


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_error_at_every_call_breaks_nothing(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    points = ground.error_points()
    broken = ground.broken(points)
    with capsys.disabled():
        print(f"\n{len(points)} error points, {len(broken)} broke something")
    assert broken == []
    assert len(points) >= 250
