"""sessions list|close: the live connections with partners."""

from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import print_columns
from edgeconsole.cli.reach import now
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain
from edgeconsole.present.ages import age, plural


async def list_sessions(command: Command) -> int:
    """Print the live sessions."""
    live = await command.store.backend.sessions()
    if command.json:
        command.show({"sessions": live})
        return Exit.YES
    if not live:
        print("no live sessions")
        return Exit.YES
    moment = now()
    rows = [
        [", ".join(item.domains) or "-", item.direction.value, item.peer, ", ".join(item.names[:2]) or "-", item.tls,
         str(item.messages), age(moment, item.since), item.id]
        for item in live
    ]  # fmt: skip
    print_columns(["DOMAINS", "DIR", "PEER", "CERTIFICATE", "TLS", "MESSAGES", "AGE", "ID"], rows, right={5, 6})
    return Exit.YES


async def close(command: Command) -> int:
    """Close the sessions that were named; who is allowed may connect again at once."""
    arguments = command.arguments
    domain = parse_domain(arguments.domain) if arguments.domain else ""
    named = {"domain": domain, "session": arguments.session or "", "peer": arguments.peer or ""}
    if len([each for each in named.values() if each]) != 1:
        raise BadInput("name a domain, --session or --peer, one of them", remedy="See: edgeconsole sessions list")
    if domain:
        closed = await command.store.close_sessions(domain)
    else:
        closed = await command.store.close_sessions(session=named["session"], peer=named["peer"])
    if command.json:
        command.show({**{key: each for key, each in named.items() if each}, "closed": closed})
    else:
        print(f"closed {plural(closed, 'session')} of {''.join(named.values())}")
    return Exit.YES
