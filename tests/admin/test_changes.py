"""Changes over HTTP: on the revision that was read, in one call, once however often they are sent."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import Busy, NotSaved
from edgeconsole.model.observed import OTHERS
from edgeconsole.proxy.admin.refusals import too_many
from edgeconsole.proxy.admin.replays import MOST_ANSWERS, Answer, Replays
from edgeconsole.wire.problems import from_error, to_error
from edgeconsole.wire.roles import Role
from tests.admin.worlds import AdminWorld

FABRIKAM = "/v1/domains/fabrikam.example"


async def test_what_is_read_carries_the_revision_and_is_not_sent_twice(world: AdminWorld) -> None:
    client = world.as_role(Role.VIEWER)
    for path in ("/v1/config", "/v1/config/text", FABRIKAM):
        answer = await client.get(path)
        head = world.revisions.head
        assert answer.headers["ETag"] == f'"{head.lineage}/{head.number}/{head.etag}"'
        again = await client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    await world.commit(archiving_disclaimer=True)
    assert (await client.get(FABRIKAM, headers={"If-None-Match": answer.headers["ETag"]})).status_code == 200


async def test_a_record_is_read_as_the_file_writes_it_and_can_be_sent_back(world: AdminWorld) -> None:
    client = world.as_role(Role.OPERATOR)
    answer = await client.get(FABRIKAM)
    record = answer.json()
    assert record == {"name": "fabrikam.example", "action": "allow", "comment": "contract 4411"}
    record["expires"] = "2026-12-31T00:00:00Z"
    put = await client.put(FABRIKAM, json=record, headers={"If-Match": answer.headers["ETag"]})
    assert put.status_code == 200
    assert (await client.get(FABRIKAM)).json() == record
    assert (await client.get(FABRIKAM)).headers["ETag"] == put.headers["ETag"]


async def test_a_put_sets_the_whole_record_and_tells_who_and_why(world: AdminWorld) -> None:
    client = world.client(token=world.token(Role.OPERATOR, "monitoring"))
    put = await client.put(f"{FABRIKAM}?why=INC-1", json={"action": "block"}, headers={"If-Match": "*"})
    assert put.json()["outcome"] == "committed"
    assert (await client.get(FABRIKAM)).json() == {"name": "fabrikam.example", "action": "block"}
    record = (await client.get("/v1/history")).json()["items"][0]
    assert (record["by"], record["why"]) == ({"name": "monitoring", "via": "api 127.0.0.1"}, "INC-1")
    number = record["revision"]["number"]
    assert (await client.get(f"/v1/history/{number}")).json() == record
    assert "# Supplier" in world.path.read_text()


@pytest.mark.parametrize(
    ("path", "record"),
    [
        ("/v1/domains/tailspin.example", {"action": "allow", "access_edge": "sip.tailspin.example"}),
        ("/v1/domains/b%C3%BCcher.example", {"action": "block"}),
        ("/v1/partners/xmpp/chat.example", {"dialback": False}),
        (
            "/v1/partners/hosting/Microsoft%20365",
            {"proxy_fqdn": "sipfed.online.lync.com", "verification": "use-source"},
        ),
        ("/v1/policies/user%3ASales", {"federation": True}),
    ],
)
async def test_a_record_is_created_once_and_removed(world: AdminWorld, path: str, record: dict) -> None:
    client = world.as_role(Role.OPERATOR)
    assert (await client.get(path)).status_code == 404
    create = {"If-None-Match": "*"}
    made = await client.put(path, json=record, headers=create)
    assert made.status_code == 200, made.text
    assert record.items() <= (await client.get(path)).json().items()
    assert (await client.put(path, json=record, headers=create)).status_code == 412
    gone = await client.delete(path, headers={"If-Match": made.headers["ETag"]})
    assert gone.status_code == 200
    assert (await client.get(path)).status_code == 404
    assert (await client.delete(path, headers={"If-Match": gone.headers["ETag"]})).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_change_that_names_no_revision_is_asked_for_one(world: AdminWorld, method: str) -> None:
    answer = await world.as_role(Role.OPERATOR).request(method, FABRIKAM, json={"action": "block"})
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_change_on_an_old_revision_is_told_who_changed_what_and_when(world: AdminWorld, method: str) -> None:
    client = world.as_role(Role.OPERATOR)
    seen = (await client.get(FABRIKAM)).headers["ETag"]
    await world.commit(Table.DOMAIN, "fabrikam.example", action="block")
    answer = await client.request(method, FABRIKAM, json={"action": "allow"}, headers={"If-Match": seen})
    assert answer.status_code == 412
    problem = answer.json()
    assert problem["since"] == [
        {
            "revision": 2,
            "who": "bob",
            "via": "console",
            "at": "2026-03-01T12:00:00Z",
            "fields": ['domain "fabrikam.example".action'],
        }
    ]
    assert "bob changed" in problem["title"]
    assert answer.headers["ETag"] == (await client.get(FABRIKAM)).headers["ETag"] != seen
    assert world.revisions.head.number == 2


@pytest.mark.parametrize("tag", ['W/"a/1/0"', '"a/1"', "a/1/0", '"other/1/00"', ""])
async def test_a_tag_that_is_not_the_present_one_changes_nothing(world: AdminWorld, tag: str) -> None:
    client = world.as_role(Role.OPERATOR)
    answer = await client.put(FABRIKAM, json={"action": "block"}, headers={"If-Match": tag})
    assert answer.status_code == 412
    assert world.revisions.head.number == 1


async def test_two_changes_at_once_on_one_revision_are_one_change_and_one_refusal(world: AdminWorld) -> None:
    client = world.as_role(Role.OPERATOR)
    headers = {"If-Match": (await client.get(FABRIKAM)).headers["ETag"]}
    answers = await asyncio.gather(
        *(client.put(FABRIKAM, json={"action": "block", "comment": str(n)}, headers=headers) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (FABRIKAM, {"action": "alow"}, "allow"),
        (FABRIKAM, {"action": "allow", "colour": "red"}, "colour"),
        (FABRIKAM, {"comment": "no action"}, "action"),
        (FABRIKAM, {"name": "other.example", "action": "allow"}, "renamed"),
        ("/v1/domains/contoso.example", {"action": "allow"}, "own"),
        ("/v1/domains/-.example", {"action": "allow"}, "-.example"),
    ],
)
async def test_a_record_that_cannot_be_is_refused_with_the_field(
    world: AdminWorld, path: str, body: dict, says: str
) -> None:
    answer = await world.as_role(Role.OPERATOR).put(path, json=body, headers={"If-Match": "*"})
    other = await world.as_role(Role.OPERATOR).put(path, json=body, headers={"If-None-Match": "*"})
    assert {answer.status_code, other.status_code} <= {412, 422}
    assert says in answer.text + other.text
    assert world.revisions.head.number == 1


async def test_a_kind_of_partner_that_is_none_is_not_found(world: AdminWorld) -> None:
    answer = await world.as_role(Role.OPERATOR).get("/v1/partners/email/x.example")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_discovered_partner_is_promoted_in_one_call(world: AdminWorld) -> None:
    world.discover("adatum.example")
    client = world.as_role(Role.OPERATOR)
    body = {"access_edge": "sip.adatum.example", "comment": "Supplier", "why": "INC-2"}
    answer = await client.post("/v1/discovered/adatum.example/promote", json=body)
    assert answer.status_code == 200
    assert (await client.get("/v1/domains/adatum.example")).json() == {
        "name": "adatum.example",
        "action": "allow",
        "access_edge": "sip.adatum.example",
        "comment": "Supplier",
    }
    assert (await client.get("/v1/discovered")).json() == {"items": []}


async def test_a_dismissed_partner_comes_back_when_it_is_seen_again(world: AdminWorld) -> None:
    world.discover("adatum.example")
    client = world.as_role(Role.OPERATOR)
    last = world.edge.events.last_id
    assert (await client.post("/v1/discovered/adatum.example/dismiss")).json() == {"dismissed": True}
    assert (await client.get("/v1/discovered")).json() == {"items": []}
    assert world.edge.events.last_id == last + 1
    assert (await client.post("/v1/discovered/adatum.example/dismiss")).status_code == 404
    world.discover("adatum.example")
    assert [item["domain"] for item in (await client.get("/v1/discovered")).json()["items"]] == ["adatum.example"]


async def test_the_same_key_and_body_get_the_first_answer_again(world: AdminWorld) -> None:
    client = world.as_role(Role.ADMIN)
    change = {"changes": [{"table": "access_edge", "fields": {"archiving_disclaimer": True}}]}
    plan = (await client.post("/v1/plan", json=change)).json()
    headers = {"Idempotency-Key": "one"}
    first = await client.post("/v1/apply", json={"plan_id": plan["plan_id"]}, headers=headers)
    again = await client.post("/v1/apply", json={"plan_id": plan["plan_id"]}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await client.post("/v1/apply", json={"plan_id": "another"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert world.revisions.head.number == 2


async def test_a_key_belongs_to_its_caller_and_its_route(world: AdminWorld) -> None:
    world.discover("adatum.example")
    headers = {"Idempotency-Key": "one"}
    one, other = world.as_role(Role.OPERATOR), world.as_role(Role.OPERATOR)
    assert (await one.post("/v1/discovered/adatum.example/dismiss", headers=headers)).status_code == 200
    assert (await one.post("/v1/discovered/adatum.example/dismiss", headers=headers)).status_code == 200
    assert (await other.post("/v1/discovered/adatum.example/dismiss", headers=headers)).status_code == 404


async def test_a_failed_request_may_be_tried_again_with_its_key(world: AdminWorld) -> None:
    client = world.as_role(Role.OPERATOR)
    headers = {"Idempotency-Key": "one"}
    assert (await client.post("/v1/discovered/adatum.example/dismiss", headers=headers)).status_code == 404
    world.discover("adatum.example")
    assert (await client.post("/v1/discovered/adatum.example/dismiss", headers=headers)).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "caf\u00e9"])
async def test_a_key_that_is_none_is_refused(world: AdminWorld, key: str) -> None:
    answer = await world.as_role(Role.OPERATOR).post("/v1/reload", headers={"Idempotency-Key": key.encode()})
    assert answer.status_code == 422


async def test_a_new_token_is_never_kept_for_a_repeated_key(world: AdminWorld) -> None:
    client = world.as_role(Role.ADMIN)
    body = {"name": "monitoring", "role": "viewer", "expires": "1d"}
    headers = {"Idempotency-Key": "one"}
    assert (await client.post("/v1/tokens", json=body, headers=headers)).status_code == 200
    assert (await client.post("/v1/tokens", json=body, headers=headers)).status_code == 409
    assert not world.shared.replays._kept


def test_answers_are_kept_for_a_day_and_within_bounds(world_clock) -> None:
    replays = Replays(lambda: world_clock[0])
    for number in range(MOST_ANSWERS + 10):
        key = ("caller", "/v1/apply", str(number))
        assert replays.begin(key, b"") is None
        replays.keep(key, Answer(b"x" * 100, None))
    assert len(replays._kept) == MOST_ANSWERS
    last = ("caller", "/v1/apply", str(MOST_ANSWERS + 9))
    assert replays.begin(last, b"") == Answer(b"x" * 100, None)
    big = ("caller", "/v1/apply", "big")
    assert replays.begin(big, b"") is None
    replays.keep(big, Answer(b"x" * (16 * 1024 * 1024), None))
    assert list(replays._kept) == [big]
    world_clock[0] += timedelta(hours=24)
    assert replays.begin(last, b"") is None
    assert replays._bytes == 0


@pytest.fixture
def world_clock() -> list:
    return [datetime(2026, 3, 1, tzinfo=UTC)]


async def test_a_change_in_one_call_may_wait_to_be_confirmed_too(world: AdminWorld) -> None:
    client = world.as_role(Role.OPERATOR)
    path, headers = "/v1/domains/new.example", {"If-None-Match": "*"}
    short = await client.put(f"{path}?confirm=9", json={"action": "allow"}, headers=headers)
    assert short.status_code == 422
    assert "no time to confirm" in short.json()["title"]
    assert (await client.put(f"{path}?confirm=soon", json={"action": "allow"}, headers=headers)).status_code == 422
    answer = await client.put(f"{path}?confirm=60", json={"action": "allow"}, headers=headers)
    assert answer.status_code == 200
    pending = answer.json()["pending"]
    assert pending["timeout"] == 60
    again = await client.put("/v1/domains/other.example", json={"action": "allow"}, headers=headers)
    assert again.json()["code"] == "pending_confirm"
    back = await client.post("/v1/confirm/cancel", json={"token": pending["token"]})
    assert back.status_code == 200
    assert (await client.get(path)).status_code == 404


async def test_an_operator_does_not_let_a_hand_edit_into_force_that_is_an_administrators(world: AdminWorld) -> None:
    text = world.path.read_text()
    world.path.write_text(text.replace("partner_discovery = false", "partner_discovery = true"))
    refused = await world.as_role(Role.OPERATOR).post("/v1/reload", json={})
    assert refused.status_code == 403
    assert (await world.as_role(Role.VIEWER).post("/v1/reload/plan", json={})).status_code == 403
    plan = await world.as_role(Role.OPERATOR).post("/v1/reload/plan", json={})
    assert plan.json()["differences"][0]["field"] == "partner_discovery"
    assert (await world.as_role(Role.ADMIN).post("/v1/reload", json={})).status_code == 200


def test_a_full_disk_and_a_limit_are_told_apart_from_an_edge_that_is_gone() -> None:
    full = from_error(NotSaved("the disk is full", remedy="Make room"))
    assert (full.status, full.code, full.detail) == (507, "not_saved", "Make room")
    assert isinstance(to_error(full), NotSaved)
    busy = to_error(too_many("requests", 1).details)
    assert isinstance(busy, Busy)
    assert busy.exit_code == 4
    assert "the edge goes on" in str(busy).lower()


async def test_the_sum_of_domains_beyond_the_bound_is_nobody_a_change_opens(world: AdminWorld) -> None:
    for domain in (OTHERS, "stranger.example"):
        world.edge.record.counters.of(domain, listed=False)
    changes = [Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": not world.edge.index.partner_discovery})]
    impact = (await world.service.plan(changes, None)).impact
    assert (*impact.opened, *impact.closed) == ("stranger.example",)
