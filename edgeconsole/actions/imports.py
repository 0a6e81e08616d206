"""A file of rules read and judged: the one way in for the import command and for the import screen."""

from collections.abc import Callable, Mapping
from typing import Any

from edgeconsole.config import schema
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.transfer import detect
from edgeconsole.transfer.detect import Read
from edgeconsole.transfer.encoding import MAX_BYTES
from edgeconsole.transfer.files import read_file
from edgeconsole.transfer.parsed import Format
from edgeconsole.transfer.review import ConflictPolicy, Review, review


def read(name: str, kind: Format | None = None) -> Read:
    """Return what a file states; its kind is told by its content where none is given.

    Raises BadInput for a file that cannot be read, is too large, damaged (by line), or of no known kind.
    """
    return detect.read(read_file(name, MAX_BYTES), kind)


def judge(
    found: Read,
    configuration: Configuration,
    conflict: ConflictPolicy = ConflictPolicy.KEEP_MINE,
    progress: Callable[[int], object] | None = None,
) -> Review:
    """Return what each row would do to a configuration, the schema of the configuration file included."""
    return review(found, configuration, conflict=conflict, check=_against_schema, progress=progress)


def _against_schema(table: Table, raw: Mapping[str, Any]) -> str | None:
    """Return what the schema of federation.toml says against a record."""
    found = schema.check(schema.shape_of(table), raw)
    return f"{found[0].field}: {found[0].message}" if isinstance(found, list) else None
