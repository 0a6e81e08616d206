"""The key map as data: the source of routing, of the key row and of the help, and later of remapping."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from edgeconsole.actions.registry import ACTIONS
from edgeconsole.present.legend import Legend


class Where(Enum):
    """Where a key has its meaning; a key has one meaning only, some screens merely lack it."""

    EVERYWHERE = "everywhere"
    LIST = "list"
    ROW = "row"


class KeyEntry(NamedTuple):
    """One action and the keys that call it."""

    id: str
    """Id in the action registry: help text, capability and whether it changes the edge come from there."""
    keys: tuple[str, ...]
    """Printable keys as they are typed, others by their names; the first is shown."""
    short: str = ""
    """Words for the key row; empty where the row need not name it."""
    where: Where = Where.EVERYWHERE
    own: tuple[str, str] = ("", "")
    """Title and help of a key that is no action: it moves what the keys mean, not the edge."""
    screens: tuple[str, ...] = ()
    """Screens on which it means something; all where none is named."""
    named_on: tuple[str, ...] = ()
    """Screens whose key row names it; all on which it means something where none is named."""

    def means_something_on(self, screen: str) -> bool:
        """Return whether a screen has this key."""
        return not self.screens or screen in self.screens

    def is_named_on(self, screen: str) -> bool:
        """Return whether the key row of a screen names it."""
        return (
            bool(self.word_on(screen))
            and self.means_something_on(screen)
            and (not self.named_on or screen in self.named_on)
        )

    def word_on(self, screen: str) -> str:
        """Return what the key row of a screen calls it."""
        return _WORDS.get((self.id, screen), self.short)

    @property
    def title(self) -> str:
        """What the key does, in a word or two."""
        action = ACTIONS.get(self.id)
        return action.title if action else self.own[0]

    def title_on(self, screen: str) -> str:
        """Return what it does in the word of a screen's key row, where that has a word of its own."""
        own = _WORDS.get((self.id, screen), "")
        return own[:1].upper() + own[1:] or self.title

    @property
    def help(self) -> str:
        """What the key does, for the help and for its tests."""
        action = ACTIONS.get(self.id)
        return action.help if action else self.own[1]

    @property
    def danger(self) -> bool:
        """Whether it changes the edge or the draft, so that it is not there in a read-only console."""
        action = ACTIONS.get(self.id)
        return action is not None and action.changes


_DOMAINS = ("overview", "domains")
"""Screens whose rows are domains."""
_REVIEW = ("review",)
_IMPORT = ("import",)
_TAKEN_UP = (*_REVIEW, *_IMPORT)
"""Screens on which something is taken into the draft, or left out."""
_PROBED = (*_DOMAINS, "partners", "probes")
"""Screens whose rows can be probed."""
_ASKED = (*_PROBED, "policies", "review", "history")
"""Screens whose pane can tell about two addresses that are asked for."""
_HISTORY = ("history",)
_FORM = ("form",)
_LISTS = (*_DOMAINS, "partners", "policies")
"""Screens whose rows are records that can be changed."""
_MARKED = (*_LISTS, "probes", "review", *_IMPORT)
"""Screens whose rows can be marked for a verb on all of them."""

_WORDS = {
    ("row.open", "wizard"): "next",
    ("row.mark", "history"): "compare",
    ("row.open", "contexts"): "go there",
    ("view.refresh", "wizard"): "look again",
    ("app.help", "wizard"): "why",
    ("app.back", "wizard"): "leave",
    ("draft.adopt", "import"): "accept",
    ("import.open", "import"): "file",
    ("view.refresh", "import"): "read again",
}
"""Words of a key on a screen where it is called otherwise."""

