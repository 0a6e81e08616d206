"""One round trip of tomlkit: FILE is read, one comment changed, written out; prints the CPU seconds of each round."""

import sys
import time
from pathlib import Path

import tomlkit

path, rounds = Path(sys.argv[1]), int(sys.argv[2])
for number in range(rounds):
    began = time.process_time()
    document = tomlkit.parse(path.read_text())
    document["domain"][number]["comment"] = f"step {number}"
    path.with_suffix(".out").write_text(tomlkit.dumps(document))
    print(time.process_time() - began, flush=True)
