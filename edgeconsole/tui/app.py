"""The console: modes, the bars' state, and the way from a key to its action. What it shows comes from the store."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.worker import Worker

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import bars, errors
from edgeconsole.present.ages import minute
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.explain import explained
from edgeconsole.tui.fence import FencedApp
from edgeconsole.tui.keys import KeyEntry, KeyMap, Where, label, labels
from edgeconsole.tui.messages import SnapshotChanged
from edgeconsole.tui.prompt import Kind, Mode, Prompt, Taken
from edgeconsole.tui.screens.base import ConsoleScreen, Frame, Why, too_small
from edgeconsole.tui.screens.domains import DomainsScreen
from edgeconsole.tui.screens.overview import OverviewScreen
from edgeconsole.tui.themes import ThemeFile
from edgeconsole.tui.widgets.help_overlay import HelpRow
from edgeconsole.tui.widgets.tab_bar import ScreenTab

_SCREENS: tuple[type[ConsoleScreen], ...] = (OverviewScreen, DomainsScreen)
_REDRAW_SECONDS = 30
"""How often ages in lists are brought up to date when nothing else changes: bytes on a slow line, not precision."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ConsoleApp(FencedApp, inherit_bindings=False):
    """One store, one prompt, one screen in front."""

    MODES: ClassVar = {screen.NAME: screen for screen in _SCREENS}
    DEFAULT_MODE = OverviewScreen.NAME
    CSS_PATH: ClassVar = ["css/base.tcss", "css/overview.tcss"]
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
    ) -> None:
        # A theme in the terminal's own colours must say so here: Textual chooses its colour filters in this call.
        super().__init__(ansi_color=True if theme.ansi else None)
        self.register_theme(theme.to_textual())
        self.set_reactive(App.theme, theme.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.animation_level = "none"
        self.keys = keys or KeyMap()
        self.prompt = Prompt()
        self.prompt.say(notice, Style.WARN)
        self._store = store
        self._clock = clock
        self._edge_name = context
        self._changes = Changes(store, self.prompt, self)
        # Textual paints a screen three times while it starts; nothing is drawn before there is something to read.
        self._opening = ExitStack()
        self._opening.enter_context(self.batch_update())
        self._unsubscribe: Callable[[], None] = lambda: None
        self._been: list[str] = []
        self._drawn_at = clock()
        self._does = self._table_of_actions()

    def on_mount(self) -> None:
        self._unsubscribe = self._store.subscribe(self._snapshot_came)
        self.run_worker(self._store.run(), group="store")
        self.set_interval(1, self._tick)

    async def on_unmount(self) -> None:
        self._unsubscribe()
        await self._store.aclose()

    def on_app_blur(self, event: events.AppBlur) -> None:
        # Measured: restyling on every change of the terminal's focus costs 18 kB; without it nothing.
        event.prevent_default()

    def on_app_focus(self, event: events.AppFocus) -> None:
        event.prevent_default()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._show(message.snapshot)

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

    @property
    def front(self) -> ConsoleScreen | None:
        """The screen in front, once there is one."""
        screen = self.screen_stack[-1] if self.screen_stack else None
        return screen if isinstance(screen, ConsoleScreen) and screen.is_mounted else None

    def redraw(self) -> None:
        """Draw the bars and the bottom rows again; each repaints only if it says something else."""
        if self.front is not None:
            self.front.show_frame(self._frame(), self.prompt)

    def spawn(self, work: Coroutine[Any, Any, None], group: str) -> Worker[None]:
        """Run something beside the keys; what was running in its group is given up."""
        return self.run_worker(work, group=group, exclusive=True)

    def _snapshot_came(self, snapshot: Snapshot) -> None:
        self.post_message(SnapshotChanged(snapshot))

    def _show(self, snapshot: Snapshot) -> None:
        if self.front is not None:
            self._drawn_at = self._clock()
            self.front.show(snapshot, self._drawn_at)
        self.redraw()

    def _tick(self) -> None:
        if (self._clock() - self._drawn_at).total_seconds() >= _REDRAW_SECONDS:
            self._show(self._store.snapshot)
        else:
            self.redraw()

    async def _key(self, key: str, character: str | None) -> None:
        screen = self.front
        if screen is None:
            return
        entry = self.keys.find(key, character)
        if too_small(screen):
            if entry is not None and entry.id == "app.quit":
                self.exit(0)
            return
        taken = self.prompt.take(key, character)
        if taken is not None:
            self._prompted(taken)
            return
        if entry is None:
            shown = character if character is not None and character.isprintable() else key
            self.prompt.say(f"{shown} means nothing here; ? lists the keys", Style.MUTED)
        else:
            await self._act(entry, screen)
        self.redraw()

    async def _act(self, entry: KeyEntry, screen: ConsoleScreen) -> None:
        if self.prompt.mode is Mode.FLASH and self.prompt.line.spans:
            self.prompt.say("")
        reason = self._reason_against(entry)
        if reason is not None:
            self.prompt.say(f"{entry.title} is not possible now: {reason}", Style.WARN)
            return
        if entry.where is Where.ROW and screen.table.cursor_key is None:
            self.prompt.say("no row under the cursor", Style.MUTED)
            return
        done = self._does[entry.id](screen)
        if done is not None:
            await done

    def _prompted(self, taken: Taken | None) -> None:
        if taken is None:
            return
        if taken.kind is Kind.FILTERED and self.front is not None:
            self.front.table.filter_by(taken.value)
        elif taken.kind is Kind.ANSWERED:
            self._changes.answered(taken.value)
        elif taken.kind is Kind.LEFT:
            self._changes.left()
        self.redraw()

    def _table_of_actions(self) -> Mapping[str, Callable[[ConsoleScreen], Awaitable[None] | None]]:
        return {
            "row.open": self._open,
            "row.why": self._why,
            "domain.block": lambda screen: self._changes.block(screen.table.cursor_key or ""),
            "access-edge.discovery": lambda _: self._changes.toggle_discovery(),
            "history.undo": lambda _: self._changes.undo(),
            "list.filter": lambda screen: self.prompt.filter(screen.table.filter_text),
            "list.sort": lambda screen: screen.table.sort_next(),
            "list.sort-reverse": lambda screen: screen.table.sort_reverse(),
            "view.refresh": self._refresh,
            "app.help": lambda screen: screen.open_help(self._help()),
            "app.quit": lambda _: self.exit(0),
            "app.back": self._back,
            "app.cancel": lambda _: self.prompt.say("Q quits", Style.MUTED),
            "focus.next": lambda screen: screen.switch_focus(),
            "list.down": lambda screen: screen.moved.move(1),
            "list.up": lambda screen: screen.moved.move(-1),
            "list.top": lambda screen: screen.moved.to_end(False),
            "list.bottom": lambda screen: screen.moved.to_end(True),
            "list.page-down": lambda screen: screen.moved.page(1),
            "list.page-up": lambda screen: screen.moved.page(-1),
            "list.half-down": lambda screen: screen.moved.page(0.5),
            "list.half-up": lambda screen: screen.moved.page(-0.5),
            **{f"go.{kind.NAME}": lambda _, name=kind.NAME: self._go(name) for kind in _SCREENS},  # type: ignore[misc]
        }

    async def _go(self, name: str, *, back: bool = False) -> None:
        if self.front is not None:
            self.front.remove_class("-help")
        if name == self.current_mode:
            return
        if not back:
            self._been = [*self._been[-9:], self.current_mode]
        await self.switch_mode(name)
        self._show(self._store.snapshot)

    async def _open(self, screen: ConsoleScreen) -> None:
        domain = screen.table.cursor_key
        if isinstance(screen, OverviewScreen):
            await self._go(DomainsScreen.NAME)
        target = self.front
        if target is not None and domain is not None:
            if not target.table.to_key(domain):
                target.table.filter_by("")
                target.table.to_key(domain)
            target.open_pane()

    def _why(self, screen: ConsoleScreen) -> None:
        domain = screen.table.cursor_key
        if domain is not None:
            screen.show_why(Why(domain, (Line((Span("asking…", Style.STALE),)),)))
            self.spawn(self._explain(screen, domain), "why")

    async def _explain(self, screen: ConsoleScreen, domain: str) -> None:
        screen.show_why(Why(domain, await explained(self._store, domain)))

    async def _back(self, screen: ConsoleScreen) -> None:
        if screen.back():
            return
        if self._been:
            await self._go(self._been.pop(), back=True)
        else:
            self.prompt.say("this is the first screen; Q quits", Style.MUTED)

    def _refresh(self, _screen: ConsoleScreen) -> None:
        self.prompt.say("reading…", Style.STALE)
        self.spawn(self._read_again(), "refresh")

    async def _read_again(self) -> None:
        try:
            await self._store.refresh()
        except EdgeconsoleError as error:
            self.prompt.tell(errors.sentence(error), Style.FAIL)
        else:
            self.prompt.tell("read again", Style.MUTED)
        self.redraw()

    def _reason_against(self, entry: KeyEntry) -> str | None:
        return self._changes.reason_against if entry.danger else None

    def _frame(self) -> Frame:
        top = bars.top_bar(self._store.snapshot, self._clock(), readonly=self._store.readonly, context=self._edge_name)
        tabs = [
            ScreenTab(label(self.keys.of(f"go.{screen.NAME}")), screen.TITLE, self.current_mode == screen.NAME)
            for screen in _SCREENS
        ]
        return Frame(top, tabs, self._key_line(), self._notice())

    def _notice(self) -> Line:
        snapshot = self._store.snapshot
        if snapshot.down_since is None or snapshot.taken_at is None:
            return Line(())
        kept = f"Data from {minute(snapshot.taken_at)}, r retries. "
        return Line((Span(kept, Style.WARN), Span(snapshot.problem)))

    def _key_line(self) -> Line:
        spans: list[Span] = []
        for entry in self.keys.entries:
            if not entry.short or (entry.danger and self._store.readonly):
                continue
            off = self._reason_against(entry) is not None
            spans += [
                Span(f"{label(entry)} ", Style.OFF if off else Style.STRONG),
                Span(f"{entry.short}  ", Style.OFF if off else Style.PLAIN),
            ]
        return Line(tuple(spans))

    def _help(self) -> list[HelpRow]:
        return [
            HelpRow(labels(entry), entry.title, entry.help, self._reason_against(entry)) for entry in self.keys.entries
        ]
