"""One request with what it is answered from: its body in bounds, its numbers checked, its caller permitted."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from aiohttp import web

from edgeconsole.model.change import Difference
from edgeconsole.model.errors import BadInput, NotPermitted, Problem
from edgeconsole.model.revision import Author
from edgeconsole.model.text import clean
from edgeconsole.proxy.admin.callers import Caller
from edgeconsole.proxy.admin.refusals import too_large, too_slow
from edgeconsole.proxy.admin.shared import Shared
from edgeconsole.proxy.service import EdgeService
from edgeconsole.wire.json import decode_request
from edgeconsole.wire.roles import Role, role_for
from edgeconsole.wire.routes import VIA, Route

Body = TypeVar("Body")

BODY_LIMIT = 256 * 1024
"""Bytes of an ordinary request (reliability A4)."""

BULK_LIMIT = 32 * 1024 * 1024
"""Bytes of a plan: 100,000 changed domains are 11 MB."""

BODY_SECONDS = 10.0
BULK_SECONDS = 120.0
"""A body is complete this long after its headers, or is refused."""

_OFF_LOOP = 64 * 1024
"""Bodies above this are decoded in a thread, away from the message loop."""

CALLER = web.RequestKey("caller", Caller)
_BODY = web.RequestKey("body", bytes)

_LONGEST_WHY = 1_000
_LONGEST_VIA = 64


class Call(NamedTuple):
    """One request."""

    request: web.Request
    service: EdgeService
    caller: Caller
    route: Route
    shared: Shared

    def author(self, via: str = "") -> Author:
        """Return who asks, for the history; a caller that names no program is `api` with its address."""
        said = via or clean(self.request.headers.get(VIA, ""), _LONGEST_VIA)
        return Author(self.caller.name, said[:_LONGEST_VIA] or f"api {self.caller.source}".rstrip())

    def why(self) -> str:
        """Return the reason in the query string."""
        return self.request.query.get("why", "")[:_LONGEST_WHY]

    def permit(self, differences: Iterable[Difference]) -> None:
        """Raise NotPermitted where these fields ask for a higher role than the route does."""
        self.require(role_for(differences))

    def require(self, needed: Role) -> None:
        """Raise NotPermitted where the caller's role does not cover the needed one."""
        if not self.caller.role.covers(needed):
            raise NotPermitted(
                f"{self.caller.name} has the role {self.caller.role.value}; this change needs {needed.value}",
                remedy="Listeners, certificates, roles and partner discovery are an administrator's to change",
            )


Handler = Callable[[Call], Awaitable[Any]]


async def read_body(call: Call) -> bytes:
    """Return the whole body; read once. Raises Refused for one that is too large or too slow."""
    known: bytes | None = call.request.get(_BODY)
    if known is not None:
        return known
    limit, seconds = (BULK_LIMIT, BULK_SECONDS) if call.route.bulk else (BODY_LIMIT, BODY_SECONDS)
    declared = call.request.content_length
    if declared is not None and declared > limit:
        raise too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in call.request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError:
        raise too_slow(seconds) from None
    call.request[_BODY] = whole = bytes(body)
    return whole


async def read(call: Call, kind: type[Body]) -> Body:
    """Return the body as a value. Raises BadInput that names the field."""
    if not call.route.bulk:
        return decode_request(await read_body(call), kind)
    async with call.shared.bulk:
        raw = await read_body(call)
        if len(raw) > _OFF_LOOP:
            return await asyncio.to_thread(decode_request, raw, kind)
        return decode_request(raw, kind)


def number(call: Call, name: str, default: int, highest: int) -> int:
    """Return a number of the query string. Raises BadInput for anything else."""
    text = call.request.query.get(name)
    if text is None:
        return default
    if len(text) > 12 or not (text.isascii() and text.isdigit()) or int(text) > highest:
        problem = Problem(field=name, message=f"{name} is a number from 0 to {highest}")
        raise BadInput("the query is not what this route takes", problems=(problem,))
    return int(text)


def seconds(length: float | None) -> timedelta | None:
    """Return a number of seconds as a length of time."""
    return None if length is None else timedelta(seconds=length)
