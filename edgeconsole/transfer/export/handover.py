"""The hand-over file in Markdown: state, what changed and why, what is broken since when, what waits, and the scripts.

Whatever a partner sent stands in it as inert text; secrets cannot, since the configuration holds references only.
"""

import json
import shlex
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.observed import Failure
from edgeconsole.model.plan import PendingConfirm
from edgeconsole.model.probe import Severity, StageState, TargetStatus
from edgeconsole.model.revision import Revision, RevisionRecord
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.terms import Action
from edgeconsole.model.text import clean
from edgeconsole.transfer import records
from edgeconsole.transfer.export.report import fenced, fields_changed, safe, table_of

MOST_CHANGES = 2_000
"""Records a script has; beyond that the whole revision is the way back, and the file stays one a person can read."""

_MOST_FAILING = 50
_MOST_FIELDS = 60
_END = "CHANGES"
"""Ends the list of changes in a script; JSON has no such line."""


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """A draft: whose it is, and what it would change."""

    name: str
    updated: datetime
    changes: tuple[Change, ...]


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is handed over."""

    at: datetime
    snapshot: Snapshot
    reach: tuple[str, ...] = ()
    """The options by which a command reaches this edge: `--context prod`."""
    revisions: tuple[RevisionRecord, ...] = ()
    """What is told as lately changed, newest first."""
    before: Configuration | None = None
    """What was in force before the oldest of them; None where that cannot be put together."""
    again: tuple[Change, ...] = ()
    """Makes the change from before to now once more."""
    back: tuple[Change, ...] = ()
    """Takes it back."""
    missing: str = ""
    """Why there are no scripts."""
    confirm: bool = False
    """Whether the edge can take a change back by itself unless it is kept."""
    staged: tuple[Staged, ...] = ()


def write_handover(given: HandOver) -> str:
    """Return the file."""
    parts = [
        _title(given),
        _state(given),
        *_changed(given),
        _broken(given),
        _waiting(given),
        *_scripts(given),
    ]
    return "\n\n".join(parts) + "\n"


def _title(given: HandOver) -> str:
    edge = given.snapshot.configuration.edge
    name = edge.fqdn if edge is not None else "an edge without a configuration"
    return f"# Hand-over: {safe(name)}\n\nWritten {_moment(given.at)}."


def _moment(at: datetime | None) -> str:
    return "-" if at is None else records.write_moment(at.replace(microsecond=0))


def _state(given: HandOver) -> str:
    snapshot = given.snapshot
    lines = []
    if snapshot.connection is not Connection.LIVE:
        since = f" since {_moment(snapshot.down_since)}" if snapshot.down_since else ""
        lines.append(f"- **The edge does not answer{since}**: {safe(snapshot.problem or 'it was not read yet')}")
        lines.append(f"- What follows was read {_moment(snapshot.taken_at)}")
    lines += [f"- {each}" for each in (*_revision_lines(snapshot), *_rule_lines(snapshot))]
    health = snapshot.health
    if health is not None:
        lines += [f"- warning: {safe(each)}" for each in health.warnings]
        lines += [f"- **problem**: {safe(each)}" for each in health.problems]
    return "## State now\n\n" + "\n".join(lines)


def _revision_lines(snapshot: Snapshot) -> list[str]:
    health = snapshot.health
    if health is None:
        return []
    told = [f"saved: {_revision(health.saved)}, running: {_revision(health.running)}"]
    if health.running is not None and health.saved is not None and health.running.etag != health.saved.etag:
        told.append("**what is saved is not what runs**: edgeconsole diff shows it, edgeconsole reload enforces it")
    if not health.enforcing:
        told.append("nothing enforces this file: no proxy runs on it")
    told += [f"listener {each.name} {safe(each.address)}: {each.state.value}" for each in health.listeners]
    if health.certificate_expires is not None:
        told.append(f"our outside certificate ends {_moment(health.certificate_expires)}")
    return told


def _revision(revision: Revision | None) -> str:
    return "none" if revision is None else str(revision)


def _rule_lines(snapshot: Snapshot) -> list[str]:
    rules = snapshot.configuration
    blocked = sum(each.action is Action.BLOCK for each in rules.domains)
    switches = rules.access_edge
    return [
        f"federation is {_switch(switches.federation)}, partner discovery {_switch(switches.partner_discovery)}",
        f"{len(rules.domains) - blocked} domains allowed, {blocked} blocked, {len(rules.hosting_providers)} hosting "
        f"providers, {len(rules.xmpp_partners)} XMPP partners, {len(rules.policies)} policies",
        f"{len(snapshot.sessions)} live sessions, {len(snapshot.discovered)} domains seen that are not listed",
    ]


def _switch(on: bool) -> str:
    return "ON" if on else "off"


def _changed(given: HandOver) -> list[str]:
    if not given.revisions:
        return ["## What changed lately\n\nNothing that the history tells of."]
    tickets = _tickets(given)
    rows = [
        (
            each.revision,
            _moment(each.at),
            f"{each.by.name} ({each.by.via})" if each.by.via else each.by.name,
            each.origin.value,
            each.why or "-",
            ", ".join(sorted({tickets[step.key] for step in each.differences if tickets.get(step.key)})) or "-",
        )
        for each in given.revisions
    ]
    parts = [
        "## What changed lately\n\n" + table_of(("revision", "when", "who", "how", "why", "ticket on record"), rows)
    ]
    if given.before is not None:
        found = fields_changed(records.changed(given.before, given.snapshot.configuration))
        more = f"\n\n{len(found) - _MOST_FIELDS} more fields are in the script." if len(found) > _MOST_FIELDS else ""
        table = table_of(("table", "record", "field", "before", "after"), found[:_MOST_FIELDS])
        parts.append(f"Together, field by field:\n\n{table}{more}" if found else "Together they change nothing.")
    return parts


def _tickets(given: HandOver) -> dict[str, str]:
    """Return the ticket that each domain's record names, as it was or as it is."""
    found: dict[str, str] = {}
    for rules in (given.before, given.snapshot.configuration):
        if rules is not None:
            found |= {each.name: each.ticket for each in rules.domains if each.ticket}
    return found


