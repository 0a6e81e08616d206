"""The same expectations of every backend: the file alone, a real proxy behind its socket, and the same over HTTPS."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from edgeconsole.backends.base import Backend, Saved
from edgeconsole.backends.file import FileBackend
from edgeconsole.backends.local import open_local
from edgeconsole.backends.remote import open_remote
from edgeconsole.lab.world import World
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.capability import Capability
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput, ConfirmPending, ConfirmRequired, Conflict, Unreachable, Unsupported
from edgeconsole.model.revision import Origin, WriteOutcome
from edgeconsole.model.verdict import Question, VerdictKind
from tests.backends.https_edge import https_edge

TEXT = """# ours
version = 1

[access_edge]
federation = true
partner_discovery = false # closed by default

[[sip_domain]]
name = "contoso.example"

# Supplier
[[domain]]
name = "fabrikam.example"
action = "allow"
comment = "contract 4411"
"""

DISCOVERY_ON = Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True})
BLOCK = Change(table=Table.DOMAIN, key="fabrikam.example", fields={"action": "block"})


@pytest.fixture(params=["file", "local", pytest.param("remote", marks=pytest.mark.slow)])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    if request.param == "file":
        path = tmp_path / "federation.toml"
        path.write_text(TEXT)
        alone = FileBackend(path, clock=lambda: datetime.now(UTC), new_id=lambda: str(uuid4()), via="test")
        yield alone
        await alone.aclose()
        return
    if request.param == "remote":
        async with https_edge(tmp_path) as remote:
            far = open_remote(remote, via="test")
            yield far
            await far.aclose()
        return
    async with World(traffic=False) as world:
        proxied = open_local(Path(world.description.socket), via="test")
        yield proxied
        await proxied.aclose()


async def applied(backend: Backend, change: Change, why: str = ""):
    plan = await backend.plan([change])
    return await backend.apply(plan.plan_id, why=why)


def same(one: Saved, other: Saved) -> bool:
    """Whether the text is the same; a file gets its lineage at the first plan."""
    return (one.configuration, one.revision.etag) == (other.configuration, other.revision.etag)


async def test_what_is_read_is_at_the_revision_that_health_names(backend) -> None:
    saved = await backend.read()
    assert saved.revision == (await backend.health()).saved
    assert saved.configuration.sip_domains[0].name == "contoso.example"


async def test_a_plan_changes_nothing_and_shows_fields_text_and_impact(backend) -> None:
    before = await backend.read()
    plan = await backend.plan([BLOCK])
    assert same(await backend.read(), before)
    assert [(item.field, item.before, item.after) for item in plan.differences] == [("action", "allow", "block")]
    assert '-action = "allow"' in plan.toml_diff
    assert '+action = "block"' in plan.toml_diff
    assert plan.impact.closed == ("fabrikam.example",)


async def test_an_applied_change_is_a_new_revision_with_who_why_and_what(backend) -> None:
    first = (await backend.plan([DISCOVERY_ON])).base
    result = await applied(backend, DISCOVERY_ON, why="INC-1")
    assert result.outcome is WriteOutcome.COMMITTED
    assert result.revision.number == first.number + 1
    assert result.revision.lineage == first.lineage
    assert (await backend.read()).configuration.access_edge.partner_discovery
    record = (await backend.history(5))[0]
    assert (record.revision, record.origin, record.why, record.by.via) == (
        result.revision,
        Origin.APPLIED,
        "INC-1",
        "test",
    )


async def test_a_plan_is_used_once(backend) -> None:
    plan = await backend.plan([DISCOVERY_ON])
    await backend.apply(plan.plan_id)
    with pytest.raises((Conflict, BadInput)):
        await backend.apply(plan.plan_id)


async def test_a_plan_made_before_another_change_is_refused(backend) -> None:
    stale = await backend.plan([BLOCK])
    await applied(backend, DISCOVERY_ON)
    with pytest.raises(Conflict):
        await backend.apply(stale.plan_id)
    assert (await backend.read()).configuration.domains[0].action.value == "allow"


async def test_a_base_that_is_not_the_saved_revision_is_a_conflict_that_names_what_changed(backend) -> None:
    seen = (await backend.read()).revision
    await applied(backend, DISCOVERY_ON)
    with pytest.raises(Conflict, match="partner_discovery"):
        await backend.plan([BLOCK], base=seen)


async def test_undo_again_and_again_goes_back_change_by_change(backend) -> None:
    start = (await backend.read()).configuration
    await applied(backend, DISCOVERY_ON)
    await applied(backend, BLOCK)
    for _ in range(2):
        plan = await backend.plan_undo()
        await backend.apply(plan.plan_id)
    assert (await backend.read()).configuration == start
    with pytest.raises((BadInput, Conflict)):
        await backend.plan_undo()


async def test_a_change_that_is_already_so_makes_no_revision(backend) -> None:
    before = (await backend.read()).revision
    plan = await backend.plan([Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": False})])
    assert plan.empty
    assert (await backend.read()).revision.etag == before.etag


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (Change(table=Table.DOMAIN, key="contoso.example", fields={"action": "allow"}), "own"),
        (Change(table=Table.DOMAIN, key="a.example", fields={"action": "alow"}), "allow"),
        (
            Change(table=Table.DOMAIN, key="a.example", fields={"action": "allow", "access_edge": "1.2.3.4"}),
            "IP address",
        ),
        (Change(table=Table.DOMAIN, key="a.example", fields={"action": "allow", "colour": "red"}), "colour"),
        (Change(table=Table.DOMAIN, key="nobody.example"), "nobody.example"),
        (Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": "yes"}), "true or false"),
    ],
)
async def test_a_change_that_cannot_be_taken_says_why_and_changes_nothing(backend, change, says) -> None:
    before = await backend.read()
    with pytest.raises(BadInput) as caught:
        await backend.plan([change])
    assert says in str(caught.value) + " ".join(str(problem) for problem in caught.value.problems)
    assert same(await backend.read(), before)


async def test_explain_cites_the_line_of_the_file(backend) -> None:
    told = await backend.explain(Question(sender="alice@contoso.example", recipient="bob@fabrikam.example"))
    assert told.verdict is VerdictKind.ALLOWED
    cited = [step.where for step in told.steps if step.check.value == "listed"]
    assert cited[0].startswith("federation.toml:")


async def test_impact_plans_nothing(backend) -> None:
    found = await backend.impact([BLOCK])
    assert found.closed == ("fabrikam.example",)
    assert len(await backend.history(10)) == 1


async def test_what_a_backend_cannot_do_it_says_with_a_reason(backend) -> None:
    capabilities = await backend.capabilities()
    assert capabilities.reason_against(Capability.EDIT) is None
    if Capability.SESSIONS in capabilities.supported:
        assert await backend.close_sessions("fabrikam.example") == 0
        assert await backend.close_sessions(session="gone") == await backend.close_sessions(peer="192.0.2.1") == 0
        with pytest.raises(BadInput, match="one of them"):
            await backend.close_sessions("fabrikam.example", peer="192.0.2.1")
    else:
        assert "no proxy" in (capabilities.reason_against(Capability.SESSIONS) or "")
        with pytest.raises(Unsupported, match="no proxy"):
            await backend.close_sessions("fabrikam.example")
        assert (await backend.health()).enforcing is False


async def test_a_socket_that_nobody_serves_is_unreachable_with_what_to_do(tmp_path: Path) -> None:
    nobody = open_local(tmp_path / "admin.sock")
    with pytest.raises(Unreachable, match="edgeconsole proxy"):
        await nobody.health()
    await nobody.aclose()


async def test_the_file_that_a_proxy_holds_can_be_read_and_not_changed() -> None:
    async with World(traffic=False) as world:
        path = Path(world.description.config)
        beside = FileBackend(path, clock=lambda: datetime.now(UTC), new_id=lambda: str(uuid4()))
        assert (await beside.read()).configuration.edge is not None
        with pytest.raises(Conflict, match=world.description.socket):
            await beside.plan([DISCOVERY_ON])
        await beside.aclose()


async def test_a_hand_edit_is_saved_shown_and_enforced_after_a_reload() -> None:
    async with World(traffic=False) as world:
        path = Path(world.description.config)
        proxied = open_local(Path(world.description.socket))
        path.write_text(path.read_text().replace("partner_discovery = false", "partner_discovery = true # by hand"))
        with pytest.raises(Conflict, match="edgeconsole reload"):
            await proxied.plan([BLOCK])
        health = await proxied.health()
        assert health.saved.number == 2
        assert health.running.number == 1
        assert health.access_edge.partner_discovery is False
        assert any("by hand" in warning for warning in health.warnings)
        assert (await proxied.history(1))[0].origin is Origin.EXTERNAL
        result = await proxied.reload()
        assert result.enforced
        assert "# by hand" in path.read_text()
        await proxied.aclose()


async def test_the_first_change_on_the_revision_on_screen_is_no_conflict(backend) -> None:
    on_screen = (await backend.read()).revision
    plan = await backend.plan([DISCOVERY_ON], base=on_screen)
    assert (await backend.apply(plan.plan_id)).outcome is WriteOutcome.COMMITTED


async def test_a_hand_edit_can_be_taken_back_without_ever_being_enforced() -> None:
    async with World(traffic=False) as world:
        path = Path(world.description.config)
        proxied = open_local(Path(world.description.socket))
        path.write_text(path.read_text().replace("partner_discovery = false", "partner_discovery = true"))
        plan = await proxied.plan_undo()
        result = await proxied.apply(plan.plan_id)
        assert result.enforced
        assert (await proxied.health()).access_edge.partner_discovery is False
        await proxied.aclose()


async def test_a_file_broken_by_hand_is_a_warning_and_the_last_good_revision_goes_on() -> None:
    async with World(traffic=False) as world:
        path = Path(world.description.config)
        good = path.read_text()
        proxied = open_local(Path(world.description.socket))
        path.write_text(good + "\ngarbage [[[\n")
        with pytest.raises(Conflict, match="not valid TOML"):
            await proxied.plan([BLOCK])
        health = await proxied.health()
        assert any("broken" in warning and "federation.toml" in warning for warning in health.warnings)
        assert health.saved == health.running
        await proxied.aclose()


async def test_a_conflict_says_who_when_and_each_field_before_and_after(backend) -> None:
    seen = (await backend.read()).revision
    await applied(backend, DISCOVERY_ON)
    with pytest.raises(Conflict) as caught:
        await backend.plan([BLOCK], base=seen)
    (step,) = caught.value.problems
    assert step.field == "access_edge.partner_discovery"
    assert step.message.startswith("false -> true (#2, ")


async def test_an_undo_says_whose_change_it_takes_back(backend) -> None:
    await applied(backend, DISCOVERY_ON)
    back = (await backend.plan_undo()).reverses
    assert (back.number, back.by.via, back.own) == (2, "test", True)
    assert (await backend.plan([BLOCK])).reverses is None


async def test_the_whole_file_of_a_revision_can_be_read_and_brought_back(backend) -> None:
    first = await backend.text()
    await applied(backend, DISCOVERY_ON)
    await applied(backend, BLOCK)
    assert await backend.text(1) == first
    assert await backend.text() == await backend.text(3) != first
    plan = await backend.plan_rollback(1)
    await backend.apply(plan.plan_id, why="back")
    assert await backend.text() == first
    assert (await backend.history(1))[0].origin is Origin.ROLLED_BACK
    for number in (99, 0):
        with pytest.raises(BadInput):
            await backend.text(number)


async def test_restore_points_are_kept_under_their_names_and_rolled_back_to(backend) -> None:
    await applied(backend, DISCOVERY_ON)
    point = await backend.add_restore_point("good", 1, why="before the night")
    assert (point.revision.number, point.by.via) == (1, "test")
    assert [each.name for each in await backend.restore_points()] == ["good"]
    with pytest.raises(Conflict, match="already"):
        await backend.add_restore_point("good")
    plan = await backend.plan_rollback("good")
    await backend.apply(plan.plan_id)
    assert not (await backend.read()).configuration.access_edge.partner_discovery
    await backend.remove_restore_point("good")
    assert await backend.restore_points() == ()
    with pytest.raises(BadInput, match="good"):
        await backend.plan_rollback("good")


async def test_the_audit_has_every_change_and_its_head_can_be_checked(backend) -> None:
    await applied(backend, DISCOVERY_ON, why="INC-1")
    newest = (await backend.audit(1))[0]
    assert (newest.act, newest.revision, newest.why, newest.by.via) == (AuditAct.REVISION, 2, "INC-1", "test")
    found = await backend.verify_audit()
    assert found.intact
    await applied(backend, BLOCK)
    assert (await backend.verify_audit(found.head)).intact
    other = f"{found.head.partition(':')[0]}:{'0' * 64}"
    assert not (await backend.verify_audit(other)).intact


async def test_what_waits_to_be_confirmed_is_kept_or_taken_back_where_a_proxy_keeps_the_time(backend) -> None:
    enforced = (await backend.health()).enforcing
    plan = await backend.plan([DISCOVERY_ON])
    if not enforced:
        with pytest.raises(Unsupported, match="no proxy runs"):
            await backend.apply(plan.plan_id, confirm=timedelta(minutes=2))
        for call in (backend.confirm("x"), backend.take_back("x")):
            with pytest.raises(Conflict, match="no change waits"):
                await call
        return
    waiting = (await backend.apply(plan.plan_id, confirm=timedelta(minutes=2))).pending
    assert (await backend.health()).pending.token == waiting.token
    other = await backend.plan([BLOCK])
    with pytest.raises(ConfirmPending):
        await backend.apply(other.plan_id)
    with pytest.raises(Conflict):
        await backend.confirm("another")
    assert (await backend.take_back(waiting.token)).enforced
    assert not (await backend.read()).configuration.access_edge.partner_discovery
    assert (await backend.history(1))[0].by.via == "test"
    plan = await backend.plan([DISCOVERY_ON])
    waiting = (await backend.apply(plan.plan_id, confirm=timedelta(minutes=2))).pending
    assert (await backend.confirm(waiting.token)).number == (await backend.health()).running.number
    assert (await backend.audit(1))[0].by.via == "test"
    assert (await backend.health()).pending is None


async def test_a_change_above_the_guard_is_refused_without_a_time_to_confirm_where_a_proxy_runs(backend) -> None:
    enforced = (await backend.health()).enforcing
    plan = await backend.plan([DISCOVERY_ON, BLOCK])
    assert bool(plan.guard) is enforced
    if enforced:
        with pytest.raises(ConfirmRequired, match="opens the edge to every domain"):
            await backend.apply(plan.plan_id)


async def test_a_domain_nobody_saw_cannot_be_dismissed_and_a_file_says_why(backend: Backend) -> None:
    on_file = not (await backend.health()).enforcing
    kind, words = (Unsupported, "no proxy runs") if on_file else (BadInput, "discovered partner")
    with pytest.raises(kind, match=words):
        await backend.dismiss("adatum.example")
