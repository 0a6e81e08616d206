"""requirements dns|ports|certificates, certificates: what the configuration needs, and whether it is there."""

import asyncio
import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import now
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput
from edgeconsole.present import certificates as shown_certificates
from edgeconsole.present import requirements as shown
from edgeconsole.present.probes import certificate_view
from edgeconsole.present.table import Line, ListView
from edgeconsole.rules.requirements.certificate_lint import CertificateCheck
from edgeconsole.rules.requirements.certificates import certificate_requirements
from edgeconsole.rules.requirements.dns import dns_requirements
from edgeconsole.rules.requirements.flows import TicketRow, ticket_rows
from edgeconsole.rules.requirements.listening import as_listening
from edgeconsole.rules.requirements.nftables import nftables
from edgeconsole.rules.requirements.notes import certificate_notes, dns_notes, port_notes
from edgeconsole.rules.requirements.ports import port_requirements
from edgeconsole.rules.requirements.records import DnsRequirement
from edgeconsole.rules.requirements.zone import checklist, zone_text


async def dns(command: Command) -> int:
    """Print the DNS records the configuration needs; with --check exit 1 where one is missing or differs."""
    configuration, _ = await _configuration(command)
    moment = now()
    required, notes = dns_requirements(configuration, moment), dns_notes(configuration, moment)
    if command.arguments.check:
        return await _check_dns(command, configuration, required)
    match _format(command):
        case "json":
            command.show({"records": required, "notes": notes})
        case "zone":
            print(zone_text(required), end="")
        case "checklist":
            print(checklist(required), end="")
        case _:
            _print_list(shown.dns_view(required), shown.dns_reasons(required), notes)
    return Exit.YES


async def _check_dns(command: Command, configuration: Configuration, required: tuple[DnsRequirement, ...]) -> int:
    # Late: dnspython's resolver costs more to load than printing what is required.
    from edgeconsole.probes.dns import LookUps
    from edgeconsole.probes.requirement_check import check_dns

    if _format(command) in ("zone", "checklist"):
        raise BadInput("--check prints a table or JSON", remedy="Leave out --format, or write --format json")
    server = command.arguments.resolver or configuration.proxy.resolver
    compared = await check_dns(required, LookUps(server))
    failing = any(item.failing for item in compared)
    if _format(command) == "json":
        command.show({"ok": not failing, "resolver": server, "records": compared})
    else:
        output.print_list(shown.dns_check_view(compared))
        output.print_lines(shown.to_publish(compared))
        print(f"{shown.dns_sentence(compared)} (asked: {'the system resolver' if server == 'system' else server})")
    return Exit.NO if failing else Exit.YES


async def ports(command: Command) -> int:
    """Print the firewall rules the configuration needs."""
    configuration, _ = await _configuration(command)
    moment = now()
    required, notes = port_requirements(configuration, moment), port_notes(configuration, moment)
    match _format(command):
        case "json":
            command.show({"rules": required, "notes": notes})
        case "nftables":
            print(nftables(required, configuration), end="")
        case "tickets":
            rows = csv.writer(sys.stdout, lineterminator="\n")
            rows.writerow(TicketRow._fields)
            rows.writerows(ticket_rows(required))
        case _:
            _print_list(shown.port_view(required), shown.port_reasons(required), notes)
    return Exit.YES


async def certificates(command: Command) -> int:
    """Print what each certificate must be; with --check also what its file is, exit 1 where it will not do."""
    configuration, base = await _configuration(command)
    moment = now()
    required, notes = certificate_requirements(configuration, moment), certificate_notes(configuration, moment)
    checks = await _check(configuration, base) if command.arguments.check else ()
    failing = any(check.failing for check in checks)
    if command.json:
        found = {"checks": checks, "ok": not failing} if command.arguments.check else {}
        command.show({"certificates": required, "notes": notes, **found})
        return Exit.NO if failing else Exit.YES
    for requirement in required:
        output.print_lines(shown_certificates.requirement_lines(requirement))
        print()
    output.print_lines(shown.notes(notes))
    if command.arguments.check:
        _print_checks(checks)
    return Exit.NO if failing else Exit.YES


async def own_certificates(command: Command) -> int:
    """Print every certificate by days left, then ours with their faults; with --check exit 1 where one will not do."""
    configuration, base = await _configuration(command)
    checks = await _check(configuration, base)
    failing = any(check.failing for check in checks)
    everyone = await command.store.backend.certificates()
    if command.json:
        command.show({"ok": not failing, "certificates": checks, "all": everyone})
    else:
        output.print_list(certificate_view(everyone, now()))
        print()
        _print_checks(checks)
    return Exit.NO if failing and command.arguments.check else Exit.YES


def _print_list(view: ListView, reasons: Iterable[Line], notes: Iterable[str]) -> None:
    output.print_list(view)
    print()
    output.print_lines(reasons)
    output.print_lines(shown.notes(notes))


def _print_checks(checks: tuple[CertificateCheck, ...]) -> None:
    moment = now()
    for check in checks:
        output.print_lines(shown_certificates.check_lines(check, moment))
        print()
    print(shown_certificates.sentence(checks))


async def _check(configuration: Configuration, base: Path) -> tuple[CertificateCheck, ...]:
    # Late: cryptography is needed by no other command.
    from edgeconsole.probes.own_certificates import check_certificates

    moment = now()
    return await asyncio.to_thread(check_certificates, certificate_requirements(configuration, moment), base, moment)


async def _configuration(command: Command) -> tuple[Configuration, Path]:
    """Return the saved configuration and the directory its relative paths start at."""
    await command.store.refresh()
    snapshot = command.store.snapshot
    assert snapshot.health is not None
    place = snapshot.health.configuration_path
    base = Path(place).absolute().parent if place else Path.cwd()
    return as_listening(snapshot.configuration, snapshot.health.listeners), base


def _format(command: Command) -> str:
    return "json" if command.json else str(command.arguments.format)
