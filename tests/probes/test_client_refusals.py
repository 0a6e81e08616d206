"""Every refusal of our certificate is told as one, by the alert the peer sent: none is lost, in TLS 1.2 and 1.3."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from edgeconsole.model.probe import ProbeKind, Stage, StageState
from edgeconsole.probes.targets import ProbeTarget
from tests.probes.peers import ThreadServer, World, codes, describe, server_context, world
from tests.probes.pki import SERVER, Credential, Pki

TARGET = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)
HOST = "sip.partner.example"
TRIES = 50
FEW = 3

OWN = {
    "untrusted": {"unknown_ca", "bad_certificate", "access_denied", "certificate_unknown"},
    "expired": {"certificate_expired", "bad_certificate", "access_denied"},
    "for servers only": {"unsupported_certificate", "bad_certificate", "access_denied"},
    "none": {"certificate_required", "handshake_failure", "bad_certificate", "decode_error"},
}
"""Our certificate, and the alerts that servers of several makes send for it."""


@pytest.fixture(scope="module")
def theirs(pki: Pki) -> Credential:
    return pki.issue(HOST)


def own_certificate(pki: Pki, kind: str, directory: Path) -> Credential | None:
    names = ("sip.contoso.example",)
    match kind:
        case "untrusted":
            return Pki(directory, "Foreign").issue(*names)
        case "expired":
            return pki.issue(*names, days=(-9, -1))
        case "for servers only":
            return pki.issue(*names, usages=(SERVER,))
        case _:
            return None


@pytest.fixture
async def lab(tmp_path: Path, pki: Pki) -> AsyncIterator[World]:
    async with world(tmp_path, pki, pki.issue("sip.contoso.example")) as made:
        yield made


async def attribute(lab: World, port: int, own: Credential | None, alerts: set[str], tries: int) -> None:
    """Probe so many times and hold every run to the right stage, code and alert."""
    lab.sip_record(port)
    configuration = lab.configuration()
    edge = configuration.edge
    assert edge is not None
    edge = msgspec.structs.replace(
        edge,
        certificate=f"file:{own.certificate}" if own else None,
        private_key=f"file:{own.key}" if own else None,
    )
    prober = lab.prober(lab.configuration(edge=edge))
    try:
        for _ in range(tries):
            result = await prober.probe(TARGET, deep=False)
            stage = next(each for each in result.stages if each.stage is Stage.CLIENT_CERTIFICATE)
            assert stage.code.startswith("mtls."), describe(result)
            assert stage.facts["alert"] in alerts, describe(result)
            assert stage.state is (StageState.FAILED if own else StageState.UNKNOWN)
            assert not {"app.closed", "tls.reset", "tls.closed"} & codes(result)
    finally:
        await prober.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("kind", OWN)
async def test_openssl_in_process(
    lab: World, pki: Pki, theirs: Credential, tmp_path: Path, kind: str, version: ssl.TLSVersion
) -> None:
    server = ThreadServer(server_context(theirs, trust=pki.trust, version=version))
    try:
        await attribute(lab, server.port, own_certificate(pki, kind, tmp_path), OWN[kind], TRIES)
    finally:
        server.close()


class Program:
    """A server of another make, in a process of its own."""

    def __init__(self, *command: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process = subprocess.Popen(
            [each.replace("PORT", str(self.port)) for each in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    async def ready(self) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
        raise AssertionError("the server does not start")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdin is not None:
            self._process.stdin.close()


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    started: list[Program] = []
    yield started
    for each in started:
        each.close()


def s_server(theirs: Credential, pki: Pki, version: str) -> list[str]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: its s_server is one of the peers that refuse")
    return [
        "openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert", str(theirs.certificate), "-key", str(theirs.key),
        "-cert_chain", str(theirs.certificate), "-CAfile", str(pki.trust), "-Verify", "4", "-verify_return_error",
        "-rev", "-quiet", version,
    ]  # fmt: skip


def gnutls_serv(theirs: Credential, pki: Pki, version: str) -> list[str]:
    if shutil.which("gnutls-serv") is None:
        pytest.skip("gnutls-serv is not installed (Debian: gnutls-bin): it is one of the peers that refuse")
    priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3" if version == "-tls1_3" else "NORMAL:-VERS-ALL:+VERS-TLS1.2"
    return [
        "gnutls-serv", "--echo", "--port", "PORT", "--x509certfile", str(theirs.certificate), "--x509keyfile",
        str(theirs.key), "--x509cafile", str(pki.trust), "--require-client-cert", "--verify-client-cert",
        "--priority", priority,
    ]  # fmt: skip


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("kind", ["untrusted", "expired", "none"])
@pytest.mark.parametrize("tries", [FEW, pytest.param(TRIES, marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", [s_server, gnutls_serv], ids=["openssl s_server", "gnutls-serv"])
async def test_other_makes(
    lab: World, pki: Pki, theirs: Credential, tmp_path: Path, programs: list[Program], make: object, kind: str,
    version: str, tries: int,
) -> None:  # fmt: skip
    program = Program(*make(theirs, pki, version))  # type: ignore[operator]
    programs.append(program)
    await program.ready()
    await attribute(lab, program.port, own_certificate(pki, kind, tmp_path), OWN[kind], tries)
