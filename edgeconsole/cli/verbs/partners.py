"""partners list|show|add|set|remove: XMPP partners, hosting providers, public IM providers."""

from edgeconsole.actions import records
from edgeconsole.cli import output
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.fields import parse_fields
from edgeconsole.cli.narrowing import narrowed, print_narrowed
from edgeconsole.cli.reach import now
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput
from edgeconsole.present import partners
from edgeconsole.present.partner_facts import Partner

KINDS = {"xmpp": Table.XMPP_PARTNER, "hosting": Table.HOSTING_PROVIDER, "public": Table.PUBLIC_PROVIDER}


async def list_partners(command: Command) -> int:
    """Print the partners that are no federated SIP domains, all of them or those that match."""
    await command.store.refresh()
    snapshot = command.store.snapshot
    view = partners.list_view(snapshot, now())
    places = narrowed(view, command.arguments.words)
    if command.json:
        every = partners.partners_of(snapshot.configuration)
        found = [every[place] for place in places]
        command.show({word: [each for each in found if partners.kind(each) == word] for word in KINDS})
        return Exit.YES
    return print_narrowed(view, command.arguments.words, places)


async def show(command: Command) -> int:
    """Print one partner."""
    configuration = (await command.store.backend.read()).configuration
    partner = _find(configuration, command)
    if command.json:
        command.show(partner)
        return Exit.YES
    output.say(partner.name)
    output.print_lines(partners.detail(partner, now()))
    return Exit.YES


def _find(configuration: Configuration, command: Command) -> Partner:
    table = _table(configuration, command)
    every: tuple[Partner, ...] = (
        *configuration.xmpp_partners,
        *configuration.hosting_providers,
        *configuration.public_providers,
    )
    wanted = (command.arguments.name, next(word for word, entry in KINDS.items() if entry is table))
    found = next((partner for partner in every if (partner.name, partners.kind(partner)) == wanted), None)
    if found is None:
        raise BadInput(
            f"there is no {wanted[1]} partner {wanted[0]!r}", remedy="edgeconsole partners list has those there are"
        )
    return found


def _table(configuration: Configuration, command: Command) -> Table:
    if command.arguments.kind:
        return KINDS[command.arguments.kind]
    return records.partner_table(configuration, command.arguments.name)


async def add(command: Command) -> int:
    """Add a partner."""
    given = command.arguments
    table = KINDS[given.kind]
    configuration = (await command.store.backend.read()).configuration
    if given.name in records.names(configuration, table):
        raise BadInput(
            f"there is a {given.kind} partner {given.name} already",
            remedy=f"edgeconsole partners set {given.name} KEY=VALUE changes it",
        )
    plan = await records.set_fields(command.store, table, given.name, parse_fields(table, given.fields))
    return await carry_out(command, plan)


async def set_fields(command: Command) -> int:
    """Change fields of a partner."""
    given = command.arguments
    table = _table((await command.store.backend.read()).configuration, command)
    plan = await records.set_fields(command.store, table, given.name, parse_fields(table, given.fields))
    return await carry_out(command, plan)


async def remove(command: Command) -> int:
    """Remove a partner."""
    table = _table((await command.store.backend.read()).configuration, command)
    return await carry_out(command, await records.remove(command.store, table, [command.arguments.name]))
