"""The served description is one of OpenAPI 3.1, names every route, and every real answer is what it says."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest

from edgeconsole.model.revision import Author
from edgeconsole.proxy.admin.handlers import HANDLERS
from edgeconsole.wire.examples import EXAMPLES
from edgeconsole.wire.openapi import description
from edgeconsole.wire.problems import MEDIA_TYPE
from edgeconsole.wire.roles import Role
from edgeconsole.wire.routes import PREFIX, ROUTES
from tests.admin.worlds import AdminWorld

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENT = json.loads(json.dumps(description()))


def check(schema: dict[str, Any], value: object) -> None:
    """Raise where a value is not what a schema of the document says."""
    jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]}).validate(value)


def schema_of(path: str, method: str, status: int, media: str) -> dict[str, Any]:
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    response = responses.get(str(status), responses["default"])
    schema: dict[str, Any] = response["content"][media]["schema"]
    return schema


def test_every_route_has_a_handler_and_is_described() -> None:
    assert set(HANDLERS) == {route.name for route in ROUTES} - {"events"}
    described = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == {(route.method, PREFIX + route.path) for route in ROUTES}


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({**schema, "$schema": DIALECT})
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)):
        assert name in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_what_its_route_takes(name: str) -> None:
    route = next(route for route in ROUTES if route.name == name)
    body = DOCUMENT["paths"][PREFIX + route.path][route.method.lower()]["requestBody"]["content"]["application/json"]
    check(body["schema"], body["example"])


def test_every_body_has_an_example() -> None:
    assert {route.name for route in ROUTES if route.takes is not None} == set(EXAMPLES)


async def test_the_description_is_served_to_whoever_may_look(world: AdminWorld) -> None:
    answer = await world.as_role(Role.VIEWER).get("/v1/openapi.json")
    assert answer.json() == DOCUMENT
    assert (await world.client().get("/v1/openapi.json")).status_code == 401


REAL: list[tuple[str, str, dict[str, str], Any]] = [
    ("health", "", {}, None),
    ("capabilities", "", {}, None),
    ("config", "?limit=1", {}, None),
    ("history", "", {}, None),
    ("history_one", "", {"number": "1"}, None),
    ("history_one", "", {"number": "99"}, None),
    ("counters", "", {}, None),
    ("sessions", "", {}, None),
    ("discovered", "", {}, None),
    ("watch_list", "", {}, None),
    ("failures", "", {}, None),
    ("probes", "", {}, None),
    ("probes", "?after=0", {}, None),
    ("probe_history", "", {"target": "nobody.example"}, None),
    ("certificates", "", {}, None),
    ("presence", "", {}, None),
    ("presence_put", "", {}, EXAMPLES["presence_put"]),
    ("explain", "", {}, EXAMPLES["explain"]),
    ("explain", "", {}, {"from": "nonsense", "to": ""}),
    ("impact", "", {}, EXAMPLES["impact"]),
    ("plan", "", {}, EXAMPLES["plan"]),
    ("plan", "", {}, {"changes": [{"table": "domain", "key": "x", "fields": {"action": 3}}]}),
    ("undo", "", {}, {}),
    ("apply", "", {}, {"plan_id": "x"}),
    ("reload", "", {}, None),
    ("reload", "", {}, EXAMPLES["reload"]),
    ("reload_plan", "", {}, None),
    ("rollback", "", {}, {}),
    ("rollback", "", {}, {"number": 1, "name": "both"}),
    ("confirm", "", {}, EXAMPLES["confirm"]),
    ("confirm_cancel", "", {}, EXAMPLES["confirm_cancel"]),
    ("restore_points", "", {}, None),
    ("restore_point_put", "", {"name": "good"}, EXAMPLES["restore_point_put"]),
    ("restore_point_delete", "", {"name": "kept"}, None),
    ("audit", "?limit=3", {}, None),
    ("audit_verify", "", {}, None),
    ("audit_verify", "?head=nonsense", {}, None),
    ("sessions_close", "", {}, EXAMPLES["sessions_close"]),
    ("promote", "", {"domain": "adatum.example"}, EXAMPLES["promote"]),
    ("dismiss", "", {"domain": "adatum.example"}, None),
    ("domain", "", {"domain": "fabrikam.example"}, None),
    ("domain_put", "", {"domain": "fabrikam.example"}, EXAMPLES["domain_put"]),
    ("domain_delete", "?why=x", {"domain": "fabrikam.example"}, None),
    ("partner", "", {"kind": "xmpp", "name": "jabber.example"}, None),
    ("partner_put", "", {"kind": "xmpp", "name": "jabber.example"}, EXAMPLES["partner_put"]),
    ("partner_delete", "", {"kind": "xmpp", "name": "jabber.example"}, None),
    ("policy", "", {"policy": "global"}, None),
    ("policy_put", "", {"policy": "global"}, EXAMPLES["policy_put"]),
    ("policy_delete", "", {"policy": "global"}, None),
    ("tokens", "", {}, None),
    ("tokens_create", "", {}, EXAMPLES["tokens_create"]),
    ("tokens_revoke", "", {"id": "0" * 16}, None),
]


def test_a_real_answer_of_every_route_that_gives_json_is_looked_at() -> None:
    looked_at = {name for name, *_ in REAL}
    assert looked_at == {route.name for route in ROUTES if route.media == "application/json"} - {"openapi"}


@pytest.mark.parametrize("path", ["/v1/config/text", "/v1/history/1/text"])
async def test_a_text_is_sent_as_what_the_description_says(world: AdminWorld, path: str) -> None:
    await world.commit(archiving_disclaimer=True)
    answer = await world.as_role(Role.VIEWER).get(path)
    assert answer.headers["Content-Type"].startswith("application/toml")
    assert answer.text.startswith("# ours\nversion = 1\n")
    assert ("archiving_disclaimer" in answer.text) is (path == "/v1/config/text")
    for number in ("99", "x", "-1", "1" * 40):
        gone = await world.as_role(Role.VIEWER).get(f"/v1/history/{number}/text")
        assert gone.status_code in (404, 422)
        check(schema_of("/v1/history/{number}/text", "GET", gone.status_code, MEDIA_TYPE), gone.json())


@pytest.mark.parametrize(("name", "query", "named", "body"), REAL, ids=lambda value: value if value else "-")
async def test_a_real_answer_is_what_the_description_says(
    world: AdminWorld, name: str, query: str, named: dict[str, str], body: Any
) -> None:
    world.discover("adatum.example")
    await world.commit(archiving_disclaimer=True)
    world.revisions.points.add("kept", author=Author("bob"))
    route = next(route for route in ROUTES if route.name == name)
    client = world.as_role(Role.ADMIN)
    headers = {"If-Match": "*"} if route.guarded else {}
    path = PREFIX + route.path.format_map(named) + query
    answer = await client.request(route.method, path, json=body, headers=headers)
    media = answer.headers["Content-Type"].partition(";")[0]
    check(schema_of(PREFIX + route.path, route.method, answer.status_code, media), answer.json())
