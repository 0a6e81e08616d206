"""Verbs on all marked rows: one plan, one question, one revision; a row that cannot take part is named first."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from edgeconsole.actions import direct, records
from edgeconsole.config.schema import shape_of
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import Plan
from edgeconsole.present import errors
from edgeconsole.present.ages import plural
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes, Planner
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.probing import Probing
from edgeconsole.tui.screens.base import ANY_ROW, ConsoleScreen
from edgeconsole.tui.staging import Staging
from edgeconsole.tui.widgets.marks import Marks

if TYPE_CHECKING:
    from edgeconsole.tui.importing import Importing

Meant = TypeVar("Meant")
RecordName = tuple[Table, str]
Planned = Callable[[Store, Sequence[str]], Awaitable[Plan]]
Act = Callable[[str], Awaitable[int]]
"""Does something to one domain; what it returns is counted."""
Each = Callable[[str, Act, Callable[[int], str]], None]
"""Starts it for all of them: what is said meanwhile, what is done, and how it is counted in words."""

_NAMED = 2
"""Rows that cannot take part and are named with their reason; the others are counted."""


class Unable(NamedTuple):
    """Why a row cannot take part."""

    why: str


class Parts(NamedTuple):
    """What acts on single rows, and is asked to act on many."""

    store: Store
    dialogue: Dialogue
    changes: Changes
    stage: Stage
    staging: Staging
    probing: Callable[[], Probing]
    importing: "Callable[[], Importing]"


class Bulk:
    """What keys do while rows are marked. Marks go when it was done, and stay when it was not."""

    def __init__(self, parts: Parts) -> None:
        self._store, self._dialogue, self._changes, self._stage = (
            parts.store,
            parts.dialogue,
            parts.changes,
            parts.stage,
        )
        self._staging, self._probing, self._importing = parts.staging, parts.probing, parts.importing

    def verbs(self) -> Mapping[str, Callable[[ConsoleScreen], None]]:
        """Return the keys that act on all marked rows; every other key acts on the row under the cursor."""
        return {
            "domain.block": self.block,
            "domain.allow": self.allow,
            "row.remove": self.remove,
            "probe.run": self.probe,
            "sessions.close": self.close,
            "draft.leave-out": self.leave_out,
        }

    def block(self, screen: ConsoleScreen) -> None:
        """Ask about blocking every marked domain."""
        self._of_domains(screen, "block", direct.block_all)

    def allow(self, screen: ConsoleScreen) -> None:
        """Ask about allowing every marked domain."""
        self._of_domains(screen, "allow", direct.allow_all)

    def remove(self, screen: ConsoleScreen) -> None:
        """Ask about removing every marked record; where all were only seen, about dismissing them."""
        subjects = {key: screen.subject(key) for key in screen.table.marks.found.keys}
        known = {table: self._known(table) for table in {each.table for each in subjects.values()} if table is not None}
        seen = {str(each.domain) for each in self._store.snapshot.discovered} - known.get(Table.DOMAIN, set())
        if subjects and all(each.table is Table.DOMAIN and each.key in seen for each in subjects.values()):
            self._dismiss(screen, [each.key for each in subjects.values()])
            return

        def record(key: str) -> RecordName | Unable:
            table, name, field, _ = subjects[key]
            if field:
                return Unable("a switch is changed, not removed")
            return (table, name) if table is not None and name in known[table] else Unable("it has no record")

        def go(names: Sequence[RecordName], about: str) -> None:
            what = f"remove {plural(len(names), 'record')}"
            self._propose(screen, what, lambda store: records.remove_all(store, names), about)

        self._gather(screen, "removed", record, go)

    def probe(self, screen: ConsoleScreen) -> None:
        """Probe every marked row now, told together in the pane."""

        def go(targets: Sequence[str], about: str) -> None:
            self._dialogue.say(f"{about}: probing {plural(len(targets), 'target')}")
            self._probing().start_all(screen, ANY_ROW, tuple(dict.fromkeys(targets)))

        self._gather(screen, "probed", lambda key: screen.probed(key) or Unable("it is no target"), go)

    def close(self, screen: ConsoleScreen) -> None:
        """Ask about closing the connections that serve the marked partners."""
        sessions = self._store.snapshot.sessions

        def served(key: str) -> str | Unable:
            domain = _domain(screen, key)
            if isinstance(domain, Unable) or any(domain in each.domains for each in sessions):
                return domain
            return Unable("it has no connection")

        def go(domains: Sequence[str], about: str) -> None:
            wanted = {*domains}
            here = sum(not wanted.isdisjoint(each.domains) for each in sessions)
            what = f"Close {plural(here, 'connection')} of {plural(len(domains), 'partner')}? The next message opens"
            each = self._each(screen, domains)
            yes = Answer(
                "close",
                lambda: each("closing connections…", self._store.close_sessions, lambda n: plural(n, "connection")),
            )
            self._dialogue.ask(f"{about}. {what} new ones.", {"y": yes})

        self._gather(screen, "closed", served, go)

    def leave_out(self, screen: ConsoleScreen) -> None:
        """Take the marked records out of the draft as one step; on an import, the rows out or in."""
        leave_out = self._importing().toggle if screen.NAME == "import" else self._staging.leave_out
        leave_out(*screen.table.marks.found.keys)
        screen.table.marks.clear()

    def _of_domains(self, screen: ConsoleScreen, verb: str, planned: Planned) -> None:
        def go(domains: Sequence[str], about: str) -> None:
            what = f"{verb} {plural(len(domains), 'domain')}"
            self._propose(screen, what, lambda store: planned(store, domains), about)

        self._gather(screen, f"{verb}ed", lambda key: _domain(screen, key), go)

    def _propose(self, screen: ConsoleScreen, what: str, planner: Planner, about: str) -> None:
        # These marks, whichever list is in front by then.
        self._changes.propose(what, planner, about=about, done=screen.table.marks.clear)

    def _gather(
        self,
        screen: ConsoleScreen,
        done: str,
        meant: Callable[[str], Meant | Unable],
        go: Callable[[Sequence[Meant], str], None],
    ) -> None:
        """Work out what every marked row stands for, and go on; ask first where it would be without some of them."""
        marked = screen.table.marks.found
        found = [(key, meant(key)) for key in marked.keys]
        able = [each for _, each in found if not isinstance(each, Unable)]
        unable = [(key, each.why) for key, each in found if isinstance(each, Unable)]
        if not unable and able:
            go(able, marked.words)
            return
        told = ", ".join(f"{key}: {why}" for key, why in unable[:_NAMED]) or "nothing marked is in this list now"
        more = f" and {len(unable) - _NAMED} more" if len(unable) > _NAMED else ""
        if not able:
            self._dialogue.say(f"{marked.words}, none can be {done}: {told}{more}", Style.WARN)
            return
        rest = Answer(f"the other {len(able)}", lambda: go(able, f"{len(able)} of {marked.words}"))
        self._dialogue.ask(f"{marked.words}. {len(unable)} cannot be {done}: {told}{more}.", {"o": rest})

    def _known(self, table: Table) -> set[str]:
        shape = shape_of(table)
        return {shape.key_of(each) for each in shape.records(self._store.snapshot.configuration)}

    def _dismiss(self, screen: ConsoleScreen, domains: Sequence[str]) -> None:
        what = f"Dismiss {plural(len(domains), 'domain')}? No rule changes; their next messages bring them back."
        each = self._each(screen, domains)
        yes = Answer("dismiss", lambda: each("dismissing…", self._store.dismiss, lambda n: plural(n, "domain")))
        self._dialogue.ask(f"{screen.table.marks.found.words}. {what}", {"y": yes})

    def _each(self, screen: ConsoleScreen, domains: Sequence[str]) -> Each:
        """Return what does something to one domain after the other; rows for which it failed stay marked."""
        marks = screen.table.marks
        rows = {screen.subject(key).domain or "": key for key in marks.found.keys}

        def start(told: str, act: Act, counted: Callable[[int], str]) -> None:
            self._dialogue.wait(told, self._too_late)
            self._stage.spawn(self._do_each(marks, {each: rows[each] for each in domains}, act, counted), "bulk")

        return start

    def _too_late(self) -> None:
        self._dialogue.say("still being done; what became of it will be said here", Style.WARN)

    async def _do_each(self, marks: Marks, rows: Mapping[str, str], act: Act, counted: Callable[[int], str]) -> None:
        done, failed = 0, dict[str, EdgeconsoleError]()
        for domain in rows:
            try:
                done += await act(domain)
            except EdgeconsoleError as error:
                failed[domain] = error
        marks.drop([key for domain, key in rows.items() if domain not in failed])
        if not failed:
            self._dialogue.finish(f"done: {counted(done)}", Style.OK)
            return
        first, why = next(iter(failed.items()))
        more = f" (+{len(failed) - 1} more)" if len(failed) > 1 else ""
        told = f"done: {counted(done)}, {len(failed)} of {len(rows)} failed; {first}: {errors.sentence(why)}"
        self._dialogue.finish(told + more, Style.FAIL)


def _domain(screen: ConsoleScreen, key: str) -> str | Unable:
    return screen.subject(key).domain or Unable("it stands for no partner's domain")
