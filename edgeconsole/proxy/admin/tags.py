"""ETags and preconditions: a change over HTTP names the revision it was made on, or says that it creates."""

import re
from collections.abc import Mapping

from edgeconsole.config.schema import shape_of
from edgeconsole.model.revision import Revision, RevisionRecord
from edgeconsole.proxy.admin.refusals import Refused, precondition_failed, precondition_required
from edgeconsole.wire.problems import Overtaking

_TAG = re.compile(r'"([^"/]{0,64})/(\d{1,12})/([0-9a-f]{1,128})"')
_MOST_FIELDS = 20
_MOST_REVISIONS = 20


def tag_of(revision: Revision) -> str:
    """Return the ETag of everything read at a revision: `"lineage/number/sha256"`."""
    return f'"{revision.lineage}/{revision.number}/{revision.etag}"'


def revision_in(tag: str) -> Revision | None:
    """Return the revision an ETag of ours names; None for any other, weak ones included."""
    found = _TAG.fullmatch(tag.strip())
    return Revision(found[1], int(found[2]), found[3]) if found else None


def unchanged(headers: Mapping[str, str], revision: Revision) -> bool:
    """Return whether `If-None-Match` of a read names the present revision."""
    asked = headers.get("If-None-Match", "")
    parts = (part.strip().removeprefix("W/") for part in asked.split(","))
    return asked.strip() == "*" or tag_of(revision) in parts


def check(headers: Mapping[str, str], head: Revision, *, exists: bool, since: tuple[Overtaking, ...]) -> None:
    """Let a change through whose precondition holds. Raises Refused: 428 without any, 412 where it does not hold."""
    match, none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if match is None and none_match is None:
        raise precondition_required()
    if none_match is not None and (none_match.strip() != "*" or exists):
        raise precondition_failed("there is such a record already", tag_of(head))
    if match is None:
        return
    if match.strip() == "*":
        if not exists:
            raise precondition_failed("there is no such record", tag_of(head))
        return
    if tag_of(head) not in (part.strip() for part in match.split(",")):
        raise precondition_failed(_overtaken(since), tag_of(head), since)


def seen_in(headers: Mapping[str, str]) -> int | None:
    """Return the number of the revision that `If-Match` names."""
    found = revision_in(headers.get("If-Match", ""))
    return found.number if found else None


def overtaken(records: tuple[RevisionRecord, ...], number: int | None, head: Revision) -> tuple[Overtaking, ...]:
    """Return who changed what after a revision, the newest first; all that is known where none was named."""
    newer = [record for record in records if number is None or record.revision.number > number]
    return tuple(_told(record) for record in newer[:_MOST_REVISIONS]) if number != head.number else ()


def _told(record: RevisionRecord) -> Overtaking:
    steps = record.differences[:_MOST_FIELDS]
    return Overtaking(
        revision=record.revision.number,
        who=record.by.name,
        via=record.by.via,
        at=record.at,
        fields=tuple(shape_of(step.table).label(step.key, field=step.field) for step in steps),
    )


def _overtaken(since: tuple[Overtaking, ...]) -> str:
    if not since:
        return "the revision this change was made on is not the one that is saved"
    newest = since[0]
    fields = ", ".join(newest.fields[:3]) or "comments only"
    return f"{newest.who} changed {fields} meanwhile (#{newest.revision}, {newest.at:%Y-%m-%d %H:%M:%S} UTC)"


def conflicted(head: Revision, since: tuple[Overtaking, ...]) -> Refused:
    """Return the refusal of a change that somebody overtook between its check and its write."""
    return precondition_failed(_overtaken(since), tag_of(head), since)
