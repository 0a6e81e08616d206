"""The OpenAPI 3.1 description of the admin API, made from the table of routes and the types that are sent."""

import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec

from edgeconsole import __version__
from edgeconsole.wire.examples import EXAMPLES
from edgeconsole.wire.json import encode
from edgeconsole.wire.problems import MEDIA_TYPE, ProblemDetails
from edgeconsole.wire.routes import PREFIX, ROUTES, Route

_SCHEMA = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_REFUSALS = (401, 403, 429)
"""What every route may answer besides its success."""


@lru_cache(maxsize=1)
def document() -> bytes:
    """Return the description as JSON."""
    return encode(description())


def description() -> dict[str, Any]:
    """Return the description as plain objects."""
    kinds = [kind for route in ROUTES for kind in (route.takes, route.gives) if kind is not None]
    schemas, components = msgspec.json.schema_components([*kinds, ProblemDetails], ref_template=_SCHEMA)
    known = dict(zip(map(_name, kinds), schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "edgeconsole admin API",
            "version": __version__,
            "description": "One edge: its configuration, what it enforces, and what it sees.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"certificate": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "edgeconsole token create makes one."},
                "certificate": {"type": "mutualTLS", "description": "Roles go by the DNS and URI names in it."},
            },
        },
    }


def _name(kind: Any) -> str:
    return str(kind)


def _operation(route: Route, known: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.help,
        "description": f"Needs the role {route.role.value}.",
        "parameters": _parameters(route),
        "responses": _responses(route, known),
    }
    if route.takes is not None:
        content: dict[str, Any] = {"schema": known[_name(route.takes)]}
        if route.name in EXAMPLES:
            content["example"] = EXAMPLES[route.name]
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(route.path)
    ]
    found += [
        {"name": query.name, "in": "query", "description": query.help, "schema": _query_schema(query.kind)}
        for query in route.query
    ]
    if route.guarded:
        found += [_header("If-Match", "ETag of what was read."), _header("If-None-Match", "`*`: create only.")]
    if route.replays:
        found.append(_header("Idempotency-Key", "A repeat with the same key and body gets the first answer again."))
    return found


def _query_schema(kind: Any) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0} if kind is int else {"type": "string"}


def _header(name: str, meaning: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": meaning, "schema": {"type": "string"}}


def _responses(route: Route, known: dict[str, Any]) -> dict[str, Any]:
    schema = known[_name(route.gives)] if route.gives is not None else {"type": "string"}
    success: dict[str, Any] = {"description": "Done.", "content": {route.media: {"schema": schema}}}
    responses: dict[str, Any] = {"200": success}
    if route.tagged:
        success["headers"] = {
            "ETag": {"description": "The revision: lineage, number and sha256.", "schema": {"type": "string"}}
        }
        if route.method == "GET":
            responses["304"] = {"description": "It is what `If-None-Match` names."}
    for status in (*_REFUSALS, *((412, 428) if route.guarded else ())):
        responses[str(status)] = _problem(HTTPStatus(status).phrase)
    responses["default"] = _problem("Any other refusal.")
    return responses


def _problem(meaning: str) -> dict[str, Any]:
    return {
        "description": meaning,
        "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMA.format(name="ProblemDetails")}}},
    }
