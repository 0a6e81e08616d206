"""What crosses the admin API: strict in, the same value out, errors that name the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput, Conflict, EdgeconsoleError, NotPermitted, Problem
from edgeconsole.wire import json as wire_json
from edgeconsole.wire.json import decode, decode_request, encode
from edgeconsole.wire.messages import ApplyRequest, PlanRequest
from edgeconsole.wire.problems import from_error, to_error
from edgeconsole.wire.roles import Role, role_for
from edgeconsole.wire.routes import ROUTES


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


def test_a_viewer_may_use_no_route_that_changes_the_edge() -> None:
    asking = {"explain", "impact", "presence_put"}
    allowed = {route.name for route in ROUTES if Role.VIEWER.covers(route.role)}
    assert {route.name for route in ROUTES if route.method != "GET"} & allowed == asking
    assert {"plan", "apply", "undo", "reload", "sessions_close"}.isdisjoint(allowed)


def test_every_route_says_what_it_is_for_and_has_a_name_of_its_own() -> None:
    assert len({route.name for route in ROUTES}) == len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    assert all(route.help for route in ROUTES)


@pytest.mark.parametrize(
    ("table", "field", "needed"),
    [
        (Table.DOMAIN, "action", Role.OPERATOR),
        (Table.POLICY, "federation", Role.OPERATOR),
        (Table.ACCESS_EDGE, "archiving_disclaimer", Role.OPERATOR),
        (Table.ACCESS_EDGE, "partner_discovery", Role.ADMIN),
        (Table.EDGE, "certificate", Role.ADMIN),
        (Table.PROXY, "operators", Role.ADMIN),
    ],
)
def test_a_change_asks_for_the_role_that_its_fields_need(table: Table, field: str, needed: Role) -> None:
    assert role_for([Difference(table=table, key="", field=field, before=None, after=None)]) is needed


def test_a_body_as_deep_as_allowed_is_read_and_one_level_more_is_not() -> None:
    deep = b'{"plan_id": "a", "why": ' + b"[" * 31 + b"]" * 31 + b"}"
    with pytest.raises(BadInput) as caught:
        decode_request(deep, ApplyRequest)
    assert "nested" not in str(caught.value)
    with pytest.raises(BadInput, match="nested"):
        decode_request(deep.replace(b"[", b"[[").replace(b"]", b"]]"), ApplyRequest)


@given(st.binary(max_size=400))
def test_brackets_inside_strings_do_not_count_as_depth(inside: bytes) -> None:
    text = inside.decode("latin-1") + "[{" * 40
    request = ApplyRequest(plan_id="a", why=text)
    assert decode_request(encode(request), ApplyRequest) == request


def test_a_string_of_escaped_quotes_that_never_ends_is_refused_at_once() -> None:
    with pytest.raises(BadInput):
        decode_request(b'{"plan_id": "' + b'\\"' * 4_000_000, ApplyRequest)


@given(st.text(alphabet='"\\\\[]{}a', max_size=200), st.integers(1, 9))
def test_brackets_are_told_from_text_wherever_a_piece_ends(inside: str, size: int) -> None:
    body = encode([inside, {}, [inside], {"k": inside}])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire_json, "_PIECE", size)
        assert wire_json._brackets(body) == b"[{}[]{}]"
