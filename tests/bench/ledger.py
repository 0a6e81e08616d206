"""Every budget as one row: what was measured, against what, how far the rounds spread, met or missed and why.

python -m tests.bench.ledger           print the table and what is missed
python -m tests.bench.ledger README.md also put the short table between the markers of that file

Figures are kept in bench/results.json, and to be read in bench/results.md.
"""

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parents[2] / "bench"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
UNMEASURED = "not measured"


class Budget(msgspec.Struct, frozen=True):
    """What one figure may be; `limit` bounds the ratio where there is a reference, else the figure itself."""

    what: str
    limit: float
    unit: str
    """Of the figure; empty for a plain number."""
    reference: str = ""
    """The floor or the peer the figure is divided by, taken in the same round."""
    at_least: bool = False
    worst: bool = False
    """Judged by the worst round; the others are judged by the median."""


HELLO = "a Textual hello-world"
BUDGETS: dict[str, Budget] = {
    "version": Budget("`edgeconsole --version`", 3.0, "ms", "bare `python -c pass`"),
    "status": Budget("`edgeconsole status --json`", 3.0, "ms", "`python -c` that asks once by httpx"),
    "status bare": Budget("`edgeconsole status --json`", 3.0, "ms", "bare `python -c pass`, one bare request"),
    "splash": Budget("console: something on screen", 0.2, "ms", HELLO),
    "start 1000": Budget("console usable, 1,000 domains", 1.3, "ms", HELLO),
    "start cpu 1000": Budget("CPU until usable, 1,000 domains", 1.3, "ms", HELLO),
    "start floor": Budget("the floor of that CPU: a hello-world that imports httpx and msgspec", 1.3, "ms", HELLO),
    "start 100000": Budget("console usable, 100,000 domains", 1.6, "ms", HELLO),
    "start cpu 100000": Budget("CPU until usable, 100,000 domains", 1.6, "ms", HELLO),
    "start posting": Budget("console usable, 1,000 domains", 1.0, "ms", "posting, empty"),
    "start harlequin": Budget("console usable, 1,000 domains", 1.0, "ms", "harlequin, empty"),
    "first paint": Budget("bytes of the first paint", 6_000, "B"),
    "screen switch": Budget("bytes of a screen switch", 4_000, "B"),
    "cursor": Budget("bytes of a cursor move", 300, "B"),
    "scroll": Budget("bytes of a cursor move that scrolls", 1.0, "B", "htop"),
    "page": Budget("bytes of a page", 1_500, "B"),
    "filter key": Budget("bytes of a filter key", 900, "B"),
    "idle 5 s": Budget("bytes of 5 s without a change", 0, "B"),
    "one row": Budget("bytes a second with one row changing", 50, "B"),
    "countdown": Budget("bytes a second with a change waiting to be kept", 50, "B"),
    "slow ready": Budget("slow line (150 ms, 256 kbit/s): ready", 1.8, "ms", "htop"),
    "slow key": Budget("slow line: a key, beyond the round trip", 10, "ms"),
    "slow lag": Budget("slow line: lag after holding Down 3 s", 1.3, "ms", "htop"),
    "key move": Budget("100,000 domains: a move to its paint, p95", 50, "ms"),
    "key page": Budget("100,000 domains: a page to its paint, p95", 50, "ms"),
    "key filter": Budget("100,000 domains: a filter key to its paint, p95", 50, "ms"),
    "key sort": Budget("100,000 domains: a sort to its paint, p95", 100, "ms"),
    "memory": Budget("memory of 100,000 domains above the empty console", 60, "MB"),
    "load cold": Budget("load 100,000 domains, cold", 0.4, "ms", "`tomllib`"),
    "load warm": Budget("load 100,000 domains, warm", 0.1, "ms", "`tomllib`"),
    "save": Budget("CPU to block one of 10,000 domains in the file", 0.1, "ms", "a tomlkit round trip"),
    "save synced": Budget("the same by the clock, until it is on disk", 0.1, "ms", "the tomlkit round trip, synced"),
    "decide in": Budget("decisions inbound, 100,000 domains", 200_000, "/s", at_least=True),
    "decide out": Budget("decisions outbound, 100,000 domains", 200_000, "/s", at_least=True),
    "toggle 1000": Budget("toggle until enforced, p99, 1,000 domains", 50, "ms"),
    "toggle 100000": Budget("toggle until enforced, p99, 100,000 domains", 250, "ms"),
    "loading p99": Budget("SIP round trip p99 while 100,000 domains load", 50, "ms"),
    "probing": Budget("a message late at p99 while 1,000 targets are probed", 50, "ms"),
    "relay": Budget("CPU of a relayed SIP MESSAGE, one at a time", 1.5, "us", "Kamailio `t_relay`"),
    "relay floor": Budget("the floor of that: two bare asyncio TLS echoes", 1.5, "us", "Kamailio `t_relay`"),
    "relay pipelined": Budget("CPU of a relayed SIP MESSAGE, 50 under way", 1.5, "us", "Kamailio `t_relay`"),
    "stanza": Budget("CPU of a relayed XMPP stanza, one at a time", 0.5, "us", "Prosody taking it"),
    "chain": Budget("CPU of a full probe chain", 0.4, "us", "blackbox_exporter, the part both do"),
    "idle": Budget("memory of an idle TLS connection", 45, "kB"),
    "keys": Budget("keys of each on-call task", 1.0, "keys", "the task's budget", worst=True),
}  # fmt: skip
"""In the order of the table."""

