"""Probes at the console: one started on a row and followed stage by stage, the past and certificates when shown."""

from datetime import datetime, timedelta

from edgeconsole.model.capability import Capability
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.probe import ProbeResult
from edgeconsole.model.probing import ProbeDone, ProbeHistory, ProbeProgress
from edgeconsole.model.snapshot import Connection
from edgeconsole.present import errors, watch
from edgeconsole.present.ages import plural
from edgeconsole.present.probes import sentence
from edgeconsole.present.table import Line, Style
from edgeconsole.present.watch import Tab, Watch
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Answer, Cancellable, Dialogue, Stage
from edgeconsole.tui.screens.base import ConsoleScreen, Why

_TITLE = "PROBE"
_KEPT = 20
"""Pasts of targets that are kept while the cursor moves over the list."""
_FRESH = timedelta(minutes=5)
"""How long certificates that were read are shown before they are read again."""


class Probing:
    """What the keys about probes do, and what the Probes screen shows beside the snapshot."""

    def __init__(self, store: Store, dialogue: Dialogue, stage: Stage) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self.watch = Watch()
        self._looked_at: str | None = None
        self._read: dict[str, object] = {}
        """For each past that was read, the state it was read at."""
        self._read_at: datetime | None = None
        self._running: tuple[str, ...] = ()
        self._run: Cancellable | None = None

    def follow(self) -> None:
        """Read what moved; called while the Probes screen is in front."""
        snapshot = self._store.snapshot
        if snapshot.connection is not Connection.LIVE:
            self._read_at = None
            return
        if self.watch.tab is Tab.CERTIFICATES:
            self._follow_certificates()
        else:
            self.look_at(self._looked_at)

    def forget(self) -> None:
        """Read everything again when it is next looked at."""
        self._read.clear()
        self._read_at = None

    def look_at(self, key: str | None) -> None:
        """Read the past of the target under the cursor."""
        self._looked_at = key
        status = next((each for each in self._store.snapshot.probes.targets if watch.key_of(each) == key), None)
        if key is None or status is None or self.watch.tab is not Tab.TARGETS:
            return
        if self._store.snapshot.connection is not Connection.LIVE:
            return
        now = status.last.run if status.last is not None else ""
        if key not in self._read or self._read[key] != now:
            self._read[key] = now
            self._stage.spawn(self._read_history(key), "probe-history")

    async def _read_history(self, key: str) -> None:
        try:
            history: ProbeHistory = await self._store.backend.probe_history(key)
        except EdgeconsoleError as error:
            self._dialogue.tell(errors.sentence(error), Style.FAIL)
            return
        kept = dict(list(self.watch.histories.items())[-_KEPT:])
        self.watch = self.watch._replace(histories=kept | {key: history})
        self._stage.redraw()

    def _follow_certificates(self) -> None:
        taken = self._store.snapshot.taken_at
        if self._read_at is None or (taken is not None and taken - self._read_at > _FRESH):
            self._read_at = taken
            self._stage.spawn(self._read_certificates(), "certificates")

    async def _read_certificates(self) -> None:
        try:
            rows = await self._store.backend.certificates()
        except EdgeconsoleError as error:
            self.watch = self.watch._replace(error=errors.lines(error))
        else:
            self.watch = self.watch._replace(certificates=rows, error=())
        self._stage.redraw()

    def next_tab(self) -> None:
        """Show the other list."""
        tabs = list(Tab)
        self.watch = self.watch._replace(tab=tabs[(tabs.index(self.watch.tab) + 1) % len(tabs)])
        self.follow()
        self._stage.redraw()

    def only_failing(self) -> None:
        """List what fails alone, the worst first, or everything again."""
        self.watch = self.watch._replace(tab=Tab.TARGETS, failing=not self.watch.failing)
        self._stage.redraw()

    def start(self, screen: ConsoleScreen, key: str, named: str = "") -> None:
        """Probe what a row stands for now, or what is named; while that runs, give it up."""
        target = named or screen.probed(key)
        if not target:
            self._dialogue.say("this row stands for nothing that could be probed", Style.MUTED)
            return
        self.start_all(screen, key, (target,))

    def start_all(self, screen: ConsoleScreen, key: str, targets: tuple[str, ...]) -> None:
        """Probe targets now, told in the pane of a row; while the same ones run, give them up."""
        reason = self._store.reason_against(Capability.LOOK_UPS)
        if reason is not None:
            self._dialogue.say(f"it cannot be probed now: {reason}", Style.WARN)
            return
        title = targets[0] if len(targets) == 1 else plural(len(targets), "target")
        if self._run is not None and self._running == targets:
            self._run.cancel()
            self._run, self._running = None, ()
            screen.retell(Why(key, (), _TITLE))
            self._dialogue.say(f"given up: {title}")
            return
        screen.show_why(Why(key, watch.running(title, ()), _TITLE))
        self._running = targets
        self._run = self._stage.spawn(self._follow_run(screen, key, targets, title), "probe")

    async def _follow_run(self, screen: ConsoleScreen, key: str, targets: tuple[str, ...], title: str) -> None:
        notes: list[ProbeProgress] = []
        results: list[ProbeResult] = []
        lines: tuple[Line, ...]
        try:
            async for note in self._store.backend.probe(list(targets)):
                if isinstance(note, ProbeDone):
                    results.append(note.result)
                else:
                    notes.append(note)
                    screen.retell(Why(key, watch.running(title, notes), _TITLE))
        except EdgeconsoleError as error:
            lines = errors.lines(error)
            self._dialogue.tell(errors.sentence(error), Style.FAIL)
        else:
            lines = watch.ended(results, screen.pane_width)
            self._dialogue.tell(sentence(results))
        self._run, self._running = None, ()
        screen.retell(Why(key, lines, _TITLE))

    def reset(self, domain: str) -> None:
        """Ask about closing the connections that serve one partner, and no others."""
        if not domain:
            self._dialogue.say("this row stands for no partner's domain", Style.MUTED)
            return
        here = [each for each in self._store.snapshot.sessions if domain in each.domains]
        if not here:
            self._dialogue.say(f"{domain} has no connection that could be closed", Style.MUTED)
            return
        others = sorted({name for each in here for name in each.domains} - {domain})
        shared = f" They serve {', '.join(others[:3])} as well." if others else ""
        question = f"Close {plural(len(here), 'connection')} of {domain}?{shared} The next message opens new ones."
        self._dialogue.ask(question, {"y": Answer("close", lambda: self._reset(domain))})

    def _reset(self, domain: str) -> None:
        self._dialogue.wait(f"closing the connections of {domain}…")
        self._stage.spawn(self._close(domain), "close")

    async def _close(self, domain: str) -> None:
        try:
            closed = await self._store.close_sessions(domain)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        self._dialogue.finish(f"closed {plural(closed, 'connection')} of {domain}", Style.OK)
