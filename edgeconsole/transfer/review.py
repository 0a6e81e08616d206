"""What an import would do, row by row, before anything is staged: every entry judged against the configuration."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

import msgspec

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import DomainName
from edgeconsole.model.terms import Action, Match
from edgeconsole.model.text import clean
from edgeconsole.transfer import records
from edgeconsole.transfer.detect import Read
from edgeconsole.transfer.normal import Normal, normal, text_of
from edgeconsole.transfer.parsed import Entry, Standing

Check = Callable[[Table, Mapping[str, Any]], str | None]
"""What the schema of the configuration file says against a record, key included; None where nothing."""

MAX_REASON = 240
_TOLD_EVERY = 500
"""Rows after which the progress of judging is told."""


class State(Enum):
    """What an entry is beside the configuration."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    DUPLICATE = "duplicate"
    """An earlier row of the file says the very same."""
    CONFLICT = "conflict"
    """The file and the configuration, or two rows, contradict each other."""
    INVALID = "invalid"
    NEEDS_REVIEW = "needs-review"
    PROPOSAL = "proposal"


class ConflictPolicy(Enum):
    """Who is right where the file and the configuration contradict each other; block > limited > allow."""

    KEEP_MINE = "keep-mine"
    TAKE_FILE = "take-file"
    STRICTEST = "strictest"


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the review; every text is safe to draw."""

    state: State
    table: Table
    key: str
    line: int
    """Line of the file, or item of a JSON list; 0 where that is not known."""
    reason: str
    change: Change | None = None
    selected: bool = False
    """Whether applying takes the row. A selected invalid row stops the whole import."""


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """All rows of a file, in its order, and what to know about the file as a whole."""

    format: str
    encoding: str
    rows: tuple[ReviewRow, ...]
    warnings: tuple[str, ...] = ()
    unit: str = "line"

    @property
    def clean(self) -> bool:
        """Whether no row is invalid or in conflict."""
        return not any(row.state in (State.INVALID, State.CONFLICT) for row in self.rows)


def review(
    read: Read,
    configuration: Configuration,
    *,
    conflict: ConflictPolicy = ConflictPolicy.KEEP_MINE,
    check: Check | None = None,
    progress: Callable[[int], object] | None = None,
) -> Review:
    """Judge every entry of a file against a configuration; `progress` is told now and then how many are judged."""
    judging = _Judging(configuration, conflict, check, progress)
    return Review(
        format=read.parsed.format.value,
        encoding=read.encoding,
        rows=tuple(judging.rows(read.parsed.entries)),
        warnings=read.warnings,
        unit=read.parsed.unit,
    )


def choose(found: Review, *, take: Iterable[str] = (), leave: Iterable[str] = ()) -> Review:
    """Select and deselect rows by key. Raises BadInput for a key that no row has, or that cannot be taken."""
    wanted, unwanted = set(take), set(leave)
    missing = (wanted | unwanted) - {row.key for row in found.rows}
    if missing:
        raise BadInput(
            f"no row has the key {sorted(missing)[0]!r}",
            remedy="Keys are those of the review, as edgeconsole import FILE prints it",
        )
    hopeless = wanted - {row.key for row in found.rows if row.change is not None}
    if hopeless:
        raise BadInput(f"there is nothing to take for {sorted(hopeless)[0]!r}", remedy="See the reason of its row")
    rows = tuple(
        msgspec.structs.replace(
            row, selected=(row.selected or (row.key in wanted and row.change is not None)) and row.key not in unwanted
        )
        for row in found.rows
    )
    return msgspec.structs.replace(found, rows=rows)


def with_taken(found: Review, taken: frozenset[int]) -> Review:
    """Return the review with exactly the rows of those places selected."""
    rows = tuple(
        row if row.selected is (place in taken) else msgspec.structs.replace(row, selected=place in taken)
        for place, row in enumerate(found.rows)
    )
    return msgspec.structs.replace(found, rows=rows)


def changes(found: Review, *, skip_invalid: bool = False) -> tuple[Change, ...]:
    """Return the changes of the selected rows, to be made as one.

    Raises BadInput with all problems where an invalid row is still selected; nothing is ever taken in part.
    """
    invalid = [row for row in found.rows if row.state is State.INVALID and row.selected]
    if invalid and not skip_invalid:
        problems = tuple(Problem(message=row.reason, line=row.line or None, field=row.key[:80]) for row in invalid[:50])
        raise BadInput(
            f"{len(invalid)} of {len(found.rows)} rows cannot be taken, so none was",
            remedy="Correct them, leave them out with --leave KEY, or all of them with --skip-invalid",
            problems=problems,
        )
    taken: dict[tuple[Table, str], Change] = {}
    for row in found.rows:
        if not row.selected or row.change is None:
            continue
        if (row.table, row.key) in taken:
            raise BadInput(f"two rows for {row.key or row.table.value!r} are selected", remedy="Leave one of them out")
        taken[row.table, row.key] = row.change
    return tuple(taken.values())


class _Judging:
    """One file beside one configuration."""

    def __init__(
        self,
        configuration: Configuration,
        conflict: ConflictPolicy,
        check: Check | None,
        progress: Callable[[int], object] | None,
    ) -> None:
        self._progress = progress or (lambda _judged: None)
        self._conflict = conflict
        self._check = check
        self._mine = {table: kept.records(configuration) for table, kept in records.KEPT.items()}
        self._ours = {domain.name for domain in configuration.sip_domains}
        self._blocks = {domain.name: domain.match for domain in configuration.domains if domain.action is Action.BLOCK}
        self._suffix_match = configuration.access_edge.suffix_match
        self._xmpp = {name for partner in configuration.xmpp_partners for name in partner.domains}
        self._first: dict[tuple[Table, str], Normal] = {}
        self._contradicted: dict[tuple[Table, str], str] = {}

    def rows(self, entries: Iterable[Entry]) -> list[ReviewRow]:
        """Judge all entries; the whole file is looked through first, since its rows may contradict each other."""
        normals = [self._normal(entry) for entry in entries]
        for found in normals:
            if isinstance(found, Normal) and found.entry.standing is Standing.RULE:
                self._look_through(found)
        rows: list[ReviewRow] = []
        for found in normals:
            rows.append(self._row(found) if isinstance(found, Normal) else found)
            if len(rows) % _TOLD_EVERY == 0:
                self._progress(len(rows))
        return rows

    def _normal(self, entry: Entry) -> Normal | ReviewRow:
        if entry.standing is Standing.INVALID:
            return _invalid(entry, entry.reason)
        if not entry.key and records.KEPT[entry.table].key and entry.standing is Standing.NEEDS_REVIEW:
            return _row(entry, "-", State.NEEDS_REVIEW, entry.reason)
        try:
            found = normal(entry)
        except BadInput as error:
            if entry.standing is Standing.NEEDS_REVIEW and not entry.fields:
                return _row(entry, entry.key, State.NEEDS_REVIEW, entry.reason)
            return _invalid(entry, error.message)
        if entry.table is Table.SIP_DOMAIN:
            self._ours.add(DomainName(found.key))
        return found

    def _look_through(self, found: Normal) -> None:
        place = (found.entry.table, found.key)
        first = self._first.setdefault(place, found)
        if first is found:
            return
        was, now = _severity(found.entry.table, first.fields), _severity(found.entry.table, found.fields)
        if was == now:
            return
        if self._conflict is ConflictPolicy.STRICTEST:
            if (now or 0) > (was or 0):
                self._first[place] = found
            return
        lines = f"{first.entry.line} and {found.entry.line}"
        self._contradicted[place] = f"the rows {lines} of the file contradict each other: which one is meant?"

    def _row(self, found: Normal) -> ReviewRow:
        entry, place = found.entry, (found.entry.table, found.key)
        against = self._against(found)
        if against:
            return _invalid(entry, against)
        if entry.standing is Standing.RULE:
            if place in self._contradicted:
                return _invalid(entry, self._contradicted[place])
            first = self._first[place]
            if first is not found:
                if first.fields == found.fields:
                    return _row(entry, found.key, State.DUPLICATE, f"the same as row {first.entry.line} of the file")
                reason = f"row {first.entry.line} of the file has this record already; that one counts"
                return _row(entry, found.key, State.CONFLICT, reason)
        return self._judged(found)

    def _against(self, found: Normal) -> str:
        """Return why an entry must not be taken at all: our own domains never become partners."""
        table = found.entry.table
        if table in (Table.DOMAIN, Table.XMPP_PARTNER):
            for name in (found.key, *(found.fields.get("additional_domains") or ())):
                if name in self._ours:
                    return f"{name} is one of our own SIP domains; it cannot be a partner"
        if table is Table.SIP_DOMAIN and found.key in self._mine[Table.DOMAIN]:
            return f"{found.key} is a federated domain here; it cannot be ours as well"
        return ""

    def _judged(self, found: Normal) -> ReviewRow:
        entry, table, key = found.entry, found.entry.table, found.key
        record = self._mine[table].get(key)
        mine = None if record is None else records.to_raw(table, record)
        if not found.fields and entry.standing is Standing.NEEDS_REVIEW:
            return _row(entry, key, State.NEEDS_REVIEW, _told(entry.reason, found.notes))
        after = records.filled(table, {**(mine or {}), **found.fields, **_named(table, key)})
        if after.get("action") == "block" and not found.fields.get("access_edge"):
            after["access_edge"] = None
        wrong = self._wrong(table, after)
        if wrong:
            return _invalid(entry, wrong)
        change = _change(table, key, mine, after)
        if mine is not None and change is None:
            return _row(entry, key, State.SAME, "")
        if entry.standing is Standing.PROPOSAL and mine is not None:
            return _row(entry, key, State.SAME, f"listed already: {mine.get('action')}")
        summary = _differences(mine, after)
        if entry.standing is not Standing.RULE:
            state = State.PROPOSAL if entry.standing is Standing.PROPOSAL else State.NEEDS_REVIEW
            return _row(entry, key, state, _told(entry.reason, found.notes), change)
        return self._ruled(found, mine, after, summary, change)

    def _ruled(
        self, found: Normal, mine: records.Raw | None, after: records.Raw, summary: str, change: Change | None
    ) -> ReviewRow:
        entry, key = found.entry, found.key
        contradiction = self._contradiction(found, mine, after)
        if contradiction is None:
            notes = (*found.notes, *self._covered(entry.table, key, after))
            state = State.NEW if mine is None else State.CHANGED
            return _row(entry, key, state, _told(summary, notes), change, selected=True)
        words, stricter = contradiction
        taken = {
            ConflictPolicy.KEEP_MINE: False,
            ConflictPolicy.TAKE_FILE: True,
            ConflictPolicy.STRICTEST: stricter,
        }[self._conflict]
        verdict = "the file is taken" if taken else "mine is kept"
        return _row(entry, key, State.CONFLICT, _told(f"{words}: {verdict}", found.notes), change, selected=taken)

    def _contradiction(self, found: Normal, mine: records.Raw | None, after: records.Raw) -> tuple[str, bool] | None:
        """Return in words how file and configuration contradict each other, and whether the file is the stricter."""
        table, key = found.entry.table, found.key
        if table is Table.XMPP_PARTNER:
            block = next(
                (b for name in (key, *(after["additional_domains"] or ())) for b in self._blocking(name)), None
            )
            return (f"the block of {block} here refuses it all the same", False) if block and mine is None else None
        now = _severity(table, after)
        if now is None:
            return None
        if mine is None:
            if now and after["action"] == "block" and key in self._xmpp:
                return "an XMPP partner here, blocked in the file", True
            return None
        was = _severity(table, mine) or 0
        return None if was == now else (f"{_SEVERITIES[was]} here, {_SEVERITIES[now]} in the file", now > was)

    def _covered(self, table: Table, key: str, after: records.Raw) -> tuple[str, ...]:
        if table is not Table.DOMAIN or after["action"] == "block":
            return ()
        return tuple(f"the block of {name} here wins" for name in self._blocking(key) if name != key)

    def _blocking(self, domain: str) -> list[str]:
        """Return the blocked names here that cover a domain, itself first."""
        labels = domain.split(".")
        names = (DomainName(".".join(labels[place:])) for place in range(len(labels)))
        return [name for name in names if name in self._blocks and (name == domain or self._covers(name))]

    def _covers(self, name: DomainName) -> bool:
        return self._suffix_match and self._blocks[name] is Match.SUBTREE

    def _wrong(self, table: Table, after: records.Raw) -> str:
        for field in records.fields_of(table).values():
            if field.required and after[field.name] is None:
                return f"{field.name} is missing"
        if after.get("action") == "block" and after.get("access_edge"):
            return "a blocked domain has no Access Edge"
        present = {name: value for name, value in after.items() if value is not None}
        return (self._check(table, present) if self._check else None) or ""


_SEVERITIES = ("allowed", "limited", "blocked")


def _severity(table: Table, raw: Mapping[str, Any]) -> int | None:
    """Return how strict a domain's record is: block > limited > allow; None for records that allow nothing by it."""
    if table is not Table.DOMAIN:
        return None
    if raw.get("action") == "block":
        return 2
    return 1 if raw.get("verification") == "always-unverifiable" else 0


