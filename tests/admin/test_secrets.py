"""A token and a private key as canaries: through every route and refusal, they appear in no answer, log or file."""

import asyncio
import json
import logging
import os
from pathlib import Path

import pytest

from edgeconsole.backends.remote import RemoteEdge, open_remote, read_secret
from edgeconsole.cli.main import main
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.wire.examples import EXAMPLES
from edgeconsole.wire.roles import Role
from edgeconsole.wire.routes import PATHS, ROUTES
from tests.admin.test_authorisation import NAMED
from tests.admin.worlds import AdminWorld, admin_world


def canaries(world: AdminWorld, token: str) -> list[str]:
    key = "".join(world.shown.key.read_text().splitlines()[1:-1])
    return [token.split("_", 2)[2], key[:60], key[-60:]]


def written(directory: Path) -> str:
    kept = [path for path in directory.rglob("*") if path.is_file() and path.suffix not in (".key", ".token")]
    return "\n".join(path.read_bytes().decode("latin-1") for path in kept)


async def test_no_answer_no_log_and_no_file_holds_a_secret(world: AdminWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = world.token(Role.ADMIN, "canary")
    good, wrong = world.client(token=token), world.client(token=token[:-1])
    said: list[str] = []
    for route in ROUTES:
        world.seconds += 61
        if route.name == "events":
            continue
        body = EXAMPLES.get(route.name, {}) if route.takes is not None else None
        if route.name == "tokens_create":
            body = {**body, "name": "another"}
        for client in (good, wrong):
            headers = {"If-Match": "*"} if route.guarded else {}
            answer = await client.request(route.method, PATHS[route.name].format_map(NAMED), json=body, headers=headers)
            said.append(str(answer.headers) + answer.text)
    async with good.stream("GET", "/v1/events") as response:
        async for line in response.aiter_lines():
            said.append(line)
            break
    await good.request("GET", "/v1/health", headers={"Authorization": f"Basic {token}"})
    await good.get("/v1/nothing", params={"why": "x"})
    sinks = {
        "answers": "\n".join(said),
        "log": caplog.text,
        "files": written(world.directory),
        "command line": Path(f"/proc/{os.getpid()}/cmdline").read_text(),
    }
    for canary in canaries(world, token):
        assert {name: canary in text for name, text in sinks.items()} == dict.fromkeys(sinks, False)


async def test_a_token_that_was_just_made_is_in_its_answer_and_nowhere_else(
    world: AdminWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"name": "fresh", "role": "viewer", "expires": "1d"}
    admin = world.as_role(Role.ADMIN)
    secret = (await admin.post("/v1/tokens", json=body)).json()["secret"]
    listed = (await admin.get("/v1/tokens")).text + (await admin.get("/v1/history")).text
    assert secret.split("_", 2)[2] not in listed + caplog.text + written(world.directory)
    assert "fresh" in caplog.text


async def test_an_unforeseen_error_tells_the_log_and_not_the_caller(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = world.token(Role.VIEWER)

    def broken() -> None:
        raise RuntimeError("canary in the trace")

    monkeypatch.setattr(world.service, "health", broken)
    answer = await world.client(token=token).get("/v1/health")
    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert answer.json()["instance"] in caplog.text
    assert token not in caplog.text


async def test_the_errors_of_the_client_name_the_reference_and_never_the_secret(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "not a token with blanks")
    with pytest.raises(BadInput) as bad:
        read_secret("env:CANARY")
    assert "CANARY" in str(bad.value)
    assert "blanks" not in str(bad.value)
    with pytest.raises(BadInput) as literal:
        read_secret("ec1_canary")
    assert "canary" not in str(literal.value)
    monkeypatch.setenv("CANARY", "ec1_" + "0" * 16 + "_" + "C" * 43)
    far = open_remote(RemoteEdge(address=world.address, ca=str(world.authority.file), token="env:CANARY"))
    with pytest.raises(EdgeconsoleError) as refused:
        await far.health()
    assert "CCCC" not in str(refused.value) + repr(far.__dict__) + repr(refused.value.__dict__)
    await far.aclose()


def test_a_context_never_takes_the_secret_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    secret = "ec1_" + "0" * 16 + "_" + "C" * 43
    add = ["context", "add", "prod", "--address", "https://edge:8443", "--token"]
    assert main([*add, secret]) == 2
    assert main([*add, "env:EDGE_TOKEN"]) == 0
    monkeypatch.setenv("EDGE_TOKEN", secret)
    assert main(["--context", "prod", "--json", "context", "list"]) == 0
    assert main(["--context", "prod", "context", "test", "prod"]) == 4
    said = "".join(capsys.readouterr())
    assert "CCCC" not in said + written(tmp_path)
    assert 'token = "env:EDGE_TOKEN"' in written(tmp_path)


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_what_nobody_foresaw_is_a_line_and_a_private_trace_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], json: tuple[str, ...]
) -> None:
    secret = "ec1_" + "0" * 16 + "_" + "C" * 43
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def broken(**_: object) -> None:
        token = secret
        raise RuntimeError(f"no header {token} Authorization: Bearer {token}")

    monkeypatch.setattr("edgeconsole.cli.reach.open_store", broken)
    assert main([*json, "--socket", "x", "status"]) == 6
    out, err = capsys.readouterr()
    assert "Traceback" not in err + out
    assert len(err.splitlines()) == 1
    (trace,) = (tmp_path / "edgeconsole").glob("crash-*")
    assert trace.stat().st_mode & 0o077 == 0
    assert "RuntimeError" in trace.read_text()
    assert "CCCC" not in err + out + trace.read_text()


async def test_the_command_prints_a_token_once_and_lists_without_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with admin_world(tmp_path) as world:
        at = ["--socket", str(world.local.path)]
        make = [*at, "token", "create", "monitoring", "--role", "viewer", "--expires", "30d"]
        assert await asyncio.to_thread(main, make) == 0
        out, err = capsys.readouterr()
        token = out.strip()
        assert (await world.client(token=token).get("/v1/health")).status_code == 200
        assert token not in err
        assert await asyncio.to_thread(main, [*at, "--json", "token", "list"]) == 0
        listed = capsys.readouterr().out
        assert json.loads(listed)["tokens"][0]["name"] == "monitoring"
        assert token.split("_", 2)[2] not in listed
        assert await asyncio.to_thread(main, [*at, "token", "revoke", "monitoring"]) == 0
        assert (await world.client(token=token).get("/v1/health")).status_code == 401
        assert await asyncio.to_thread(main, [*at, "token", "revoke", "monitoring"]) == 2
        assert await asyncio.to_thread(main, [*at, "--readonly", *make[2:]]) == 5
        assert await asyncio.to_thread(main, ["--config", str(world.path), "token", "list"]) == 2
