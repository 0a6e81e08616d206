"""Bearer tokens: shown once, kept as hashes, private on disk, gone when revoked or expired."""

import json
import logging
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeconsole.config import bearer_tokens
from edgeconsole.config.bearer_tokens import BearerTokens
from edgeconsole.model.errors import BadInput, Conflict, NotSaved
from edgeconsole.wire.roles import Role
from tests.admin.worlds import AdminWorld

DAY = timedelta(days=1)


class Held:
    """Tokens in a file, with a clock that a test moves."""

    def __init__(self, directory: Path) -> None:
        self.now = datetime(2026, 3, 1, 12, 34, 56, tzinfo=UTC)
        self.path = directory / "federation.tokens"
        self.tokens = self.another()

    def another(self) -> BearerTokens:
        return BearerTokens(self.path, lambda: self.now)


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path)


def test_a_token_is_found_by_what_was_shown_and_only_its_hash_is_kept(held: Held) -> None:
    made = held.tokens.create("monitoring", "viewer", DAY, "root")
    assert held.tokens.find(made.text).name == "monitoring"
    kept = held.path.read_text()
    assert made.text.split("_", 2)[2] not in kept
    assert made.stored.sha256 in kept
    assert held.path.stat().st_mode & 0o777 == 0o600


def test_tokens_differ_and_have_256_random_bits(held: Held) -> None:
    texts = {held.tokens.create(f"t{number}", "viewer", DAY, "root").text for number in range(50)}
    assert len({text.split("_", 2)[2] for text in texts}) == 50
    assert all(len(text.split("_", 2)[2]) == 43 for text in texts)


def test_an_expired_token_opens_nothing_from_the_very_second_on(held: Held) -> None:
    made = held.tokens.create("a", "viewer", DAY, "root")
    held.now += DAY - timedelta(seconds=1)
    assert held.tokens.find(made.text)
    held.now += timedelta(seconds=1)
    assert held.tokens.find(made.text) is None


def test_another_process_s_change_counts_at_the_next_question(held: Held) -> None:
    other = held.another()
    made = other.create("a", "viewer", DAY, "root")
    assert held.tokens.find(made.text)
    assert other.revoke(made.stored.id)
    assert held.tokens.find(made.text) is None
    assert not other.revoke(made.stored.id)


def test_a_file_that_is_gone_opens_nothing(held: Held) -> None:
    made = held.tokens.create("a", "viewer", DAY, "root")
    held.path.unlink()
    assert held.tokens.find(made.text) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_file_others_may_use_opens_nothing_and_says_what_to_run(held: Held, mode: int) -> None:
    made = held.tokens.create("a", "viewer", DAY, "root")
    held.path.chmod(mode)
    assert held.tokens.find(made.text) is None
    with pytest.raises(BadInput) as caught:
        held.another().load()
    assert "chmod 0600" in caught.value.problems[0].remedy
    held.path.chmod(0o600)
    assert held.tokens.find(made.text)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"version": 2, "tokens": []}', '{"version": 1, "tokens": [{}]}', "[" * 100_000, "\x00"],
)
def test_a_file_that_is_not_ours_opens_nothing_and_is_never_overwritten(held: Held, content: str) -> None:
    held.path.touch(mode=0o600)
    held.path.write_text(content)
    with pytest.raises(BadInput, match="cannot be used"):
        held.tokens.create("a", "viewer", DAY, "root")
    assert held.path.read_text() == content


