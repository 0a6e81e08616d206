"""Where an import stands: what was read, what is taken, what is worked out. Light: every start imports it."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from edgeconsole.transfer.review import Review


class ImportKeys(NamedTuple):
    """The keys that the screen names, as the operator has them."""

    open: str = "I"
    accept: str = "A"
    leave_out: str = "o"
    choose: str = "c"
    again: str = "r"


class ImportStanding(NamedTuple):
    """A file under review; nothing of it is staged yet."""

    name: str = ""
    """Of the file, safe to draw; empty before the first one is read."""
    review: "Review | None" = None
    taken: frozenset[int] = frozenset()
    """Places of the rows that accepting stages."""
    working: str = ""
    """What is being worked out, how far."""
    keys: ImportKeys = ImportKeys()


NO_IMPORT = ImportStanding()
