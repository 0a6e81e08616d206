"""One round trip of tomlkit: FILE is read, one domain blocked, written beside, synced and put in its place.

Prints the CPU seconds and the seconds of each round.
"""

import os
import sys
import time
from pathlib import Path

import tomlkit

path, rounds = Path(sys.argv[1]), int(sys.argv[2])
for _ in range(rounds):
    cpu, began = time.process_time(), time.perf_counter()
    document = tomlkit.parse(path.read_text())
    record = next(each for each in document["domain"] if each["action"] == "allow")
    record["action"] = "block"
    del record["access_edge"]
    beside = path.with_suffix(".new")
    with beside.open("w") as file:
        file.write(tomlkit.dumps(document))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    print(time.process_time() - cpu, time.perf_counter() - began, flush=True)
