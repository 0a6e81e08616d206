"""Everything a key of the console can start that is about the edge or the draft, and why it cannot be started now."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from edgeconsole.actions import direct
from edgeconsole.backends.base import Saved
from edgeconsole.model.capability import Capability
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import errors
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.company import Company
from edgeconsole.tui.countdown import Countdown
from edgeconsole.tui.desk import EMPTY_DESK, Desk
from edgeconsole.tui.dialogue import Answer, Dialogue
from edgeconsole.tui.enquiry import Enquiry, Started
from edgeconsole.tui.exchange import ON_IMPORT, SCREEN, Exchange
from edgeconsole.tui.house import House, Lease
from edgeconsole.tui.keys import KeyEntry
from edgeconsole.tui.left_behind import LeftBehind
from edgeconsole.tui.linting import Linting
from edgeconsole.tui.past import History
from edgeconsole.tui.prompt import Prompt
from edgeconsole.tui.reloading import FileStage, Reloading
from edgeconsole.tui.review import Review
from edgeconsole.tui.screens.base import ConsoleScreen, Subject, Tabbed, Why
from edgeconsole.tui.staging import Staging

if TYPE_CHECKING:
    from pathlib import Path

    from edgeconsole.store.drafts import DraftBox
    from edgeconsole.tui.command_line import CommandLine, CommandStage
    from edgeconsole.tui.enquiry import EnquiryStage
    from edgeconsole.tui.form import FormStage
    from edgeconsole.tui.probing import Probing
    from edgeconsole.tui.records import Records
    from edgeconsole.tui.wizard.ending import WizardStage
    from edgeconsole.tui.wizard.wizard import Wizard

    class ConsoleStage(FormStage, WizardStage, CommandStage, FileStage, EnquiryStage, Protocol):
        """What everything here needs of the console."""

        @property
        def edge_name(self) -> str: ...
        def copy_to_clipboard(self, text: str) -> None: ...


Verb = Callable[[ConsoleScreen], Awaitable[None] | None]
RECORD_VERBS = (
    "row.new", "row.edit", "row.editor", "row.remove", "form.stage", "partner.enable", "partner.negotiation",
    "policy.flags", "policy.person",
)  # fmt: skip
"""Ids of the verbs of `tui.records`."""
_STAGED = frozenset({"row.new", "row.edit", "row.editor", "form.stage"})
"""Verbs that lead to a form, and from there into the draft."""

_ASKING = (Line((Span("asking…", Style.STALE),)),)


class Controls:
    """The parts that act, wired to one store, one prompt and one stage."""

    def __init__(
        self,
        store: Store,
        prompt: Prompt,
        stage: "ConsoleStage",
        *,
        clock: Callable[[], datetime],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        drafts: "Callable[[], DraftBox] | None" = None,
        directory: "Callable[[], Path] | None" = None,
        lease: Lease | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._open_drafts = drafts
        self._stage = stage
        self._clock = clock
        self._records: Records | None = None
        self._wizard: Wizard | None = None
        self._probing: Probing | None = None
        self._commands: CommandLine | None = None
        self._welcome = True
        """Whether an edge without a configuration is still to be asked about."""
        self._desk = EMPTY_DESK
        self.dialogue = Dialogue(prompt, stage)
        self.changes = Changes(store, self.dialogue, stage)
        self.left_behind = LeftBehind(store, self.dialogue, clock)
        self.review = Review(store, self.dialogue, self.changes, stage, clock, self.left_behind)
        self.staging = Staging(store, self.dialogue, self.review)
        self.history = History(store, self.dialogue, self.changes, stage, clock)
        self.exchange = Exchange(store, self.dialogue, stage, clock, lambda: self.review.standing)
        self.reloading = Reloading(store, self.dialogue, self.changes, stage)
        self.countdown = Countdown(store, self.dialogue, stage, clock, self.left_behind)
        self.house = House(lease or Lease(), store, self.dialogue, stage, self._at_stake)
        self.linting = Linting(stage, clock, pause)
        started = Started(
            self.changes, lambda: self.records, lambda: self.probing, lambda: self.wizard, self.reason_against
        )
        self.enquiry = Enquiry(store, self.dialogue, stage, started)
        self.company = Company(store, uuid.uuid4().hex[:12], stage.redraw, pause)

    def follow(self, snapshot: Snapshot) -> None:
        """Take note of a newer picture of the edge, or of the draft."""
        self.countdown.follow(snapshot)
        self.left_behind.offer()
        self._offer_set_up(snapshot)
        self.company.edits(self.review.standing.edits)
        if self._open_drafts is not None and snapshot.revision is not None:
            opener, self._open_drafts = self._open_drafts, None
            self._stage.spawn(self._open(opener, Saved(snapshot.configuration, snapshot.revision)), "drafts")

    async def _open(self, opener: "Callable[[], DraftBox]", saved: Saved) -> None:
        """Open the draft once there is something to read: what it imports takes a tenth of the start."""
        drafts = await asyncio.to_thread(opener)
        drafts.follow(saved)
        self._store.drafts = drafts
        self.follow_drafts()
        self.follow(self._store.snapshot)
        self._stage.redraw()

    def follow_drafts(self) -> None:
        """Draw again whenever the draft moves."""
        if self._store.drafts is not None:
            self._store.drafts.subscribe(lambda _: self._draft_moved())

    def _draft_moved(self) -> None:
        self.company.edits(self.review.standing.edits)
        self._stage.redraw()

    def _offer_set_up(self, snapshot: Snapshot) -> None:
        """Once, where the edge has no configuration yet: offer to set it up, or to go on with that."""
        if not self._welcome or self.changes.reason_against is not None or not self.dialogue.idle:
            return
        if self._store.drafts is None and self._open_drafts is not None:
            return
        self._welcome = False
        if snapshot.configuration.edge is None:
            self.dialogue.ask(
                "This edge has no configuration yet. Set it up step by step?",
                {"y": Answer("yes", lambda: self.wizard.start())},
                otherwise="later, i",
            )

    def _refresh(self, screen: ConsoleScreen) -> None:
        """Look up again what a screen looks up by itself; else read the edge again."""
        if screen.NAME == "wizard":
            self.wizard.look_again()
        elif screen.NAME == SCREEN:
            self.exchange.importing.again()
        else:
            self.dialogue.say("reading…", Style.STALE)
            self._stage.spawn(self._read_again(), "refresh")

    async def _read_again(self) -> None:
        try:
            await self._store.refresh()
        except EdgeconsoleError as error:
            self.dialogue.tell(errors.sentence(error), Style.FAIL)
        else:
            self.history.forget()
            self.probing.forget()
            self.dialogue.tell("read again", Style.MUTED)

    def look_at(self, screen: str, key: str | None) -> None:
        """Take note of the row under the cursor of the screen in front."""
        if screen == "history":
            self.history.look_at(key)
            self._stage.redraw()
        elif screen == "wizard":
            self.wizard.look_at(key)
        elif screen == "probes":
            self.probing.look_at(key)

    def look(self, screen: str) -> None:
        """Have worked out or read what only the screen in front shows."""
        if self._wizard is not None:
            self._wizard.follow(in_front=screen == "wizard")
        if screen == "review":
            self.review.check()
        elif screen == "history":
            self.history.follow()
        elif screen == "probes":
            self.probing.follow()
        elif screen == "overview":
            self.linting.follow(self._store.snapshot.configuration)
        self.house.look(screen)

    @property
    def desk(self) -> Desk:
        """What screens are drawn from beside the snapshot; the same object as long as it says the same."""
        standing, past, company = self.review.standing, self.history.past, self.company.line
        form = self._records.form.view if self._records is not None else EMPTY_DESK.form
        wizard = self._wizard.view if self._wizard is not None else EMPTY_DESK.wizard
        watch = self._probing.watch if self._probing is not None else EMPTY_DESK.watch
        imports = self.exchange.standing
        contexts, log = self.house.contexts, self.house.log
        found = self.linting.findings
        now = Desk(standing, self._desk.staged, past, company, form, wizard, watch, imports, contexts, log, found)
        if any(old is not new for old, new in zip(self._desk, now, strict=True)):
            self._desk = now._replace(staged=self.review.staged)
        return self._desk

    def _at_stake(self) -> tuple[str, str]:
        """Return why this edge cannot be left now, and what happens here once it is left."""
        if self.changes.applying:
            return "a change is being applied", ""
        if self._records is not None and self._records.form.dirty:
            return f"the form of {self._records.form.view.title} has changes that are not staged", ""
        return "", "What waits here goes back by itself unless it is kept" if self.countdown.waits else ""

    @property
    def records(self) -> "Records":
        """The verbs on records, imported with the schema of the file when the first of them is called."""
        if self._records is None:
            from edgeconsole.tui.records import Records

            self._records = Records(
                self._store,
                self.dialogue,
                self.changes,
                self._stage,
                self._clock,
                lambda domain: self.wizard.start(domain),
            )
        return self._records

    @property
    def wizard(self) -> "Wizard":
        """The guided set-up, imported when it is first opened."""
        if self._wizard is None:
            from edgeconsole.tui.wizard.wizard import Wizard

            directory = self._directory() if self._directory is not None else None
            self._wizard = Wizard(self._store, self.dialogue, self.changes, self._stage, self._clock, directory)
        return self._wizard

    @property
    def commands(self) -> "CommandLine":
        """The `:` line and the palette, imported when one of them is first opened."""
        if self._commands is None:
            from edgeconsole.tui.command_line import CommandLine

            self._commands = CommandLine(
                self._store, self.dialogue, self.changes, self._stage, self.reason_against, self.exchange.files()
            )
            self.house.teach(self._commands)
        return self._commands

    @property
    def probing(self) -> "Probing":
        """The verbs on probes, imported when the first of them is called."""
        if self._probing is None:
            from edgeconsole.tui.probing import Probing

            self._probing = Probing(self._store, self.dialogue, self._stage)
        return self._probing

    def reason_against(self, entry: KeyEntry) -> str | None:
        """Return why a key cannot be used now, None where it can."""
        if not entry.danger:
            return None
        if entry.id == "change.decide":
            return self._store.reason_against(Capability.EDIT) if self.countdown.waits else None
        if entry.id == "draft.apply":
            return self.review.reason_against(entry.id) or self.changes.reason_against
        front = self._stage.front
        if entry.id in ON_IMPORT and front is not None and front.NAME == SCREEN:
            return self.exchange.importing.reason_against(entry.id)
        if entry.id == "draft.adopt" and front is not None and front.NAME == "history":
            return self.review.reason_against("")
        if entry.id.startswith("draft."):
            return self.review.reason_against(entry.id)
        if entry.id == "history.undo" and self.review.can_undo:
            return self.review.reason_against("draft.undo")
        if entry.id in _STAGED and self._store.can_only_stage:
            # What is typed goes into the draft, which is here.
            return None
        return self.changes.reason_against

    def verbs(self) -> Mapping[str, Verb]:
        """Return what each of their keys starts on a screen."""
        changes, review, history, staging = self.changes, self.review, self.history, self.staging
        left = self.left_behind
        return {
            **{name: lambda screen, name=name: self.records.verbs()[name](screen) for name in RECORD_VERBS},  # type: ignore[misc]
            **self.house.verbs(),
            "federate.start": lambda screen: self.wizard.start(_domain(screen)),
            "federate.checklist": lambda screen: self.wizard.check(_domain(screen)),
            "federate.enter": lambda screen: self.wizard.enter(_row(screen)),
            "federate.back": lambda _: self.wizard.back(),
            "row.why": lambda screen: self.enquiry.why(screen),
            "row.editor": lambda screen: self.reloading.editor(screen, self.records.verbs()["row.editor"]),
            "config.reload": lambda _: self.reloading.reload(),
            "why.ask": lambda screen: self.enquiry.ask(screen),
            "domain.allow": lambda screen: self._promote(_domain(screen)),
            "probe.run": lambda screen: self.probing.start(screen, _row(screen)),
            "probe.failing": lambda _: self.probing.only_failing(),
            "sessions.close": lambda screen: self.probing.reset(_domain(screen)),
            "row.history": self._changed_by,
            "domain.block": lambda screen: self._block(_domain(screen)),
            "access-edge.discovery": lambda _: changes.toggle_discovery(),
            "history.undo": lambda _: self._undo(),
            "history.reverse": lambda screen: history.reverse(_row(screen)),
            "history.rollback": lambda screen: history.roll_back(_row(screen)),
            "history.point": lambda screen: history.point(_row(screen)),
            "view.tab": lambda screen: self._next_tab(screen),
            "draft.apply": lambda _: review.apply(),
            **self.exchange.verbs(),
            "draft.leave-out": lambda screen: self.exchange.leave_out(screen, staging.leave_out),
            "draft.choose": lambda screen: self.exchange.choose(screen, staging.choose),
            "draft.rebase": lambda _: staging.rebase(),
            "draft.message": lambda _: review.give_message(),
            "draft.longer": lambda _: review.change_time(1),
            "draft.shorter": lambda _: review.change_time(-1),
            "draft.adopt": lambda screen: self.exchange.take_up(
                screen, lambda: left.take_up(screen.NAME, history.revision_of(_row(screen)))
            ),
            "draft.discard": lambda _: staging.discard(),
            "draft.redo": lambda _: staging.redo(),
            "change.decide": lambda _: self.countdown.decide(),
            "view.refresh": self._refresh,
            "app.command": lambda _: self.commands.ask(),
            "app.palette": lambda _: self.commands.open_palette(),
        }

    def _block(self, domain: str) -> None:
        if domain:
            self.changes.block(domain)
        else:
            self.dialogue.say("this row stands for no partner's domain", Style.MUTED)

    def _promote(self, domain: str) -> None:
        """Ask about putting a domain on the allow list."""
        if not domain:
            self.dialogue.say("this row stands for no partner's domain", Style.MUTED)
            return
        self.changes.propose(f"allow {domain}", lambda store: direct.allow(store, domain))

    def _next_tab(self, screen: ConsoleScreen) -> None:
        if isinstance(screen, Tabbed):
            screen.next_tab()
        else:
            (self.probing if screen.NAME == "probes" else self.history).next_tab()

    def _undo(self) -> None:
        """Take the last staged step back; with nothing staged, reverse the last revision."""
        if not self.staging.undo():
            self.changes.undo()

    def _changed_by(self, screen: ConsoleScreen) -> None:
        key = _row(screen)
        subject = screen.subject(key)
        if subject.table is None:
            self.dialogue.say("there is no record of it that anybody could have changed", Style.MUTED)
            return
        screen.show_why(Why(key, _ASKING, "WHO CHANGED"))
        self._stage.spawn(self._tell_who(screen, key, subject.table, subject), "why")

    async def _tell_who(self, screen: ConsoleScreen, key: str, table: Table, subject: Subject) -> None:
        told = await self.history.changed_by(table, subject.key, field=subject.field)
        screen.show_why(Why(key, told, "WHO CHANGED"))


def _domain(screen: ConsoleScreen) -> str:
    """Return the domain of the row under the cursor; empty where it stands for none."""
    key = screen.table.cursor_key
    return (screen.subject(key).domain or "") if key is not None else ""


def _row(screen: ConsoleScreen) -> str:
    return screen.table.cursor_key or ""