def _broken(given: HandOver) -> str:
    snapshot = given.snapshot
    failing = [each for each in snapshot.probes.targets if each.severity in (Severity.CRITICAL, Severity.WARNING)]
    failing.sort(key=lambda each: (each.severity is not Severity.CRITICAL, each.since or given.at))
    parts = ["## What is broken"]
    parts += [_target(each) for each in failing[:_MOST_FAILING]]
    if len(failing) > _MOST_FAILING:
        parts.append(f"- {len(failing) - _MOST_FAILING} more: `edgeconsole probe --failing` has them all")
    failures = _grouped(snapshot.failures)
    if failures:
        rows = [
            (
                last.domain,
                last.direction.value,
                last.stage,
                last.code or "-",
                count,
                _moment(first.at),
                _moment(last.at),
                last.text,
            )
            for first, last, count in failures[:_MOST_FAILING]
        ]
        titles = ("domain", "way", "stage", "code", "times", "first", "last", "text")
        parts.append("Messages and connections that failed or were refused:\n\n" + table_of(titles, rows))
    if len(parts) == 1:
        parts.append("Nothing that probes or traffic tell of.")
    return "\n\n".join(parts)


def _target(target: TargetStatus) -> str:
    """Return what probes know of a target that is not well: since when, at which stage, by which evidence."""
    lines = [
        f"- **{safe(target.target)}** ({target.kind.value}): {target.severity.value} since {_moment(target.since)}"
        + (", flapping" if target.flapping else "")
    ]
    last = target.last
    if last is None:
        return lines[0]
    lines.append(f"  - probed {_moment(last.started)} from {safe(last.vantage)}: {safe(last.summary)}")
    ladder = " → ".join(f"{each.stage.value} {each.state.value}" for each in last.stages)
    if ladder:
        lines.append(f"  - stages: {safe(ladder)}")
    lines += [
        f"  - {safe(each.stage.value)} failed: {safe(each.why)}"
        for each in last.stages
        if each.state is StageState.FAILED and each.why
    ]
    for finding in last.findings:
        if finding.severity in (Severity.CRITICAL, Severity.WARNING) and not finding.expected:
            lines.append(f"  - {safe(finding.code)}: {safe(finding.what)}. Do: {safe(finding.fix)}")
    return "\n".join(lines)


