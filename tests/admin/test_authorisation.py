"""Who may do what: every route with every identity, against the table of routes."""

import ssl
import warnings
from collections.abc import Callable
from typing import NamedTuple

import httpx
import pytest
from cryptography import x509

from edgeconsole.model.configuration import Table
from edgeconsole.wire.examples import EXAMPLES
from edgeconsole.wire.roles import Role
from edgeconsole.wire.routes import PATHS, ROUTES, Route
from tests.admin.worlds import OPERATOR_UID, STRANGER_UID, VIEWER_UID, AdminWorld

NAMED = {"number": "1", "domain": "nobody.example", "kind": "xmpp", "name": "nobody.example", "policy": "user:Nobody",
         "id": "0123456789abcdef", "target": "sip nobody.example"}  # fmt: skip

LET_IN = "let in"
NO_CONNECTION = "no connection"


class Identity(NamedTuple):
    """How a caller shows who it is, and the role that gives; None is none, with the status a request then gets."""

    connect: Callable[[AdminWorld], httpx.AsyncClient]
    role: Role | None
    refused: int | str = 401


def _certificate(*names: str, common_name: str = "leaf", uri: str = "", foreign: bool = False):
    def connect(world: AdminWorld) -> httpx.AsyncClient:
        authority = world.foreign if foreign else world.authority
        extra = [x509.UniformResourceIdentifier(uri)] if uri else []
        return world.client(credential=authority.issue(*names, common_name=common_name, extra=extra))

    return connect


def _expired(world: AdminWorld) -> httpx.AsyncClient:
    token = world.token(Role.ADMIN, hours=1)
    world.later(hours=2)
    return world.client(token=token)


def _revoked(world: AdminWorld) -> httpx.AsyncClient:
    token = world.token(Role.ADMIN)
    assert world.shared.tokens.revoke(token.split("_")[1])
    return world.client(token=token)


def _another_secret(world: AdminWorld) -> httpx.AsyncClient:
    token = world.token(Role.ADMIN)
    return world.client(token=token[:-1] + ("A" if token[-1] != "A" else "B"))


def _bad_token_beside_a_good_certificate(world: AdminWorld) -> httpx.AsyncClient:
    return world.client(token="ec1_x", credential=world.authority.issue("admin.contoso.example"))


IDENTITIES: dict[str, Identity] = {
    "nobody": Identity(lambda world: world.client(), None),
    "a token nobody made": Identity(lambda world: world.client(token="ec1_" + "0" * 16 + "_" + "A" * 43), None),
    "a token with another secret": Identity(_another_secret, None),
    "an expired token": Identity(_expired, None),
    "a revoked token": Identity(_revoked, None),
    "a bad token beside a good certificate": Identity(_bad_token_beside_a_good_certificate, None),
    "a viewer's token": Identity(lambda world: world.as_role(Role.VIEWER), Role.VIEWER),
    "an operator's token": Identity(lambda world: world.as_role(Role.OPERATOR), Role.OPERATOR),
    "an admin's token": Identity(lambda world: world.as_role(Role.ADMIN), Role.ADMIN),
    "a viewer's certificate": Identity(_certificate("wall.contoso.example"), Role.VIEWER),
    "an operator's certificate": Identity(_certificate("OnCall.contoso.example"), Role.OPERATOR),
    "a certificate with a URI": Identity(_certificate(uri="spiffe://contoso.example/oncall"), Role.OPERATOR),
    "an admin's certificate": Identity(_certificate("x.example", "admin.contoso.example"), Role.ADMIN),
    "a certificate without a role": Identity(_certificate("other.contoso.example"), None, 403),
    "a role in the common name": Identity(_certificate("x.example", common_name="admin.contoso.example"), None, 403),
    "a wildcard certificate": Identity(_certificate("*.contoso.example"), None, 403),
    "a foreign certificate": Identity(_certificate("admin.contoso.example", foreign=True), None, NO_CONNECTION),
    "root on the host": Identity(lambda world: world.local_client(0), Role.ADMIN),
    "an operator on the host": Identity(lambda world: world.local_client(OPERATOR_UID), Role.OPERATOR),
    "a viewer on the host": Identity(lambda world: world.local_client(VIEWER_UID), Role.VIEWER),
    "a stranger on the host": Identity(lambda world: world.local_client(STRANGER_UID), None, 403),
}


