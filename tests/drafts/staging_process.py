"""A console of its own process for the tests: it stages change after change until it is killed, or sits on its draft.

`staging_process.py loop DIRECTORY` prints each number once it is staged; `hold` stages once, prints, and waits for the
end of its standard input.
"""

import itertools
import sys
from pathlib import Path

from tests.drafts.worlds import Box, domain, files_in


def main(mode: str, directory: str) -> None:
    box = Box(files=files_in(Path(directory)), name=f"{mode}-")
    for number in itertools.count(1):
        box.stage([domain("fabrikam.example", comment=f"change {number}")])
        assert box.view.problems == (), box.view.problems
        print(number, flush=True)
        if mode == "hold":
            sys.stdin.read()
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