DEFAULT_KEYS: tuple[KeyEntry, ...] = (
    KeyEntry("draft.apply", ("a",), "apply", screens=_REVIEW),
    KeyEntry("draft.leave-out", ("o",), "leave out", Where.ROW, screens=_TAKEN_UP),
    KeyEntry("draft.choose", ("c",), "choose", screens=_TAKEN_UP),
    KeyEntry("draft.rebase", ("M",), "rebase", screens=_REVIEW),
    KeyEntry("draft.message", ("m",), "message", screens=_REVIEW),
    KeyEntry("draft.longer", ("+",), screens=_REVIEW),
    KeyEntry("draft.shorter", ("-",), screens=_REVIEW),
    KeyEntry("draft.adopt", ("A",), screens=(*_TAKEN_UP, *_HISTORY)),
    KeyEntry("draft.discard", ("W",), "discard", screens=_REVIEW),
    KeyEntry("history.reverse", ("R",), "reverse", Where.ROW, screens=_HISTORY),
    KeyEntry("history.rollback", ("B",), "back to", Where.ROW, screens=_HISTORY),
    KeyEntry("row.mark", ("space",), "mark", Where.ROW, screens=(*_MARKED, *_HISTORY), named_on=_HISTORY),
    KeyEntry("history.point", ("P",), "point", Where.ROW, screens=_HISTORY),
    KeyEntry(
        "view.tab",
        ("t",),
        "lists",
        screens=("domains", "history", "policies", "probes"),
        named_on=("history", "policies", "probes"),
    ),
    KeyEntry("form.stage", ("w",), "stage", screens=_FORM),
    KeyEntry("partner.negotiation", ("N",), "method", Where.ROW, screens=("partners",)),
    KeyEntry("partner.enable", ("d",), "on/off", Where.ROW, screens=("partners",)),
    KeyEntry("policy.person", ("O",), "person", screens=("policies",)),
    KeyEntry("policy.flags", ("F",), "rights", Where.ROW, screens=("policies",)),
    KeyEntry("row.new", ("n",), "new", screens=(*_LISTS, "form"), named_on=("domains", "partners", "policies")),
    KeyEntry(
        "row.edit",
        ("e",),
        "edit",
        Where.ROW,
        screens=(*_LISTS, "form"),
        named_on=("domains", "partners", "policies", "form"),
    ),
    KeyEntry("row.open", ("enter",), "open", Where.ROW, named_on=("overview", "wizard", "contexts")),
    KeyEntry("federate.back", ("left", "<"), "back", screens=("wizard",)),
    # Not of a row alone: what was asked by name offers its next steps on an empty list, too.
    KeyEntry("row.why", ("x",), "why", screens=_ASKED, named_on=_PROBED),
    KeyEntry("probe.run", ("T",), "probe", Where.ROW, screens=_PROBED, named_on=("domains", "partners", "probes")),
    KeyEntry("probe.failing", ("f",), "failing", screens=("probes",)),
    KeyEntry("domain.allow", ("p",), "promote", Where.ROW, screens=_DOMAINS, named_on=("domains",)),
    KeyEntry("why.ask", ("X",), screens=_ASKED),
    KeyEntry("sessions.close", ("K",), where=Where.ROW, screens=_PROBED),
    KeyEntry("row.history", ("h",), "who", Where.ROW, screens=(*_LISTS, "form"), named_on=("domains",)),
    KeyEntry("domain.block", ("b",), "block", Where.ROW, screens=_DOMAINS),
    KeyEntry("access-edge.discovery", ("D",), "discovery", named_on=_DOMAINS),
    KeyEntry("row.editor", ("E",), "editor", Where.ROW, screens=(*_LISTS, "form"), named_on=_FORM),
    KeyEntry(
        "row.remove",
        ("delete",),
        "remove",
        Where.ROW,
        screens=(*_LISTS, "form"),
        named_on=("partners", "policies", "form"),
    ),
    KeyEntry("federate.start", ("i",), "new", screens=(*_LISTS, "review", "history"), named_on=("overview",)),
    KeyEntry("import.open", ("I",)),
    KeyEntry("handover.write", ("H",)),
    KeyEntry("row.copy", ("y",), where=Where.ROW),
    KeyEntry("row.raw", ("Y",), where=Where.ROW),
    KeyEntry("view.save", ("ctrl+s",), where=Where.LIST),
    KeyEntry("federate.checklist", ("V",), where=Where.ROW, screens=(*_DOMAINS, "partners")),
    KeyEntry("list.filter", ("/",), "filter", Where.LIST, named_on=(*_DOMAINS, "partners", "history", "log")),
    KeyEntry("history.undo", ("u",), "undo"),
    KeyEntry("draft.redo", ("U",)),
    KeyEntry("change.decide", ("!",)),
    KeyEntry("view.refresh", ("r",)),
    KeyEntry("config.reload", ("ctrl+r",)),
    KeyEntry("app.command", (":",)),
    KeyEntry("app.palette", ("ctrl+p",)),
    KeyEntry("app.context", ("C",)),
    KeyEntry("app.log", ("L",)),
    KeyEntry("app.help", ("?",), "help"),
    KeyEntry("app.quit", ("Q",), "quit", named_on=_DOMAINS),
    KeyEntry("app.back", ("escape", "q", "backspace")),
    KeyEntry("app.cancel", ("ctrl+c",), own=("Leave", "Leave what is asked; it does not quit.")),
    KeyEntry("go.last", ("0",)),
    KeyEntry("go.overview", ("1",)),
    KeyEntry("go.domains", ("2",)),
    KeyEntry("go.partners", ("3",)),
    KeyEntry("go.policies", ("4",)),
    KeyEntry("go.probes", ("5",)),
    KeyEntry("go.review", ("6",)),
    KeyEntry("go.history", ("7",)),
    KeyEntry("focus.next", ("tab",), where=Where.LIST, own=("Pane", "Movement keys to the pane, and back.")),
    KeyEntry("list.range", ("v",), where=Where.ROW, screens=_MARKED),
    KeyEntry("list.columns", ("|",), where=Where.LIST, screens=(*_MARKED, *_HISTORY)),
    KeyEntry("pane.full", ("z",), where=Where.LIST),
    KeyEntry("view.pause", (".",)),
    KeyEntry("list.sort", ("s",), where=Where.LIST),
    KeyEntry("list.sort-reverse", ("S",), where=Where.LIST),
    KeyEntry("list.down", ("j", "down"), where=Where.LIST),
    KeyEntry("list.up", ("k", "up"), where=Where.LIST),
    KeyEntry("list.top", ("g", "home"), where=Where.LIST),
    KeyEntry("list.bottom", ("G", "end"), where=Where.LIST),
    KeyEntry("list.page-down", ("pagedown",), where=Where.LIST),
    KeyEntry("list.page-up", ("pageup",), where=Where.LIST),
    KeyEntry("list.half-down", ("ctrl+d",), where=Where.LIST),
    KeyEntry("list.half-up", ("ctrl+u",), where=Where.LIST),
)

