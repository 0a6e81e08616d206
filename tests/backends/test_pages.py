"""The configuration is read in pages, several at once, and is one revision or read again."""

import asyncio

import httpx

from edgeconsole.backends.http import HttpBackend
from edgeconsole.model.configuration import Action, Configuration, FederatedDomain
from edgeconsole.model.names import DomainName
from edgeconsole.model.revision import Revision
from edgeconsole.wire.json import encode
from edgeconsole.wire.messages import ConfigurationPage

PAGE = 3
"""Domains the edge here puts on a page."""


class PagingEdge:
    """An edge that answers `GET config` alone; saves another revision after some answers if it is told to."""

    def __init__(self, domains: int, *, saves_after: int | None = None) -> None:
        self.names = [DomainName(f"partner{number:03d}.example") for number in range(domains)]
        self.revision = 1
        self.saves_after = saves_after
        self.asked: list[int] = []
        self.most_at_once = 0
        self._under_way = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params.get("offset", 0))
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        # Later pages answer first, so that their order is nobody's luck.
        for _ in range(100 - offset):
            await asyncio.sleep(0)
        self._under_way -= 1
        if len(self.asked) == self.saves_after:
            self.revision += 1
        self.asked.append(offset)
        listed = tuple(FederatedDomain(name=name, action=Action.ALLOW) for name in self.names[offset : offset + PAGE])
        following = offset + PAGE if offset + PAGE < len(self.names) else None
        revision = Revision("lineage", self.revision, f"etag-{self.revision}")
        page = ConfigurationPage(revision=revision, configuration=Configuration(domains=listed), next=following)
        return httpx.Response(200, stream=httpx.ByteStream(encode(page)))

    def backend(self) -> HttpBackend:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://edge")
        return HttpBackend(lambda: client, place="here")


async def read_from(edge: PagingEdge) -> tuple[list[str], int]:
    backend = edge.backend()
    saved = await backend.read()
    await backend.aclose()
    return [domain.name for domain in saved.configuration.domains], saved.revision.number


async def test_every_domain_is_read_once_and_in_order_whatever_page_answers_first() -> None:
    for domains in (0, 1, 3, 4, 9, 10, 17, 40):
        edge = PagingEdge(domains)
        assert await read_from(edge) == (edge.names, 1)


async def test_what_fits_a_page_is_one_question_and_more_pages_are_asked_for_together() -> None:
    small, large = PagingEdge(PAGE), PagingEdge(40)
    await read_from(small)
    await read_from(large)
    assert small.asked == [0]
    assert large.most_at_once > 1


async def test_a_revision_saved_between_two_pages_is_read_whole_from_the_start() -> None:
    edge = PagingEdge(17, saves_after=3)
    assert await read_from(edge) == (edge.names, 2)
    assert edge.asked.count(0) == 2
