"""Lints the saved configuration beside the keys, once a revision, while Overview is in front."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.present.attention import LINTED
from edgeconsole.tui.dialogue import Stage

if TYPE_CHECKING:
    from edgeconsole.rules.lint.finding import Finding

_SETTLED = 2.0
"""Seconds a configuration must stand before it is linted: the start and a series of changes come first."""


class Linting:
    """What lint finds in what is saved; empty until it was looked at."""

    def __init__(self, stage: Stage, clock: Callable[[], datetime], pause: Callable[[float], Awaitable[None]]) -> None:
        self._stage = stage
        self._clock = clock
        self._pause = pause
        self._of: Configuration | None = None
        self.findings: tuple[Finding, ...] = ()

    def follow(self, configuration: Configuration) -> None:
        """Lint a configuration that was not linted yet; what was found in another one no longer counts."""
        if configuration is self._of or configuration.edge is None:
            return
        self._of = configuration
        self.findings = ()
        if len(configuration.domains) <= LINTED:
            self._stage.spawn(self._look(configuration), "lint")

    async def _look(self, configuration: Configuration) -> None:
        await self._pause(_SETTLED)
        self.findings = await asyncio.to_thread(_worth_a_row, configuration, self._clock())
        self._stage.redraw()


def _nowhere(_table: Table, _key: str, _field: str) -> str:
    """Only the file has lines; the setting's name stands for the place."""
    return ""


def _worth_a_row(configuration: Configuration, now: datetime) -> "tuple[Finding, ...]":
    from edgeconsole.rules.lint import Severity, lint

    found = lint(configuration, now=now, places=_nowhere)
    return tuple(each for each in found if each.severity is not Severity.INFORMATION)