FORBIDDEN = frozenset(
    {"ctrl+i", "ctrl+m", "ctrl+j", "ctrl+h", "ctrl+left_square_bracket", "ctrl+a", "ctrl+b", "ctrl+q"}
)
"""The same bytes as Tab, Enter, line feed, Backspace and Esc; prefixes of screen and tmux; a quit nobody expects."""
_FORBIDDEN_STARTS = ("alt+", "ctrl+shift+", "shift+enter", *(f"ctrl+{digit}" for digit in "0123456789"))

_NAMES = {"escape": "esc", "pagedown": "pgdn", "pageup": "pgup", "space": "space", "delete": "del"}


class KeyMap:
    """Keys looked up by what was typed."""

    def __init__(self, entries: Sequence[KeyEntry] = DEFAULT_KEYS) -> None:
        self.entries = tuple(entries)
        self._by_key: Mapping[str, KeyEntry] = {key: entry for entry in entries for key in entry.keys}

    def find(self, key: str, character: str | None) -> KeyEntry | None:
        """Return what a key press means. Printable keys go by their character: layouts differ in the name."""
        return self._by_key.get(typed(key, character))

    def of(self, identifier: str) -> KeyEntry:
        """Return the entry of an id."""
        return next(entry for entry in self.entries if entry.id == identifier)


def typed(key: str, character: str | None) -> str:
    """Return the name the map uses for a key press."""
    if character == " ":
        return "space"
    return character if character is not None and character.isprintable() else key


def label(entry: KeyEntry) -> str:
    """Return the first key as the key row writes it."""
    return _NAMES.get(entry.keys[0], entry.keys[0]) if entry.keys else ""


def in_force(keys: KeyMap) -> KeyMap:
    """Have sentences name the keys of this map from now on; one that has none is done from the palette."""
    palette = label(keys.of("app.palette")) or "the palette's"
    Legend.labels = {entry.id: label(entry) or f"{palette} {entry.title}" for entry in keys.entries}
    return keys


def labels(entry: KeyEntry) -> str:
    """Return all keys as the help writes them."""
    return " ".join(_NAMES.get(key, key) for key in entry.keys)


def problems(entries: Iterable[KeyEntry]) -> list[str]:
    """Return what is wrong with a key map: forbidden keys, clashes, ids twice, actions without help."""
    found: list[str] = []
    keys: dict[str, str] = {}
    ids: set[str] = set()
    for entry in entries:
        if entry.id in ids:
            found.append(f"{entry.id} stands twice")
        ids.add(entry.id)
        if not entry.keys:
            found.append(f"{entry.id} has no key")
        if not entry.help:
            found.append(f"{entry.id} has no help")
        for key in entry.keys:
            if is_forbidden(key) or _is_bare_function_key(key):
                found.append(f"{entry.id}: {key} cannot be used")
            if key in keys:
                found.append(f"{key} means {keys[key]} and {entry.id}")
            keys[key] = entry.id
    found += [f"{needed} has no key" for needed in ("app.quit", "app.back", "app.help") if needed not in ids]
    return found


def is_forbidden(key: str) -> bool:
    """Return whether a key cannot be used at all: terminals do not tell it from another, or take it for themselves."""
    return key in FORBIDDEN or key.startswith(_FORBIDDEN_STARTS)


def _is_bare_function_key(key: str) -> bool:
    return key[:1] == "f" and key[1:].isdigit()
