"""Telling others who is here and what they edit, and hearing it of them; it never blocks anybody."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.store.store import Store
from edgeconsole.wire.messages import Doing, Presence, PresenceNote


@runtime_checkable
class _Board(Protocol):
    """A backend on which consoles leave notes; a file has none."""

    async def note_presence(self, note: PresenceNote) -> tuple[Presence, ...]: ...


async def tell(store: Store, console: str, *, editing: str = "", leaving: bool = False) -> tuple[Presence, ...]:
    """Say that this console is here, and what it edits; return what the others say.

    Nobody is told of where the backend has no board or does not answer: it is no news to the operator.
    """
    if not isinstance(store.backend, _Board):
        return ()
    doing = Doing.AWAY if leaving else Doing.EDITING if editing else Doing.LOOKING
    try:
        notes = await store.backend.note_presence(PresenceNote(doing=doing, about=editing[:200], console=console))
    except EdgeconsoleError:
        return ()
    return tuple(note for note in notes if note.console != console)


def editors(notes: Sequence[Presence]) -> tuple[tuple[str, str], ...]:
    """Return who edits and what, as far as notes say."""
    return tuple((note.who, note.about) for note in notes if note.doing is Doing.EDITING)


def lookers(notes: Sequence[Presence]) -> tuple[str, ...]:
    """Return who is here without editing, each once."""
    return tuple(dict.fromkeys(note.who for note in notes if note.doing is Doing.LOOKING))
