"""One lab and one shell folder for the commands of a page, in the order they stand in."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Step(NamedTuple):
    """One command of a page and what must be in its output, line by line."""

    line: int
    command: str
    expected: tuple[str, ...]


class Block(NamedTuple):
    """One fenced block: its steps, or the reason why it is not run."""

    line: int
    text: str
    steps: tuple[Step, ...]
    no_run: str


_FENCE = re.compile(r"^( *)```(\w*)\s*$")
_REASON = re.compile(r"<!-- no-run: (.+) -->")


def blocks(page: str) -> list[Block]:
    """Return the `sh` blocks of a page. A comment `<!-- no-run: reason -->` above one says why nothing runs it."""
    found: list[Block] = []
    lines = page.splitlines()
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if fence is None:
            number += 1
            continue
        start = number + 1
        end = next(at for at in range(start, len(lines)) if lines[at].strip() == "```")
        if fence[2] == "sh":
            before = next((line.strip() for line in reversed(lines[:number]) if line.strip()), "")
            reason = _REASON.fullmatch(before)
            body = [line.removeprefix(fence[1]) for line in lines[start:end]]
            found.append(Block(start, "\n".join(body), tuple(_steps(body, start)), reason[1] if reason else ""))
        number = end + 1
    return found


def _steps(body: list[str], start: int) -> Iterator[Step]:
    at = 0
    while at < len(body):
        if not body[at].startswith("$ "):
            at += 1
            continue
        line, command, expected = start + at + 1, body[at][2:], []
        at += 1
        while at < len(body) and not body[at].startswith("$ "):
            expected.append(body[at])
            at += 1
        yield Step(line, command, tuple(each for each in expected if each.strip()))


class Shell:
    """A shell whose `edgeconsole` is this one and whose edge is a lab's."""

    def __init__(self, folder: Path, socket: str) -> None:
        bin_folder = folder / "bin"
        bin_folder.mkdir(parents=True)
        program = bin_folder / "edgeconsole"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m edgeconsole "$@"\n')
        program.chmod(0o755)
        self._folder = folder / "work"
        self._folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "EDGECONSOLE_"))}
        self._environment = kept | {
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "HOME": str(folder),
            "EDGECONSOLE_SOCKET": socket,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }

    def run(self, step: Step) -> None:
        """Run a step. Raises AssertionError with the page's line when it fails or says something else."""
        done = subprocess.run(
            ["bash", "-c", step.command], cwd=self._folder, env=self._environment,
            capture_output=True, text=True, timeout=50,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"line {step.line}: {step.command} ended with {done.returncode}\n{said}"
        assert "Traceback" not in said
        plain = _plain(said)
        for wanted in step.expected:
            assert _plain(wanted) in plain, f"line {step.line}: {step.command} does not say {wanted!r}\n{said}"


def _plain(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def lab_shell(folder: Path) -> Iterator[Shell]:
    """Run a lab, the edge of the shell."""
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeconsole", "lab", "--headless"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"TMPDIR": "/tmp"},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read().decode()
        yield Shell(folder, json.loads(line)["socket"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
