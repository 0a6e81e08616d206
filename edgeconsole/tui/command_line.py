"""The `:` line and the palette: what a key does, done by its name. Changes are planned and asked about as ever."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from edgeconsole.actions import direct
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.names import InvalidName, parse_access_edge, parse_domain
from edgeconsole.present import errors
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.store.store import Store
from edgeconsole.tui import commands
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.commands import Command, Order
from edgeconsole.tui.dialogue import Dialogue
from edgeconsole.tui.frames import Reason
from edgeconsole.tui.keys import KeyEntry, KeyMap, label, labels
from edgeconsole.tui.paths import complete
from edgeconsole.tui.screens.base import ConsoleScreen

_REMEMBERED = 100
"""Lines that arrow up brings back."""
_HINTS = 6
"""Completions the row names at once."""
_ABOVE = 4
"""Rows of the palette that stay above the chosen one."""
_KEYS, _TITLE = 12, 18
_LINE_KEYS = frozenset({"tab", "shift+tab", "up", "down"})
_PALETTE_KEYS = frozenset({"up", "down", "pageup", "pagedown", "tab", "ctrl+p", "ctrl+n"})


class CommandStage(Protocol):
    """What the line needs of the console."""

    @property
    def keys(self) -> KeyMap: ...
    @property
    def front(self) -> ConsoleScreen | None: ...
    def act(self, entry: KeyEntry) -> None: ...
    def open_domain(self, domain: str) -> None: ...


class _Palette(NamedTuple):
    """What the palette shows, and which of it is chosen."""

    choices: Sequence[KeyEntry | Command] = ()
    at: int = 0


class CommandLine:
    """One line at a time, with what was typed before."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        changes: Changes,
        stage: CommandStage,
        reason: Reason,
        files: Mapping[str, Callable[[str], None]],
    ) -> None:
        self._files = files
        """What the commands that take a path do with it."""
        self._store = store
        self._dialogue = dialogue
        self._changes = changes
        self._stage = stage
        self._reason = reason
        self._past: list[str] = []
        self._at = 0
        self._cycle: tuple[str, list[str], int] | None = None
        self._palette = _Palette()
        self._taken: dict[str, tuple[Callable[[], Sequence[str]], Callable[[str], None]]] = {}

    def take(self, word: str, names: Callable[[], Sequence[str]], start: Callable[[str], None]) -> None:
        """Have a command that takes a name, or none, done by `start`; `names` completes it."""
        self._taken[word] = (names, start)

    def ask(self, text: str = "") -> None:
        """Let a command be typed."""
        self._at, self._cycle = len(self._past), None
        self._dialogue.enter(":", self._entered, text, typing=self._typed, keys=_LINE_KEYS, pressed=self._pressed)
        self._hint(text)

    def _known(self) -> dict[str, Command]:
        return dict(commands.known(self._stage.keys.entries))

    def _typed(self, text: str) -> None:
        self._cycle = None
        self._hint(text)

    def _hint(self, text: str) -> None:
        """Say after the line what it takes, or what it may become."""
        word, gap, _ = text.lstrip().partition(" ")
        command = self._known().get(word.lower())
        options = self._options(text)
        if command is not None and (not gap or not options):
            hint = f"{command.usage}: {command.help}"
        else:
            hint = "  ".join(option.rpartition(" ")[2] for option in options[:_HINTS])
            hint += f"  +{len(options) - _HINTS}" if len(options) > _HINTS else ""
        self._dialogue.retype(text, hint)

    def _options(self, text: str) -> list[str]:
        return commands.completions(text, self._known(), self._candidates)

    def _candidates(self, kind: str) -> Sequence[str]:
        snapshot = self._store.snapshot
        if kind == "domain":
            listed = [record.name for record in snapshot.configuration.domains]
            return sorted({*listed, *(partner.domain for partner in snapshot.discovered)})
        taken = self._taken.get(kind)
        return taken[0]() if taken is not None else ()

    def _pressed(self, key: str) -> None:
        text = self._dialogue.text
        if key in ("up", "down"):
            self._at = max(0, min(len(self._past), self._at + (-1 if key == "up" else 1)))
            self._cycle = None
            self._hint(self._past[self._at] if self._at < len(self._past) else "")
            return
        if self._complete_path(text):
            return
        if self._cycle is None or self._cycle[1][self._cycle[2]] != text:
            options = self._options(text)
            if not options:
                return
            if len(options) == 1:
                command = self._known().get(options[0])
                self._hint(options[0] + (" " if command is not None and command.takes else ""))
                return
            self._cycle = (text, options, -1 if key == "tab" else 0)
        base, options, at = self._cycle
        at = (at + (1 if key == "tab" else -1)) % len(options)
        self._cycle = (base, options, at)
        self._hint(options[at])

    def _complete_path(self, text: str) -> bool:
        word, gap, path = text.lstrip().partition(" ")
        if not gap or word.lower() not in self._files:
            return False
        found = complete(path.lstrip())
        self._dialogue.retype(f"{word} {found.text}", found.hint)
        return True

    def _entered(self, text: str) -> None:
        if not text:
            self._dialogue.say("nothing done", Style.MUTED)
            return
        if self._past[-1:] != [text]:
            self._past = [*self._past, text][-_REMEMBERED:]
        try:
            self._carry_out(commands.parse(text, self._known()))
        except InvalidName as error:
            self._dialogue.say(f"{error.message}. arrow up in {keycap('app.command')} brings the line back", Style.WARN)
        except EdgeconsoleError as error:
            self._dialogue.say(
                f"{errors.sentence(error)} ({keycap('app.command')} and arrow up bring the line back)", Style.WARN
            )

    def _carry_out(self, order: Order) -> None:
        command, arguments = order
        match command.word, arguments:
            case "block", (name,):
                domain = parse_domain(name)
                self._changes.propose(f"block {domain}", lambda store: direct.block(store, domain))
            case "allow", (name, *rest):
                domain, edge = parse_domain(name), str(parse_access_edge(rest[0])) if rest else None
                self._changes.propose(f"allow {domain}", lambda store: direct.allow(store, domain, edge))
            case "remove", (name,):
                self._remove(parse_domain(name))
            case "discovery", (word,):
                wanted = word.lower() == "on"
                self._changes.propose("partner discovery", lambda store: direct.set_discovery(store, wanted))
            case "open", (name,):
                self._dialogue.say("")
                self._stage.open_domain(parse_domain(name))
            case word, (path,) if word in self._files:
                self._files[word](path)
            case "filter", (text,):
                self._dialogue.say("")
                if self._stage.front is not None:
                    self._stage.front.table.filter_by(text)
            case word, names if word in self._taken:
                self._taken[word][1](names[0] if names else "")
            case _:
                self._dialogue.say("")
                self._act(self._stage.keys.of(command.action))

    def _remove(self, domain: str) -> None:
        if all(record.name != domain for record in self._store.snapshot.configuration.domains):
            raise BadInput(f"{domain} has no record", remedy="tab completes those that have one")
        self._changes.propose(f"remove the rule for {domain}", lambda store: direct.remove(store, [domain]))

    def _act(self, entry: KeyEntry) -> None:
        front = self._stage.front
        if front is not None and not entry.means_something_on(front.NAME):
            raise BadInput(f"{entry.id} means nothing on this screen", remedy=f"It is on: {', '.join(entry.screens)}")
        self._stage.act(entry)

    def open_palette(self) -> None:
        """Show everything that can be done here, to be searched."""
        self._palette = _Palette()
        self._dialogue.enter(
            "do:", self._chosen, typing=self._search, left=self._close, keys=_PALETTE_KEYS, pressed=self._move
        )
        self._search("")

    def _search(self, text: str) -> None:
        front = self._stage.front
        if front is None:
            return
        everyday = [command for command in commands.COMMANDS if command.takes]
        here = [entry for entry in self._stage.keys.entries if entry.means_something_on(front.NAME)]
        self._palette = _Palette(found(text, here, everyday))
        self._dialogue.retype(text, f"{len(self._palette.choices)} of {len(everyday) + len(here)}, enter does it")
        self._show()

    def _move(self, key: str) -> None:
        by = {"down": 1, "tab": 1, "ctrl+n": 1, "up": -1, "ctrl+p": -1, "pagedown": 10, "pageup": -10}[key]
        last = max(0, len(self._palette.choices) - 1)
        self._palette = self._palette._replace(at=max(0, min(last, self._palette.at + by)))
        self._show()

    def _show(self) -> None:
        front = self._stage.front
        if front is not None:
            title = Line((Span("ACTIONS   type to search, arrows choose, enter does it, esc closes", Style.STRONG),))
            front.help_overlay.show(title, palette_lines(self._palette.choices, self._palette.at, self._reason))
            front.add_class("-help")

    def _close(self) -> None:
        if self._stage.front is not None:
            self._stage.front.remove_class("-help")

    def _chosen(self, _text: str) -> None:
        self._close()
        if not self._palette.choices:
            self._dialogue.say("nothing matches, nothing done", Style.MUTED)
            return
        choice = self._palette.choices[self._palette.at]
        if isinstance(choice, Command):
            self.ask(f"{choice.word} ")
            return
        self._dialogue.say("")
        self._stage.act(choice)


