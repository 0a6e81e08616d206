"""domains list|show|allow|block|remove: the federated domains."""

from edgeconsole.actions import direct
from edgeconsole.cli import output
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.fields import moment, parse_fields
from edgeconsole.cli.narrowing import narrowed, print_narrowed
from edgeconsole.cli.reach import now
from edgeconsole.model.change import FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.names import parse_domain
from edgeconsole.present.domains import Fleet, detail, list_view


async def list_domains(command: Command) -> int:
    """Print listed and seen domains, all of them or those that match."""
    await command.store.refresh()
    snapshot = command.store.snapshot
    view = list_view(snapshot, now())
    found = narrowed(view, command.arguments.words)
    if command.json:
        fleet = Fleet(snapshot, now())
        command.show({"domains": [_facts(fleet, view.keys[place]) for place in found]})
        return Exit.YES
    return print_narrowed(view, command.arguments.words, found)


async def show(command: Command) -> int:
    """Print all that is known about one domain."""
    domain = parse_domain(command.arguments.domain)
    await command.store.refresh()
    snapshot = command.store.snapshot
    if command.json:
        command.show(_facts(Fleet(snapshot, now()), domain))
        return Exit.YES
    print(domain)
    output.print_lines(detail(snapshot, domain, now()))
    return Exit.YES


def _facts(fleet: Fleet, domain: str) -> dict[str, object]:
    facts = fleet.facts(domain)
    record = facts.classification.domain_record
    return {
        "domain": domain,
        "class": facts.classification.partner_class,
        "rule": record.name if record else None,
        "access_edge": str(record.access_edge) if record and record.access_edge else None,
        "comment": record.comment if record else None,
        "sessions": facts.sessions,
        "counters": facts.counters,
        "discovered": facts.discovered,
        "failure": facts.failure,
    }


async def allow(command: Command) -> int:
    """Allow a domain, pinned to an Access Edge where one is given."""
    given = command.arguments
    plan = await direct.allow(command.store, given.domain, given.access_edge, _record_fields(command))
    return await carry_out(command, plan)


async def block(command: Command) -> int:
    """Block a domain; its live sessions are closed."""
    return await carry_out(
        command, await direct.block(command.store, command.arguments.domain, _record_fields(command))
    )


def _record_fields(command: Command) -> dict[str, FieldValue]:
    given = command.arguments
    fields = parse_fields(Table.DOMAIN, given.set)
    for name in ("comment", "owner", "ticket"):
        if getattr(given, name) is not None:
            fields[name] = getattr(given, name) or None
    if given.expires is not None:
        fields["expires"] = moment(given.expires, now()) if given.expires else None
    return fields


async def remove(command: Command) -> int:
    """Remove the records of domains."""
    return await carry_out(command, await direct.remove(command.store, command.arguments.domain))
