"""settings show|set, sip-domains and sites list|set|remove: the tables that are neither partners nor policies."""

from typing import Any

from edgeconsole.actions import records
from edgeconsole.cli import output
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.fields import parse_fields
from edgeconsole.config.schema import Shape, shape_of
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput

ONCE = {table.value.replace("_", "-"): table for table in Table if not shape_of(table).repeats}
"""Tables that exist once, by the word a command takes."""

_REPEATED = {"sip-domains": Table.SIP_DOMAIN, "sites": Table.SITE}


async def show(command: Command) -> int:
    """Print what is set in one table, or in all that exist once; defaults are marked."""
    configuration = (await command.store.backend.read()).configuration
    wanted = [ONCE[command.arguments.table]] if command.arguments.table else list(ONCE.values())
    shapes = [shape_of(table) for table in wanted]
    if command.json:
        command.show({shape.name: _values(shape, configuration, "") for shape in shapes})
        return Exit.YES
    for shape in shapes:
        values = _values(shape, configuration, "")
        if not values:
            output.say(f"[{shape.name}] is not set; edgeconsole settings set {shape.name.replace('_', '-')} KEY=VALUE")
            continue
        output.say(f"[{shape.name}]")
        for name, value in values.items():
            default = "" if value != _default(shape, name) else "  (default)"
            output.say(f"  {name:<28} {_shown(value)}{default}")
    return Exit.YES


async def set_fields(command: Command) -> int:
    """Change keys of a table that exists once."""
    table = ONCE[command.arguments.table]
    fields = parse_fields(table, command.arguments.fields)
    if not fields:
        known = ", ".join(sorted(shape_of(table).fields))
        raise BadInput("nothing to set", remedy=f"Give KEY=VALUE; known are: {known}")
    return await carry_out(command, await records.set_fields(command.store, table, "", fields))


async def list_records(command: Command) -> int:
    """Print the records of a table."""
    configuration = (await command.store.backend.read()).configuration
    shape = _shape(command)
    found = shape.records(configuration)
    if command.json:
        command.show({shape.name: found})
        return Exit.YES
    if not found:
        word = command.arguments.words_of_verb[0]
        output.say(f"none; edgeconsole {word} set NAME adds the first")
        return Exit.YES
    keys = [name for name in shape.fields if name != shape.key]
    rows = [[shape.key_of(each), *(_shown(shape.raw_fields(each)[name]) for name in keys)] for each in found]
    output.print_columns(["NAME", *(name.upper().replace("_", " ") for name in keys)], rows)
    return Exit.YES


async def set_record(command: Command) -> int:
    """Change a record, or add it."""
    table = _shape(command).table
    fields = parse_fields(table, command.arguments.fields)
    return await carry_out(command, await records.set_fields(command.store, table, command.arguments.name, fields))


async def remove_record(command: Command) -> int:
    """Remove a record."""
    return await carry_out(
        command, await records.remove(command.store, _shape(command).table, [command.arguments.name])
    )


def _shape(command: Command) -> Shape:
    return shape_of(_REPEATED[command.arguments.words_of_verb[0]])


def _values(shape: Shape, configuration: Any, key: str) -> dict[str, Any]:
    record = next((each for each in shape.records(configuration) if shape.key_of(each) == key), None)
    return {} if record is None else shape.raw_fields(record)


def _default(shape: Shape, name: str) -> Any:
    field = shape.fields[name]
    return None if field.required else field.raw(field.default)


def _shown(value: Any) -> str:
    if value is None or value in ((), []):
        return "-"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
