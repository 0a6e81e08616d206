"""Plans are kept by what they cost: small ones many, large ones few, the newest always."""

from edgeconsole.config import revisions as module
from edgeconsole.config.revisions import MAX_PLANS, Revisions
from edgeconsole.model.errors import Conflict
from edgeconsole.model.revision import Author
from tests.config.federation_files import domain

ALICE = Author("alice", "console")


def large(count: int = 40) -> list:
    return [domain(f"d{number}.example", action="allow") for number in range(count)]


def known(revisions: Revisions, plan_id: str) -> bool:
    try:
        revisions._usable(plan_id, None, guarded=False, emergency=False)
    except Conflict:
        return False
    return True


def test_small_plans_are_kept_up_to_their_number(revisions: Revisions) -> None:
    made = [revisions.plan([domain("evil.example", comment=str(n))]).plan_id for n in range(MAX_PLANS + 1)]
    assert [known(revisions, each) for each in made] == [False] + [True] * MAX_PLANS


def test_large_plans_make_the_oldest_go_and_the_newest_is_kept_whatever_its_size(
    revisions: Revisions, monkeypatch
) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 300)
    small = revisions.plan([domain("evil.example", comment="small")]).plan_id
    first, second = (revisions.plan(large()).plan_id for _ in range(2))
    assert [known(revisions, each) for each in (small, first, second)] == [True, True, True]
    third = revisions.plan(large()).plan_id
    assert [known(revisions, each) for each in (small, first, second, third)] == [False, False, True, True]
    whole = revisions.plan(large(400)).plan_id
    assert [known(revisions, each) for each in (second, third, whole)] == [False, False, True]
    revisions.commit(whole, author=ALICE)
