"""A writer for the crash tests: run as a process of its own, it changes one file until it is killed.

`writer_process.py loop FILE` commits change after change and prints each revision number once it is saved.
`writer_process.py count FILE` makes one commit and prints the calls that touched the disk.
`writer_process.py die FILE NUMBER` makes one commit and kills itself before that call, half of a write done.
"""

import itertools
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from edgeconsole.config import history, journal, lock, save, saved, source
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.revision import Author
from tests.config.counted_os import CountedOs, die

SEAMS = (history, journal, lock, save, saved, source)


def opened(path: Path) -> Revisions:
    return Revisions.open(path, clock=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex)


def commit(revisions: Revisions, number: int) -> int:
    """Make one change of a kind that follows from the number."""
    name = f"partner{number % 5}.example"
    known = {domain.name for domain in revisions.loaded.configuration.domains}
    if name in known and number % 3 == 0:
        change = Change(table=Table.DOMAIN, key=name)
    else:
        change = Change(table=Table.DOMAIN, key=name, fields={"action": "allow", "comment": f"change {number}"})
    plan = revisions.plan([change])
    return revisions.commit(plan.plan_id, author=Author("writer"), why=f"{number}").record.revision.number


def main(mode: str, file: str, number: str = "0") -> None:
    path = Path(file)
    if mode == "loop":
        revisions = opened(path)
        for step in itertools.count(revisions.head.number):
            print(commit(revisions, step), flush=True)
    counted = CountedOs(int(number), die if mode == "die" else None, half=True)
    for module in SEAMS:
        if hasattr(module, "os"):
            module.os = counted  # type: ignore[attr-defined]
    revisions = opened(path)
    commit(revisions, revisions.head.number)
    revisions.close()
    print(" ".join(counted.calls))
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
