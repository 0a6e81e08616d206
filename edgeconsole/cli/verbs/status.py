"""status, info: is the edge well, and which edge is it."""

from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import now
from edgeconsole.model.observed import Health, PlaneState
from edgeconsole.store.store import ALL_PARTS, Part

_TOLD = frozenset({Part.CONFIGURATION, Part.SESSIONS, Part.DISCOVERED, Part.COUNTERS})
"""What the JSON answer has something of."""


async def status(command: Command) -> int:
    """Print the fleet in numbers and what needs attention; 0 where the edge enforces what is saved."""
    await command.store.refresh(_TOLD if command.json else ALL_PARTS)
    snapshot = command.store.snapshot
    health = snapshot.health
    assert health is not None
    well = _well(health)
    if command.json:
        access_edge = snapshot.configuration.access_edge
        command.show(
            {
                "well": well,
                "health": health,
                "access_edge": {
                    "federation": access_edge.federation,
                    "partner_discovery": access_edge.partner_discovery,
                },
                "domains": len(snapshot.configuration.domains),
                "sessions": len(snapshot.sessions),
                "discovered": len(snapshot.discovered),
                "counters": snapshot.counters,
            }
        )
        return Exit.YES if well else Exit.NO
    # Late: measured, the screen's presenters are a tenth of what the JSON answer takes.
    from edgeconsole.present.overview import overview

    shown = overview(snapshot, now())
    output.say(f"{_name(health, command)}: {'well' if well else 'NEEDS ATTENTION'}")
    output.print_lines(shown.counts)
    for warning in health.warnings:
        output.say(f"warning      {warning}")
    print()
    output.print_list(shown.work)
    return Exit.YES if well else Exit.NO


def _well(health: Health) -> bool:
    listening = all(listener.state is PlaneState.UP for listener in health.listeners)
    return health.enforcing and listening and health.saved == health.running


def _name(health: Health, command: Command) -> str:
    edge = command.store.snapshot.configuration.edge
    return f"{edge.fqdn if edge else 'no edge'} ({health.backend})"


async def info(command: Command) -> int:
    """Print what this edge is: version, file, revisions, listeners, certificate."""
    health = await command.store.backend.health()
    if command.json:
        command.show(health)
        return Exit.YES
    from edgeconsole.present.ages import stamp

    rows = [
        ("version", health.version),
        ("backend", health.backend + ("" if health.enforcing else ", nothing is enforced")),
        ("file", health.configuration_path),
        ("saved", str(health.saved)),
        ("running", str(health.running) if health.running else "nothing"),
        ("lineage", health.saved.lineage if health.saved else "-"),
        ("started", stamp(health.started)),
        ("certificate", f"until {stamp(health.certificate_expires)}"),
        *((f"{item.name} listener", f"{item.address} {item.state.value}") for item in health.listeners),
        *(("warning", warning) for warning in health.warnings),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        output.say(f"{name:<{width}}  {value}")
    return Exit.YES