async def outcome(client: httpx.AsyncClient, route: Route) -> int | str:
    body = EXAMPLES.get(route.name, {}) if route.takes is not None else None
    path = PATHS[route.name].format_map(NAMED)
    try:
        async with client.stream(route.method, path, json=body) as response:
            assert response.status_code < 500, (route, await response.aread())
            return response.status_code if response.status_code in (401, 403) else LET_IN
    except (httpx.HTTPError, ssl.SSLError):
        return NO_CONNECTION


@pytest.mark.parametrize("name", IDENTITIES)
async def test_what_each_identity_may_do_is_what_the_table_says(world: AdminWorld, name: str) -> None:
    identity = IDENTITIES[name]
    client = identity.connect(world)
    found: dict[str, int | str] = {}
    for route in ROUTES:
        # Past the limits on requests and on failures, which have tests of their own.
        world.seconds += 61
        found[route.name] = await outcome(client, route)
    role = identity.role
    expected = {
        route.name: identity.refused if role is None else LET_IN if role.covers(route.role) else 403 for route in ROUTES
    }
    assert found == expected


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/tokens/x/y", "/v2/health", "/metrics"])
async def test_who_is_nobody_cannot_tell_paths_that_exist_from_others(world: AdminWorld, path: str) -> None:
    world.seconds += 61
    assert (await world.client().get(path)).status_code == 401


async def test_a_viewer_cannot_tell_a_token_that_exists_from_another(world: AdminWorld) -> None:
    viewer = world.as_role(Role.VIEWER)
    there = world.shared.tokens.all()[0].id
    answers = [await viewer.delete(f"/v1/tokens/{identity}") for identity in (there, "0" * 16)]
    assert [answer.status_code for answer in answers] == [403, 403]
    bodies = [{key: value for key, value in answer.json().items() if key != "instance"} for answer in answers]
    assert bodies[0] == bodies[1]


async def test_a_revocation_counts_from_the_next_request_on(world: AdminWorld) -> None:
    token = world.token(Role.VIEWER)
    client = world.client(token=token)
    assert (await client.get("/v1/health")).status_code == 200
    admin = world.as_role(Role.ADMIN)
    assert (await admin.delete(f"/v1/tokens/{token.split('_')[1]}")).json() == {"revoked": True}
    assert (await client.get("/v1/health")).status_code == 401


async def test_a_role_given_in_the_file_counts_from_the_next_request_on(world: AdminWorld) -> None:
    client = world.client(credential=world.authority.issue("new.contoso.example"))
    assert (await client.get("/v1/health")).status_code == 403
    await world.commit(Table.PROXY, viewers=[str(VIEWER_UID), "dns:new.contoso.example"])
    assert (await client.get("/v1/health")).status_code == 200


ADMIN_CHANGES = [
    {"table": "proxy", "fields": {"admins": ["dns:oncall.contoso.example"]}},
    {"table": "access_edge", "fields": {"partner_discovery": True}},
    {"table": "edge", "fields": {"certificate": "file:/tmp/mine.pem"}},
]


@pytest.mark.parametrize("change", ADMIN_CHANGES, ids=lambda change: change["table"])
async def test_an_operator_cannot_plan_what_only_an_administrator_may_change(world: AdminWorld, change: dict) -> None:
    operator = world.as_role(Role.OPERATOR)
    answer = await operator.post("/v1/plan", json={"changes": [change]})
    assert answer.status_code == 403
    assert "needs admin" in answer.json()["title"]


async def test_an_operator_cannot_apply_or_undo_what_an_administrator_planned(world: AdminWorld) -> None:
    operator, admin = world.as_role(Role.OPERATOR), world.as_role(Role.ADMIN)
    plan = (await admin.post("/v1/plan", json={"changes": [ADMIN_CHANGES[1]]})).json()
    assert (await operator.post("/v1/apply", json={"plan_id": plan["plan_id"]})).status_code == 403
    assert (await admin.post("/v1/apply", json={"plan_id": plan["plan_id"]})).status_code == 200
    assert (await operator.post("/v1/undo", json={})).status_code == 403


async def test_a_plan_nobody_made_is_a_conflict(world: AdminWorld) -> None:
    operator = world.as_role(Role.OPERATOR)
    answer = await operator.post("/v1/apply", json={"plan_id": "id-0"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_an_old_version_of_tls_gets_no_connection(world: AdminWorld, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(world.authority.file)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Python warns of asking for it, which is the point here.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    async with httpx.AsyncClient(base_url=world.address, verify=context, trust_env=False) as old:
        with pytest.raises(httpx.ConnectError):
            await old.get("/v1/health")
