"""What a command costs to start: which libraries a plain command must not load."""

import subprocess
import sys

import pytest

_NOT_AT_START = (
    "textual", "rich", "aiohttp", "httpx", "httpcore", "anyio", "click", "dns", "cryptography", "sqlite3", "tomli_w",
    "unittest", "pygments", "edgeconsole.proxy", "edgeconsole.lab", "edgeconsole.probes", "edgeconsole.transfer",
    "edgeconsole.rules.lint", "edgeconsole.cli.arguments", "edgeconsole.config.schema",
)  # fmt: skip

_PROBE = "import sys, {module}; print(*sorted(set(sys.modules) & {{{names}}}))"


def loaded_by(module: str, *names: str) -> list[str]:
    code = _PROBE.format(module=module, names=", ".join(repr(name) for name in names))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    "module", ["edgeconsole.cli.main", "edgeconsole.cli.verbs.status", "edgeconsole.present.overview"]
)
def test_a_command_loads_no_terminal_server_client_or_dns_library_to_start(module: str) -> None:
    assert loaded_by(module, "textual", "rich", "aiohttp", "httpx", "dns", "cryptography") == []


def test_the_client_of_the_socket_loads_neither_textual_nor_a_server() -> None:
    assert loaded_by("edgeconsole.backends.local", *_NOT_AT_START) == []


@pytest.mark.parametrize("module", ["edgeconsole.backends.remote", "edgeconsole.tui.app", "edgeconsole.tui.launch"])
def test_nothing_of_the_console_loads_a_client_a_database_or_an_edge_before_its_first_frame(module: str) -> None:
    assert loaded_by(module, *(each for each in _NOT_AT_START if each not in ("textual", "rich"))) == []
