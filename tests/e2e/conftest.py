"""A real lab for each test, the real commands against it, and outside clients that join as any partner."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgeconsole.lab.description import Description, PartnerServer
from tests.lab.clients import as_our_server, as_partner

EDGECONSOLE = [sys.executable, "-m", "edgeconsole"]


class Ran:
    """What a command printed and returned."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self):
        return json.loads(self.out)


def edgeconsole(*arguments: str, **options) -> Ran:
    """Run one command as a user would."""
    return Ran(subprocess.run([*EDGECONSOLE, *arguments], capture_output=True, text=True, timeout=30, **options))


class Lab:
    """A running headless lab seen from outside."""

    def __init__(self, description: Description) -> None:
        self.at = description
        self.kinds = {partner.kind: partner for partner in description.partners}

    def __call__(self, *arguments: str) -> Ran:
        """Run a command against the lab's edge."""
        return edgeconsole("--socket", self.at.socket, *arguments)

    def as_partner(self, kind: str):
        """Connect to the edge as the partner of a kind, with its own certificate."""
        return as_partner(self.at, self.kinds[kind])

    def as_our_server(self):
        """Connect to the edge's inside as our own server."""
        return as_our_server(self.at)

    def partner(self, kind: str) -> PartnerServer:
        return self.kinds[kind]


class Proxy:
    """A proxy process of the test's own."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [*EDGECONSOLE, "proxy", "--config", str(path), "--announce"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1].decode()
        self.socket = json.loads(line)["socket"]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=10)


@contextmanager
def running_lab() -> Iterator[Lab]:
    """Run a lab; it must end well and without a complaint."""
    environment = os.environ | {"TMPDIR": "/tmp"}  # Unix socket paths are short
    process = subprocess.Popen(
        [*EDGECONSOLE, "lab", "--headless"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    if not line:
        process.wait(10)
        pytest.fail(process.stderr.read().decode())
    yield Lab(Description.from_json(line))
    process.send_signal(signal.SIGTERM)
    complaint = process.communicate(timeout=20)[1].decode()
    assert process.returncode == 0, complaint
    assert "Traceback" not in complaint


@pytest.fixture
def lab() -> Iterator[Lab]:
    with running_lab() as found:
        yield found


@pytest.fixture(scope="module")
def standing_lab() -> Iterator[Lab]:
    """A lab for all tests of a module that leave it as they found it; their group keeps them in one process."""
    with running_lab() as found:
        yield found


@pytest.fixture
def file(lab: Lab, tmp_path: Path) -> Path:
    """The lab's own configuration, copied aside, with a socket of its own."""
    path = tmp_path / "federation.toml"
    path.write_text(Path(lab.at.config).read_text().replace(lab.at.socket, str(tmp_path / "admin.sock")))
    return path
