"""The ways from screen to screen: forward, back, to a domain, into the editor and back from it."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.compat import lent_terminal
from edgeconsole.tui.controls import Controls, Verb
from edgeconsole.tui.fence import FencedApp
from edgeconsole.tui.keys import KeyEntry
from edgeconsole.tui.prompt import Prompt
from edgeconsole.tui.screens.base import ConsoleScreen


class Ways(FencedApp, inherit_bindings=False):
    """The half of the console that moves; what a key means, and what is drawn, is the other half's."""

    prompt: Prompt
    _store: Store
    _controls: Controls
    _does: Mapping[str, Verb]
    _been: list[str]
    """Screens that were in front before, the latest last."""

    @abstractmethod
    def _show(self, snapshot: Snapshot) -> None: ...
    @abstractmethod
    def redraw(self) -> None:
        """Draw the bars and the bottom rows again."""

    @abstractmethod
    async def _act(self, entry: KeyEntry, screen: ConsoleScreen) -> None: ...

    @property
    def front(self) -> ConsoleScreen | None:
        """The screen in front, once there is one and until the console ends: then it loses its parts one by one."""
        screen = self.screen_stack[-1] if self.is_running and self.screen_stack else None
        return screen if isinstance(screen, ConsoleScreen) and screen.is_mounted else None

    def go(self, name: str = "") -> None:
        """Bring a screen to the front; without a name the one before."""
        self.call_later(self._go, name or (self._been.pop() if self._been else self.DEFAULT_MODE), back=not name)

    def act(self, entry: KeyEntry) -> None:
        """Do what a key does, without the key."""
        self.call_later(self._do, entry)

    async def _do(self, entry: KeyEntry) -> None:
        if self.front is not None:
            await self._act(entry, self.front)
            self.redraw()

    def open_domain(self, domain: str) -> None:
        """Show a domain in the list of domains."""
        self.call_later(self._to_domain, domain, "domains")

    def edit_text(self, text: str) -> str:
        """Give a text to the operator's editor, the terminal with it."""
        from edgeconsole.tui.editor import edit

        with lent_terminal(self):
            return edit(text)

    def edit_file(self, path: Path, line: int) -> None:
        """Open a file in the operator's editor, the terminal with it."""
        from edgeconsole.tui.editor import edit_file

        with lent_terminal(self):
            edit_file(path, line)

    async def _go_last(self) -> None:
        if self._been:
            await self._go(self._been[-1])
        else:
            self.prompt.say("there is no other screen you came from yet", Style.MUTED)

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
        key = screen.table.cursor_key
        if screen.opens or screen.PANE:
            done = (self._does[screen.opens] if screen.opens else ConsoleScreen.open_pane)(screen)
            if done is not None:
                await done
            return
        if key is not None:
            # On the work list a target that is no federated domain stands by its kind and name, as on Probes.
            there = "probes" if " " in key else "domains"
            await self._to_domain(key, there if screen.NAME == "overview" else screen.NAME)

    async def _to_domain(self, domain: str, name: str) -> None:
        await self._go(name)
        target = self.front
        if target is not None:
            if not target.table.to_key(domain):
                target.table.filter_by("")
                if not target.table.to_key(domain):
                    self.prompt.say(f"{domain} is not in this list", Style.MUTED)
                    return
            target.open_pane()

    async def _back(self, screen: ConsoleScreen) -> None:
        if screen.back() or (screen.NAME == "form" and self._controls.records.form.leave()):
            return
        if self._controls.house.end_tour(screen.NAME):
            return
        if self._been:
            await self._go(self._been.pop(), back=True)
        else:
            self.prompt.say(f"this is the first screen; {keycap('app.quit')} quits", Style.MUTED)
