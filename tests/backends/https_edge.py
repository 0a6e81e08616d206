"""A real proxy process that serves the admin API over HTTPS on loopback, and a token to reach it with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from edgeconsole.backends.local import open_local
from edgeconsole.backends.remote import RemoteEdge
from edgeconsole.lab.authority import Authority
from edgeconsole.lab.edge_process import edge_command
from edgeconsole.lab.world import World
from edgeconsole.wire.messages import TokenRequest
from edgeconsole.wire.roles import Role


@asynccontextmanager
async def https_edge(directory: Path, role: Role = Role.ADMIN) -> AsyncIterator[RemoteEdge]:
    """Run the lab's edge with an HTTPS listener; what comes back is all a remote console needs."""
    authority = Authority(directory, "Admin")
    shown = authority.issue("admin", ["localhost"])

    def command(configuration: Path) -> Sequence[str]:
        # Written before the first start, so that the file begins its history with it.
        lines = [
            'admin_listen = "127.0.0.1:0"',
            f'admin_certificate = "file:{shown.certificate}"',
            f'admin_private_key = "file:{shown.private_key}"',
        ]
        text = configuration.read_text()
        configuration.write_text(text.replace("[proxy]\n", "[proxy]\n" + "\n".join(lines) + "\n"))
        return edge_command(configuration)

    async with World(traffic=False, command=command) as world:
        near = open_local(Path(world.description.socket))
        listener = next(each for each in (await near.health()).listeners if each.name == "admin")
        made = await near.create_token(TokenRequest(name="console", role=role, expires="1h"))
        await near.aclose()
        token = directory / "token"
        token.touch(mode=0o600)
        token.write_text(made.secret)
        port = listener.address.rpartition(":")[2]
        yield RemoteEdge(address=f"https://localhost:{port}", ca=str(authority.root), token=f"file:{token}")
