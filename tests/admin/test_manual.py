"""The examples of the manual run as they stand, and it names every route, status and limit it should."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgeconsole.config.read import parse
from edgeconsole.config.settings import parse_settings
from edgeconsole.wire.roles import ADMIN_FIELDS, Role
from tests.admin.worlds import AdminWorld

PAGE = (Path(__file__).parents[2] / "docs" / "admin-api.md").read_text()
EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
TOML = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def _curl_knows_json() -> bool:
    found = shutil.which("curl")
    if found is None:
        return False
    return "--json" in subprocess.run([found, "--help", "all"], capture_output=True, text=True, check=False).stdout


@pytest.mark.skipif(not _curl_knows_json(), reason="curl 7.84 or newer is not here")
@pytest.mark.parametrize("number", range(len(EXAMPLES)))
async def test_an_example_runs_as_it_stands(world: AdminWorld, number: int) -> None:
    credentials = world.directory / "curl.token"
    credentials.write_text(f'header = "Authorization: Bearer {world.token(Role.ADMIN)}"\n')
    environment = {
        **os.environ,
        "EDGE": world.address,
        "CA": str(world.authority.file),
        "TOKEN_FILE": str(credentials),
        "SOCKET": str(world.local.path),
    }
    child = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", EXAMPLES[number], env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await child.communicate()
    assert child.returncode == 0, err.decode()
    if "events" in EXAMPLES[number]:
        assert out.startswith(b"retry: ")
    else:
        assert json.loads(out).get("status", 200) == 200


def test_the_files_shown_are_valid() -> None:
    federation, console = TOML
    assert parse("version = 1\n" + federation, "manual").configuration.proxy.admin_listen is not None
    settings = parse_settings(console.replace('pin = "sha256:…" ', ""), Path("console.toml"))
    assert settings.default_context == "production"


def test_what_only_administrators_change_is_on_the_page() -> None:
    for table, fields in ADMIN_FIELDS.items():
        named = [f"[{table.value}]"] if fields is None else [field.replace("_", " ") for field in fields]
        assert all(name in PAGE.replace("_", " ") or name in PAGE for name in named)
