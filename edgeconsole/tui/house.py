"""What the console has beside one edge: the others it can go to, its themes, the log of what it asked, the tour."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.present import errors
from edgeconsole.present.contexts import NO_CONTEXTS, ContextsView
from edgeconsole.present.table import Line, Style
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Dialogue, Stage
from edgeconsole.tui.keys import KeyMap
from edgeconsole.tui.screens.base import ConsoleScreen
from edgeconsole.tui.themes import ThemeFile, Wardrobe

if TYPE_CHECKING:
    from edgeconsole.present.calls import LogEntry
    from edgeconsole.tui.command_line import CommandLine
    from edgeconsole.tui.contexts import Contexts, Places
    from edgeconsole.tui.logbook import Logbook
    from edgeconsole.tui.tour import Tour

NOTHING = Line(())


def _nowhere() -> None: ...


def _nothing_of_it(_theme: ThemeFile) -> None: ...


class Lease(NamedTuple):
    """What the parts that act are given, which know neither the command line nor Textual."""

    places: "Places | None" = None
    """None where the console cannot go anywhere else."""
    leave: Callable[[], None] = _nowhere
    """Ends the console on this edge."""
    wardrobe: Wardrobe = Wardrobe()
    wear: Callable[[ThemeFile], None] = _nothing_of_it
    tour: bool | None = None
    """Whether the tour begins at once; None where it would change an edge that is in use."""


class HouseStage(Stage, Protocol):
    """What this needs of the console."""

    @property
    def keys(self) -> KeyMap: ...
    @property
    def front(self) -> ConsoleScreen | None: ...
    def go(self, name: str = "") -> None: ...


class House:
    """Each of its parts is imported when it is first looked at."""

    def __init__(
        self,
        lease: Lease,
        store: Store,
        dialogue: Dialogue,
        stage: HouseStage,
        at_stake: Callable[[], tuple[str, str]],
    ) -> None:
        self._lease = lease
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._at_stake = at_stake
        self._contexts: Contexts | None = None
        self._logbook: Logbook | None = None
        self._tour: Tour | None = None
        if lease.tour:
            self._begin_tour("")

    @property
    def contexts(self) -> ContextsView:
        """What the list of edges shows."""
        return NO_CONTEXTS if self._contexts is None else self._contexts.view

    @property
    def log(self) -> "tuple[LogEntry, ...]":
        """What the log shows, as of when it was last in front."""
        return () if self._logbook is None else self._logbook.entries

    def look(self, screen: str) -> None:
        """Have worked out what only the screen in front shows."""
        if screen == "log" and self._logbook is not None:
            self._logbook.follow()
        self.acted(screen, "")

    def acted(self, screen: str, action: str) -> None:
        """Take note of what was done on a screen, for the tour."""
        if self._tour is not None:
            self._tour.see(screen, self._store.snapshot, action)

    @property
    def banner(self) -> Line:
        """The step of the tour, without text where it does not run."""
        return NOTHING if self._tour is None else self._tour.line

    def end_tour(self, screen: str) -> bool:
        """Leave the tour; whether that is what the key was for."""
        return self._tour is not None and self._tour.end(screen)

    def _begin_tour(self, screen: str) -> None:
        from edgeconsole.tui.tour import Tour

        if self._tour is None:
            self._tour = Tour(self._stage.keys, lambda text: self._dialogue.tell(text, Style.MUTED))
        self._tour.begin(screen, self._store.snapshot)

    def _take_tour(self) -> None:
        if self._lease.tour is None:
            raise BadInput("the tour changes things", remedy="It runs in the lab: edgeconsole lab --tour")
        if self._store.readonly:
            raise BadInput("the tour changes things, and this console is read-only")
        self._dialogue.say("")
        front = self._stage.front
        self._begin_tour(front.NAME if front is not None else "")
        self._stage.redraw()

    def verbs(self) -> Mapping[str, Callable[[ConsoleScreen], None]]:
        """Return what each of their keys starts."""
        return {
            "app.context": lambda _: self._go_to(""),
            "context.go": lambda screen: self._go_to(screen.table.cursor_key or ""),
            "app.log": lambda _: self._open_log(),
        }

    def teach(self, commands: "CommandLine") -> None:
        """Let the command line take names of edges and themes."""
        from edgeconsole.tui.wearing import Wearing

        wearing = Wearing(self._lease, self._dialogue)
        commands.take("tour", lambda: (), lambda _: self._take_tour())
        commands.take("theme", wearing.names, wearing.change)
        commands.take("context", lambda: self._edges.names(), lambda name: self._edges.go_to(name))

    @property
    def _edges(self) -> "Contexts":
        """Raises BadInput where there are no others."""
        if self._contexts is None:
            if self._lease.places is None:
                raise BadInput("this console cannot go to another edge")
            from edgeconsole.tui.contexts import Contexts

            places, leave = self._lease.places, self._lease.leave
            self._contexts = Contexts(places, self._dialogue, self._stage, leave, self._at_stake)
        return self._contexts

    def _go_to(self, name: str) -> None:
        try:
            self._edges.go_to(name)
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.WARN)

    def _open_log(self) -> None:
        calls = self._store.calls
        if calls is None:
            self._dialogue.say("nothing is noted by this console", Style.MUTED)
            return
        if self._logbook is None:
            from edgeconsole.tui.logbook import Logbook

            self._logbook = Logbook(calls, self._call_ended)
        self._stage.go("log")

    def _call_ended(self) -> None:
        """Draw the log again, if it is in front."""
        front = self._stage.front
        if front is not None and front.NAME == "log":
            self.look("log")
            self._stage.redraw()
