"""A check list on screen: looked at when it is opened, and again when what the edge knows or enforces has moved."""

from collections.abc import Callable, Sequence

import msgspec

from edgeconsole.actions.federate import checks
from edgeconsole.actions.federate.question import Answers, Facts, Setup, Situation
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.probe import ProbeKind, ProbeResult
from edgeconsole.model.snapshot import Connection
from edgeconsole.model.verdict import Explanation
from edgeconsole.present.ages import minute
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.wizard import WizardView
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Stage
from edgeconsole.tui.wizard import views


class Checking:
    """One check list at a time."""

    def __init__(self, store: Store, stage: Stage, situation_of: Callable[[Answers], Situation]) -> None:
        self._store = store
        self._stage = stage
        self._situation_of = situation_of
        self.answers: Answers | None = None
        self._facts = Facts()
        self._verdicts: dict[str, Explanation] = {}
        self._problems: tuple[str, ...] = ()
        self._looking = False
        self._asked_for: object = None
        self._selected = ""
        self._moved: Callable[[], None] = lambda: None

    def open(self, answers: Answers, moved: Callable[[], None]) -> None:
        """Show another list, and look at everything on it."""
        self.answers, self._moved, self._selected = answers, moved, ""
        self._facts, self._verdicts, self._problems, self._asked_for = Facts(), {}, (), None
        self.look()

    def select(self, item: str) -> None:
        """Tell about one line of it."""
        self._selected = item

    def look(self) -> None:
        """Look at everything again."""
        if self.answers is not None:
            self._asked_for = self._store.snapshot.revision
            self._looking = True
            self._stage.spawn(self._look(self.answers), "checks")

    def follow(self) -> None:
        """Take note of a newer picture of the edge: another revision has everything looked at again."""
        snapshot = self._store.snapshot
        if self.answers is None or snapshot.connection is not Connection.LIVE:
            return
        if snapshot.revision != self._asked_for and not self._looking:
            self.look()
        elif not self._looking:
            self._facts = self._newer(self._facts)

    def _newer(self, facts: Facts) -> Facts:
        """Return the facts with the edge's own later rounds in place of what was looked up here."""
        situation = self._situation()
        kind = ProbeKind.XMPP if situation.answers.setup is Setup.XMPP else ProbeKind.SIP
        for status in self._store.snapshot.probes.targets:
            if status.last is None:
                continue
            if status.kind is kind and status.target == situation.partner and _later(status.last, facts.partner):
                facts = msgspec.structs.replace(facts, partner=status.last)
            if status.kind is ProbeKind.OURS and _later(status.last, facts.ours):
                facts = msgspec.structs.replace(facts, ours=status.last)
        return facts

    def _situation(self) -> Situation:
        assert self.answers is not None
        saved = self._store.snapshot.configuration
        return msgspec.structs.replace(self._situation_of(self.answers), configuration=saved, facts=self._facts)

    async def _look(self, answers: Answers) -> None:
        situation = self._situation()
        try:
            self._verdicts = await checks.verdicts(self._store.backend, situation)
            problems: tuple[str, ...] = ()
        except EdgeconsoleError as error:
            problems = (str(error),)
        self._moved()
        situation, unseen = await checks.looked_at(self._store.backend, situation)
        if answers is self.answers:
            self._facts, self._problems = situation.facts, (*problems, *unseen)
        self._looking = False
        self._moved()

    def view(self, *, kept: bool) -> WizardView:
        """Return the page."""
        assert self.answers is not None
        snapshot = self._store.snapshot
        seen = snapshot.discovered
        found = checks.items(self._situation(), snapshot.health, snapshot.counters, self._verdicts, seen)
        return views.checklist(self.answers, found, self._selected, self._looked(), kept=kept)

    def _looked(self) -> Sequence[Line]:
        lines = [Line((Span(f"not looked at: {problem}", Style.WARN),)) for problem in self._problems]
        if self._looking:
            lines.append(Line((Span("looking at both sides…", Style.STALE),)))
        else:
            seen = [each.started for each in (self._facts.partner, self._facts.ours) if each is not None]
            when = f", last looked at {minute(max(seen))}" if seen else ""
            lines.append(
                Line(
                    (
                        Span(
                            f"{keycap('view.refresh')} looks again{when}; traffic and rules are followed by themselves",
                            Style.MUTED,
                        ),
                    )
                )
            )
        return lines


def _later(result: ProbeResult, known: ProbeResult | None) -> bool:
    return known is None or result.started > known.started
