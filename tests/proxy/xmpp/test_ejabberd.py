"""A real ejabberd as a partner: its streams are taken, ours are taken by it, and messages arrive both ways."""

import asyncio
import contextlib
import glob
import json
import shutil
from pathlib import Path

import pytest

from tests.proxy.certificates import Credential
from tests.proxy.xmpp.peer import inside, internal_server, message
from tests.proxy.xmpp.prosody import free_port
from tests.proxy.xmpp.world import OURS, PARTNER, XmppWorld

CODE = glob.glob("/usr/lib/*/ejabberd-*/ebin")
pytestmark = pytest.mark.skipif(
    not CODE or shutil.which("erl") is None, reason="ejabberd is not installed: apt install ejabberd"
)


class Ejabberd:
    """One server for one domain."""

    def __init__(self, directory: Path, credential: Credential, authority: Path, nameserver: str) -> None:
        self.port, self.api = free_port(), free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._directory = directory
        directory.mkdir()
        (directory / "full.pem").write_bytes(credential.certificate.read_bytes() + credential.key.read_bytes())
        (directory / "ejabberd.yml").write_text(f"""
hosts: [{PARTNER}]
loglevel: info
certfiles: ["{directory}/full.pem"]
ca_file: "{authority}"
s2s_cafile: "{authority}"
s2s_use_starttls: required
auth_method: internal
listen:
  - {{port: {self.port}, ip: "127.0.0.1", module: ejabberd_s2s_in}}
  - {{port: {self.api}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{/api: mod_http_api}}}}
api_permissions:
  test: {{from: [mod_http_api], who: {{ip: 127.0.0.1/8}}, what: ["*"]}}
modules:
  mod_http_api: {{}}
  mod_admin_extra: {{}}
""")
        host, _, port = nameserver.partition(":")
        (directory / "inetrc").write_text(
            f'{{lookup, [dns]}}.\n{{resolv_conf, ""}}.\n{{nameserver, {{{host.replace(".", ",")}}}, {port}}}.\n'
        )

    async def start(self) -> None:
        """Start it and wait until it serves."""
        here = self._directory
        self._process = await asyncio.create_subprocess_exec(
            "erl", "-noinput", "-pa", *CODE, "-mnesia", "dir", f'"{here}/db"',
            "-ejabberd", "config", f'"{here}/ejabberd.yml"', "-ejabberd", "log_path", f'"{here}/ejabberd.log"',
            "-kernel", "inetrc", f'"{here}/inetrc"', "-s", "ejabberd",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert self._process.stdout is not None
        said = b""
        async with asyncio.timeout(40):
            while b"is started in the node" not in said:
                line = await self._process.stdout.readline()
                assert line, said.decode()
                said += line
        self._draining = asyncio.create_task(self._process.stdout.read())

    async def send(self, sender: str, recipient: str, body: str) -> None:
        """Have a message sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.api)
        said = {"type": "chat", "from": sender, "to": recipient, "subject": "", "body": body}
        content = json.dumps(said).encode()
        head = "POST /api/send_message HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        answer = await reader.read()
        assert b" 200 " in answer.splitlines()[0], answer
        writer.close()

    async def stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            await self._draining


async def started(xmpp: XmppWorld, tmp_path: Path, credential: Credential) -> tuple[Ejabberd, asyncio.Queue[str]]:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    partner = Ejabberd(tmp_path / "ejabberd", credential, xmpp.public.file, xmpp.dns.address)
    xmpp.publish(PARTNER, partner.port)
    # ejabberd asks DNS for the service and the system for the host, so the host is one the system knows.
    xmpp.dns.records[f"_xmpp-server._tcp.{OURS}", "SRV"] = [f"0 0 {xmpp.port('xmpp')} localhost."]
    await partner.start()
    xmpp.on_stop(partner.stop)
    return partner, server.arrived


async def test_messages_pass_both_ways(xmpp: XmppWorld, tmp_path: Path) -> None:
    partner, arrived = await started(xmpp, tmp_path, xmpp.partner_credential)
    await partner.send(f"frida@{PARTNER}", f"alice@{OURS}", "good morning")
    assert "good morning" in await arrived.get()
    ours = await inside(xmpp)
    ours.send(message(f"alice@{OURS}", f"nobody@{PARTNER}", more="id='m1'"))
    # Nobody has that name there, so ejabberd's own answer says that the message arrived.
    answer = (await arrived.get()).replace('"', "'")
    assert "id='m1'" in answer
    assert "type='error'" in answer
    assert f"from='nobody@{PARTNER}'" in answer
    assert {each.direction.value for each in xmpp.edge.sessions()} == {"in", "out"}


async def test_a_wrong_name_is_refused(xmpp: XmppWorld, tmp_path: Path) -> None:
    partner, arrived = await started(xmpp, tmp_path, xmpp.public.issue("someone-else.example"))
    await partner.send(f"frida@{PARTNER}", f"alice@{OURS}", "let me in")
    assert await xmpp.failure("tls") == "the certificate carries someone-else.example, not fabrikam.example"
    ours = await inside(xmpp)
    ours.send(message(f"alice@{OURS}", f"nobody@{PARTNER}"))
    assert "remote-server-timeout" in await arrived.get()
    assert xmpp.edge.sessions() == ()
