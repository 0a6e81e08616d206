"""A shift handed over: state, changes, faults, what waits and the scripts, put together and written into one file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from edgeconsole.actions.history import configuration_at
from edgeconsole.backends.base import Saved
from edgeconsole.model.capability import Capability
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.revision import Revision, RevisionRecord
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.store.store import Store
from edgeconsole.transfer.export.handover import HandOver, Staged, write_handover
from edgeconsole.transfer.files import write_private

SHIFT = timedelta(hours=24)
"""How far back "lately" goes where no revision is named; the last change is told however old it is."""

_MOST_REVISIONS = 200


def file_name(snapshot: Snapshot, now: datetime) -> str:
    """Return what a hand-over is called unless somebody names it."""
    edge = snapshot.configuration.edge
    return f"handover-{edge.fqdn if edge is not None else 'edge'}-{now:%Y%m%d-%H%M}.md"


def reach_of(snapshot: Snapshot, context: str = "") -> tuple[str, ...]:
    """Return the options by which a command on this host reaches the edge that a store follows."""
    health = snapshot.health
    if context:
        return ("--context", context)
    if health is not None and health.backend == "file":
        return ("--config", health.configuration_path)
    if health is not None and health.backend == "local":
        return ("--socket", snapshot.configuration.proxy.admin_socket)
    return ()


async def gather(
    store: Store,
    now: datetime,
    *,
    since: int | None = None,
    context: str = "",
    reach: Sequence[str] | None = None,
    staged: Sequence[Staged] = (),
) -> HandOver:
    """Return what is to be handed over; of an edge that does not answer, what was known last.

    `since` names the revision after which changes are told; a day's otherwise. Raises BadInput for one that is not.
    """
    try:
        await store.refresh()
    except EdgeconsoleError as error:
        if store.snapshot.taken_at is None:
            raise
        snapshot = msgspec.structs.replace(store.snapshot, connection=Connection.DOWN, problem=str(error))
    else:
        snapshot = store.snapshot
    told = HandOver(
        at=now,
        snapshot=snapshot,
        reach=tuple(reach) if reach is not None else reach_of(snapshot, context),
        confirm=store.capabilities.reason_against(Capability.ENFORCE) is None,
        staged=tuple(staged),
    )
    if snapshot.revision is None:
        return told
    if snapshot.connection is not Connection.LIVE:
        revisions = _lately(snapshot.history, now, since)
        return msgspec.structs.replace(told, revisions=revisions, missing="the edge did not answer")
    return await _with_changes(store, told, snapshot.revision, since)


async def _with_changes(store: Store, told: HandOver, revision: Revision, since: int | None) -> HandOver:
    # Late: the schema of the file costs the console's start 60 ms.
    from edgeconsole.config.edit import differences, turned

    if since is not None and not 0 < since <= revision.number:
        raise BadInput(f"there is no revision #{since}", remedy=f"The latest is {revision}; see edgeconsole history")
    revisions = _lately(await store.backend.history(_MOST_REVISIONS), told.at, since)
    told = msgspec.structs.replace(told, revisions=revisions)
    if not revisions:
        return told
    now = told.snapshot.configuration
    oldest = revisions[-1].revision.number
    if oldest == 1:
        return msgspec.structs.replace(told, missing="nothing was saved before the first revision")
    try:
        before = await configuration_at(store, oldest - 1, Saved(now, revision))
    except EdgeconsoleError as error:
        return msgspec.structs.replace(told, missing=error.message)
    steps, reverse = differences(before, now), differences(now, before)
    return msgspec.structs.replace(told, before=before, again=turned(steps), back=turned(reverse))


def _lately(records: Sequence[RevisionRecord], now: datetime, since: int | None) -> tuple[RevisionRecord, ...]:
    """Return the revisions that are told: those after one that is named, a day's, or the last there is."""
    if since is not None:
        return tuple(each for each in records if each.revision.number > since)
    lately = tuple(each for each in records if now - each.at <= SHIFT and each.revision.number > 1)
    return lately or tuple(records[:1])


def save(path: Path, given: HandOver, *, replace: bool = False) -> Path:
    """Write the file, whole or not at all, for its owner alone; return its path.

    Raises BadInput where it cannot be written, and, unless it may be replaced, where it exists.
    """
    return write_private(path, write_handover(given).encode(), replace=replace)
