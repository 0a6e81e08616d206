"""What a partner's own TLS says of a handshake that the edge refuses, by openssl where one is at hand."""

import asyncio
import shutil
import ssl

import pytest

from tests.proxy.certificates import Authority, Credential, server_context
from tests.proxy.federation import PARTNER, PARTNER_EDGE, Federation
from tests.proxy.sip_peer import request
from tests.proxy.xmpp.world import OURS, XmppWorld

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None,
    reason="openssl is not installed, so NO foreign TLS client was refused: apt install openssl",
)

REFUSED = [
    pytest.param("stranger", "unknown ca", id="an authority we do not trust"),
    pytest.param("expired", "certificate expired", id="an expired certificate"),
]
versions = pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])


async def heard(port: int, version: str, credential: Credential | None, *more: str) -> str:
    """What openssl prints of a connection that stays open until the edge ends it."""
    shown = ("-cert", str(credential.certificate), "-key", str(credential.key)) if credential else ()
    client = await asyncio.create_subprocess_exec(
        "openssl", "s_client", "-connect", f"127.0.0.1:{port}", version, "-ign_eof", *shown, *more,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(client.communicate(), 20)
    return printed.decode("utf-8", "replace")


def credential(kind: str, public: Authority, name: str) -> Credential:
    if kind == "expired":
        return public.issue(name, days=(-10, -1))
    return Authority(public.file.parent, "elsewhere").issue(name)


@versions
@pytest.mark.parametrize(("kind", "alert"), REFUSED)
async def test_a_partners_refused_certificate_is_named_in_an_alert(
    world: Federation, version: str, kind: str, alert: str
) -> None:
    said = await heard(world.port("sip"), version, credential(kind, world.public, PARTNER_EDGE))
    assert f"alert {alert}" in said
    assert "unexpected eof" not in said


@pytest.mark.parametrize(("version", "alert"), [("-tls1_2", "handshake failure"), ("-tls1_3", "certificate required")])
async def test_a_partner_without_a_certificate_hears_that_one_is_wanted(
    world: Federation, version: str, alert: str
) -> None:
    assert f"alert {alert}" in await heard(world.port("sip"), version, None)
    (failure,) = world.edge.failures()
    assert "PEER_DID_NOT_RETURN_A_CERTIFICATE" in str(failure.text)


@versions
@pytest.mark.parametrize(("kind", "alert"), REFUSED)
async def test_an_xmpp_partner_hears_it_over_starttls_too(xmpp: XmppWorld, version: str, kind: str, alert: str) -> None:
    await xmpp.start()
    shown = credential(kind, xmpp.public, PARTNER)
    starttls = ("-starttls", "xmpp-server", "-xmpphost", OURS)
    assert f"alert {alert}" in await heard(xmpp.port("xmpp"), version, shown, *starttls)
    assert f"alert {alert}" in await heard(xmpp.port("xmpp"), version, shown)
    assert "the certificate is not trusted" in await xmpp.failure("tls")


async def test_a_partners_server_that_is_refused_hears_why(world: Federation) -> None:
    """The edge as the client: what OpenSSL at the other end gives as the reason its handshake ended."""
    reasons: list[str] = []
    stranger = credential("stranger", world.public, PARTNER_EDGE)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # In the clear, so that the handshake and how it ends are this test's own.
        context = server_context(world.public.file, stranger)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                data = await reader.read(65536)
                if not data:
                    reasons.append("a bare end")
                    return
                incoming.write(data)
            except ssl.SSLError as error:
                reasons.append(str(error.reason))
                writer.close()
                return

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    world.dns.srv(PARTNER, f"{server.sockets[0].getsockname()[1]} {PARTNER_EDGE}")
    ours = await world.inside()
    answer = await ours.ask(request(f"<sip:alice@{OURS}>", f"<sip:frida@{PARTNER}>"))
    assert answer.status == 504
    server.close()
    assert reasons == ["TLSV1_ALERT_UNKNOWN_CA"]