def found(text: str, entries: Sequence[KeyEntry], everyday: Sequence[Command]) -> list[KeyEntry | Command]:
    """Return the actions and commands that contain every word, those named so first."""
    words = text.lower().split()

    def named(choice: KeyEntry | Command) -> str:
        return (f"{choice.id} {choice.title}" if isinstance(choice, KeyEntry) else choice.word).lower()

    def told(choice: KeyEntry | Command) -> str:
        keys = labels(choice).lower() if isinstance(choice, KeyEntry) else ""
        return f"{named(choice)} {keys} {choice.help.lower()}"

    every: list[KeyEntry | Command] = [*everyday, *entries]
    matching = [choice for choice in every if all(word in told(choice) for word in words)]
    return sorted(matching, key=lambda choice: not all(word in named(choice) for word in words)) if words else matching


def palette_lines(choices: Sequence[KeyEntry | Command], at: int, reason: Reason) -> list[Line]:
    """Return the lines of the palette from a little above the chosen one; what cannot be done now says why."""
    if not choices:
        return [Line((Span("nothing matches; backspace takes letters back", Style.MUTED),))]
    start = max(0, at - _ABOVE)
    lines = []
    for place, choice in enumerate(choices[start:], start):
        mark = "> " if place == at else "  "
        if isinstance(choice, Command):
            spans = (Span(f"{mark}{':':<{_KEYS}}{choice.usage}  ", Style.STRONG), Span(choice.help, Style.MUTED))
        else:
            against = reason(choice)
            head = f"{mark}{label(choice):<{_KEYS}}{choice.title:<{_TITLE}} "
            spans = (
                Span(head, Style.STRONG if against is None else Style.OFF),
                Span(choice.help if against is None else against, Style.MUTED if against is None else Style.WARN),
            )
        lines.append(Line(spans))
    return lines
