"""A call is decided by the media its description asks for, in every request that can carry one."""

import msgspec
import pytest

from edgeconsole.model.configuration import Policy, PublicProvider
from edgeconsole.model.names import parse_access_edge, parse_domain
from edgeconsole.model.terms import Modality, Platform, Verification
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.flow import modalities
from edgeconsole.proxy.sip.message import read_head
from edgeconsole.proxy.sip.validator import Request, check_request
from tests.proxy.call import ALICE, ALICE_AT, BOB, BOB_AT, opening
from tests.proxy.federation import PARTNER, PARTNER_EDGE, Federation, allow

SDP = "Content-Type: application/sdp"
AUDIO = b"v=0\r\no=- 1 1 IN IP4 10.1.2.3\r\ns=-\r\nt=0 0\r\nm=audio 50000 RTP/SAVP 0\r\n"
CHAT = AUDIO.replace(b"audio 50000 RTP/SAVP 0", b"message 5060 sip null")


def public_im(world: Federation) -> None:
    """Reach the partner as a public IM provider: messages for everybody, audio and video for nobody."""
    edge = parse_access_edge(f"{PARTNER_EDGE}:{world.partner.port}")
    provider = PublicProvider(
        name="Skype",
        proxy_fqdn=edge,
        enabled=True,
        verification=Verification.ALWAYS_VERIFIABLE,
        domains=(parse_domain(PARTNER),),
    )
    world.edge.activate(
        msgspec.structs.replace(
            world.edge.configuration,
            domains=(),
            public_providers=(provider,),
            policies=(Policy(id="global", public_cloud=True, public_cloud_av=False),),
        )
    )


async def status(world: Federation, outbound: bool, body: bytes) -> int:
    """Return the final answer to a call in one direction."""
    client = await (world.inside() if outbound else world.outside())
    sender, recipient, contact = (ALICE, BOB, ALICE_AT) if outbound else (BOB, ALICE, BOB_AT)
    client.send(opening("INVITE", sender, recipient, contact, SDP, body))
    while (reply := await client.receive()).status < 200:
        pass
    return reply.status


@pytest.mark.parametrize("outbound", [True, False], ids=["outbound", "inbound"])
async def test_a_call_with_audio_is_refused_where_the_policy_gives_messages_only(
    world: Federation, outbound: bool
) -> None:
    public_im(world)
    assert await status(world, outbound, CHAT) == 200
    assert await status(world, outbound, AUDIO) == 403
    assert await status(world, outbound, CHAT + b"m=audio 50000 RTP/SAVP 0\r\n") == 403
    assert any("policy-public-av" in str(failure.text) for failure in world.edge.failures())


async def test_what_the_partners_platform_cannot_do_is_refused_and_told(world: Federation) -> None:
    world.activate(msgspec.structs.replace(allow(PARTNER), platform=Platform.OCS2007))
    assert await status(world, False, AUDIO) == 200
    sharing = AUDIO.replace(b"audio", b"applicationsharing")
    assert await status(world, False, sharing) == 403
    assert "modality" in str(world.edge.failures()[0].text)


def asked(method: str, body: bytes, extra: str = SDP) -> tuple[Modality | None, ...]:
    wire = opening(method, BOB, ALICE, BOB_AT, extra, body)
    head, _, rest = wire.partition(b"\r\n\r\n")
    message = read_head(head, Limits())
    message.body = rest
    checked = check_request(message, frozenset())
    assert isinstance(checked, Request), checked
    return modalities(checked)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "PRACK", "ACK"])
def test_media_may_come_with_every_request_that_describes_a_session(method: str) -> None:
    assert asked(method, AUDIO) == (Modality.AUDIO,)


def test_a_declined_medium_is_not_asked_for_unless_it_goes_over_anothers_port() -> None:
    declined = CHAT + b"m=audio 0 RTP/SAVP 0\r\n"
    assert asked("INVITE", declined) == (Modality.IM,)
    assert asked("INVITE", declined + b"a=bundle-only\r\n") == (Modality.AUDIO, Modality.IM)


def test_spelling_does_not_hide_a_medium() -> None:
    assert asked("INVITE", AUDIO.replace(b"audio", b"AUDIO")) == (Modality.AUDIO,)
    assert asked("INVITE", AUDIO.replace(b"\r\n", b"\n")) == (Modality.AUDIO,)


def test_a_packed_description_asks_for_everything() -> None:
    everything = asked("INVITE", b"\x1f\x8b", f"{SDP}\r\nContent-Encoding: gzip")
    assert {Modality.AUDIO, Modality.VIDEO, Modality.IM} <= set(everything)
    assert asked("INVITE", CHAT, f"{SDP}\r\nContent-Encoding: identity") == (Modality.IM,)


@pytest.mark.parametrize("method", ["MESSAGE", "INFO", "NOTIFY"])
def test_a_text_that_looks_like_a_description_is_none(method: str) -> None:
    assert asked(method, AUDIO, "Content-Type: text/plain") == (None,)
