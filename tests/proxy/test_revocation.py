"""Revocation lists over real HTTP: a revoked partner is refused both ways, and a list that cannot be had is told."""

import asyncio
import ssl

import msgspec
import pytest

from edgeconsole.model.configuration import AccessEdge
from tests.proxy.certificates import Authority, Credential
from tests.proxy.federation import PARTNER, PARTNER_EDGE, Federation
from tests.proxy.revocation_lists import Publisher
from tests.proxy.sip_peer import request

ALICE, BOB = "<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>"
REFUSED = (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError)


@pytest.fixture
async def lists():
    publisher = Publisher()
    server = await publisher.start()
    yield publisher
    server.close()


@pytest.fixture
def shown(world: Federation, lists: Publisher) -> Credential:
    return world.public.issue(PARTNER_EDGE, lists=["ldap://127.0.0.1/x", lists.url])


async def ask_in(world: Federation, credential: Credential) -> int:
    client = await world.outside(credential)
    return (await client.ask(request())).status


async def test_a_certificate_that_no_list_names_passes_and_the_list_is_read_once(
    world: Federation, lists: Publisher, shown: Credential
) -> None:
    lists.content = world.public.revocation_list()
    assert await ask_in(world, shown) == 200
    assert await ask_in(world, shown) == 200
    assert lists.asked == ["GET /ca.crl?x=1 HTTP/1.0"]
    assert world.edge.failures() == ()


async def test_a_revoked_certificate_does_not_get_in(world: Federation, lists: Publisher, shown: Credential) -> None:
    lists.content = world.public.revocation_list(shown)
    with pytest.raises(REFUSED):
        await ask_in(world, shown)
    assert "was revoked on" in world.edge.failures()[0].text


async def test_nothing_is_sent_to_a_server_whose_certificate_was_revoked(
    world: Federation, lists: Publisher, shown: Credential
) -> None:
    lists.content = world.public.revocation_list(shown)
    server = await world.server(shown)
    world.dns.srv(PARTNER, f"{server.port} {PARTNER_EDGE}")
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, reply["ms-diagnostics"].split(";")[0]) == (504, "1010")
    assert server.requests.empty()


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda lists, world: setattr(lists, "status", "404 Not Found"), "the answer is 404"),
        (lambda lists, world: setattr(lists, "status", "302 Found"), "the answer is 302"),
        (lambda lists, world: setattr(lists, "content", b"nonsense"), ""),
        (lambda lists, world: setattr(lists, "content", world.private.revocation_list()), "did not sign it"),
        (lambda lists, world: setattr(lists, "content", world.public.revocation_list(days=(-5, -1))), "it ran out"),
    ],
    ids=["missing", "redirect", "garbage", "another's", "stale"],
)
async def test_a_list_that_cannot_be_had_is_told_and_closes_nothing(
    world: Federation, lists: Publisher, shown: Credential, spoil, text: str
) -> None:
    lists.content = world.public.revocation_list()
    spoil(lists, world)
    assert await ask_in(world, shown) == 200
    assert await ask_in(world, shown) == 200
    (failure,) = world.edge.failures()
    assert failure.text.startswith("no revocation list from http://127.0.0.1:")
    assert text in failure.text
    assert len(lists.asked) == 1


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://10.0.0.1:8080/x", "http://[::1]/x"])
async def test_a_certificate_does_not_make_the_edge_ask_where_it_must_not(world: Federation, url: str) -> None:
    assert await ask_in(world, world.public.issue(PARTNER_EDGE, lists=[url])) == 200
    assert "is denied" in world.edge.failures()[0].text


async def test_an_open_connection_is_closed_when_its_certificate_is_revoked(
    world: Federation, lists: Publisher, shown: Credential
) -> None:
    lists.content = world.public.revocation_list()
    client = await world.outside(shown)
    assert (await client.ask(request())).status == 200
    lists.content = world.public.revocation_list(shown)
    revocations = world.edge._revocations
    assert revocations is not None
    revocations._lists.clear()
    await revocations.look_again(world.edge._live)
    assert await client.ended() == b""


async def test_lists_are_left_alone_where_the_configuration_says_so(
    world: Federation, lists: Publisher, shown: Credential
) -> None:
    lists.content = world.public.revocation_list(shown)
    settings = AccessEdge(federation=True, refresh_crls=False)
    world.edge.activate(msgspec.structs.replace(world.edge.configuration, access_edge=settings))
    assert await ask_in(world, shown) == 200
    assert lists.asked == []


async def test_the_list_of_another_authority_of_that_name_counts_for_nothing(
    world: Federation, lists: Publisher, shown: Credential, tmp_path
) -> None:
    twin = tmp_path / "twin"
    twin.mkdir()
    lists.content = Authority(twin, "public").revocation_list(shown)
    assert await ask_in(world, shown) == 200
    assert "did not sign it" in world.edge.failures()[0].text
