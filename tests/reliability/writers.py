"""Many processes that change one file, each as often as it may."""

import os
import random
import time
import traceback
from pathlib import Path

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.revision import Author, Origin, WriteOutcome
from tests.reliability.scenarios import SCENARIOS, opened, prepare


def write(path: Path, name: str, count: int, out: int) -> None:
    """Commit a number of changes, each of a domain of its own, against everybody else; print what was told."""
    pause = random.Random(name)
    done = 0
    while done < count:
        try:
            revisions = opened(path)
        except EdgeconsoleError as error:
            if error.exit_code != 3:
                raise
            # Somebody else holds the file.
            time.sleep(pause.uniform(0.0, 0.004))
            continue
        try:
            domain = f"{name}-{done}.example"
            plan = revisions.plan([Change(table=Table.DOMAIN, key=domain, fields={"action": "block"})])
            told = revisions.commit(plan.plan_id, author=Author(name))
            assert told.outcome is WriteOutcome.COMMITTED
            os.write(out, f"{told.record.revision.number} {domain}\n".encode())
            done += 1
        finally:
            revisions.close()


def lost_updates(directory: Path, writers: int, commits: int) -> list[str]:
    """Let writers race; return what was lost, or told twice."""
    path = prepare(directory / "raced", SCENARIOS["save"])
    started = [_start(path, f"w{number}", commits) for number in range(writers)]
    broken, told = [], []
    for child, reading in started:
        with os.fdopen(reading, "r") as said:
            told += [line.split() for line in said]
        if os.waitpid(child, 0)[1]:
            broken.append(f"writer {child} failed")
    numbers = sorted(int(number) for number, _ in told)
    if numbers != list(range(2, 2 + writers * commits)):
        broken.append(f"{len(numbers)} revisions told, {len(set(numbers))} of them different")
    try:
        revisions = opened(path)
    except EdgeconsoleError as error:
        return [*broken, str(error)]
    try:
        there = {domain.name for domain in revisions.loaded.configuration.domains}
        broken += [f"{domain} was told as saved and is gone" for _, domain in told if domain not in there]
        verified = revisions.trail.verify(revisions.trail.head)
        broken += [problem.message for problem in verified.problems]
        records = revisions.history(10_000)
        if [record.revision.number for record in records] != list(range(len(records), 0, -1)):
            broken.append("revision numbers have gaps or go back")
        if any(record.origin is Origin.EXTERNAL for record in records):
            broken.append("one writer took another's change for a hand edit")
    finally:
        revisions.close()
    return broken


def _start(path: Path, name: str, commits: int) -> tuple[int, int]:
    """Fork a writer; return its process and where it tells what it committed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    code = 1
    try:
        os.close(reading)
        write(path, name, commits, writing)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
