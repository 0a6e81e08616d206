"""token create|list|revoke: the bearer tokens of an edge, made by the proxy itself and shown once."""

from edgeconsole.backends.http import HttpBackend
from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import now
from edgeconsole.model.errors import BadInput, Unsupported
from edgeconsole.present.ages import age, stamp
from edgeconsole.wire.messages import Token, TokenRequest
from edgeconsole.wire.roles import Role


def _edge(command: Command) -> HttpBackend:
    backend = command.store.backend
    if not isinstance(backend, HttpBackend):
        raise Unsupported("a file has no tokens: the proxy makes them", remedy="Name a running edge with --socket")
    return backend


def _writable(command: Command) -> HttpBackend:
    command.store.require_edit()
    return _edge(command)


async def create(command: Command) -> int:
    """Make a token and print it, this once."""
    given = command.arguments
    request = TokenRequest(name=given.name, role=Role(given.role), expires=given.expires)
    made = await _writable(command).create_token(request)
    if command.json:
        command.show(made)
        return Exit.YES
    # The token alone goes to standard output, so that it can go straight into a file; no command line ever holds it.
    print(made.secret)
    output.complain(f"{made.token.name}: {made.token.role} until {stamp(made.token.expires)}; it is not shown again")
    return Exit.YES


async def list_tokens(command: Command) -> int:
    """Print the tokens, never the secrets."""
    tokens = await _edge(command).tokens()
    if command.json:
        command.show({"tokens": tokens})
        return Exit.YES
    if not tokens:
        print("no tokens")
        return Exit.YES
    moment = now()
    rows = [
        [token.name, token.role, stamp(token.expires), "expired" if token.expires <= moment else "good",
         age(moment, token.last_used) if token.last_used else "never", token.created_by, token.id]
        for token in tokens
    ]  # fmt: skip
    output.print_columns(["NAME", "ROLE", "EXPIRES", "STATE", "USED", "BY", "ID"], rows)
    return Exit.YES


async def revoke(command: Command) -> int:
    """Revoke a token by its name or id; its next request is refused."""
    edge = _writable(command)
    wanted = command.arguments.token
    token = _named(await edge.tokens(), wanted)
    await edge.revoke_token(token.id)
    if command.json:
        command.show({"revoked": token})
    else:
        print(f"revoked {token.name} ({token.id})")
    return Exit.YES


def _named(tokens: tuple[Token, ...], wanted: str) -> Token:
    found = next((token for token in tokens if wanted in (token.name, token.id)), None)
    if found is None:
        known = ", ".join(token.name for token in tokens) or "none"
        raise BadInput(f"there is no token {wanted}", remedy=f"Known are: {known}")
    return found
