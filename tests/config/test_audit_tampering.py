"""Every way to falsify an audit of 200 records is seen, 1,200 of 1,200, and a cut tail by the head that was noted."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeconsole.config.audit import hash_of, line_of, verify

KEY, FOREIGN = bytes(32), b"\1" * 32
RECORDS = 200


def chain(count: int = RECORDS, key: bytes = KEY, who: str = "alice") -> list[bytes]:
    lines: list[bytes] = []
    for number in range(1, count + 1):
        previous = hash_of(lines[-1]) if lines else ""
        lines.append(line_of({"seq": number, "who": who, "what": f"change {number}"}, previous, key))
    return lines


GENUINE = chain()
HEAD = f"{RECORDS}:{hash_of(GENUINE[-1])}"


def flip(lines: list[bytes], at: int) -> None:
    """Change one bit somewhere in a line; its end is told apart from it."""
    found = bytearray(lines[at])
    found[random.Random(at).randrange(len(found) - 1)] ^= 1
    lines[at] = bytes(found)


def delete(lines: list[bytes], at: int) -> None:
    del lines[at]


def swap(lines: list[bytes], at: int) -> None:
    other = at + 1 if at + 1 < len(lines) else at - 1
    lines[at], lines[other] = lines[other], lines[at]


def insert(lines: list[bytes], at: int) -> None:
    """Somebody without the key writes a line of his own."""
    previous = hash_of(lines[at - 1]) if at else ""
    lines.insert(at, line_of({"seq": at + 1, "who": "mallory", "what": "nothing"}, previous, FOREIGN))


def duplicate(lines: list[bytes], at: int) -> None:
    lines.insert(at, lines[at])


def hash_the_rest_again(lines: list[bytes], at: int) -> None:
    """Change a record and chain all that follow to it anew, without the key."""
    for place in range(at, len(lines)):
        previous = hash_of(lines[place - 1]) if place else ""
        lines[place] = line_of({"seq": place + 1, "who": "mallory", "what": "other"}, previous, FOREIGN)


WAYS: tuple[Callable[[list[bytes], int], None], ...] = (flip, delete, swap, insert, duplicate, hash_the_rest_again)


def look(path: Path, lines: list[bytes], head: str | None = None) -> bool:
    path.write_bytes(b"".join(lines))
    return verify(path, KEY, head).intact


def test_the_genuine_one_is_intact_with_and_without_the_head(tmp_path: Path) -> None:
    assert look(tmp_path / "journal", GENUINE)
    assert look(tmp_path / "journal", GENUINE, HEAD)
    assert look(tmp_path / "journal", [])


@pytest.mark.parametrize("step", [19, pytest.param(1, marks=pytest.mark.slow)], ids=["some places", "all"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_place_can_be_falsified_unseen(tmp_path: Path, way: Callable[[list[bytes], int], None], step: int) -> None:
    unseen = []
    for at in (*range(0, RECORDS - 1, step), RECORDS - 1):
        lines = list(GENUINE)
        way(lines, at)
        # Only a last line that was taken away needs the head: the chain before it is whole.
        if look(tmp_path / "journal", lines, HEAD if (way, at) == (delete, RECORDS - 1) else None):
            unseen.append(at)
    assert unseen == []


@pytest.mark.parametrize("step", [19, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_a_cut_tail_is_seen_by_the_head_that_was_noted(tmp_path: Path, step: int) -> None:
    assert [kept for kept in range(0, RECORDS, step) if look(tmp_path / "journal", GENUINE[:kept], HEAD)] == []


def test_another_audit_under_the_same_key_is_not_the_one_that_was_noted(tmp_path: Path) -> None:
    other = chain(who="mallory")
    assert look(tmp_path / "journal", other)
    assert not look(tmp_path / "journal", other, HEAD)


def test_a_line_by_half_is_no_line(tmp_path: Path) -> None:
    assert not look(tmp_path / "journal", [*GENUINE[:-1], GENUINE[-1][:-1]])
