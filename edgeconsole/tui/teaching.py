"""The help in use: it tells about what is under the cursor, finds keys by words, and runs the one that is chosen."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from edgeconsole.model.configuration import Table
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import topics
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.watch import key_of
from edgeconsole.tui.dialogue import Dialogue
from edgeconsole.tui.keys import KeyEntry, KeyMap
from edgeconsole.tui.screens.base import ConsoleScreen
from edgeconsole.tui.widgets.help_overlay import HelpRow, key_line, matching

_STEPS = {"j": 1, "down": 1, "k": -1, "up": -1, "tab": 1}
_PAGES = {"pagedown": 1.0, "pageup": -1.0, "ctrl+d": 0.5, "ctrl+u": -0.5, " ": 1.0}
_LEAVE = frozenset({"q", "?", "backspace"})


class TeachingStage(Protocol):
    """What the help needs of the console."""

    @property
    def keys(self) -> KeyMap: ...
    def act(self, entry: KeyEntry) -> None: ...


class _Open(NamedTuple):
    """The help as it is open."""

    screen: ConsoleScreen
    taught: Sequence[Line]
    entries: Sequence[KeyEntry]
    rows: Sequence[HelpRow]
    found: Sequence[int]
    """Places of the rows that match what is searched."""
    at: int | None = None
    """Which of them is chosen; None while the cursor is still above them."""


class Teaching:
    """One help at a time; while it is open its keys are its own, and any other key does what it does."""

    def __init__(self, dialogue: Dialogue, stage: TeachingStage, snapshot: Callable[[], Snapshot]) -> None:
        self._dialogue = dialogue
        self._stage = stage
        self._snapshot = snapshot
        self._open: _Open | None = None

    def open(self, screen: ConsoleScreen, rows: Sequence[HelpRow]) -> None:
        """Tell about the row under the cursor, then the keys of the screen."""
        entries = [entry for entry in self._stage.keys.entries if entry.means_something_on(screen.NAME)]
        self._open = _Open(screen, tuple(taught_by(screen, self._snapshot())), entries, rows, range(len(rows)))
        screen.add_class("-help")
        self._browse()

    def _browse(self) -> None:
        """Take every key the console knows: those that move, those that leave, and the others to be done."""
        keys = frozenset(key for entry in self._stage.keys.entries for key in entry.keys)
        self._dialogue.enter(
            f"help: {keycap('list.filter')} searches, enter runs the key, esc closes",
            lambda _: self._close(), left=self._close,
            keys=(keys - {"escape", "ctrl+c"}) | {" ", "enter", "up", "down", *_PAGES}, pressed=self._pressed,
            typing=lambda _: self._dialogue.retype(""),
            own="up and down choose  enter runs it", goes="",
        )  # fmt: skip
        self._show()

    def _search(self) -> None:
        self._dialogue.enter(
            "help /", lambda _: self._run(), left=self._close, typing=self._typed,
            keys=frozenset({"up", "down", "tab", "pageup", "pagedown"}), pressed=self._move,
            goes="runs it",
        )  # fmt: skip
        self._typed("")

    def _typed(self, text: str) -> None:
        known = self._open
        if known is None:
            return
        found = matching(known.rows, text)
        self._open = known._replace(found=found, at=0 if found else None)
        self._dialogue.retype(text, f"{len(found)} of {len(known.rows)} keys, enter runs it")
        self._show()

    def _pressed(self, key: str) -> None:
        name = "space" if key == " " else key
        entry = self._stage.keys.find(name, key if len(key) == 1 else None)
        if key == "enter":
            self._run()
        elif entry is not None and entry.id == "list.filter":
            self._search()
        elif key in _STEPS or key in _PAGES or key in ("g", "G", "home", "end"):
            self._move(key)
        elif key in _LEAVE or entry is None or entry.id in ("app.help", "app.back"):
            self._close()
        elif self._open is not None and not entry.means_something_on(self._open.screen.NAME):
            self._close()
            self._dialogue.say(f"{key} means nothing here", Style.MUTED)
        else:
            self._close()
            self._stage.act(entry)

    def _move(self, key: str) -> None:
        known = self._open
        if known is None:
            return
        overlay = known.screen.help_overlay
        if key in ("g", "home", "G", "end"):
            last = key in ("G", "end")
            self._open = known._replace(at=len(known.found) - 1 if last and known.found else None)
        elif key in _STEPS:
            if known.at is None and _STEPS[key] > 0 and overlay.hides_below(len(known.taught)):
                overlay.move(1)  # What is taught is read to its end before a key is chosen.
                return
            if known.at in (None, 0) and _STEPS[key] < 0:
                self._open = known._replace(at=None)
                self._show()
                overlay.move(-1)
                return
            at = 0 if known.at is None else known.at + _STEPS[key]
            self._open = known._replace(at=max(0, min(at, len(known.found) - 1)) if known.found else None)
        else:
            overlay.page(_PAGES[key])
            return
        self._show()
        if self._open.at is None:
            overlay.to_end(False)

    def _show(self) -> None:
        known = self._open
        if known is None:
            return
        taught = (*known.taught, Line((Span("KEYS", Style.STRONG),))) if known.taught else ()
        lines = [key_line(known.rows[place], chosen=n == known.at) for n, place in enumerate(known.found)]
        if not known.found:
            lines.append(Line((Span("  no key matches; backspace takes letters back", Style.MUTED),)))
        title = f"HELP {known.screen.about}, KEYS" if known.taught else "KEYS"
        known.screen.help_overlay.show_help(Line((Span(f"{title}   esc closes", Style.STRONG),)), taught, lines)
        if known.at is not None:
            known.screen.help_overlay.bring_into_view(len(taught) + known.at)

    def _run(self) -> None:
        known = self._open
        self._close()
        if known is None or known.at is None:
            return
        self._stage.act(known.entries[known.found[known.at]])

    def _close(self) -> None:
        known, self._open = self._open, None
        if known is not None:
            known.screen.remove_class("-help")
        self._dialogue.say("")


def taught_by(screen: ConsoleScreen, snapshot: Snapshot) -> Iterator[Line]:
    """Yield what there is to learn about the row under the cursor: its field or step, its states, its probes' codes."""
    yield from screen.taught()
    key = screen.table.cursor_key
    if key is None:
        return
    yield from topics.state_lines(screen.cells)
    subject = screen.subject(key)
    if subject.field and subject.table is not None:
        yield from _field(subject.table, subject.field)
    names = {key, *(f"{kind} {subject.domain}" for kind in ("sip", "xmpp") if subject.domain)}
    for status in snapshot.probes.targets:
        if key_of(status) in names and status.last is not None:
            yield from topics.result_topics(status.last)


def _field(table: Table, name: str) -> Iterator[Line]:
    """Yield what a field of the configuration means, what it takes and its default."""
    from edgeconsole.tui.fields import fields_of

    for field in fields_of(table, {}, {}):
        if field.name == name:
            default = "none" if field.default is None else field.default
            yield Line((Span(f"{name}  ", Style.STRONG), Span(field.meaning)))
            yield Line((Span("  takes    ", Style.MUTED), Span(f"{field.form}; default {default}")))
