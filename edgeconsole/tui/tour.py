"""A short walk through the console: each step names one key by the key map and waits until that was done."""

from collections.abc import Callable
from typing import NamedTuple

from edgeconsole.model.configuration import Action
from edgeconsole.model.revision import Origin
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.keys import KeyMap, label

_NOTHING = Line(())


class Scene(NamedTuple):
    """What the console is like at a moment."""

    screen: str = ""
    did: str = ""
    """The action that was just done; empty where none was."""
    snapshot: Snapshot = Snapshot()


class Step(NamedTuple):
    """One key to press, and how to tell that it was."""

    key: str
    """Id of the action; `{key}` in the text stands for its label."""
    text: str
    done: Callable[[Scene, Scene], bool]
    """Whether it is done, from how it was when the step began and how it is."""


def _shows(screen: str) -> Callable[[Scene, Scene], bool]:
    return lambda before, now: now.screen == screen and (before.screen != screen or now.did == f"go.{screen}")


def _did(action: str) -> Callable[[Scene, Scene], bool]:
    return lambda _before, now: now.did == action


def _blocks(scene: Scene) -> int:
    return sum(record.action is Action.BLOCK for record in scene.snapshot.configuration.domains)


def _undone(before: Scene, now: Scene) -> bool:
    newest = now.snapshot.history[0] if now.snapshot.history else None
    moved = before.snapshot.revision != now.snapshot.revision
    return moved and newest is not None and newest.origin is Origin.UNDONE


def _turned(before: Scene, now: Scene) -> bool:
    switches = [scene.snapshot.configuration.access_edge.partner_discovery for scene in (before, now)]
    return switches[0] != switches[1]


STEPS: tuple[Step, ...] = (
    Step("go.domains", "{key} shows the domains, what fails stands on top", _shows("domains")),
    Step("row.why", "{key} says why the one under the cursor may pass, or not", _did("row.why")),
    Step("probe.run", "{key} probes it now, from DNS to its answer", _did("probe.run")),
    Step(
        "domain.block",
        "{key} blocks one that is allowed: read, then y",
        lambda before, now: _blocks(now) > _blocks(before),
    ),
    Step("history.undo", "{key} undoes that; y again, Enter never does", _undone),
    Step("access-edge.discovery", "{key} turns partner discovery round, from any screen", _turned),
    Step("federate.start", "{key} sets a partner up step by step; look", _shows("wizard")),
    Step("go.review", "{key} is Review: what you stage waits there", _shows("review")),
    Step("go.history", "{key} is History: who changed what, and the way back", _shows("history")),
    Step("app.help", "{key} lists the keys of a screen, each with its help", _did("app.help")),
)
_ENDED = "that was the tour; :tour begins again"
_LEFT = "the tour is left; :tour goes on with it"
_STAYS = ("wizard", "form", "import", "contexts", "log")
"""Screens that are left by the key that would end the tour."""


class Tour:
    """Where the operator is in it; while it is left the step stays."""

    def __init__(self, keys: KeyMap, say: Callable[[str], None], *, steps: tuple[Step, ...] = STEPS) -> None:
        self._keys = keys
        self._say = say
        self._steps = steps
        self._at = 0
        self._began = Scene()
        self._now = Scene()
        self.runs = False

    def begin(self, screen: str, snapshot: Snapshot) -> None:
        """Begin, or go on where it was left."""
        self.runs = True
        self._began = self._now = Scene(screen, "", snapshot)

    def end(self, screen: str) -> bool:
        """Leave it; False where it does not run, or where the key leaves the screen first."""
        if not self.runs or screen in _STAYS:
            return False
        self.runs = False
        self._say(_LEFT)
        return True

    def see(self, screen: str, snapshot: Snapshot, did: str = "") -> None:
        """Take note of what the operator sees or did, and go on if that was it."""
        if not self.runs:
            return
        if self._began.snapshot.taken_at is None:
            self._began = self._began._replace(snapshot=snapshot)
        self._now = Scene(screen, did, snapshot)
        if not self._steps[self._at].done(self._began, self._now):
            return
        self._at += 1
        self._began = self._now._replace(did="")
        if self._at == len(self._steps):
            self._at, self.runs = 0, False
            self._say(_ENDED)

    @property
    def line(self) -> Line:
        """What stands above the bottom row; empty while it does not run."""
        if not self.runs:
            return _NOTHING
        step, back = self._steps[self._at], label(self._keys.of("app.back"))
        return Line(
            (
                Span(f"TOUR {self._at + 1}/{len(self._steps)}  ", Style.STRONG),
                Span(step.text.format(key=label(self._keys.of(step.key)))),
                Span(f"  {back} ends it", Style.MUTED),
            )
        )
