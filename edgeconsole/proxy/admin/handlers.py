"""What each route does: a request in, a value of the model out."""

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from edgeconsole.model.capability import Capability
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain
from edgeconsole.model.observed import Health
from edgeconsole.model.plan import Plan
from edgeconsole.model.verdict import Question
from edgeconsole.proxy.admin import access, past, probes, records
from edgeconsole.proxy.admin.call import Call, Handler, number, read, read_body, seconds
from edgeconsole.proxy.admin.refusals import not_found
from edgeconsole.proxy.metrics import MEDIA_TYPE, exposition
from edgeconsole.wire.messages import (
    PAGE_SIZE,
    ApplyRequest,
    CapabilitiesAnswer,
    CloseAnswer,
    CloseRequest,
    Items,
    PlanRequest,
    ReloadRequest,
    UndoRequest,
)
from edgeconsole.wire.openapi import document
from edgeconsole.wire.roles import Role, role_for

_MOST_HISTORY = 1_000


async def _health(call: Call) -> Any:
    health = call.service.health()
    problem = call.shared.tokens.problem
    warnings = (*health.warnings, f"{problem.message}: {problem.problems[0]}") if problem else health.warnings
    return msgspec.structs.replace(health, listeners=(*health.listeners, *call.shared.listeners), warnings=warnings)


async def _capabilities(call: Call) -> Any:
    supported = set(Capability)
    missing: dict[str, str] = {}
    if not call.caller.role.covers(Role.OPERATOR):
        supported -= {Capability.EDIT}
        missing[Capability.EDIT.value] = f"{call.caller.name} may look and not change (role {call.caller.role.value})"
    names = tuple(sorted(capability.value for capability in supported))
    return CapabilitiesAnswer(role=call.caller.role.value, supported=names, missing=missing)


async def _config(call: Call) -> Any:
    offset = number(call, "offset", 0, 10_000_000)
    limit = number(call, "limit", PAGE_SIZE, PAGE_SIZE)
    return call.service.configuration_page(offset, limit)


async def _config_text(call: Call) -> Any:
    return web.Response(text=call.service.text(), content_type="application/toml")


async def _history(call: Call) -> Any:
    return Items(await call.service.history(number(call, "limit", 50, _MOST_HISTORY)))


async def _history_one(call: Call) -> Any:
    wanted = call.request.match_info["number"]
    for record in await call.service.history(_MOST_HISTORY):
        if str(record.revision.number) == wanted:
            return record
    raise not_found("revision of that number in the history")


async def _counters(call: Call) -> Any:
    return Items(call.service.edge.counters())


async def _sessions(call: Call) -> Any:
    return Items(call.service.edge.sessions())


async def _discovered(call: Call) -> Any:
    return Items(call.service.edge.discovered())


async def _watch_list(call: Call) -> Any:
    return Items(call.service.edge.watched())


async def _metrics(call: Call) -> Any:
    health: Health = await _health(call)
    body = exposition(call.service.edge, health, call.service.probing.metrics()).encode("utf-8")
    return web.Response(body=body, headers={"Content-Type": MEDIA_TYPE})


async def _failures(call: Call) -> Any:
    return Items(call.service.edge.failures())


async def _openapi(_call: Call) -> Any:
    return web.Response(body=document(), content_type="application/json")


async def _explain(call: Call) -> Any:
    return await call.service.explain(await read(call, Question))


async def _impact(call: Call) -> Any:
    asked = await read(call, PlanRequest)
    return await call.service.impact(asked.changes)


async def _plan(call: Call) -> Any:
    asked = await read(call, PlanRequest)
    return _permitted(call, await call.service.plan(asked.changes, asked.base, rewrite=asked.rewrite))


async def _undo(call: Call) -> Any:
    asked = await read(call, UndoRequest)
    plan = await call.service.plan_undo(asked.number, rewrite=asked.rewrite)
    return _permitted(call, plan.owned_by(call.caller.name))


def _permitted(call: Call, plan: Plan) -> Plan:
    needed = role_for(plan.differences)
    call.require(needed)
    call.shared.remember_plan(plan.plan_id, needed)
    return plan


async def _apply(call: Call) -> Any:
    asked = await read(call, ApplyRequest)
    call.require(call.shared.role_of_plan(asked.plan_id))
    return await call.service.apply(
        asked.plan_id,
        author=call.author(asked.via),
        why=asked.why[:1000],
        confirm=seconds(asked.confirm),
        emergency=asked.emergency,
    )


async def _reload(call: Call) -> Any:
    # Without a body: a script that only wants the file enforced.
    asked = await read(call, ReloadRequest) if await read_body(call) else ReloadRequest()
    plan = await call.service.reloading.plan()
    call.permit(plan.differences)
    return await call.service.reloading.reload(
        call.author(), base=asked.base or plan.base, why=asked.why[:1000], confirm=seconds(asked.confirm)
    )


async def _reload_plan(call: Call) -> Any:
    return await call.service.reloading.plan()


async def _sessions_close(call: Call) -> Any:
    asked = await read(call, CloseRequest)
    if bool(asked.domain) + bool(asked.session) + bool(asked.peer) != 1:
        raise BadInput("name a domain, a session or a peer, one of them", remedy="See GET /v1/sessions")
    domain = parse_domain(asked.domain) if asked.domain else ""
    return CloseAnswer(call.service.edge.close_sessions(domain, session=asked.session, peer=asked.peer))


HANDLERS: Mapping[str, Handler] = {
    "health": _health,
    "capabilities": _capabilities,
    "config": _config,
    "config_text": _config_text,
    "history": _history,
    "history_one": _history_one,
    "counters": _counters,
    "sessions": _sessions,
    "discovered": _discovered,
    "watch_list": _watch_list,
    "metrics": _metrics,
    "failures": _failures,
    "openapi": _openapi,
    "explain": _explain,
    "impact": _impact,
    "plan": _plan,
    "undo": _undo,
    "apply": _apply,
    "reload": _reload,
    "reload_plan": _reload_plan,
    "sessions_close": _sessions_close,
    **past.HANDLERS,
    **probes.HANDLERS,
    **records.HANDLERS,
    **access.HANDLERS,
}
"""By the name of the route; `events` is served by the stream itself."""
