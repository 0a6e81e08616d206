"""import and export: files of rules reviewed before anything changes, and rules written for other systems."""

import sys
from pathlib import Path

from edgeconsole.actions import imports
from edgeconsole.actions.history import configuration_at
from edgeconsole.backends.base import Saved
from edgeconsole.cli import output
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import complain, print_columns
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput
from edgeconsole.model.revision import RevisionRecord
from edgeconsole.model.terms import Platform
from edgeconsole.present.history import summary
from edgeconsole.transfer import detect
from edgeconsole.transfer.encoding import MAX_BYTES
from edgeconsole.transfer.export import documents, powershell_sfb, powershell_teams
from edgeconsole.transfer.export.kinds import Kind, encoded
from edgeconsole.transfer.export.powershell_text import Heading, Script
from edgeconsole.transfer.export.report import Observed, write_report
from edgeconsole.transfer.files import read_file, write_private
from edgeconsole.transfer.parsed import Format
from edgeconsole.transfer.records import write_moment
from edgeconsole.transfer.review import ConflictPolicy, Review, changes, choose

_DOCUMENTS = {
    Kind.TOML: documents.write_toml,
    Kind.JSON: documents.write_json,
    Kind.CSV: documents.write_csv,
    Kind.PLAIN: documents.write_plain,
    Kind.MASTODON: documents.write_mastodon,
}


async def import_file(command: Command) -> int:
    """Review a file of rules; with --apply, make all selected rows one change."""
    given = command.arguments
    read = detect.read(_content(given.file), Format(given.kind) if given.kind else None)
    await command.store.refresh()
    found = imports.judge(read, command.store.snapshot.configuration, ConflictPolicy(given.conflict))
    found = choose(found, take=given.take, leave=given.leave)
    if not given.apply:
        _show_review(command, found)
        return Exit.YES if found.clean else Exit.NO
    selected = changes(found, skip_invalid=given.skip_invalid)
    if not command.json:
        _show_review(command, found)
    plan = await command.store.plan(selected)
    return await carry_out(command, plan)


def _content(name: str) -> bytes:
    """Return the bytes of a regular file or of standard input, one more than are taken at most."""
    return sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else read_file(name, MAX_BYTES)


def _show_review(command: Command, found: Review) -> None:
    if command.json:
        command.show(found)
        return
    for warning in found.warnings:
        output.say(f"warning: {warning}")
    rows = [
        [
            "*" if row.selected else "",
            str(row.line or "-"),
            row.state.value,
            row.table.value,
            row.key or "-",
            row.reason or "-",
        ]
        for row in found.rows
    ]
    if rows:
        print_columns(["TAKE", found.unit.upper(), "STATE", "TABLE", "KEY", "WHY"], rows, right={1})
    counts: dict[str, int] = {}
    for row in found.rows:
        counts[row.state.value] = counts.get(row.state.value, 0) + 1
    told = ", ".join(f"{count} {state}" for state, count in counts.items()) or "no rows"
    output.say(f"{found.format}, {found.encoding}: {told}")


async def export(command: Command) -> int:
    """Write the rules, or the change since a revision, in the format asked for."""
    given = command.arguments
    kind = Kind(given.format)
    await command.store.refresh()
    snapshot = command.store.snapshot
    before = Configuration()
    revisions: tuple[RevisionRecord, ...] = ()
    if given.since is not None or kind is Kind.REPORT:
        if kind in _DOCUMENTS:
            raise BadInput(
                f"{kind.value} is the whole state; --since goes with powershell, powershell-teams and report",
                remedy="Leave out --since",
            )
        before, revisions = await _since(command, given.since)
    after = snapshot.configuration
    script = None if kind in _DOCUMENTS else _script(kind, before, after, revisions, given.target)
    if kind in _DOCUMENTS:
        text = _DOCUMENTS[kind](after)
    elif kind is Kind.REPORT:
        observed = Observed(counters=snapshot.counters, failures=snapshot.failures, discovered=snapshot.discovered)
        text = write_report(revisions, before, after, observed=observed, script=script)
    else:
        assert script is not None
        text = script.revert if given.revert else script.change
    _deliver(command, kind, text, script)
    return Exit.YES


async def _since(command: Command, number: int | None) -> tuple[Configuration, tuple[RevisionRecord, ...]]:
    """Return the configuration as it was at a revision, and the revisions since, newest first."""
    snapshot = command.store.snapshot
    head = snapshot.revision.number if snapshot.revision else 0
    number = head - 1 if number is None else number
    if not 0 < number <= head:
        raise BadInput(f"there is no revision #{number}", remedy=f"The latest is #{head}; see edgeconsole history")
    records = await command.store.backend.history(min(head - number, 1000)) if number < head else ()
    if len(records) != head - number:
        raise BadInput(f"the history does not reach back to revision #{number}", remedy="See edgeconsole history")
    assert snapshot.revision is not None
    saved = Saved(snapshot.configuration, snapshot.revision)
    return await configuration_at(command.store, number, saved), records


def _script(
    kind: Kind, before: Configuration, after: Configuration, revisions: tuple[RevisionRecord, ...], target: str | None
) -> Script:
    heading = Heading()
    if revisions:
        newest = revisions[0]
        span = f"#{revisions[-1].revision.number} to {newest.revision}" if len(revisions) > 1 else str(newest.revision)
        heading = Heading(f"{span}: {summary(newest)}", newest.by.name, write_moment(newest.at), newest.why)
    if kind is Kind.TEAMS:
        return powershell_teams.script(before, after, heading=heading)
    own = after.edge.platform if after.edge else Platform.LYNC2013
    return powershell_sfb.script(before, after, target=Platform(target) if target else own, heading=heading)


def _deliver(command: Command, kind: Kind, text: str, script: Script | None) -> None:
    """Write to the file asked for, with the revert script beside a change script, or to standard output."""
    given = command.arguments
    omitted = script.omitted if script else ()
    if given.output:
        written = [str(write_private(Path(given.output), encoded(text, kind)))]
        if script and kind is not Kind.REPORT and not given.revert:
            place = Path(given.output)
            written.append(
                str(write_private(place.with_suffix(f".revert{place.suffix}"), encoded(script.revert, kind)))
            )
        if command.json:
            command.show({"written": written, "format": kind.value, "omitted": omitted})
        else:
            output.say("\n".join(f"wrote {name}" for name in written))
    elif command.json:
        revert = script.revert if script else None
        command.show({"format": kind.value, "content": text, "revert": revert, "omitted": omitted})
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(encoded(text, kind))
        sys.stdout.buffer.flush()
    if not command.json:
        for note in omitted:
            complain(f"not in the export: {note}")
