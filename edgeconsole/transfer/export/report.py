"""The hand-over report of a revision range in Markdown: what changed, what that opens and closes, evidence, script."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.observed import DiscoveredPartner, Failure, PartnerCounters
from edgeconsole.model.revision import RevisionRecord
from edgeconsole.model.text import clean
from edgeconsole.rules.impact import impact
from edgeconsole.rules.index import RuleIndex
from edgeconsole.transfer import records
from edgeconsole.transfer.export.powershell_text import Script
from edgeconsole.transfer.normal import text_of

_MARKUP = re.compile(r"([\\`*_\[\]<>|#~!])")
MAX_FAILURES = 20
"""Failures listed; a ticket needs the latest, not all."""


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What the edge saw of the domains in question; empty where no proxy runs."""

    counters: tuple[PartnerCounters, ...] = ()
    failures: tuple[Failure, ...] = ()
    discovered: tuple[DiscoveredPartner, ...] = ()


UNOBSERVED = Observed()


def write_report(
    revisions: Sequence[RevisionRecord],
    before: Configuration,
    after: Configuration,
    *,
    observed: Observed = UNOBSERVED,
    script: Script | None = None,
) -> str:
    """Return the report of the revisions, newest first, that lead from one configuration to the other."""
    changed = list(records.changed(before, after))
    domains = _domains(changed)
    parts = [
        _title(revisions),
        _revisions(revisions),
        _changes(changed),
        _effect(before, after, domains),
        _evidence(domains, observed),
        *(() if script is None else (_script("Script", script.change), _script("Revert script", script.revert))),
        *(() if script is None or not script.omitted else (_list("Not in the script", script.omitted),)),
    ]
    return "\n\n".join(parts) + "\n"


def safe(text: object) -> str:
    """Return a text that Markdown shows as it is: nothing hidden, no markup, no line break."""
    return _MARKUP.sub(r"\\\1", str(clean(" ".join(str(text).split()), 300)))


def _title(revisions: Sequence[RevisionRecord]) -> str:
    if not revisions:
        return "# Federation change"
    first, last = revisions[-1].revision.number, revisions[0].revision.number
    span = f"revision {last}" if first == last else f"revisions {first} to {last}"
    return f"# Federation change: {span}"


def table_of(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table whose cells are shown as they are."""
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(safe(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _revisions(revisions: Sequence[RevisionRecord]) -> str:
    rows = [
        (record.revision, records.write_moment(record.at), record.by.name, record.by.via or "-", record.why or "-")
        for record in revisions
    ]
    return "## Revisions\n\n" + (table_of(("revision", "when", "who", "via", "why"), rows) if rows else "None.")


def _changes(changed: Sequence[records.Changed]) -> str:
    rows = fields_changed(changed)
    return "## Change\n\n" + (
        table_of(("table", "record", "field", "before", "after"), rows) if rows else "The rules are the same."
    )


def fields_changed(changed: Iterable[records.Changed]) -> list[tuple[object, ...]]:
    """Return a row for each field that differs: table, record, field, before, after."""
    rows: list[tuple[object, ...]] = []
    for table, key, was, now in changed:
        old = {} if was is None else records.to_raw(table, was)
        new = {} if now is None else records.to_raw(table, now)
        for name, field in records.fields_of(table).items():
            absent = None if was is not None and now is not None else field.default
            if old.get(name) != new.get(name) and (old.get(name) or new.get(name)) != absent:
                rows.append((table.value, key or "-", name, text_of(old.get(name)), text_of(new.get(name))))
    return rows


def _domains(changed: Iterable[records.Changed]) -> list[str]:
    """Return the domains that changed records name."""
    found: dict[str, None] = {}
    for table, key, was, now in changed:
        if table is Table.DOMAIN:
            found[key] = None
        if table is Table.XMPP_PARTNER:
            found |= dict.fromkeys([name for record in (was, now) if record is not None for name in record.domains])
    return list(found)


def _effect(before: Configuration, after: Configuration, domains: Sequence[str]) -> str:
    """Say what the rules themselves make of the change; the edge decides by the same ones."""
    found = impact(RuleIndex.compile(before), RuleIndex.compile(after), domains)
    lines = [
        f"- {word}: {', '.join(map(safe, names))}"
        for word, names in (("opened", found.opened), ("closed", found.closed), ("reached otherwise", found.moved))
        if names
    ]
    if found.opens_to_strangers:
        lines.append("- partner discovery is on: any domain with SRV records may reach our users")
    return "## Effect\n\n" + ("\n".join(lines) or "- no domain is opened or closed")


def _evidence(domains: Sequence[str], observed: Observed) -> str:
    wanted = set(domains)
    parts = ["## Evidence"]
    counters = [row for row in observed.counters if row.domain in wanted]
    if counters:
        rows = [
            (row.domain, row.relayed_in, row.relayed_out, row.denied_in, row.denied_out, row.failed) for row in counters
        ]
        parts.append(table_of(("domain", "relayed in", "relayed out", "denied in", "denied out", "failed"), rows))
    failures = [row for row in observed.failures if row.domain in wanted][:MAX_FAILURES]
    if failures:
        failed = [(records.write_moment(row.at), row.domain, row.stage, row.code, row.text) for row in failures]
        parts.append(table_of(("when", "domain", "stage", "code", "text"), failed))
    discovered = [row for row in observed.discovered if row.domain in wanted]
    if discovered:
        seen = [(row.domain, records.write_moment(row.last_seen), row.messages, row.outcome) for row in discovered]
        parts.append(table_of(("discovered", "last seen", "messages", "outcome"), seen))
    if len(parts) == 1:
        parts.append("Nothing was observed of these domains, or no proxy was asked.")
    return "\n\n".join(parts)


def _script(title: str, text: str) -> str:
    return f"## {title}\n\n{fenced(text, 'powershell')}"


def fenced(text: str, language: str) -> str:
    """Return a text that is shown as it is, in a fence that no run of backticks in it can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}{fence}"


def _list(title: str, lines: Iterable[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {safe(line)}" for line in lines)
