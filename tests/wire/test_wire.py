"""What crosses the admin API: strict in, the same value out, errors that name the field."""

import pytest

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput, Conflict, EdgeconsoleError, NotPermitted, Problem
from edgeconsole.wire.json import decode, decode_request, encode
from edgeconsole.wire.messages import ApplyRequest, PlanRequest
from edgeconsole.wire.problems import from_error, to_error
from edgeconsole.wire.routes import ROUTES, Role


def test_a_request_survives_the_trip() -> None:
    request = PlanRequest(changes=(Change(table=Table.DOMAIN, key="a.example", fields={"action": "block"}),))
    assert decode_request(encode(request), PlanRequest) == request


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"plan_id": "a", "plan_id": "b"}', "twice"),
        (b'{"plan_id": NaN}', "NaN"),
        (b'{"plan_id": 3}', "Expected `str`"),
        (b'{"plan_id": "a", "admin": true}', "unknown field"),
        (b"[" * 200_000, "nested"),
        (b"\xff\xfe", ""),
        (b"", ""),
        (b'{"why": "x"}', "plan_id"),
    ],
)
def test_a_body_that_is_not_what_the_route_takes_is_refused_with_the_reason(body: bytes, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode_request(body, ApplyRequest)
    assert says in str(caught.value) + " ".join(str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize("kind", [BadInput, Conflict, NotPermitted])
def test_an_error_arrives_as_the_error_it_was(kind: type[EdgeconsoleError]) -> None:
    error = kind("what", remedy="do this", problems=(Problem(message="why", field="domain"),))
    arrived = to_error(decode(encode(from_error(error)), type(from_error(error))))
    assert type(arrived) is kind
    assert (arrived.message, arrived.remedy, arrived.problems) == (error.message, error.remedy, error.problems)


def test_a_viewer_may_use_no_route_that_changes_anything() -> None:
    changing = {"plan", "apply", "undo", "reload", "sessions_close"}
    assert {route.name for route in ROUTES if not Role.VIEWER.covers(route.role)} == changing
    assert all(route.method == "POST" for route in ROUTES if route.name in changing)
