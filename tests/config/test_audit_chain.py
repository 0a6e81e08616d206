"""What the check of an audit says of each line that is wrong, of a noted head, and of a key that is none."""

from pathlib import Path

import pytest

from edgeconsole.config.audit import KEY_FILE, KEY_VARIABLE, MOST_PROBLEMS, hash_of, line_of, load_key, verify
from edgeconsole.model.errors import BadInput

KEY = bytes(range(32))


def chain(*numbers: int) -> list[bytes]:
    lines: list[bytes] = []
    previous = ""
    for number in numbers:
        lines.append(line_of({"seq": number, "why": f"line {number}\x7f"}, previous, KEY))
        previous = hash_of(lines[-1])
    return lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def said(path: Path, lines: list[bytes], head: str | None = None) -> list[tuple[int, str]]:
    path.write_bytes(b"".join(lines))
    return [(each.line, each.message) for each in verify(path, KEY, head).problems]


def test_a_whole_chain_is_intact_and_its_head_is_its_last_line(path: Path) -> None:
    lines = chain(1, 2, 3)
    assert said(path, lines) == []
    found = verify(path, KEY)
    assert (found.lines, found.head, found.intact) == (3, f"3:{hash_of(lines[-1])}", True)
    assert b"\x7f" not in b"".join(lines)
    assert hash_of(lines[0]) == hash_of(lines[0].rstrip(b"\n"))


def test_no_audit_at_all_is_an_empty_one(path: Path) -> None:
    found = verify(path, KEY)
    assert (found.lines, found.head, found.problems) == (0, "", ())


def test_each_line_that_is_wrong_is_named_with_what_is_wrong(path: Path) -> None:
    lines = chain(1, 2, 3, 4)
    edited = lines[1].replace(b"line 2", b"line 9")
    assert said(path, [lines[0], edited, *lines[2:]]) == [
        (2, "the seal is not ours: the line was edited, or somebody else wrote it"),
        (3, "1 lines are missing before line 3"),
    ]
    assert said(path, [lines[0], lines[3]]) == [(2, "2 lines are missing before line 4")]
    assert said(path, [*lines[:2], lines[0], *lines[2:]]) == [(3, "line 1 stands again or too late, after line 2")]
    assert said(path, [*lines, lines[3]]) == [(5, "line 4 stands again or too late, after line 4")]
    assert said(path, [*lines[:3], lines[3][:-1]]) == [(4, "the line has no end; it was written by half")]
    other = line_of({"seq": 2, "why": "another"}, "", KEY)
    assert said(path, [lines[0], other]) == [(2, "line 2 does not follow the line before it")]
    assert said(path, [line_of({"seq": 1}, "", bytes(32))])[0][0] == 1


def test_of_very_many_problems_the_first_are_told(path: Path) -> None:
    found = said(path, [b"nothing of ours\n"] * (MOST_PROBLEMS + 9))
    assert [line for line, _ in found] == list(range(1, 51))
    assert verify(path, KEY).lines == MOST_PROBLEMS + 9


def test_a_noted_head_finds_a_cut_tail_and_another_line_in_its_place(path: Path) -> None:
    lines = chain(1, 2, 3)
    head = f"3:{hash_of(lines[2])}"
    assert said(path, lines, head) == []
    assert said(path, lines, head[:18].upper()) == [], "sixteen digits are enough"
    assert said(path, lines[:2], head) == [(0, "line 3 was noted and is not there: the end was cut off")]
    assert said(path, lines, f"2:{hash_of(lines[2])}") == [(0, "line 2 is not the one that was noted")]
    assert said(path, [], head) == [(0, "line 3 was noted and is not there: the end was cut off")]


@pytest.mark.parametrize(
    "head",
    ["nonsense", "3", f"3:{'a' * 15}", f"3:{'a' * 65}", f"3:{'g' * 16}", f":{'a' * 16}", f"{'1' * 16}:{'a' * 16}",
     f"-1:{'a' * 16}", f"٣:{'a' * 16}"],
)  # fmt: skip
def test_what_is_no_head_is_refused(path: Path, head: str) -> None:
    path.write_bytes(b"".join(chain(1)))
    with pytest.raises(BadInput, match="is no head of an audit"):
        verify(path, KEY, head)


def test_an_audit_that_cannot_be_read_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        verify(tmp_path, KEY)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        load_key(tmp_path, make=False)
    key = load_key(tmp_path, make=True)
    assert len(key) == 32
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert load_key(tmp_path, make=False) == load_key(tmp_path, make=True) == key


@pytest.mark.parametrize("content", ["", "ab" * 31, "zz" * 32, "é" * 64, "x"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / KEY_FILE
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(BadInput, match="holds no key: it is 32 bytes"):
        load_key(tmp_path, make=True)
    assert file.read_text() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o601])
def test_a_key_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    load_key(tmp_path, make=True)
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(BadInput, match="others may read"):
        load_key(tmp_path, make=True)


def test_a_key_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(KEY.hex())
    (tmp_path / "elsewhere").chmod(0o600)
    (tmp_path / KEY_FILE).symlink_to("elsewhere")
    with pytest.raises(BadInput, match="cannot be read"):
        load_key(tmp_path, make=False)


def test_a_key_may_be_kept_elsewhere_and_is_never_made_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "credentials"
    elsewhere.mkdir()
    (elsewhere / "audit").write_text(KEY.hex())
    (elsewhere / "audit").chmod(0o400)
    monkeypatch.setenv(KEY_VARIABLE, f"file:{elsewhere / 'audit'}")
    assert load_key(tmp_path, make=True) == KEY
    monkeypatch.setenv(KEY_VARIABLE, f"file:{elsewhere / 'none'}")
    with pytest.raises(BadInput, match="does not exist"):
        load_key(tmp_path, make=True)
    monkeypatch.setenv(KEY_VARIABLE, "cred:audit")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(BadInput, match="names no key"):
        load_key(tmp_path, make=True)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(elsewhere))
    assert load_key(tmp_path, make=True) == KEY
    for reference in ("cred:", "cred:../credentials/audit", "file:", "audit", "vault:audit"):
        monkeypatch.setenv(KEY_VARIABLE, reference)
        with pytest.raises(BadInput, match="names no key"):
            load_key(tmp_path, make=True)
    assert not (tmp_path / KEY_FILE).exists()
