"""sessions list|close: the live connections with partners."""

from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import print_columns
from edgeconsole.cli.reach import now
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
         str(item.messages), age(moment, item.since)]
        for item in live
    ]  # fmt: skip
    print_columns(["DOMAINS", "DIR", "PEER", "CERTIFICATE", "TLS", "MESSAGES", "AGE"], rows, right={5, 6})
    return Exit.YES


async def close(command: Command) -> int:
    """Close the sessions that serve a domain; it may connect again at once if it is allowed."""
    domain = parse_domain(command.arguments.domain)
    closed = await command.store.close_sessions(domain)
    if command.json:
        command.show({"domain": domain, "closed": closed})
    else:
        print(f"closed {plural(closed, 'session')} of {domain}")
    return Exit.YES
