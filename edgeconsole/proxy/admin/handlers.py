"""What each route does: a request in, a value of the model out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from aiohttp import web

from edgeconsole.model.capability import Capability
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import parse_domain
from edgeconsole.model.revision import Author
from edgeconsole.model.verdict import Question
from edgeconsole.proxy.admin.callers import Caller
from edgeconsole.proxy.service import EdgeService
from edgeconsole.wire.json import decode_request
from edgeconsole.wire.messages import (
    PAGE_SIZE,
    ApplyRequest,
    CapabilitiesAnswer,
    CloseAnswer,
    CloseRequest,
    Items,
    PlanRequest,
    UndoRequest,
)
from edgeconsole.wire.routes import Role

Body = TypeVar("Body")

BODY_LIMIT = 256 * 1024
"""Bytes of an ordinary request (reliability A4)."""

BULK_LIMIT = 32 * 1024 * 1024
"""Bytes of a plan: 100,000 changed domains are 11 MB."""

_OFF_LOOP = 64 * 1024
"""Bodies above this are decoded in a thread, away from the message loop."""


class Call(NamedTuple):
    """One request with what it is answered from."""

    request: web.Request
    service: EdgeService
    caller: Caller


Handler = Callable[[Call], Awaitable[Any]]


async def _body(call: Call, kind: type[Body], limit: int = BODY_LIMIT) -> Body:
    declared = call.request.content_length
    if declared is not None and declared > limit:
        raise BadInput(f"the body is larger than {limit} bytes")
    raw = await call.request.read()
    if len(raw) > limit:
        raise BadInput(f"the body is larger than {limit} bytes")
    if len(raw) > _OFF_LOOP:
        return await asyncio.to_thread(decode_request, raw, kind)
    return decode_request(raw, kind)


def _number(call: Call, name: str, default: int, highest: int) -> int:
    text = call.request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not 0 <= int(text[:12]) <= highest:
        problem = Problem(field=name, message=f"{name} is a number from 0 to {highest}")
        raise BadInput("the query is not what this route takes", problems=(problem,))
    return int(text)


async def _health(call: Call) -> Any:
    return call.service.health()


async def _capabilities(call: Call) -> Any:
    supported = set(Capability)
    missing: dict[str, str] = {}
    if not call.caller.role.covers(Role.OPERATOR):
        supported -= {Capability.EDIT}
        missing[Capability.EDIT.value] = f"{call.caller.name} may look and not change (role {call.caller.role.value})"
    names = tuple(sorted(capability.value for capability in supported))
    return CapabilitiesAnswer(role=call.caller.role.value, supported=names, missing=missing)


async def _config(call: Call) -> Any:
    offset = _number(call, "offset", 0, 10_000_000)
    limit = _number(call, "limit", PAGE_SIZE, PAGE_SIZE)
    return call.service.configuration_page(offset, limit)


async def _config_text(call: Call) -> Any:
    return web.Response(text=call.service.text(), content_type="application/toml")


async def _history(call: Call) -> Any:
    return Items(await call.service.history(_number(call, "limit", 50, 1000)))


async def _counters(call: Call) -> Any:
    return Items(call.service.edge.counters())


async def _sessions(call: Call) -> Any:
    return Items(call.service.edge.sessions())


async def _discovered(call: Call) -> Any:
    return Items(call.service.edge.discovered())


async def _failures(call: Call) -> Any:
    return Items(call.service.edge.failures())


async def _explain(call: Call) -> Any:
    return await call.service.explain(await _body(call, Question))


async def _impact(call: Call) -> Any:
    asked = await _body(call, PlanRequest, BULK_LIMIT)
    return await call.service.impact(asked.changes)


async def _plan(call: Call) -> Any:
    asked = await _body(call, PlanRequest, BULK_LIMIT)
    return await call.service.plan(asked.changes, asked.base)


async def _undo(call: Call) -> Any:
    asked = await _body(call, UndoRequest)
    return await call.service.plan_undo(asked.number)


async def _apply(call: Call) -> Any:
    asked = await _body(call, ApplyRequest)
    author = Author(call.caller.name, asked.via[:64])
    return await call.service.apply(asked.plan_id, author=author, why=asked.why[:1000])


async def _reload(call: Call) -> Any:
    return await call.service.reload()


async def _sessions_close(call: Call) -> Any:
    asked = await _body(call, CloseRequest)
    return CloseAnswer(call.service.edge.close_sessions(parse_domain(asked.domain)))


HANDLERS: Mapping[str, Handler] = {
    "health": _health,
    "capabilities": _capabilities,
    "config": _config,
    "config_text": _config_text,
    "history": _history,
    "counters": _counters,
    "sessions": _sessions,
    "discovered": _discovered,
    "failures": _failures,
    "explain": _explain,
    "impact": _impact,
    "plan": _plan,
    "undo": _undo,
    "apply": _apply,
    "reload": _reload,
    "sessions_close": _sessions_close,
}
