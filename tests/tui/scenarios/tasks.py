"""The on-call tasks as one table: what each is allowed to cost, its keys, the same with a slip, and how it is left."""

from typing import NamedTuple

from tests.tui.records_world import typed

DOMAIN = "fabrikam.example"
NEW = ("n", *typed(DOMAIN), "enter")
SLIPPED = ("n", *typed("fabrikam..example"), "enter", "backspace", "enter")
"""A dot too many is refused with the mistake under the cursor: one key takes it away, one goes on."""
FILTERED = ("2", "/", *typed("fab"), "enter")


class Task(NamedTuple):
    """One task, from the console as it opens, or from a list with the row under the cursor."""

    title: str
    budget: int
    """Keys at most."""
    keys: tuple[str, ...]
    slip: tuple[str, ...]
    """The keys with one wrong one, mended by at most three more."""
    left: tuple[str, ...]
    """As far as it can go before anything changes, then Esc."""
    resumed: tuple[str, ...] = ()
    """The rest of the keys where Esc left the screen as it was chosen; empty where it begins anew."""

    @property
    def recovered(self) -> tuple[str, ...]:
        """All keys from the beginning to the end, Esc on the way."""
        return (*self.left, *(self.resumed or self.keys))


TASKS = {
    "T1": Task("switch partner discovery", 3, ("D", "y"), ("D", "t", "D", "y"), ("D", "escape")),
    "T2": Task(
        "block a connected domain",
        8,
        (*FILTERED, "b", "y"),
        ("2", "/", *typed("fav"), "backspace", "b", "enter", "b", "y"),
        (*FILTERED, "b", "escape"),
        ("b", "y"),
    ),
    "T3": Task(
        "allow a partner at its Access Edge", 20, (*NEW, "p", "y"), (*SLIPPED, "p", "y"), (*NEW, "p", "escape"),
        ("p", "y"),
    ),
    "T4": Task(
        "why can Alice not reach Bob",
        16,
        ("X", *typed("alice"), "enter", *typed("bob@f"), "tab", "enter"),
        ("X", *typed("alicx"), "backspace", "e", "enter", *typed("bob@f"), "tab", "enter"),
        ("X", *typed("alice"), "enter", *typed("bob@f"), "tab", "escape"),
        ("X", "enter", "enter"),
    ),
    "T5": Task("when every certificate ends", 2, ("5", "t"), ("4", "5", "t"), ("5", "t", "escape"), ("5",)),
    "T6": Task("take the last change back", 2, ("u", "y"), ("u", "n", "u", "y"), ("u", "escape")),
    "T7": Task("who changed this partner", 1, ("h",), ("x", "escape", "h"), ("h", "escape")),
    "T8": Task(
        "import 500 domains, reviewed",
        17,
        ("I", "p", "tab", "enter", "b", "A", "y", "a", "y"),
        ("I", "q", "backspace", "p", "tab", "enter", "b", "A", "y", "a", "y"),
        ("I", "p", "tab", "enter", "b", "A", "escape"),
        ("A", "y", "a", "y"),
    ),
    "T9": Task("verify one partner", 1, ("T",), ("x", "escape", "T"), ("T", "escape")),
    "T10": Task("which partners fail", 2, ("5", "f"), ("4", "5", "f"), ("5", "f", "escape"), ("5",)),
    "T11": Task(
        "allow a partner for two hours",
        24,
        (*NEW, "t", "2", "h", "enter", "p", "y"),
        (*NEW, "t", "2", "x", "enter", "backspace", "h", "enter", "p", "y"),
        (*NEW, "t", "2", "h", "enter", "p", "escape"),
        ("p", "y"),
    ),
    "T12": Task(
        "promote a throttled partner", 7, ("2", "t", "p", "y"), ("2", "t", "x", "escape", "p", "y"),
        ("2", "t", "p", "escape"), ("p", "y"),
    ),
    "T13": Task(
        "mend how an XMPP partner proves itself", 8, ("3", "N", "1", "y"), ("3", "N", "4", "escape", "N", "1", "y"),
        ("3", "N", "1", "escape"), ("N", "1", "y"),
    ),
    "T14": Task(
        "give a person another policy",
        14,
        ("4", "O", *typed("alice"), "enter", "1", "y"),
        ("4", "O", *typed("alx"), "backspace", *typed("ice"), "enter", "1", "y"),
        ("4", "O", *typed("alice"), "enter", "1", "escape"),
        ("1", "y"),
    ),
    "T15": Task("hand the shift over", 3, ("H", "enter"), ("H", "x", "backspace", "enter"), ("H", "escape")),
    "X1": Task("who loses service by a block", 1, ("b",), ("x", "escape", "b"), ("b", "escape")),
    "X2": Task("try a failing partner again", 2, ("T",), ("x", "escape", "T"), ("T", "escape")),
    "X3": Task("close one partner's connections", 3, ("K", "y"), ("K", "n", "K", "y"), ("K", "escape")),
}  # fmt: skip
