"""The past and the safety net over HTTP: roll back, confirm, restore points, the audit."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from edgeconsole.proxy.admin.call import Call, Handler, number, read
from edgeconsole.proxy.admin.refusals import not_found
from edgeconsole.wire.messages import ConfirmAnswer, ConfirmRequest, Items, RestorePointRequest, RollbackRequest
from edgeconsole.wire.roles import role_for

_MOST_RECORDS = 10_000
_LONGEST_NUMBER = 9


async def _rollback(call: Call) -> Any:
    asked = await read(call, RollbackRequest)
    plan = await call.service.archive.plan_rollback(asked.number, asked.name)
    call.permit(plan.differences)
    call.shared.remember_plan(plan.plan_id, role_for(plan.differences))
    return plan.owned_by(call.caller.name)


async def _history_text(call: Call) -> Any:
    wanted = call.request.match_info["number"]
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= _LONGEST_NUMBER):
        raise not_found("revision of that number in the history")
    text = await call.service.archive.text(int(wanted))
    return web.Response(text=text, content_type="application/toml")


async def _confirm(call: Call) -> Any:
    asked = await read(call, ConfirmRequest)
    pending = await call.service.confirmation.confirm(asked.token, call.author())
    return ConfirmAnswer(pending.to_rev)


async def _cancel(call: Call) -> Any:
    asked = await read(call, ConfirmRequest)
    return await call.service.confirmation.roll_back(asked.token, call.author())


async def _points(call: Call) -> Any:
    return Items(await call.service.archive.points())


async def _point_put(call: Call) -> Any:
    asked = await read(call, RestorePointRequest)
    name = call.request.match_info["name"]
    return await call.service.archive.add_point(name, asked.number, call.author(), asked.why[:1000])


async def _point_delete(call: Call) -> Any:
    return await call.service.archive.remove_point(call.request.match_info["name"], call.author())


async def _audit(call: Call) -> Any:
    return Items(await call.service.archive.audit(number(call, "limit", 50, _MOST_RECORDS)))


async def _verify(call: Call) -> Any:
    return await call.service.archive.verify(call.request.query.get("head"))


HANDLERS: Mapping[str, Handler] = {
    "history_text": _history_text,
    "rollback": _rollback,
    "confirm": _confirm,
    "confirm_cancel": _cancel,
    "restore_points": _points,
    "restore_point_put": _point_put,
    "restore_point_delete": _point_delete,
    "audit": _audit,
    "audit_verify": _verify,
}