def _grouped(failures: Sequence[Failure]) -> list[tuple[Failure, Failure, int]]:
    """Return failures of one kind together: the first, the last, how many; the latest kind first."""
    kinds: dict[tuple[object, ...], list[Failure]] = {}
    for each in sorted(failures, key=lambda one: one.at):
        kinds.setdefault((each.domain, each.direction, each.stage, each.code, each.text), []).append(each)
    return sorted(((found[0], found[-1], len(found)) for found in kinds.values()), key=lambda one: one[1].at)[::-1]


def _waiting(given: HandOver) -> str:
    pending = given.snapshot.health.pending if given.snapshot.health else None
    lines = [] if pending is None else [_pending(pending)]
    for draft in given.staged:
        names = ", ".join(safe(_named(change.table, change.key)) for change in draft.changes[:20])
        more = f" and {len(draft.changes) - 20} more" if len(draft.changes) > 20 else ""
        lines.append(f"- staged by {safe(draft.name)}, {_moment(draft.updated)}, not applied: {names}{more}")
    return "## What waits\n\n" + ("\n".join(lines) or "Nothing is staged here and nothing waits to be kept.")


def _pending(pending: PendingConfirm) -> str:
    left = timedelta(seconds=round(pending.seconds_left))
    return (
        f"- **{pending.after} goes back to {pending.before} at {_moment(pending.deadline)}** ({left} from the last "
        f"reading) unless it is kept; applied by {safe(pending.by.name)}: {safe(pending.why or 'no reason given')}. "
        "`edgeconsole confirm` keeps it, `edgeconsole rollback` takes it back now."
    )


def _named(table: Table, key: str) -> str:
    return f"{table.value} {key}" if key else table.value


def _scripts(given: HandOver) -> list[str]:
    parts = []
    if given.revisions:
        span = _span(given.revisions)
        if given.missing:
            parts.append(f"## Scripts\n\nThere are none for {span}: {safe(given.missing)}.")
        elif given.again:
            parts.append(_script(given, "Change script", f"makes {span} once more", given.again))
            parts.append(_script(given, "Revert script", f"takes {span} back and nothing else", given.back))
    for draft in given.staged:
        if draft.changes:
            parts.append(_script(given, "Script of what is staged", f"applies what {draft.name} staged", draft.changes))
    if parts and given.confirm:
        keep = shlex.join(["edgeconsole", *given.reach, "confirm"])
        parts.append(
            "## Keep it\n\nEach script's change goes back by itself after ten minutes. Look whether it works, then:\n\n"
            + fenced(f"{keep}\n", "sh")
        )
    return parts


def _span(revisions: Sequence[RevisionRecord]) -> str:
    first, last = revisions[-1].revision.number, revisions[0].revision.number
    return f"revision {first}" if first == last else f"revisions {first} to {last}"


def _script(given: HandOver, title: str, what: str, changes: Sequence[Change]) -> str:
    head = f"## {title}\n\nIt {safe(what)}; as one change, planned on what is saved then.\n\n"
    if len(changes) > MOST_CHANGES:
        return (
            f"{head}It has {len(changes):,} records, more than stand here: `edgeconsole rollback` has whole revisions."
        )
    why = f"hand-over of {_moment(given.at)}: {title.lower()} {what}"
    confirm = ["--confirm", "10m"] if given.confirm else []
    line = shlex.join(["edgeconsole", *given.reach, "apply", "-", "--yes", *confirm, "--why", clean(why, 200)])
    # ASCII only, so that nothing in a value can turn the eye or the terminal of whoever reads the script.
    body = ",\n".join(json.dumps(msgspec.to_builtins(each)) for each in changes)
    return head + fenced(f"{line} <<'{_END}'\n[\n{body}\n]\n{_END}\n", "sh")