def _named(table: Table, key: str) -> records.Raw:
    return {records.KEPT[table].key: key} if records.KEPT[table].key else {}


def _change(table: Table, key: str, mine: records.Raw | None, after: records.Raw) -> Change | None:
    """Return the smallest change that leads to a record; None where it is so already."""
    natural = records.KEPT[table].key
    if mine is None:
        fields = records.fields_of(table)
        told = {
            name: value
            for name, value in after.items()
            if value is not None and name != natural and (fields[name].required or value != fields[name].default)
        }
        return Change(table=table, key=key, fields=told)
    told = {name: value for name, value in after.items() if value != mine[name]}
    return Change(table=table, key=key, fields=told) if told else None


def _differences(mine: records.Raw | None, after: records.Raw) -> str:
    if mine is None:
        action = after.get("action")
        told = [str(action)] if action else []
        told += [f"{name} {text_of(after[name])}" for name in ("access_edge", "proxy_fqdn") if after.get(name)]
        return ", ".join(told)
    return ", ".join(
        f"{name} {text_of(mine[name])} -> {text_of(value)}" for name, value in after.items() if value != mine[name]
    )


def _told(reason: str, notes: Iterable[str]) -> str:
    return "; ".join(part for part in (reason, *notes) if part)


def _invalid(entry: Entry, reason: str) -> ReviewRow:
    return _row(entry, entry.key, State.INVALID, reason, selected=True)


def _row(
    entry: Entry, key: str, state: State, reason: str, change: Change | None = None, *, selected: bool = False
) -> ReviewRow:
    return ReviewRow(
        state=state,
        table=entry.table,
        key=str(clean(key)),
        line=entry.line,
        reason=str(clean(reason, MAX_REASON)),
        change=change,
        selected=selected,
    )
