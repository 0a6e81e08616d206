"""The console on an edge in memory with a driver that keeps every write of Textual's: FILE."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from edgeconsole.tui.launch import prepare

prepare(os.environ)

from edgeconsole.model.configuration import Action, FederatedDomain  # noqa: E402
from edgeconsole.store.store import Store  # noqa: E402
from edgeconsole.tui import themes  # noqa: E402
from edgeconsole.tui.app import ConsoleApp  # noqa: E402
from edgeconsole.tui.driver.driver import DeltaDriver  # noqa: E402
from tests.tui.console_world import EdgeInMemory, configuration, name  # noqa: E402


def main(path: str) -> int:
    """Run the console until it is told to quit, then write [[width, height, text], ...]."""
    written: list[tuple[int, int, str]] = []

    class Recording(DeltaDriver):
        def write(self, data: str) -> None:
            written.append((*self._get_terminal_size(), data))
            super().write(data)

    listed = [FederatedDomain(name=name(f"partner{n:06d}.example"), action=Action.ALLOW) for n in range(300)]
    edge = EdgeInMemory(configuration(domains=listed), {})
    app = ConsoleApp(Store(edge, clock=lambda: datetime.now(UTC)), themes.choose(None, colour=True)[0])
    app.driver_class = Recording
    app.run(mouse=False)
    Path(path).write_text(json.dumps(written))
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
