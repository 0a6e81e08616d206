"""The file of the restore points: which past texts must not be pruned."""

from pathlib import Path

import msgspec

from edgeconsole.model.errors import BadInput
from edgeconsole.model.revision import RestorePoint

POINTS_FILE = "restore-points.json"


def read_points(directory: Path) -> tuple[RestorePoint, ...]:
    """Return the restore points of a history. Raises BadInput for a file that cannot be read."""
    path = directory / POINTS_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[RestorePoint, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInput(
            f"the restore points in {path} cannot be read: {error}",
            remedy="Mend the file, or move it away: the texts are kept, their names are gone then",
        ) from None


def pinned_numbers(directory: Path) -> frozenset[int]:
    """Return the numbers of the revisions whose texts are kept. Raises BadInput."""
    return frozenset(point.revision.number for point in read_points(directory))
