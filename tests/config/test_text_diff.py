"""The diff of a plan is one that `patch` would take: applied to the old text it gives the new one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.config import diff
from edgeconsole.config.diff import unified_diff
from edgeconsole.config.edit import apply_changes
from edgeconsole.config.read import parse
from edgeconsole.config.scan import scan
from edgeconsole.config.splice import splice
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from tests.config.federation_files import changes_for, domain, federation_texts, sampled

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def patched(text: str, shown: str) -> str:
    """Apply a unified diff, strictly: each line and each count must be right."""
    old = text.splitlines(keepends=True)
    lines = shown.splitlines(keepends=True)[2:]
    result: list[str] = []
    position = 0
    while lines:
        found = HUNK.match(lines.pop(0))
        assert found is not None
        start, count = int(found[1]), int(found[2] or 1)
        new_start, new_count = int(found[3]), int(found[4] or 1)
        first = start - 1 if count else start
        result += old[position:first]
        position = first
        assert len(result) == (new_start - 1 if new_count else new_start)
        before, after = position, len(result)
        while lines and not lines[0].startswith("@@"):
            line = lines.pop(0)
            mark, body = line[0], line[1:]
            if lines and lines[0].startswith("\\"):
                lines.pop(0)
                body = body.removesuffix("\n")
            if mark in " -":
                assert old[position] == body
                position += 1
            if mark in " +":
                result.append(body)
        assert (position - before, len(result) - after) == (count, new_count)
    return "".join(result + old[position:])


@sampled
@given(st.data(), federation_texts(), st.sampled_from([0, 2_000]))
def test_the_diff_of_a_change_patches_the_old_text_to_the_new(data: st.DataObject, text: str, fine: int) -> None:
    before = parse(text, "federation.toml").configuration
    after = apply_changes(before, data.draw(changes_for(before)))
    was = scan(text)
    now = splice(was, before, after)
    with pytest.MonkeyPatch.context() as patch:
        # Both ways: lines cut beforehand and regions compared finely, and neither.
        patch.setattr(diff, "_FINE", fine)
        shown = unified_diff(was, now, "federation.toml")
    assert bool(shown) == (text != now.text)
    if shown:
        assert patched(text, shown) == now.text


@sampled
@given(federation_texts(), federation_texts())
def test_the_diff_of_any_two_texts_patches_one_to_the_other(one: str, other: str) -> None:
    shown = unified_diff(scan(one), scan(other), "federation.toml")
    if one != other:
        assert patched(one, shown) == other


def test_a_change_at_both_ends_of_a_long_file_is_two_short_hunks() -> None:
    text = "".join(f'[[domain]]\nname = "p{n}.example"\naction = "allow"\n\n' for n in range(5_000))
    before = parse(text, "federation.toml").configuration
    changes = [domain("p1.example", action="block"), Change(table=Table.DOMAIN, key="p4998.example")]
    after = apply_changes(before, changes)
    was = scan(text)
    now = splice(was, before, after)
    shown = unified_diff(was, now, "federation.toml")
    assert patched(text, shown) == now.text
    assert len(shown.splitlines()) == 2 + 9 + 11
