"""discovery on|off|status, discovered list|watch-list|dismiss: partner discovery and whom it let in."""

from edgeconsole.actions import direct
from edgeconsole.backends.http import HttpBackend
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import print_columns
from edgeconsole.cli.reach import now
from edgeconsole.model.errors import Unsupported
from edgeconsole.model.names import parse_domain
from edgeconsole.model.observed import Restriction
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
            _held(item.restriction),
            str(item.messages),
            age(moment, item.last_seen),
            stamp(item.first_seen),
            item.edge or "-",
        ]
        for item in sorted(found, key=lambda item: item.last_seen, reverse=True)
    ]
    print_columns(["DOMAIN", "OUTCOME", "LIMIT", "MESSAGES", "LAST", "FIRST SEEN", "ACCESS EDGE"], rows, right={3, 4})
    return Exit.YES


async def watch_list(command: Command) -> int:
    """Print the edges of discovered partners, those that a limit holds back first; exit code 1 where one does."""
    found = await _edge(command).watch_list()
    held = any(item.restriction not in (Restriction.NONE, Restriction.REJECTED) for item in found)
    if command.json:
        command.show({"watch_list": found})
        return Exit.NO if held else Exit.YES
    if not found:
        print("no discovered partner sent anything since the proxy started")
        return Exit.YES
    moment = now()
    rows = [
        [
            item.edge,
            _held(item.restriction),
            str(item.messages),
            str(item.contacts),
            str(item.refused_rate),
            str(item.refused_contacts),
            age(moment, item.last_seen),
            ", ".join(item.domains),
            f"{item.certificate.subject} ({item.certificate.serial})",
        ]
        for item in found
    ]
    heads = ["EDGE", "LIMIT", "MESSAGES", "PEOPLE", "14603", "14508", "LAST", "DOMAINS", "CERTIFICATE"]
    print_columns(heads, rows, right={2, 3, 4, 5, 6})
    return Exit.NO if held else Exit.YES


async def dismiss(command: Command) -> int:
    """Forget a discovered domain until it is seen again."""
    command.store.require_edit()
    domain = parse_domain(command.arguments.domain)
    dismissed = await _edge(command).dismiss(domain)
    if command.json:
        command.show({"domain": domain, "dismissed": dismissed})
    else:
        print(f"{domain} is forgotten until it is seen again")
    return Exit.YES if dismissed else Exit.NO


def _held(restriction: Restriction) -> str:
    return "-" if restriction is Restriction.NONE else restriction.value


def _edge(command: Command) -> HttpBackend:
    backend = command.store.backend
    if not isinstance(backend, HttpBackend):
        raise Unsupported("only a running edge discovers partners", remedy="Name its socket or a context")
    return backend
