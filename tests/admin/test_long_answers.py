"""A long answer reads the same as a short one, and leaves the loop to others while it is made."""

import asyncio
from datetime import UTC, datetime

import msgspec

from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Table
from edgeconsole.model.plan import Impact, Plan
from edgeconsole.model.revision import Revision
from edgeconsole.proxy.admin.long_answers import encoded
from edgeconsole.wire.json import encode
from edgeconsole.wire.messages import Items

AT = datetime(2026, 3, 1, tzinfo=UTC)


def plan(changes: int) -> Plan:
    names = [f"p{number}.example" for number in range(changes)]
    return Plan(
        plan_id="p",
        base=Revision(lineage="l", number=1, etag="d"),
        changes=tuple(Change(table=Table.DOMAIN, key=name, fields={"action": "allow"}) for name in names),
        differences=tuple(
            Difference(table=Table.DOMAIN, key=name, field="action", before=None, after="allow") for name in names
        ),
        toml_diff="+é",
        impact=Impact(opened=tuple(names)),
        expires=AT,
    )


async def test_a_plan_of_any_length_is_told_byte_for_byte_the_same() -> None:
    for changes in (0, 1, 2_000, 2_001, 6_000):
        assert await encoded(plan(changes)) == encode(plan(changes))


async def test_whatever_else_is_answered_is_told_the_same() -> None:
    for answer in ({"b": 1, "a": 2}, Items(tuple(range(5_000))), Items(()), Impact(opened=("a",) * 3_000)):
        assert msgspec.json.decode(await encoded(answer)) == msgspec.json.decode(encode(answer))


async def test_others_have_their_turns_while_a_long_answer_is_made() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    await encoded(plan(20_000))
    running.cancel()
    assert turns >= 20
