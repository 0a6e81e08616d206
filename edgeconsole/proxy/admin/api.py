"""The admin API itself, apart from where it listens: every route with its role, limits, tags and problem details."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import msgspec
from aiohttp import web

from edgeconsole.model.errors import EdgeconsoleError, NotPermitted
from edgeconsole.proxy.admin import tags
from edgeconsole.proxy.admin.call import BULK_LIMIT, CALLER, Call, read_body
from edgeconsole.proxy.admin.callers import Caller
from edgeconsole.proxy.admin.doors import Door
from edgeconsole.proxy.admin.handlers import HANDLERS
from edgeconsole.proxy.admin.long_answers import encoded
from edgeconsole.proxy.admin.refusals import Refused, from_a_browser, wrong_media
from edgeconsole.proxy.admin.replays import Answer, Key
from edgeconsole.proxy.admin.shared import Shared
from edgeconsole.proxy.service import EdgeService
from edgeconsole.wire.json import encode
from edgeconsole.wire.problems import MEDIA_TYPE, ProblemDetails, from_error
from edgeconsole.wire.routes import PREFIX, ROUTES, Route

log = logging.getLogger(__name__)

_Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "edgeconsole"}
_JSON = "application/json"


def application(service: EdgeService, shared: Shared, door: Door) -> web.Application:
    """Return the API as it answers behind one door."""
    middlewares = [_problems, _behind(door, shared)]
    app = web.Application(client_max_size=BULK_LIMIT, middlewares=middlewares)
    for route in ROUTES:
        app.router.add_route(route.method, PREFIX + route.path, _endpoint(route, service, shared, door))
    app.on_response_prepare.append(_mark)
    return app


async def _mark(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _ALWAYS.items():
        response.headers[name] = value


def _behind(door: Door, shared: Shared) -> Any:
    """Return the middleware that asks who calls, on paths that do not exist too, and whether it may ask now."""

    @web.middleware
    async def behind(request: web.Request, handler: _Endpoint) -> web.StreamResponse:
        caller = door.caller(request)
        shared.rate.take(caller.subject)
        # A page in the browser of somebody with a client certificate could otherwise act in their name.
        if "Origin" in request.headers:
            raise from_a_browser()
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise wrong_media("a compressed body is not read")
        if request.body_exists and request.content_type not in (_JSON, "application/octet-stream"):
            raise wrong_media(f"a body of the type {request.content_type} is not read")
        request[CALLER] = caller
        return await handler(request)

    return behind


def _endpoint(route: Route, service: EdgeService, shared: Shared, door: Door) -> _Endpoint:
    async def endpoint(request: web.Request) -> web.StreamResponse:
        caller = request[CALLER]
        if not caller.role.covers(route.role):
            raise NotPermitted(
                f"{caller.name} has the role {caller.role.value}; this needs {route.role.value}",
                remedy="An administrator gives roles: proxy.operators and proxy.admins in federation.toml, or a token",
            )
        call = Call(request, service, caller, route, shared)
        if route.name == "events":
            return await shared.streams.serve(request, caller.subject, lambda: _still(door, request, caller))
        key = request.headers.get("Idempotency-Key")
        if key is not None and route.method == "POST":
            return await _once(call, key)
        return await _answer(call)

    return endpoint


def _still(door: Door, request: web.Request, caller: Caller) -> bool:
    try:
        return door.caller(request).subject == caller.subject
    except (Refused, EdgeconsoleError):
        return False


async def _once(call: Call, chosen: str) -> web.StreamResponse:
    """Answer a request that carries an Idempotency-Key: as the first time where there was one."""
    if not call.route.replays:
        return await _answer(call)
    key: Key = (call.caller.subject, call.request.path, chosen)
    kept = call.shared.replays.begin(key, await read_body(call))
    if kept is not None:
        again = _json(kept.body, kept.tag)
        again.headers["Idempotency-Replayed"] = "true"
        return again
    try:
        response = await _answer(call)
    except BaseException:
        call.shared.replays.forget(key)
        raise
    assert isinstance(response, web.Response)
    assert isinstance(response.body, bytes)
    call.shared.replays.keep(key, Answer(response.body, response.headers.get("ETag")))
    return response


async def _answer(call: Call) -> web.StreamResponse:
    # Read before the handler runs: a revision saved meanwhile must not lend its tag to what was read before it.
    head = call.service.configuration_page(0, 0).revision
    reading = call.request.method == "GET"
    if call.route.tagged and reading and tags.unchanged(call.request.headers, head):
        return web.Response(status=304, headers={"ETag": tags.tag_of(head)})
    answer = await HANDLERS[call.route.name](call)
    tag = None
    if call.route.tagged:
        tag = tags.tag_of(getattr(answer, "revision", head))
    if isinstance(answer, web.StreamResponse):
        if tag is not None:
            answer.headers["ETag"] = tag
        return answer
    return _json(await encoded(answer), tag)


def _json(body: bytes, tag: str | None) -> web.Response:
    response = web.Response(body=body, content_type=_JSON)
    if tag is not None:
        response.headers["ETag"] = tag
    return response


@web.middleware
async def _problems(request: web.Request, handler: _Endpoint) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        return _problem(refused.details, dict(refused.headers))
    except EdgeconsoleError as error:
        return _problem(from_error(error))
    except web.HTTPException as error:
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _problem(ProblemDetails(title=error.reason, status=error.status, code=_code(error.status)), allow)
    except Exception:
        # The one boundary where an unforeseen error becomes an answer; the log has the trace, the caller does not.
        details = ProblemDetails(title="the proxy failed to answer; its log has the reason", status=500, code="error")
        details = _named(details)
        log.exception("request failed: %s %s (%s)", request.method, request.path, details.instance)
        return _problem(details)


def _code(status: int) -> str:
    return {404: "not_found", 413: "too_large"}.get(status, "http")


def _named(details: ProblemDetails) -> ProblemDetails:
    return msgspec.structs.replace(details, instance=f"urn:uuid:{uuid4()}")


def _problem(details: ProblemDetails, headers: dict[str, str] | None = None) -> web.Response:
    named = details if details.instance else _named(details)
    return web.Response(status=details.status, body=encode(named), content_type=MEDIA_TYPE, headers=headers)
