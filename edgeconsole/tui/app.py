"""The console: modes, the bars' state, and the way from a key to its action. What it shows comes from the store."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import events
from textual.app import App
from textual.worker import Worker

from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.present import bars
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui import frames, leaving, modes
from edgeconsole.tui.column_choices import ColumnChoices
from edgeconsole.tui.compat import wear
from edgeconsole.tui.controls import Controls, Verb
from edgeconsole.tui.desk import EMPTY_DESK
from edgeconsole.tui.house import Lease
from edgeconsole.tui.keys import KeyEntry, KeyMap, Where, in_force, label
from edgeconsole.tui.lists import Lists, filter_help
from edgeconsole.tui.messages import SnapshotChanged
from edgeconsole.tui.moves import MOVES
from edgeconsole.tui.prompt import Kind, Mode, Prompt, Taken
from edgeconsole.tui.screens.base import ConsoleScreen, Frame, too_small
from edgeconsole.tui.themes import ThemeFile, Wardrobe
from edgeconsole.tui.ways import Ways
from edgeconsole.tui.widgets.help_overlay import HelpRow
from edgeconsole.tui.widgets.resource_table import ResourceTable

if TYPE_CHECKING:
    from edgeconsole.store.drafts import DraftBox
    from edgeconsole.tui.bulk import Bulk
    from edgeconsole.tui.contexts import Places

_REDRAW_SECONDS = 30
"""How often ages in lists are brought up to date when nothing else changes: bytes on a slow line, not precision."""


def _collect_from_here() -> None:
    """Collect garbage from now on, but never look again at what the start and a first reading made."""
    gc.freeze()
    gc.enable()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Held(NamedTuple):
    """What is shown while live updates are paused: the edge as it was then."""

    snapshot: Snapshot
    at: datetime


class ConsoleApp(Ways, inherit_bindings=False):
    """One store, one prompt, one screen in front."""

    MODES: ClassVar = {screen.name: screen.make for screen in modes.SCREENS}
    DEFAULT_MODE = modes.SCREENS[0].name
    CSS_PATH: ClassVar = ["css/base.tcss", "css/overview.tcss", "css/review.tcss", "css/records.tcss"]
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (40, "-tiny"), (60, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (8, "-short"), (15, "-low"), (20, "-tall")]

    def __init__(
        self,
        store: Store,
        theme: ThemeFile,
        *,
        clock: Callable[[], datetime] = _utc_now,
        context: str = "",
        notice: str = "",
        keys: KeyMap | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        drafts: "Callable[[], DraftBox] | None" = None,
        directory: Callable[[], Path] | None = None,
        columns: ColumnChoices | None = None,
        places: "Places | None" = None,
        tour: bool | None = None,
        wardrobe: Wardrobe = Wardrobe(),  # noqa: B008 - a value that never changes
    ) -> None:
        # A theme in the terminal's own colours must say so here: Textual chooses its colour filters in this call.
        super().__init__(ansi_color=True if theme.ansi else None)
        self.register_theme(theme.to_textual())
        self.set_reactive(App.theme, theme.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.animation_level = "none"
        self.keys = in_force(keys or KeyMap())
        self.prompt = Prompt()
        self.prompt.say(notice, Style.WARN)
        self._store = store
        self._clock = clock
        self.edge_name = context
        self._controls = Controls(
            store,
            self.prompt,
            self,
            clock=clock,
            pause=pause,
            drafts=drafts,
            directory=directory,
            lease=Lease(places, lambda: self.exit(0), wardrobe, lambda theme: wear(self, theme), tour),
        )
        self._columns = columns or ColumnChoices()
        self._lists = Lists(self._controls.dialogue, self.prompt, self._columns, self._make_bulk, self._compare)
        self._held: Held | None = None
        self._drawn_desk = EMPTY_DESK
        # Textual paints a screen three times while it starts; nothing is drawn before there is something to read.
        self._opening = ExitStack()
        self._opening.enter_context(self.batch_update())
        self._subscriptions = ExitStack()
        self._been: list[str] = []
        self._drawn_at = clock()
        self._does = self._table_of_actions()

    def on_mount(self) -> None:
        self._subscriptions.callback(self._store.subscribe(self._snapshot_came))
        self._controls.follow_drafts()
        self.run_worker(self._store.run(), group="store")
        self.run_worker(self._controls.company.run(), group="company")
        self.set_interval(1, self._tick)

    async def on_unmount(self) -> None:
        self._subscriptions.close()
        await self._controls.company.leave()
        await self._store.aclose()

    def on_app_blur(self, event: events.AppBlur) -> None:
        # Measured: restyling on every change of the terminal's focus costs 18 kB; without it nothing.
        event.prevent_default()

    def on_app_focus(self, event: events.AppFocus) -> None:
        event.prevent_default()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._controls.follow(message.snapshot)
        self._show(message.snapshot)
        if not gc.isenabled() and message.snapshot.connection is not Connection.LOADING:
            self.call_after_refresh(_collect_from_here)

    def on_resource_table_cursor_moved(self, event: ResourceTable.CursorMoved) -> None:
        if self.front is not None and event.table is self.front.table:
            self._controls.look_at(self.front.NAME, event.key)

    def on_console_screen_resized(self, _message: ConsoleScreen.Resized) -> None:
        self._show(self._store.snapshot)
        self.call_after_refresh(self._opening.close)

    async def on_event(self, event: events.Event) -> None:
        """Take keys before anything else does: one router, in the order they were typed."""
        if isinstance(event, events.Key):
            await self._key(event.key, event.character)
        elif isinstance(event, events.Paste):
            self._prompted(self.prompt.paste(event.text))
        else:
            await super().on_event(event)

    def redraw(self) -> None:
        """Draw the bars and the bottom rows again; each repaints only if it says something else."""
        if self._controls.desk is not self._drawn_desk:
            self._show(self._store.snapshot)
        elif self.front is not None:
            self.front.show_frame(self._frame(), self.prompt)

    def spawn(self, work: Coroutine[Any, Any, None], group: str) -> Worker[None]:
        """Run something beside the keys; what was running in its group is given up."""
        return self.run_worker(work, group=group, exclusive=True)

    def _snapshot_came(self, snapshot: Snapshot) -> None:
        self.post_message(SnapshotChanged(snapshot))

    def _show(self, snapshot: Snapshot) -> None:
        if self.front is not None:
            self._controls.look(self.front.NAME)
            self._drawn_at, self._drawn_desk = self._clock(), self._controls.desk
            shown, moment = self._held or Held(snapshot, self._drawn_at)
            self.front.table.choose_columns(self._columns.of(self.front.NAME))
            if self._columns.problem:
                self.prompt.tell(self._columns.problem, Style.WARN)
                self._columns.problem = ""
            self.front.show(shown, self._drawn_desk, moment)
            self.front.show_frame(self._frame(), self.prompt)

    def _tick(self) -> None:
        if (self._clock() - self._drawn_at).total_seconds() >= _REDRAW_SECONDS:
            self._show(self._store.snapshot)
        else:
            self.redraw()

    async def _key(self, key: str, character: str | None) -> None:
        screen = self.front
        if screen is None:
            return
        screen.table.resting = False
        entry = self.keys.find(key, character)
        if too_small(screen):
            if entry is not None and entry.id == "app.quit":
                self.exit(0)  # A question could not be read here.
            return
        taken = self.prompt.take(key, character)
        if taken is not None:
            self._prompted(taken)
            return
        if entry is None or not entry.means_something_on(screen.NAME):
            self.prompt.say(frames.means_nothing(self.keys, key, character), Style.MUTED)
        else:
            await self._act(entry, screen)
        self.redraw()

    async def _act(self, entry: KeyEntry, screen: ConsoleScreen) -> None:
        if self.prompt.mode is Mode.FLASH and self.prompt.line.spans:
            self.prompt.say("")
        reason = self._controls.reason_against(entry)
        if reason is not None:
            self.prompt.say(f"{entry.title_on(screen.NAME)} is not possible now: {reason}", Style.WARN)
            return
        many = self._lists.on_marked(entry.id, screen)
        if entry.where is Where.ROW and screen.table.cursor_key is None and many is None:
            self.prompt.say("no row under the cursor", Style.MUTED)
            return
        done = (many or self._does[entry.id])(screen)
        if done is not None:
            await done
        self._controls.house.acted(screen.NAME, entry.id)

    def _prompted(self, taken: Taken | None) -> None:
        if taken is None:
            return
        tabbed = taken.kind is Kind.PRESSED and self.prompt.mode is Mode.FILTER
        if self.front is not None and (taken.kind is Kind.FILTERED or tabbed):
            self._lists.typed(self.front, taken)
        else:
            self._controls.dialogue.take(taken)
        self.redraw()

    def _table_of_actions(self) -> Mapping[str, Verb]:
        return {
            **MOVES,
            **self._controls.verbs(),
            **self._lists.verbs(),
            "row.open": self._open,
            "list.filter": self._lists.begin,
            "view.pause": lambda _: self._pause(),
            "view.refresh": self._refresh,
            "go.last": lambda _: self._go_last(),
            "app.help": lambda screen: self._controls.enquiry.teach(screen, self._help(screen)),
            "app.quit": lambda _: leaving.ask(self._controls, lambda: self.exit(0), readonly=self._store.readonly),
            "app.back": self._back,
            "app.cancel": lambda _: self.prompt.say(f"{label(self.keys.of('app.quit'))} quits", Style.MUTED),
            **{f"go.{each.name}": lambda _, name=each.name: self._go(name) for each in modes.SCREENS},  # type: ignore[misc]
        }

    def _make_bulk(self) -> "Bulk":
        from edgeconsole.tui.bulk import Bulk, Parts

        controls = self._controls
        return Bulk(
            Parts(
                self._store, controls.dialogue, controls.changes, self, controls.staging,
                lambda: controls.probing, lambda: controls.exchange.importing,
            )
        )  # fmt: skip

    def _compare(self, screen: ConsoleScreen) -> None:
        self._controls.history.mark(screen.table.cursor_key or "")

    def _pause(self) -> None:
        """Hold what is shown still, or let it go on."""
        self._held = None if self._held is not None else Held(self._store.snapshot, self._clock())
        still = "what is shown stands still; keys act on the edge as it is now"
        self.prompt.say("what is shown goes on" if self._held is None else still, Style.MUTED)
        self._show(self._store.snapshot)

    def _refresh(self, screen: ConsoleScreen) -> Awaitable[None] | None:
        self._held = None
        return self._controls.verbs()["view.refresh"](screen)

    def _frame(self) -> Frame:
        snapshot, controls, readonly = self._store.snapshot, self._controls, self._store.readonly
        return Frame(
            top=bars.top_bar(snapshot, self._clock(), readonly=readonly, context=self.edge_name),
            tabs=frames.tabs(self.keys, modes.SCREENS, self.current_mode, len(controls.review.standing.edits)),
            keys=frames.key_row(self.keys, self.current_mode, controls.reason_against, readonly=readonly),
            notice=frames.notice(snapshot, self.keys, can_open=controls.reloading.can_open),
            banner=frames.banner(controls.countdown.line(label(self.keys.of("change.decide"))), controls.house.banner),
            paused=frames.paused(self._held.at if self._held is not None else None, self._clock()),
        )

    def _help(self, screen: ConsoleScreen) -> list[HelpRow]:
        more = {"list.filter": filter_help(screen.table.view)}
        return frames.help_rows(self.keys, self.current_mode, self._controls.reason_against, more)
