"""Certificates renewed on disk come into use without ending a session, and broken ones change nothing."""

import os
import shutil
import ssl
from pathlib import Path

import pytest

from edgeconsole.model.errors import BadInput
from tests.proxy.certificates import Credential
from tests.proxy.federation import EDGE, EDGE_INSIDE, Federation
from tests.proxy.sip_peer import SipClient, request


def shown_by_edge(client: SipClient) -> str:
    """Return the serial number of the certificate the edge showed."""
    tls = client.writer.get_extra_info("ssl_object")
    assert isinstance(tls, ssl.SSLObject)
    return str(tls.getpeercert()["serialNumber"])


def in_use(world: Federation, field: str) -> Path:
    return world.directory / getattr(world.edge.configuration.edge, field).removeprefix("file:")


def put(world: Federation, credential: Credential, *, inside: bool = False, key: bool = True) -> None:
    """Renew as certificate tools do: write beside, rename over."""
    prefix = "internal_" if inside else ""
    pairs = [(credential.certificate, in_use(world, f"{prefix}certificate"))]
    if key:
        pairs.append((credential.key, in_use(world, f"{prefix}private_key")))
    for source, target in pairs:
        fresh = target.with_suffix(".new")
        shutil.copy(source, fresh)
        os.replace(fresh, target)


async def test_a_renewed_certificate_is_shown_from_the_next_handshake_on_and_no_session_ends(world: Federation) -> None:
    before = await world.outside()
    assert (await before.ask(request())).status == 200
    renewed = world.public.issue(EDGE, days=(-1, 20))
    put(world, renewed)
    assert await world.edge.certificates.reload_changed()
    after = await world.outside()
    assert shown_by_edge(after) != shown_by_edge(before)
    assert (await before.ask(request())).status == 200
    assert (await after.ask(request())).status == 200
    assert world.edge.certificate_expires is not None
    left = world.edge.certificate_expires - world.edge._clock()
    assert 19 <= left.days <= 20
    assert not await world.edge.certificates.reload_changed()


async def test_what_the_edge_opens_itself_shows_the_renewed_certificate(world: Federation) -> None:
    outbound = request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>")
    put(world, world.public.issue(EDGE, "sip2.contoso.example"))
    put(world, world.private.issue(EDGE_INSIDE, "edge2.int.contoso.example"), inside=True)
    await world.edge.certificates.reload()
    client = await world.inside()
    assert (await client.ask(outbound)).status == 200
    partner = world.partner.connections[0].writer.get_extra_info("ssl_object").getpeercert()
    assert ("DNS", "sip2.contoso.example") in partner["subjectAltName"]
    assert (await (await world.outside()).ask(request())).status == 200
    pool = world.pool.connections[0].writer.get_extra_info("ssl_object").getpeercert()
    assert ("DNS", "edge2.int.contoso.example") in pool["subjectAltName"]


async def test_a_certificate_that_came_before_its_key_is_taken_when_the_key_is_there(world: Federation) -> None:
    first = shown_by_edge(await world.outside())
    renewed = world.public.issue(EDGE)
    put(world, renewed, key=False)
    assert not await world.edge.certificates.reload_changed()
    (warning,) = world.edge.certificates.warnings
    assert "edge.private_key" in warning
    assert "does not belong to the certificate" in warning
    assert shown_by_edge(await world.outside()) == first
    put(world, renewed)
    assert await world.edge.certificates.reload_changed()
    assert world.edge.certificates.warnings == ()
    assert shown_by_edge(await world.outside()) != first


@pytest.mark.parametrize("broken", ["certificate", "private_key", "trust", "internal_certificate", "internal_trust"])
async def test_a_file_that_cannot_be_used_is_named_and_changes_nothing(world: Federation, broken: str) -> None:
    first, context = shown_by_edge(await world.outside()), world.client_context()
    in_use(world, broken).write_text("nothing of that kind")
    with pytest.raises(BadInput) as raised:
        await world.edge.certificates.reload()
    assert f"edge.{broken}" in [problem.field for problem in raised.value.problems]
    again = await SipClient.open(world.port("sip"), context)
    assert shown_by_edge(again) == first
    await again.close()


async def test_a_file_that_is_gone_is_told_and_forgiven_when_it_is_back(world: Federation) -> None:
    path = in_use(world, "certificate")
    aside = path.rename(path.with_suffix(".aside"))
    assert not await world.edge.certificates.reload_changed()
    assert "does not exist" in world.edge.certificates.warnings[0]
    aside.rename(path)
    assert await world.edge.certificates.reload_changed()
    assert world.edge.certificates.warnings == ()


async def test_another_authority_is_believed_after_a_reload(world: Federation) -> None:
    stranger = world.private.issue("sip.fabrikam.example")
    trust = in_use(world, "trust")
    refused = await world.outside(stranger)
    assert await refused.ended() == b""
    trust.write_bytes(trust.read_bytes() + world.private.file.read_bytes())
    await world.edge.certificates.reload()
    assert (await (await world.outside(stranger)).ask(request())).status == 200
