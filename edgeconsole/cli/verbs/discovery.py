"""discovery on|off|status and discovered list: partner discovery and whom it let in."""

from edgeconsole.actions import direct
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import print_columns
from edgeconsole.cli.reach import now
from edgeconsole.present.ages import age, stamp
from edgeconsole.present.bars import in_force
from edgeconsole.present.words import switch


async def turn_on(command: Command) -> int:
    """Let unlisted domains that publish SRV federate."""
    return await carry_out(command, await direct.set_discovery(command.store, True))


async def turn_off(command: Command) -> int:
    """Let only listed domains federate."""
    return await carry_out(command, await direct.set_discovery(command.store, False))


async def status(command: Command) -> int:
    """Print whether partner discovery is on; exit code 0 on, 1 off."""
    await command.store.refresh()
    snapshot = command.store.snapshot
    on = in_force(snapshot).partner_discovery
    saved = snapshot.configuration.access_edge.partner_discovery
    if command.json:
        command.show({"partner_discovery": on, "saved": saved, "seen": len(snapshot.discovered)})
    else:
        print(f"partner discovery is {switch(on)}; {len(snapshot.discovered)} unlisted domains seen")
        if saved != on:
            print(f"saved, and not enforced: {switch(saved)}; edgeconsole reload enforces what is saved")
    return Exit.YES if on else Exit.NO


async def list_discovered(command: Command) -> int:
    """Print the unlisted domains seen in traffic, the latest first."""
    found = await command.store.backend.discovered()
    if command.json:
        command.show({"discovered": found})
        return Exit.YES
    if not found:
        print("no unlisted domain was seen since the proxy started")
        return Exit.YES
    moment = now()
    rows = [
        [
            item.domain,
            item.outcome,
            str(item.messages),
            age(moment, item.last_seen),
            stamp(item.first_seen),
            item.edge or "-",
        ]
        for item in sorted(found, key=lambda item: item.last_seen, reverse=True)
    ]
    print_columns(["DOMAIN", "OUTCOME", "MESSAGES", "LAST", "FIRST SEEN", "ACCESS EDGE"], rows, right={2, 3})
    return Exit.YES
