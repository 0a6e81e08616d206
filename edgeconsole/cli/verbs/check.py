"""check: would an edge start with this configuration, what is wrong or risky in it, and the safe fixes."""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from edgeconsole.cli import output
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import json_text, print_lines
from edgeconsole.cli.reach import Place, find_place, now, open_place
from edgeconsole.config.read import load, parse_bytes
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.evidence import SrvStatus
from edgeconsole.model.observed import Health
from edgeconsole.present import lint as shown
from edgeconsole.present.ages import plural
from edgeconsole.rules.lint import Finding, LintFacts, Severity, lint, safe_changes


def check(arguments: argparse.Namespace) -> int:
    """Check a file, or the configuration of a running edge; return 0, 1 with lint errors, 2 where an edge cannot start.

    Opens the certificates and keys that a file names; binds nothing, and changes nothing without --fix.
    """
    place = _place(arguments)
    if place.file is None:
        return asyncio.run(_check_edge(arguments, place))
    try:
        return _check_file(arguments, Path(place.file))
    except BadInput as error:
        if not arguments.json:
            raise
        output.say(json_text({"ok": False, "message": error.message, "problems": error.problems}))
        return error.exit_code


def _place(arguments: argparse.Namespace) -> Place:
    if arguments.file is not None:
        return Place(config=arguments.file)
    return find_place(config=arguments.config, socket=arguments.socket, context=arguments.context)


def _check_file(arguments: argparse.Namespace, path: Path) -> int:
    loaded = load(path)
    configuration = loaded.configuration
    findings = lint(configuration, now=now(), places=loaded.places)
    try:
        warnings = _start_up_warnings(path) if configuration.edge else ("there is no [edge] table",)
    except BadInput:
        # What lint found helps to mend the file too; why an edge would not start is told after it.
        if not arguments.json:
            print_lines(shown.lines(findings))
        raise
    if arguments.fix:
        return asyncio.run(_fix(arguments, findings, Place(config=str(path))))
    _print(arguments, findings, warnings, _headline(str(path), configuration), etag=loaded.etag)
    return _exit_code(findings)


async def _check_edge(arguments: argparse.Namespace, place: Place) -> int:
    """Check what a running edge has saved, and what DNS says of it; its own warnings are those of `status`."""
    store = open_place(place, readonly=arguments.readonly, via="command")
    try:
        text = await store.backend.text()
        health = await store.backend.health()
    finally:
        await store.aclose()
    loaded = parse_bytes(text.encode(), health.configuration_path or "federation.toml")
    configuration = loaded.configuration
    facts = await _facts(configuration, health)
    findings = lint(configuration, now=now(), places=loaded.places, facts=facts)
    if arguments.fix:
        return await _fix(arguments, findings, place)
    answered = sum(answer.status is not SrvStatus.UNAVAILABLE for answer in facts.srv.values())
    asked = f"; DNS answered for {answered} of {plural(len(facts.srv), 'domain')}" if facts.srv else ""
    headline = _headline(health.configuration_path or "the running edge", configuration) + asked
    _print(arguments, findings, health.warnings, headline, etag=health.saved.etag if health.saved else loaded.etag)
    return _exit_code(findings)


async def _facts(configuration: Configuration, health: Health) -> LintFacts:
    if not health.enforcing:
        return LintFacts()
    # Late: dnspython and cryptography cost more to load than most files take to check.
    from edgeconsole.probes.dns import LookUps
    from edgeconsole.probes.lint_facts import certificate_path, lint_facts

    own = health.backend == "local" and health.configuration_path
    certificate = certificate_path(configuration, Path(health.configuration_path).absolute().parent) if own else None
    return await lint_facts(configuration, LookUps(configuration.proxy.resolver), certificate)


def _headline(name: str, configuration: Configuration) -> str:
    return f"{name}: {len(configuration.domains):,} domains, {len(configuration.sip_domains):,} SIP domains of ours"


def _print(
    arguments: argparse.Namespace, findings: Sequence[Finding], warnings: Sequence[str], headline: str, *, etag: str
) -> None:
    if arguments.json:
        problems = tuple(Problem(message=warning) for warning in warnings)
        ok = shown.worst(findings) is not Severity.ERROR
        output.say(json_text({"ok": ok, "etag": etag, "warnings": problems, "findings": findings}))
        return
    output.say(headline)
    for warning in warnings:
        output.say(f"warning: {warning}")
    print_lines(shown.lines(findings))
    output.say(shown.summary(findings))


def _exit_code(findings: Sequence[Finding]) -> int:
    return Exit.NO if shown.worst(findings) is Severity.ERROR else Exit.YES


async def _fix(arguments: argparse.Namespace, findings: Sequence[Finding], place: Place) -> int:
    """Plan the safe fixes as one change and carry it out; the exit code then tells what is left."""
    safe = [finding for finding in findings if finding.safe]
    left = [finding for finding in findings if not finding.safe]
    say: Callable[[str], None] = (lambda _: None) if arguments.json else print
    if not safe:
        say("nothing here can be fixed without asking")
        if arguments.json:
            output.say(json_text({"outcome": "unchanged", "findings": left}))
        return _exit_code(left)
    if not arguments.json:
        print_lines(shown.lines(safe))
    arguments.why = arguments.why or f"check --fix: {', '.join(sorted({finding.code for finding in safe}))}"
    store = open_place(place, readonly=arguments.readonly, via="command")
    store.rewrite = arguments.rewrite
    try:
        done = await carry_out(Command(arguments, store), await store.plan(safe_changes(safe)))
    finally:
        await store.aclose()
    say(f"left: {shown.summary(left)}")
    return done or _exit_code(left)


def _start_up_warnings(path: Path) -> tuple[str, ...]:
    # Late: the proxy's imports take longer than reading most files.
    from edgeconsole.proxy.process import check_start

    return check_start(path)
