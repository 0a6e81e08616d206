"""Bytes of somebody else, damaged in every way, at every parser: an answer or a refusal, never another error."""

import itertools
import os
import time
from pathlib import Path

import pytest

from tests.long.fuzz import TARGETS, inputs

SECONDS = float(os.environ.get("EDGECONSOLE_FUZZ_SECONDS", "20"))
"""Each target's time in the long suite."""
FIRST = int(os.environ.get("EDGECONSOLE_FUZZ_FIRST", "1000"))
"""Where its seeds begin: another number tries other inputs."""
FOUND = Path(__file__).parent / "found"


def try_one(name: str, seed: str, data: bytes) -> None:
    try:
        TARGETS[name].holds(data)
    except Exception as error:
        raise AssertionError(f"seed {seed!r} broke it, with {data!r}") from error


@pytest.mark.parametrize("name", TARGETS)
def test_a_few_damaged_inputs_are_answered_or_refused(name: str) -> None:
    for seed, data in itertools.islice(inputs(name, 0), 60):
        try_one(name, seed, data)


@pytest.mark.parametrize("path", sorted(FOUND.glob("*/*.bin")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_once_broke_a_parser_does_not_any_more(path: Path) -> None:
    try_one(path.parent.name.replace("-", " "), path.name, path.read_bytes())


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("name", TARGETS)
def test_damaged_inputs_are_answered_or_refused_for_as_long_as_was_asked(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ending, tried = time.monotonic() + SECONDS, 0
    for seed, data in inputs(name, FIRST):
        try_one(name, seed, data)
        tried += 1
        if time.monotonic() > ending:
            break
    with capsys.disabled():
        print(f"\n{name}: {tried} damaged inputs in {SECONDS:.0f} s, none broke it")
