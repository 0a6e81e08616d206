"""One record at a time over HTTP: read it, set it whole, remove it; each change is planned and applied in one call."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from edgeconsole.config.schema import Shape, shape_of, to_raw
from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput, Conflict, Problem
from edgeconsole.model.names import parse_domain
from edgeconsole.model.plan import ApplyResult
from edgeconsole.model.revision import Revision
from edgeconsole.proxy.admin import tags
from edgeconsole.proxy.admin.call import Call, Handler, number, read, seconds
from edgeconsole.proxy.admin.refusals import not_found
from edgeconsole.wire.messages import DismissAnswer, PromoteRequest
from edgeconsole.wire.problems import Overtaking

PARTNER_TABLES = {
    "xmpp": Table.XMPP_PARTNER,
    "hosting": Table.HOSTING_PROVIDER,
    "public": Table.PUBLIC_PROVIDER,
}
"""The word in a path, as the commands say it, to the table it means."""

_ALL = 10_000_000
_RECENT = 50


class _Target(NamedTuple):
    """Which record a request means, and whether it exists."""

    shape: Shape
    key: str
    record: Any
    head: Revision


async def _target(call: Call) -> _Target:
    """Return the record that the path names. Raises Refused for a kind of partner nobody knows."""
    named = call.request.match_info
    if "kind" in named:
        table = PARTNER_TABLES.get(named["kind"])
        if table is None:
            raise not_found(f"kind of partner but {', '.join(PARTNER_TABLES)}")
        key = named["name"]
    elif "policy" in named:
        table, key = Table.POLICY, named["policy"]
    else:
        table, key = Table.DOMAIN, parse_domain(named["domain"])
    shape = shape_of(table)
    page = call.service.configuration_page(0, _ALL)
    records = shape.records(page.configuration)
    found = await asyncio.to_thread(lambda: next((each for each in records if shape.key_of(each) == key), None))
    return _Target(shape, key, found, page.revision)


async def _get(call: Call) -> Any:
    target = await _target(call)
    if target.record is None:
        raise not_found(f"{target.shape.name} of that name")
    return to_raw(target.record)


async def _put(call: Call) -> Any:
    target = await _target(call)
    await _check(call, target)
    given: dict[str, FieldValue] = await read(call, dict[str, FieldValue])
    shape = target.shape
    name = given.pop(shape.key, None)
    if name is not None and _normal(shape, name) != target.key:
        problem = Problem(field=shape.key, message="the record is named by the path; it cannot be renamed")
        raise BadInput("the body is not what this route takes", problems=(problem,))
    fields: dict[str, FieldValue] = dict.fromkeys((field for field in shape.fields if field != shape.key), None)
    return await _carry_out(call, target, Change(table=shape.table, key=target.key, fields={**fields, **given}))


def _normal(shape: Shape, name: FieldValue) -> object:
    return parse_domain(name) if shape.table is Table.DOMAIN and isinstance(name, str) else name


async def _delete(call: Call) -> Any:
    target = await _target(call)
    await _check(call, target)
    if target.record is None:
        raise not_found(f"{target.shape.name} of that name")
    return await _carry_out(call, target, Change(table=target.shape.table, key=target.key))


async def _check(call: Call, target: _Target) -> None:
    since = await _since(call, target.head)
    tags.check(call.request.headers, target.head, exists=target.record is not None, since=since)


async def _since(call: Call, head: Revision) -> tuple[Overtaking, ...]:
    seen = tags.seen_in(call.request.headers)
    return () if seen is None else tags.overtaken(await call.service.history(_RECENT), seen, head)


async def _carry_out(call: Call, target: _Target, change: Change) -> ApplyResult:
    try:
        plan = await call.service.plan([change], target.head)
        call.permit(plan.differences)
        return await call.service.apply(plan.plan_id, author=call.author(), why=call.why(), confirm=_confirm(call))
    except Conflict as error:
        now = call.service.configuration_page(0, 0).revision
        if now == target.head:
            raise
        since = tags.overtaken(await call.service.history(_RECENT), target.head.number, now)
        raise tags.conflicted(now, since) from error


def _confirm(call: Call) -> timedelta | None:
    given = "confirm" in call.request.query
    return seconds(number(call, "confirm", 0, 3600)) if given else None


async def _promote(call: Call) -> Any:
    asked = await read(call, PromoteRequest)
    domain = _discovered(call)
    fields: dict[str, FieldValue] = {"action": "allow"}
    if asked.access_edge is not None:
        fields["access_edge"] = asked.access_edge
    if asked.comment is not None:
        fields["comment"] = asked.comment
    plan = await call.service.plan([Change(table=Table.DOMAIN, key=domain, fields=fields)], None)
    call.permit(plan.differences)
    result = await call.service.apply(
        plan.plan_id, author=call.author(), why=asked.why[:1000], confirm=seconds(asked.confirm)
    )
    call.service.edge.dismiss(domain)
    return result


def _discovered(call: Call) -> str:
    domain = parse_domain(call.request.match_info["domain"])
    if all(partner.domain != domain for partner in call.service.edge.discovered()):
        raise not_found("discovered partner of that name")
    return domain


async def _dismiss(call: Call) -> Any:
    return DismissAnswer(call.service.edge.dismiss(_discovered(call)))


HANDLERS: Mapping[str, Handler] = {
    "domain": _get,
    "domain_put": _put,
    "domain_delete": _delete,
    "partner": _get,
    "partner_put": _put,
    "partner_delete": _delete,
    "policy": _get,
    "policy_put": _put,
    "policy_delete": _delete,
    "promote": _promote,
    "dismiss": _dismiss,
}
