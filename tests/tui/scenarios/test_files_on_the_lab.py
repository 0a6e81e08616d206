"""The on-call tasks T8 and T15 on a real edge: a file of 500 domains in force, a shift handed over with scripts."""

from pathlib import Path

import pytest

from edgeconsole.model.configuration import Action
from tests.transfer.test_handover import done, scripts
from tests.tui.scenarios.edge_lab import Hands, OnTheLab
from tests.tui.scenarios.tasks import TASKS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NAMES = {f"p{place}.example" for place in range(500)}
READ = {"tab": "partners.txt_", "enter": "b block", "b": "A stages the 500", "A": "y stage", "a": "y apply"}
"""What somebody reads after a key before they press the next."""


async def press(hands: Hands, *keys: str) -> None:
    for key in keys:
        await hands.press(key)
        if key in READ:
            await hands.shows(READ[key])


async def blocked(lab: OnTheLab) -> set[str]:
    return {each.name for each in (await lab.configuration()).domains if each.action is Action.BLOCK}


@pytest.mark.parametrize("way", ["keys", "slip", "left"])
async def test_t8_500_domains_are_blocked_and_t15_hands_over_how_to_take_that_back(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "partners.txt").write_text("\n".join(sorted(NAMES)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    import_them, hand_over = TASKS["T8"], TASKS["T15"]
    async with OnTheLab.start() as lab, lab.console((120, 40)) as hands:
        before = await blocked(lab)
        if way == "left":
            await press(hands, *import_them.left)
            assert await blocked(lab) == before
            await press(hands, *import_them.resumed)
        else:
            await press(hands, *getattr(import_them, way))
        await hands.shows("done #2", "reverting in")
        assert await blocked(lab) == before | NAMES
        await hands.press("!", "y")
        await hands.shows("#2 stays")
        if way == "left":
            await hands.press(*hand_over.left)
            assert list((tmp_path / "home").iterdir()) == []
            await hands.press(*hand_over.keys)
        else:
            await hands.press(*getattr(hand_over, way))
        await hands.shows("handed over in")
        (file,) = (tmp_path / "home").iterdir()
        found = scripts(file.read_text())
        done(found["Revert script"], tmp_path)
        done(found["Keep it"], tmp_path)
        assert await blocked(lab) == before
