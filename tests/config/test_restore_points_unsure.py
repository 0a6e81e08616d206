"""A name for a revision whose directory the disk does not confirm: told as not sure, never as done or undone."""

import pytest

from edgeconsole.model.errors import Indeterminate
from edgeconsole.model.revision import Author
from tests.config.conftest import World

ALICE = Author("alice", "test")


def test_a_restore_point_whose_directory_is_not_on_disk_is_indeterminate_and_stands_as_long_as_the_power_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = world.open()
    with monkeypatch.context() as patch:
        patch.setattr("edgeconsole.config.save.sync_directory", lambda _: False)
        with pytest.raises(Indeterminate, match="power cut may undo") as caught:
            revisions.points.add("good", 1, author=ALICE)
    assert "restore-point list" in caught.value.remedy
    assert [each.name for each in revisions.points.all()] == ["good"]
    revisions.close()
    again = world.open()
    assert [each.name for each in again.points.all()] == ["good"]
    assert again.points.remove("good", author=ALICE).name == "good"


def test_one_that_is_taken_away_unsurely_is_gone_as_long_as_the_power_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = world.open()
    revisions.points.add("good", 1, author=ALICE)
    with monkeypatch.context() as patch:
        patch.setattr("edgeconsole.config.save.sync_directory", lambda _: False)
        with pytest.raises(Indeterminate):
            revisions.points.remove("good", author=ALICE)
    assert revisions.points.all() == ()
