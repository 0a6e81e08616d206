"""What can be typed after `:` - the everyday commands and every action by its id - parsed and completed, pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from edgeconsole.config.values import shown, suggestion
from edgeconsole.model.errors import BadInput
from edgeconsole.tui.keys import KeyEntry


class Command(NamedTuple):
    """One command: its word, what it takes, what it does."""

    word: str
    takes: tuple[str, ...] = ()
    """Kinds of its arguments in order; one that ends in `?` may be left out, `text` takes the rest."""
    help: str = ""
    action: str = ""
    """The action it is another name of."""

    @property
    def usage(self) -> str:
        """How it is typed."""
        places = (
            f"[{kind[:-1].upper()}]" if kind.endswith("?") else _SHOWN.get(kind, kind.upper()) for kind in self.takes
        )
        return " ".join((self.word, *places))


class Order(NamedTuple):
    """A command with its arguments."""

    command: Command
    arguments: tuple[str, ...] = ()


_SHOWN = {"switch": "on|off", "text": "WORDS"}
_SWITCHES = ("on", "off")
_WHOLE = (("text",), ("path",))
"""Arguments that take the rest of the line as it stands: words, or a path that may have blanks in it."""

COMMANDS: tuple[Command, ...] = (
    Command("block", ("domain",), "Block a domain: nothing passes in or out, live connections are closed."),
    Command("allow", ("domain", "edge?"), "Allow a domain, found by SRV or pinned to its Access Edge."),
    Command("remove", ("domain",), "Remove the record of a domain."),
    Command("discovery", ("switch",), "Turn partner discovery on or off."),
    Command("open", ("domain",), "Show a domain in the list of domains."),
    Command("filter", ("text",), "Show only the rows of this list that match."),
    Command("handover", ("path",), "Write the hand-over file there; a folder gets one with the usual name."),
    Command("import", ("path",), "Read a file of rules and review its rows before any is staged."),
    Command("context", ("context?",), "Go to another edge by its name in console.toml; without one, list them."),
    Command("tour", (), "A short walk through the console, in the lab; it goes on where it was left."),
    Command("theme", ("theme?",), "Wear another theme until the console ends; without a name, list them."),
    Command("overview", action="go.overview"),
    Command("domains", action="go.domains"),
    Command("partners", action="go.partners"),
    Command("policies", action="go.policies"),
    Command("probes", action="go.probes"),
    Command("review", action="go.review"),
    Command("history", action="go.history"),
    Command("undo", action="history.undo"),
    Command("redo", action="draft.redo"),
    Command("apply", action="draft.apply"),
    Command("why", action="row.why"),
    Command("checklist", action="federate.checklist"),
    Command("federate", action="federate.start"),
    Command("refresh", action="view.refresh"),
    Command("reload", action="config.reload"),
    Command("log", action="app.log"),
    Command("keys", action="app.help"),
    Command("help", action="app.help"),
    Command("back", action="app.back"),
    Command("quit", action="app.quit"),
    Command("q", action="app.quit"),
)


def known(entries: Iterable[KeyEntry]) -> Mapping[str, Command]:
    """Return every command by its word: the everyday ones whose action there is, and the actions by their ids."""
    of_id = {entry.id: entry for entry in entries}
    found: dict[str, Command] = {}
    for command in COMMANDS:
        if not command.action:
            found[command.word] = command
        elif command.action in of_id:
            found[command.word] = command._replace(help=of_id[command.action].help)
    for entry in of_id.values():
        found.setdefault(entry.id, Command(entry.id, (), entry.help, entry.id))
    return found


def parse(text: str, commands: Mapping[str, Command]) -> Order:
    """Return what a typed line asks for. Raises BadInput that says what to type instead."""
    word, *arguments = text.split()
    command = commands.get(word.lower())
    if command is None:
        close = [each for each in commands if each.startswith(word.lower())] or suggestion(word, list(commands))
        hint = f"Did you mean {close[0]}?" if close else "tab lists the commands"
        raise BadInput(f"there is no command {shown(word)}", remedy=hint)
    if command.takes in _WHOLE:
        return Order(command, (text.strip().split(maxsplit=1)[1],) if arguments else ("",))
    needed = sum(not kind.endswith("?") for kind in command.takes)
    if not needed <= len(arguments) <= len(command.takes):
        wrong = "needs more" if len(arguments) < needed else "takes no more" if command.takes else "takes nothing"
        raise BadInput(f"{command.word} {wrong}", remedy=f"Type {command.usage}")
    for kind, argument in zip(command.takes, arguments, strict=False):
        if kind == "switch" and argument.lower() not in _SWITCHES:
            raise BadInput(f"{command.word} is on or off, not {shown(argument)}", remedy=f"Type {command.usage}")
    return Order(command, tuple(arguments))


def completions(
    text: str, commands: Mapping[str, Command], candidates: Callable[[str], Sequence[str]], most: int = 50
) -> list[str]:
    """Return the lines that a line may become; `candidates` names what there is of a kind of argument."""
    head, gap, typed = text.lstrip().rpartition(" ")
    if not gap:
        everyday = [word for word, command in commands.items() if word.startswith(typed.lower())]
        return everyday[:most]
    command = commands.get(head.split()[0].lower()) if head.split() else None
    place = len(head.split()) - 1
    if command is None or place >= len(command.takes):
        return []
    kind = command.takes[place].rstrip("?")
    if kind == "path":
        return []  # A directory is read when tab asks for it, not for every letter.
    names = _SWITCHES if kind == "switch" else candidates(kind)
    wanted = typed.lower()
    first = [name for name in names if name.startswith(wanted)]
    return [f"{head} {name}" for name in (first or [name for name in names if wanted in name])[:most]]
