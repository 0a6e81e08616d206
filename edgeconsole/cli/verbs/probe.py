"""probe: look at partners now, from the edge or from here; live on a terminal, plain lines elsewhere."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import now
from edgeconsole.model.durations import parse_duration
from edgeconsole.model.errors import BadInput, EdgeconsoleError, Indeterminate
from edgeconsole.model.probe import Certainty, ProbeResult, Severity
from edgeconsole.model.probing import ProbeDone, ProbeNote, ProbeProgress
from edgeconsole.present import probes as shown
from edgeconsole.present.ages import stamp
from edgeconsole.probes.formats.verdict import NAGIOS_USAGE, nagios, plain

_WIDEST = 110
"""Columns of text; longer lines are hard to read."""


async def probe(command: Command) -> int:
    """Probe what was asked for; the exit code says how it went, by the convention of --exit."""
    as_plugin = command.arguments.exit == "nagios"
    try:
        _check(command)
        while True:
            results = await _round(command)
            code = _exit_code(command, results)
            if command.arguments.watch is None:
                return code
            await asyncio.sleep(parse_duration(command.arguments.watch).total_seconds())
    except EdgeconsoleError as error:
        if not as_plugin:
            raise
        print(f"UNKNOWN: {error}")
        return NAGIOS_USAGE if isinstance(error, BadInput) else nagios([Severity.UNKNOWN])


def _check(command: Command) -> None:
    given = command.arguments
    if sum((bool(given.target), given.all, given.failing)) != 1:
        raise BadInput("say what to probe", remedy="Name targets, or write --all or --failing, one of them alone")
    if given.watch is not None:
        parse_duration(given.watch)
        if _format(command) != "text":
            raise BadInput("--watch prints text", remedy="Leave out --format, or call it again and again")


async def _round(command: Command) -> list[ProbeResult]:
    screen = _Screen(command, text=_format(command) == "text")
    results: list[ProbeResult] = []
    if command.arguments.watch is not None:
        print(stamp(now()))
    async for note in await _notes(command):
        if isinstance(note, ProbeProgress):
            screen.progress(note)
        else:
            results.append(note.result)
            screen.result(note)
    screen.end()
    if not results and command.arguments.failing:
        return results
    _print(command, results)
    return results


async def _notes(command: Command) -> AsyncIterator[ProbeNote]:
    given, backend = command.arguments, command.store.backend
    if given.failing:
        await _require_known(command)
    if not given.here:
        return backend.probe(given.target, everything=given.all, failing=given.failing)
    if given.failing:
        known = await backend.probes()
        bad = [each for each in known.targets if each.severity not in (Severity.OK, Severity.INFO)]
        targets: Sequence[str] | None = [f"{each.kind.value}:{each.target}" for each in bad]
    else:
        targets = None if given.all else given.target
    # Late: the engine costs 100 ms, and the edge has it already.
    from edgeconsole.backends.here import probe_here

    health = await backend.health()
    saved = await backend.read()
    base = Path(health.configuration_path).absolute().parent
    return probe_here(saved.configuration, base, targets, now)


async def _require_known(command: Command) -> None:
    """Say so where nothing fails, or where nobody knows: what never ran is not well."""
    known = await command.store.backend.probes()
    ran = [each for each in known.targets if each.certainty is not Certainty.PENDING]
    if not ran:
        why = known.problems[0] if known.problems else "no target was probed yet"
        raise Indeterminate(f"which targets fail is not known: {why}", remedy="edgeconsole probe --all looks now")


def _exit_code(command: Command, results: Sequence[ProbeResult]) -> int:
    severities = [each.severity for each in results]
    if not results and command.arguments.failing:
        print("no target fails")
        return Exit.YES
    if command.arguments.exit == "nagios":
        return nagios(severities)
    return plain(severities, strict=command.arguments.strict)


def _print(command: Command, results: Sequence[ProbeResult]) -> None:
    match _format(command):
        case "json":
            command.show({"schema": 1, "results": results})
        case "openmetrics":
            from edgeconsole.probes.formats import openmetrics

            made = openmetrics.compatible(results) if command.arguments.compatible else openmetrics.document(results)
            print(made, end="")
        case "junit":
            from edgeconsole.probes.formats import junit

            print(junit.document(results, strict=command.arguments.strict), end="")
        case "csv":
            from edgeconsole.probes.formats import tables

            # As it stands: the line ends of CSV are its own (RFC 4180).
            sys.stdout.write(tables.csv_of(results))
        case "markdown":
            from edgeconsole.probes.formats import tables

            print(tables.markdown(results), end="")
        case _:
            print(shown.sentence(results))


def _format(command: Command) -> str:
    return "json" if command.json else str(command.arguments.format)


class _Screen:
    """What is printed while probes run: results as they end, and on a terminal one line that moves."""

    def __init__(self, command: Command, *, text: bool) -> None:
        self._text = text
        self._brief = command.arguments.all or command.arguments.failing
        self._notes = command.arguments.notes
        self._live = sys.stderr.isatty()
        self._width = min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)
        self._done = 0
        self._drawn = False

    def progress(self, note: ProbeProgress) -> None:
        """Show which stage of which target ended last."""
        if self._live:
            ended = note.state.value if note.state is not None else "…"
            line = f"{self._done} done; {note.target}: {note.stage.value} {ended}  {note.endpoint}"
            print(f"\r\x1b[K{line[: self._width - 1]}", end="", file=sys.stderr, flush=True)
            self._drawn = True

    def result(self, note: ProbeDone) -> None:
        """Print a result whole; of many targets, the good ones in one line."""
        self._done += 1
        if not self._text:
            return
        self.end()
        result = note.result
        if self._brief and result.severity in (Severity.OK, Severity.INFO):
            output.print_lines(shown.headline(result, self._width))
        else:
            output.print_lines(shown.result_lines(result, self._width, notes=self._notes))
        sys.stdout.flush()

    def end(self) -> None:
        """Take the moving line away."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = False