def test_a_link_in_the_place_of_the_file_is_not_followed(held: Held, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere"
    real.touch(mode=0o600)
    real.write_text('{"version": 1, "tokens": []}')
    held.path.symlink_to(real)
    with pytest.raises((BadInput, NotSaved)):
        held.tokens.create("a", "viewer", DAY, "root")


@pytest.mark.parametrize("life", [timedelta(0), timedelta(seconds=-1), timedelta(days=367)])
def test_a_life_of_nothing_or_of_years_is_refused(held: Held, life: timedelta) -> None:
    with pytest.raises(BadInput, match="366 days"):
        held.tokens.create("a", "viewer", life, "root")


def test_a_name_is_taken_once(held: Held) -> None:
    held.tokens.create("a", "viewer", DAY, "root")
    with pytest.raises(Conflict, match="revoke a"):
        held.tokens.create("a", "admin", DAY, "root")


def test_when_it_was_last_used_is_kept_to_the_hour(held: Held) -> None:
    made = held.tokens.create("a", "viewer", DAY, "root")
    held.tokens.find(made.text)
    assert held.tokens.uses_to_keep
    held.tokens.keep_uses()
    hour = held.now.replace(minute=0, second=0)
    assert held.another().all()[0].last_used == hour
    held.now += timedelta(minutes=5)
    held.tokens.find(made.text)
    assert not held.tokens.uses_to_keep


@pytest.mark.parametrize(
    "text",
    ["", "ec1_", "ec1__", "ec1_" + "g" * 16 + "_" + "A" * 43, "ec2_" + "0" * 16 + "_" + "A" * 43, "\x00", "é" * 70,
     "ec1_" + "0" * 16 + "_" + "A" * 43 + "\n", "x" * 8_000],
)  # fmt: skip
def test_a_text_that_is_no_token_finds_nothing(held: Held, text: str) -> None:
    held.tokens.create("a", "viewer", DAY, "root")
    assert held.tokens.find(text) is None


def test_the_secrets_are_compared_in_constant_time(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []
    monkeypatch.setattr(bearer_tokens.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    made = held.tokens.create("a", "viewer", DAY, "root")
    assert held.tokens.find(made.text)
    assert held.tokens.find(made.text[:-4] + "AAAA") is None
    assert len(compared) == 2


def test_two_who_make_tokens_at_once_lose_none(held: Held) -> None:
    def make(start: int) -> None:
        for number in range(start, start + 20):
            held.tokens.create(f"t{number}", "viewer", DAY, "root")

    threads = [threading.Thread(target=make, args=(start,)) for start in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(held.path.read_text())["tokens"]) == 40


async def test_an_administrator_makes_lists_and_revokes_tokens(world: AdminWorld) -> None:
    admin = world.client(token=world.token(Role.ADMIN, "boss"))
    body = {"name": "monitoring", "role": "viewer", "expires": "30d"}
    made = (await admin.post("/v1/tokens", json=body)).json()
    assert made["token"]["expires"] == "2026-03-31T12:00:00Z"
    assert made["token"]["created_by"] == "boss"
    assert (await world.client(token=made["secret"]).get("/v1/health")).status_code == 200
    listed = (await admin.get("/v1/tokens")).json()["items"]
    assert [(item["name"], item["last_used"]) for item in listed] == [
        ("boss", "2026-03-01T12:00:00Z"),
        ("monitoring", "2026-03-01T12:00:00Z"),
    ]
    assert "sha256" not in str(listed)
    revoked = await admin.delete(f"/v1/tokens/{made['token']['id']}")
    assert (revoked.status_code, revoked.json()) == (200, {"revoked": True})
    assert (await admin.delete(f"/v1/tokens/{made['token']['id']}")).status_code == 404


async def test_the_log_says_which_token_was_made_or_revoked_and_by_whom_but_not_its_secret(
    world: AdminWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edgeconsole.proxy.admin.access")
    admin = world.client(token=world.token(Role.ADMIN, "boss"))
    made = (await admin.post("/v1/tokens", json={"name": "wall", "role": "viewer", "expires": "1d"})).json()
    identity = made["token"]["id"]
    await admin.delete(f"/v1/tokens/{identity}")
    await admin.delete(f"/v1/tokens/{identity}")
    said = [record.getMessage() for record in caplog.records if record.name == "edgeconsole.proxy.admin.access"]
    assert said == [f"token {identity} (wall, viewer) made by boss", f"token {identity} revoked by boss"]
    assert made["secret"] not in caplog.text


@pytest.mark.parametrize(
    "changed",
    [{"role": "root"}, {"expires": "never"}, {"expires": "400d"}, {"expires": "0s"}, {"name": ""}, {"name": "a" * 65},
     {"name": "a\n"}, {"name": None}, {"admin": True}],
)  # fmt: skip
async def test_a_token_that_cannot_be_is_refused(world: AdminWorld, changed: dict) -> None:
    body = {"name": "monitoring", "role": "viewer", "expires": "30d", **changed}
    assert (await world.as_role(Role.ADMIN).post("/v1/tokens", json=body)).status_code == 422


async def test_a_broken_file_is_a_warning_on_the_state_of_the_edge(world: AdminWorld) -> None:
    world.token(Role.VIEWER)
    os.chmod(world.shared.tokens.path, 0o644)
    token_holder = world.client(token="ec1_" + "0" * 16 + "_" + "A" * 43)
    assert (await token_holder.get("/v1/health")).status_code == 401
    warnings = (await world.local_client().get("/v1/health")).json()["warnings"]
    assert any("chmod 0600" in warning for warning in warnings)
    assert (await world.local_client().post("/v1/tokens", json={"name": "a", "role": "viewer", "expires": "1d"})
            ).status_code == 422  # fmt: skip
