"""What a command costs to start: which libraries a plain command must not load."""

import subprocess
import sys

import pytest

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
    # httpx draws in rich for its own command line, where click is installed too; not ours to prevent.
    assert loaded_by("edgeconsole.backends.local", "textual", "aiohttp", "dns", "cryptography") == []
