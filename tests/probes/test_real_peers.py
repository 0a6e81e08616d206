"""Real servers: Prosody and ejabberd between servers, and a Kamailio TLS listener."""

import asyncio
import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from edgeconsole.model.probe import ProbeKind, ProbeResult, Severity, Stage
from edgeconsole.model.terms import Negotiation
from edgeconsole.probes.targets import ProbeTarget, XmppMethods
from tests.probes.peers import World, codes, describe, world
from tests.probes.pki import Credential, Pki

pytestmark = pytest.mark.timeout(90)

XMPP = ProbeTarget(name="partner.example", kind=ProbeKind.XMPP)
SIP = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[World]:
    # Servers that leave root's rights must reach what they read.
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.owner() == pwd.getpwuid(os.getuid()).pw_name and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    pki = Pki(tmp_path)
    async with world(tmp_path, pki, pki.issue("sip.contoso.example", "contoso.example")) as made:
        yield made


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def until_open(port: int, process: subprocess.Popen[bytes], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise AssertionError(f"the server does not start (exit {process.poll()})")


def needed(program: str, why: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed: {why}")
    return found


async def prosody(lab: World, running: list[subprocess.Popen[bytes]], credential: Credential, more: str = "") -> int:
    program = needed("prosody", "a real XMPP server to probe")
    port = free_port()
    for file in (credential.key, credential.certificate):
        file.chmod(0o644)
    data = lab.directory / "prosody"
    data.mkdir(exist_ok=True)
    data.chmod(0o777)
    file = lab.directory / "prosody.cfg.lua"
    file.write_text(f"""
run_as_root = true
prosody_user = nil
pidfile = "{data}/pid"
data_path = "{data}"
log = {{ warn = "{data}/log" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{}}
http_ports = {{}} https_ports = {{}}
s2s_ports = {{ {port} }}
modules_enabled = {{ "s2s", "saslauth", "dialback", "tls" }}
modules_disabled = {{ "c2s", "offline", "posix" }}
s2s_require_encryption = true
s2s_secure_auth = false
{more}
VirtualHost "partner.example"
ssl = {{ certificate = "{credential.certificate}", key = "{credential.key}", cafile = "{lab.pki.trust}" }}
""")
    process = subprocess.Popen(
        [program, "--config", str(file), "-F"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    running.append(process)
    await until_open(port, process)
    lab.xmpp_record(port)
    return port


def optional_sasl() -> ProbeTarget:
    return msgspec.structs.replace(XMPP, xmpp=XmppMethods(sasl=Negotiation.OPTIONAL))


def facts(result: ProbeResult) -> dict[str, object]:
    return dict(result.endpoints[0].stages[-1].facts)


async def test_prosody_offers_external_to_a_certificate_it_trusts(
    lab: World, running: list[subprocess.Popen[bytes]]
) -> None:
    await prosody(lab, running, lab.pki.issue("partner.example"))
    result = await lab.probe(XMPP)
    assert result.severity is Severity.OK, describe(result)
    assert "EXTERNAL" in str(facts(result)["mechanisms"])
    assert result.endpoints[0].chain[0].names == ("partner.example",)


async def test_prosody_does_not_offer_external_to_a_stranger_and_knows_only_its_hosts(
    lab: World, running: list[subprocess.Popen[bytes]]
) -> None:
    port = await prosody(lab, running, lab.pki.issue("partner.example"))
    lab.own = Pki(lab.directory, "Foreign").issue("contoso.example")
    result = await lab.probe(optional_sasl())
    assert "xmpp.external_missing" in codes(result), describe(result)
    assert result.severity is Severity.WARNING
    lab.dns.replace("_xmpp-server._tcp.other.example", "SRV", f"0 0 {port} xmpp.partner.example.")
    unknown = await lab.probe(ProbeTarget(name="other.example", kind=ProbeKind.XMPP))
    assert "xmpp.stream_error.host-unknown" in codes(unknown), describe(unknown)


async def test_prosody_with_an_expired_certificate_is_told_with_its_chain(
    lab: World, running: list[subprocess.Popen[bytes]]
) -> None:
    await prosody(lab, running, lab.pki.issue("partner.example", days=(-9, -1)))
    result = await lab.probe(XMPP)
    assert result.first_failing is Stage.CERTIFICATE
    assert "cert.expired" in codes(result)
    assert len(result.endpoints[0].chain) == 2


async def test_ejabberd_answers_through_starttls(lab: World, running: list[subprocess.Popen[bytes]]) -> None:
    program = needed("ejabberdctl", "a real XMPP server to probe")
    try:
        account = pwd.getpwnam("ejabberd")
    except KeyError:
        pytest.skip("there is no ejabberd user: the package is not installed whole")
    if os.getuid() != 0:
        pytest.skip("ejabberdctl of the package runs as root or as ejabberd")
    credential = lab.pki.issue("partner.example")
    home = lab.directory / "ejabberd"
    home.mkdir()
    pem = home / "partner.pem"
    pem.write_bytes(credential.certificate.read_bytes() + credential.key.read_bytes())
    port = free_port()
    (home / "ejabberd.yml").write_text(f"""
hosts: ["partner.example"]
loglevel: warning
certfiles: ["{pem}"]
ca_file: "{lab.pki.trust}"
s2s_use_starttls: required
s2s_cafile: "{lab.pki.trust}"
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_s2s_in}}
modules: {{mod_s2s_dialback: {{}}}}
""")
    (home / "ejabberdctl.cfg").write_text("INET_DIST_INTERFACE=127.0.0.1\nERL_EPMD_ADDRESS=127.0.0.1\n")
    for path in (home, *home.iterdir()):
        os.chown(path, account.pw_uid, account.pw_gid)
    command = [
        program, "--config-dir", str(home), "--spool", str(home / "spool"), "--logs", str(home / "logs"),
        "--node", f"probe{port}@localhost", "foreground",
    ]  # fmt: skip
    (home / "spool").mkdir()
    (home / "logs").mkdir()
    for path in (home / "spool", home / "logs"):
        os.chown(path, account.pw_uid, account.pw_gid)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    running.append(process)
    try:
        await until_open(port, process)
        lab.xmpp_record(port)
        result = await lab.probe(optional_sasl())
    finally:
        # One that ended by itself is told by what the probe says of it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
    assert result.severity in (Severity.OK, Severity.WARNING), describe(result)
    assert facts(result)["version"] == "1.0"
    assert "EXTERNAL" in str(facts(result).get("mechanisms")) or facts(result).get("dialback") == "offered"


async def test_a_kamailio_listener_answers_options_over_mutual_tls(
    lab: World, running: list[subprocess.Popen[bytes]]
) -> None:
    program = needed("kamailio", "a real SIP server to probe")
    if not list(Path("/usr/lib").glob("*/kamailio/modules/tls.so")):
        pytest.skip("kamailio has no TLS module (Debian: kamailio-tls-modules)")
    credential = lab.pki.issue("sip.partner.example")
    port = free_port()
    (lab.directory / "tls.cfg").write_text(f"""
[server:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = {credential.key}
certificate = {credential.certificate}
ca_list = {lab.pki.trust}
""")
    (lab.directory / "kamailio.cfg").write_text(f"""
debug=0
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
listen=tls:127.0.0.1:{port}
loadmodule "tls.so"
loadmodule "sl.so"
modparam("tls", "config", "{lab.directory}/tls.cfg")
request_route {{ sl_send_reply("200", "OK"); }}
""")
    process = subprocess.Popen(
        [program, "-DD", "-E", "-f", str(lab.directory / "kamailio.cfg"), "-Y", str(lab.directory), "-m", "32"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running.append(process)
    await until_open(port, process)
    lab.sip_record(port)
    result = await lab.probe(SIP)
    assert result.severity is Severity.OK, describe(result)
    assert facts(result)["status"] == "200"
    assert "kamailio" in str(facts(result)["server"])
    lab.own = Pki(lab.directory, "Foreign").issue("sip.contoso.example")
    refused = await lab.probe(SIP)
    assert refused.first_failing in (Stage.CLIENT_CERTIFICATE, Stage.APPLICATION), describe(refused)
    assert codes(refused) & {"mtls.untrusted", "mtls.rejected", "app.closed"}
