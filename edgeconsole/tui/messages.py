"""Messages between the store's side of the console and its screens."""

from textual.message import Message

from edgeconsole.model.snapshot import Snapshot


class SnapshotChanged(Message, bubble=False):
    """The store has a newer picture; only the newest of several waiting ones is drawn."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, SnapshotChanged)
