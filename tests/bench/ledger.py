"""Every budget as one row: what was measured, against what, how far the rounds spread, met or missed.

python -m tests.bench.ledger           print the table and what is missed; exit code 1 where something is
python -m tests.bench.ledger README.md also put the table between the markers of that file
"""

import os
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


BUDGETS: dict[str, Budget] = {
    "version": Budget("`edgeconsole --version`", 3.0, "ms", "bare `python -c pass`"),
    "splash": Budget("console: something on screen", 0.2, "ms", "a Textual hello-world"),
    "start 1000": Budget("console usable, 1,000 domains", 1.3, "ms", "a Textual hello-world"),
    "start 100000": Budget("console usable, 100,000 domains", 1.6, "ms", "a Textual hello-world"),
    "first paint": Budget("bytes of the first paint", 6_000, "B"),
    "screen switch": Budget("bytes of a screen switch", 4_000, "B"),
    "cursor": Budget("bytes of a cursor move", 300, "B"),
    "page": Budget("bytes of a page", 1_500, "B"),
    "filter key": Budget("bytes of a filter key", 900, "B"),
    "idle 5 s": Budget("bytes of 5 s without a change", 0, "B"),
    "one row": Budget("bytes a second with one row changing", 50, "B"),
    "load cold": Budget("load 100,000 domains, cold", 0.4, "ms", "`tomllib`"),
    "load warm": Budget("load 100,000 domains, warm", 0.1, "ms", "`tomllib`"),
    "decide in": Budget("decisions inbound, 100,000 domains", 200_000, "/s", at_least=True),
    "decide out": Budget("decisions outbound, 100,000 domains", 200_000, "/s", at_least=True),
    "toggle 1000": Budget("toggle until enforced, p99, 1,000 domains", 50, "ms"),
    "loading p99": Budget("SIP round trip p99 while 100,000 domains load", 50, "ms"),
    "relay": Budget("CPU of a relayed SIP MESSAGE, one at a time", 1.5, "us", "Kamailio `t_relay`"),
    "relay floor": Budget("the floor of that: two bare asyncio TLS echoes", 1.5, "us", "Kamailio `t_relay`"),
    "relay pipelined": Budget("CPU of a relayed SIP MESSAGE, 50 under way", 1.5, "us", "Kamailio `t_relay`"),
    "stanza": Budget("CPU of a relayed XMPP stanza, one at a time", 0.5, "us", "Prosody taking it"),
    "chain": Budget("CPU of a full probe chain", 0.4, "us", "blackbox_exporter, the part both do"),
    "idle": Budget("memory of an idle TLS connection", 45, "kB"),
}  # fmt: skip
"""In the order of the table."""


class Row(msgspec.Struct, frozen=True):
    """One budget as it came out."""

    measured: float
    """Median, in the budget's unit."""
    reference: float | None
    judged: float
    """Median of the rounds' ratios, or `measured` where there is no reference."""
    least: float
    most: float
    rounds: int
    met: bool
    load: float
    """Others' work on the machine: the load average of a minute at the end."""
    at: datetime


def row(budget: Budget, values: Sequence[float], against: Sequence[float] | None, load: float, at: datetime) -> Row:
    """Judge the rounds of one budget; `against` has the reference of each round."""
    if bool(budget.reference) is not (against is not None):
        raise ValueError(f"{budget.what}: the budget and the rounds disagree about a reference")
    each = list(values) if against is None else [mine / other for mine, other in zip(values, against, strict=True)]
    judged = statistics.median(each)
    met = judged >= budget.limit if budget.at_least else judged <= budget.limit
    reference = None if against is None else statistics.median(against)
    return Row(statistics.median(values), reference, judged, min(each), max(each), len(each), met, load, at)


def note(key: str, values: Sequence[float], against: Sequence[float] | None = None) -> None:
    """Keep the rounds of one budget in bench/results.json; the other rows stay."""
    kept = recall()
    kept[key] = row(BUDGETS[key], values, against, os.getloadavg()[0], datetime.now(UTC))
    FOLDER.mkdir(exist_ok=True)
    ordered = {each: kept[each] for each in BUDGETS if each in kept}
    (FOLDER / "results.json").write_bytes(msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n")
    (FOLDER / "results.md").write_text(table(ordered) + "\n")


def recall() -> dict[str, Row]:
    """Return the rows of bench/results.json."""
    try:
        return msgspec.json.decode((FOLDER / "results.json").read_bytes(), type=dict[str, Row])
    except FileNotFoundError:
        return {}


def table(rows: dict[str, Row]) -> str:
    """Return the rows as Markdown; a budget nothing was measured for says so."""
    lines = [
        "| what | measured | against | ratio | spread | budget | |",
        "|---|---:|---|---:|---:|---:|---|",
    ]
    for key, budget in BUDGETS.items():
        limit = f"{'≥' if budget.at_least else '≤'} {_figure(budget.limit, '×' if budget.reference else budget.unit)}"
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
    """Return the budgets that are missed, in words."""
    return [budget.what for key, budget in BUDGETS.items() if key in rows and not rows[key].met]


def between_markers(text: str, made: str) -> str:
    """Return a document with the table between its markers. Raises ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{BEGIN} and {END} are not both there")
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def _figure(value: float, unit: str) -> str:
    if unit == "×":
        return f"{value:.2f}×"
    digits = 0 if value >= 100 or value == int(value) else 1
    return f"{value:,.{digits}f}{unit if unit.startswith('/') else ' ' + unit}"


def main(documents: Sequence[str]) -> int:
    """Print the table; put it into the documents."""
    rows = recall()
    made = table(rows)
    print(made)
    for each in documents:
        path = Path(each)
        path.write_text(between_markers(path.read_text(), made))
    late = missed(rows)
    print(f"\n{len(late)} of {len(rows)} measured budgets missed" + "".join(f"\n  {each}" for each in late))
    return 1 if late and not documents else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
