"""What stands in a list for as long as nothing is known of the edge: that is never told as there being nothing."""

from edgeconsole.model.snapshot import Connection, Snapshot


def waiting(snapshot: Snapshot, what: str = "") -> str:
    """Return what stands there before the first answer, empty once there was one; `what` is what a list is of."""
    if snapshot.taken_at is not None:
        return ""
    if snapshot.connection is Connection.DOWN:
        return snapshot.problem or "the backend does not answer"
    return f"loading {what}".rstrip() + "…"