_IMPORTS = (
    "of a hello-world's time httpx and msgspec take 0.3 behind the first frame (the floor), our own 140 modules 0.2, "
    "ten answers of the edge 0.1, two paints of a full screen 0.1"
)
REASONS: dict[str, str] = {
    "start floor": "what the edge is asked with, before one line of ours",
    "status bare": "asyncio, msgspec and httpx are imported to ask: these alone take 13 times what Python does alone",
    "start 1000": _IMPORTS,
    "start cpu 1000": _IMPORTS,
    "start 100000": _IMPORTS + "; 5 MB of domains are read 0.3, indexed 0.1",
    "start cpu 100000": _IMPORTS + "; 5 MB of domains are read 0.3, indexed 0.1",
    "slow ready": "the same CPU of the start, at this end of the line, against a program in C",
    "toggle 100000": "a revision writes, reads back and hashes the whole file before it is enforced",
    "relay": "two bare TLS echoes on asyncio alone take nearly all of the budget; reading and deciding come on top",
    "relay pipelined": "the sockets cost little here: some 120 calls of Python read, check and forward a message",
    "chain": "both speak TLS by OpenSSL; what is left is Python and asyncio",
}  # fmt: skip
"""Why a budget is missed, by its key; told where it is."""


class Row(msgspec.Struct, frozen=True):
    """One budget as it came out."""

    measured: float
    """Median, in the budget's unit."""
    reference: float | None
    judged: float
    """Median of the rounds' ratios or the worst of them, of the figures themselves where there is no reference."""
    least: float
    most: float
    rounds: int
    met: bool
    load: float
    """Others' work on the machine: the load average of a minute at the end."""
    at: datetime


class Results(msgspec.Struct, frozen=True):
    """All that is known by measuring."""

    rows: dict[str, Row] = {}
    scale: dict[str, dict[int, float]] = {}
    """What was measured at several numbers of domains: figures by that number, by name with unit."""


def row(budget: Budget, values: Sequence[float], against: Sequence[float] | None, load: float, at: datetime) -> Row:
    """Judge the rounds of one budget; `against` has the reference of each round."""
    if bool(budget.reference) is not (against is not None):
        raise ValueError(f"{budget.what}: the budget and the rounds disagree about a reference")
    each = list(values) if against is None else [mine / other for mine, other in zip(values, against, strict=True)]
    worst = min(each) if budget.at_least else max(each)
    judged = worst if budget.worst else statistics.median(each)
    met = judged >= budget.limit if budget.at_least else judged <= budget.limit
    reference = None if against is None else statistics.median(against)
    return Row(statistics.median(values), reference, judged, min(each), max(each), len(each), met, load, at)


def note(key: str, values: Sequence[float], against: Sequence[float] | None = None) -> None:
    """Keep the rounds of one budget in bench/results.json; the other rows stay."""
    kept = recall()
    rows = kept.rows | {key: row(BUDGETS[key], values, against, os.getloadavg()[0], datetime.now(UTC))}
    _keep(msgspec.structs.replace(kept, rows={each: rows[each] for each in BUDGETS if each in rows}))


def note_scale(name: str, domains: int, value: float) -> None:
    """Keep a figure that was measured with a number of domains."""
    kept = recall()
    each = dict(sorted((kept.scale.get(name, {}) | {domains: value}).items()))
    _keep(msgspec.structs.replace(kept, scale=dict(sorted((kept.scale | {name: each}).items()))))


def recall() -> Results:
    """Return what bench/results.json has; nothing where there is none, or one of another release."""
    try:
        return msgspec.json.decode((FOLDER / "results.json").read_bytes(), type=Results)
    except (FileNotFoundError, msgspec.DecodeError):
        return Results()


def forget() -> None:
    """Begin a run without the figures of the last one."""
    _keep(Results())


def _keep(results: Results) -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "results.json").write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    (FOLDER / "results.md").write_text(document(results))


