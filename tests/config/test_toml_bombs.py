"""A text made to exhaust the parser is refused within little memory; each runs in a process that may not have more."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEMORY = 700 * 1024 * 1024
"""Bytes of address space; the interpreter with the package takes 60 MB, `tomllib` alone 1.5 GB for the first bomb."""

BOMBS = {
    "one dotted key of 20,000 parts": "'.'.join(['a'] * 20_000) + ' = 1\\n'",
    "one dotted key of 100,000 quoted parts": "'.'.join(['\"a\"'] * 100_000) + ' = 1\\n'",
    "one header of 20,000 parts": "'[' + '.'.join(['a'] * 20_000) + ']\\n'",
    "one array header of 20,000 parts with spaces": "'[[ ' + ' . '.join(['a'] * 20_000) + ' ]]\\n'",
    "a dotted key inside an inline table": "'x = {' + '.'.join(['a'] * 20_000) + ' = 1}\\n'",
    "dotted keys of 32 parts, many": "''.join(f'k{n}.' + '.'.join(['a'] * 31) + ' = 1\\n' for n in range(400_000))",
    "100,000 open brackets": "'a = ' + '[' * 100_000",
    "100,000 open braces": "'a = ' + '{a=' * 100_000",
    "100,000 open brackets on lines of their own": "'a = ' + '[\\n' * 100_000",
    "ten million empty tables in a list": "'a = [' + '{},' * 10_000_000 + ']\\n'",
    "ten million list elements": "'a = [' + '1,' * 10_000_000 + ']\\n'",
    "five million table headers": "'[[a]]\\n' * 5_000_000",
    "a million different headers": "''.join(f'[a{n}]\\n' for n in range(1_000_000))",
    "three million keys": "''.join(f'a{n} = 1\\n' for n in range(3_000_000))",
    "a whole number of 100,000 digits": "'version = ' + '9' * 100_000",
    "a string that never ends": "'a = \"\"\"' + 'x\\\\\\n' * 5_000_000",
    "thirty million quotes": "'a = ' + '\"' * 30_000_000",
    "thirty million bytes of nothing known": "'=' * 30_000_000",
    "more than 32 MiB": "'#' * (33 * 1024 * 1024)",
}

PROGRAM = """
import sys, time
from edgeconsole.config.read import parse
from edgeconsole.model.errors import BadInput
text = {bomb}
start = time.process_time()
try:
    parse(text, "federation.toml")
except BadInput as error:
    print(f"{{time.process_time() - start:.2f}} s: {{error.problems[0]}}"[:300])
    sys.exit(7)
"""


def bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (40, 40))


EVERYDAY = {
    "one dotted key of 20,000 parts", "one array header of 20,000 parts with spaces", "100,000 open brackets",
    "ten million list elements", "a string that never ends", "more than 32 MiB",
}  # fmt: skip
"""One of a kind in every suite; all in the long one."""


@pytest.mark.parametrize(
    "bomb",
    [pytest.param(text, id=name, marks=() if name in EVERYDAY else pytest.mark.slow) for name, text in BOMBS.items()],
)
def test_a_bomb_is_refused_in_bounded_memory(bomb: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(bomb=bomb)],
        cwd=ROOT,
        preexec_fn=bounded,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, (done.stdout + done.stderr)[-600:]
    assert "federation.toml" in done.stdout
