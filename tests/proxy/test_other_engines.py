"""Clients and servers not written here against the SIP side: sipsak as a client, Kamailio as a partner's edge."""

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.proxy.certificates import Credential
from tests.proxy.federation import PARTNER, PARTNER_EDGE, Federation
from tests.proxy.sip_peer import request

needs_sipsak = pytest.mark.skipif(
    shutil.which("sipsak") is None,
    reason="sipsak is not installed, so NO foreign SIP client was tried: apt install sipsak",
)
needs_kamailio = pytest.mark.skipif(
    shutil.which("kamailio") is None or not Path("/usr/lib/x86_64-linux-gnu/kamailio/modules/tls.so").exists(),
    reason="kamailio or its TLS module is not installed, so NO foreign SIP edge was tried: apt install kamailio "
    "kamailio-tls-modules",
)


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def sipsak(*arguments: str, cwd: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        "sipsak", *arguments, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode is not None
    return process.returncode, output.decode("utf-8", "replace")


@pytest.fixture
async def plain(world: Federation) -> AsyncIterator[int]:
    """A port that speaks UDP and puts each datagram on a partner's TLS connection: sipsak's SIP is what is tried."""
    client = await world.outside()
    loop = asyncio.get_running_loop()

    class Bridge(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.peer = addr
            client.send(data)

    transport, bridge = await loop.create_datagram_endpoint(Bridge, local_addr=("127.0.0.1", 0))

    async def back() -> None:
        while True:
            transport.sendto((await client.receive()).raw, bridge.peer)

    task = asyncio.create_task(back())
    yield int(transport.get_extra_info("sockname")[1])
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, asyncio.IncompleteReadError):
        await task
    transport.close()


@needs_sipsak
async def test_sipsak_gets_the_far_200_for_its_message_and_405_for_its_register(
    world: Federation, plain: int, tmp_path: Path
) -> None:
    file = tmp_path / "message"
    file.write_bytes(request())
    aimed = ("-s", f"sip:alice@127.0.0.1:{plain}", "-vvv")
    code, output = await sipsak("-f", str(file), *aimed, cwd=tmp_path)
    assert code == 0, output
    assert "SIP/2.0 200 OK" in output
    assert (await world.pool.requests.get()).body == b"hello"
    file.write_bytes(request(method="REGISTER"))
    code, output = await sipsak("-f", str(file), *aimed, cwd=tmp_path)
    assert "SIP/2.0 405 Method Not Allowed" in output


CONFIGURATION = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
disable_core_dump=yes
enable_tls=yes
listen=tls:127.0.0.1:{tls}
listen=udp:127.0.0.1:{udp}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "pv.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "tls.so"
modparam("tls", "config", "{directory}/tls.cfg")
request_route {{
    if (proto == UDP) {{
        if (is_method("INVITE")) record_route();
        $du = "sip:127.0.0.1:{edge};transport=tls";
        t_relay();
        exit;
    }}
    append_to_reply("X-Answered-By: kamailio\\r\\n");
    sl_send_reply("200", "OK");
}}
"""
TLS = """[{role}:default]
method = TLSv1.2+
certificate = {certificate}
private_key = {key}
ca_list = {trust}
verify_certificate = yes
require_certificate = yes
"""


class Kamailio:
    """A Kamailio that answers over TLS and relays from UDP to the edge."""

    def __init__(self, world: Federation, directory: Path, credential: Credential) -> None:
        self.tls, self.udp = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
        self.directory = directory
        parts = {"certificate": credential.certificate, "key": credential.key, "trust": world.public.file}
        (directory / "tls.cfg").write_text("".join(TLS.format(role=role, **parts) for role in ("server", "client")))
        text = CONFIGURATION.format(tls=self.tls, udp=self.udp, directory=directory, edge=world.port("sip"))
        (directory / "kamailio.cfg").write_text(text)
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        run = self.directory / "run"
        run.mkdir()
        self.process = await asyncio.create_subprocess_exec(
            "kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-Y", str(run), "-P", str(run / "pid"),
            "-f", str(self.directory / "kamailio.cfg"),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(ConnectionError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.tls)
                    writer.close()
                    return
                assert self.process.returncode is None, "kamailio did not start"
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        await asyncio.wait_for(self.process.wait(), 20)


@pytest.fixture
async def kamailio(world: Federation, tmp_path: Path) -> AsyncIterator[Kamailio]:
    found = Kamailio(world, tmp_path, world.partner_credential)
    await found.start()
    yield found
    await found.stop()


@needs_kamailio
async def test_kamailio_as_a_partner_answers_our_message(world: Federation, kamailio: Kamailio) -> None:
    world.dns.srv(PARTNER, f"{kamailio.tls} {PARTNER_EDGE}")
    client = await world.inside()
    for method in ("MESSAGE", "OPTIONS", "SUBSCRIBE"):
        reply = await client.ask(request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>", method=method))
        assert (reply.status, reply["x-answered-by"]) == (200, "kamailio")


@needs_kamailio
@needs_sipsak
async def test_a_message_from_sipsak_through_kamailio_arrives_and_its_answer_comes_back(
    world: Federation, kamailio: Kamailio, tmp_path: Path
) -> None:
    file = tmp_path / "message"
    via = f"Via: SIP/2.0/UDP 127.0.0.1:{kamailio.udp};branch=z9hG4bKsak;rport"
    file.write_bytes(request(via=via))
    code, output = await sipsak("-f", str(file), "-s", f"sip:alice@127.0.0.1:{kamailio.udp}", "-vvv", cwd=tmp_path)
    assert code == 0, output
    assert "SIP/2.0 200 OK" in output
    got = await world.pool.requests.get()
    assert got.body == b"hello"
    assert len(got.all("via")) == 4


@needs_kamailio
async def test_kamailio_with_the_wrong_name_is_refused_in_both_directions(world: Federation, tmp_path: Path) -> None:
    wrong = Kamailio(world, tmp_path, world.public.issue("sip.somebody-else.example"))
    await wrong.start()
    try:
        world.dns.srv(PARTNER, f"{wrong.tls} {PARTNER_EDGE}")
        client = await world.inside()
        reply = await client.ask(request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>"))
        assert (reply.status, reply["ms-diagnostics"].split(";")[0]) == (504, "1010")
        loop = asyncio.get_running_loop()
        answers: asyncio.Queue[bytes] = asyncio.Queue()

        class Sender(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                answers.put_nowait(data)

        transport, _ = await loop.create_datagram_endpoint(Sender, remote_addr=("127.0.0.1", wrong.udp))
        transport.sendto(request(via="Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKwrong;rport"))
        status = b""
        while not status.startswith(b"SIP/2.0 403"):
            status = await asyncio.wait_for(answers.get(), 20)
        transport.close()
        assert world.pool.requests.empty()
    finally:
        await wrong.stop()