def document(results: Results) -> str:
    """Return all of it as a page."""
    taken = [each.at for each in results.rows.values()]
    when = f"{min(taken):%Y-%m-%d %H:%M} to {max(taken):%H:%M} UTC" if taken else "never"
    busy = f"; load of the machine up to {max(each.load for each in results.rows.values()):.1f}" if taken else ""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    parts = [
        "# Measurements",
        f"Taken {when} by `make bench` on {machine}{busy}. A ratio is the median of rounds that took both in turn.",
        table(results.rows),
        "## Why a budget is missed",
        "\n".join(f"- {BUDGETS[key].what}: {REASONS.get(key, NO_REASON)}" for key in missed(results.rows))
        or "None is.",
        "## From 100 to 100,000 domains",
        scale_table(results.scale),
    ]
    return "\n\n".join(parts) + "\n"


NO_REASON = "no reason is known: a defect, or a machine with other work"


def scale_table(scale: dict[str, dict[int, float]]) -> str:
    """Return the figures of growing lists as Markdown."""
    sizes = sorted({size for figures in scale.values() for size in figures})
    if not sizes:
        return UNMEASURED
    lines = ["| what | " + " | ".join(f"{size:,}" for size in sizes) + " |", "|---|" + "---:|" * len(sizes)]
    for name, figures in scale.items():
        cells = (
            (f"{figures[size]:,.0f}" if figures[size] >= 100 else f"{figures[size]:.3g}") if size in figures else ""
            for size in sizes
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def short_table(rows: dict[str, Row]) -> str:
    """Return the table of the README: budget, measured, met or why not."""
    lines = ["| what | budget | measured | |", "|---|---:|---:|---|"]
    for key, budget in BUDGETS.items():
        what = f"{budget.what}, against {budget.reference}" if budget.reference else budget.what
        found = rows.get(key)
        if found is None:
            lines.append(f"| {what} | {_limit(budget)} | | {UNMEASURED} |")
            continue
        unit = "×" if budget.reference else budget.unit
        said = "met" if found.met else f"**missed**: {REASONS.get(key, NO_REASON)}"
        lines.append(f"| {what} | {_limit(budget)} | {_figure(found.judged, unit)} | {said} |")
    return "\n".join(lines)


def table(rows: dict[str, Row]) -> str:
    """Return the rows as Markdown; a budget nothing was measured for says so."""
    lines = [
        "| what | measured | against | ratio | spread | budget | |",
        "|---|---:|---|---:|---:|---:|---|",
    ]
    for key, budget in BUDGETS.items():
        limit = _limit(budget)
        found = rows.get(key)
        if found is None:
            lines.append(f"| {budget.what} | | {budget.reference} | | | {limit} | {UNMEASURED} |")
            continue
        unit = "×" if budget.reference else budget.unit
        against = f"{budget.reference}: {_figure(found.reference, budget.unit)}" if found.reference is not None else ""
        ratio = _figure(found.judged, "×") if budget.reference else ""
        spread = f"{_figure(found.least, unit)} to {_figure(found.most, unit)}, n={found.rounds}"
        said = "met" if found.met else "**missed**"
        cells = (budget.what, _figure(found.measured, budget.unit), against, ratio, spread, limit, said)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def missed(rows: dict[str, Row]) -> list[str]:
    """Return the keys of the budgets that are missed."""
    return [key for key in BUDGETS if key in rows and not rows[key].met]


def between_markers(text: str, made: str) -> str:
    """Return a document with the table between its markers. Raises ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{BEGIN} and {END} are not both there")
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def _limit(budget: Budget) -> str:
    return f"{'≥' if budget.at_least else '≤'} {_figure(budget.limit, '×' if budget.reference else budget.unit)}"


def _figure(value: float, unit: str) -> str:
    if unit == "×":
        return f"{value:.2f}×"
    digits = 0 if value >= 100 or value == int(value) else 1
    return f"{value:,.{digits}f}{unit if unit.startswith('/') else ' ' + unit}".rstrip()


def main(documents: Sequence[str]) -> int:
    """Print the table and what is missed; put the short one into the documents."""
    rows = recall().rows
    print(table(rows))
    for each in documents:
        path = Path(each)
        path.write_text(between_markers(path.read_text(), short_table(rows)))
    late, absent = missed(rows), [key for key in BUDGETS if key not in rows]
    print(f"\n{len(late)} of {len(rows)} measured budgets missed")
    for key in late:
        print(f"  {BUDGETS[key].what}: {REASONS.get(key, NO_REASON)}")
    print(f"{len(absent)} not measured" + "".join(f"\n  {BUDGETS[key].what}" for key in absent))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
