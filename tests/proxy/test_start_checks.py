"""What keeps an edge from starting is named exactly: field, file, and what to do; what is only doubtful warns."""

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import dns.resolver
import msgspec
import pytest

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.names import parse_listen
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.process import check_start, run
from tests.proxy.edge_child import toml
from tests.proxy.federation import EDGE, Federation, allow

NOBODY = 65534


@pytest.fixture
async def world() -> AsyncIterator[Federation]:
    """A federation whose files anybody may reach, and no edge yet."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        made = Federation(Path(directory))
        await made.pool.start()
        await made.dns.start()
        yield made
        await made.pool.stop()
        made.dns.stop()


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Do something without root's right to read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def written(world: Federation, configuration: Configuration) -> Path:
    """Write the file with an admin socket beside it."""
    proxy = msgspec.structs.replace(configuration.proxy, admin_socket=str(world.directory / "admin.sock"))
    path = world.directory / "federation.toml"
    path.write_text(toml(msgspec.structs.replace(configuration, proxy=proxy)))
    return path


def refused(world: Federation, configuration: Configuration) -> list[str]:
    """Return what the check says, each problem with its field, and that the process itself says the same."""
    path = written(world, configuration)
    if os.geteuid() == 0:
        # What is refused is refused for the reason that is tested: root, who may read everything, takes the plain one.
        check_start(written(world, world.configuration(allow("fabrikam.example"))))
        written(world, configuration)
    with as_nobody(), pytest.raises(BadInput) as raised:
        check_start(path)
    return [str(raised.value), raised.value.remedy, *map(str, raised.value.problems)]


def with_edge(world: Federation, **fields: object) -> Configuration:
    configuration = world.configuration(allow("fabrikam.example"))
    return msgspec.structs.replace(configuration, edge=msgspec.structs.replace(configuration.edge, **fields))


def test_a_key_without_the_right_to_read_it(world: Federation) -> None:
    key = world._edge_credential.key
    # Root's file is closed to nobody; one's own file only where nobody at all may read it.
    key.chmod(0o600 if os.geteuid() == 0 else 0)
    said = " ".join(refused(world, with_edge(world)))
    assert "edge.private_key" in said
    assert "cannot be read by this user" in said
    assert f"ls -l {key}" in said


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("certificate", "file:missing/edge.pem", "does not exist"),
        ("private_key", "file:missing/edge.key", "does not exist"),
        ("trust", "file:missing/ca.pem", "does not exist"),
        ("internal_trust", "file:.", "cannot be read: Is a directory"),
        ("private_key", None, "is not set"),
    ],
)
def test_a_file_that_is_not_there_or_no_file(world: Federation, field: str, value: str | None, says: str) -> None:
    for path in (*world.directory.glob("*.key"),):
        path.chmod(0o644)
    said = " ".join(refused(world, with_edge(world, **{field: value})))
    assert f"edge.{field}" in said
    assert says in said
    if value and "missing" in value:
        assert str(world.directory / value.removeprefix("file:")) in said


def test_a_key_of_another_certificate(world: Federation) -> None:
    for path in world.directory.glob("*.key"):
        path.chmod(0o644)
    other = world.public.issue(EDGE)
    other.key.chmod(0o644)
    said = " ".join(refused(world, with_edge(world, private_key=f"file:{other.key.name}")))
    assert "edge.private_key" in said
    assert "does not belong to the certificate of edge.certificate" in said


def test_no_name_server_at_all(world: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_arguments: object, **_options: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    configuration = world.configuration(allow("fabrikam.example"))
    proxy = msgspec.structs.replace(configuration.proxy, resolver="system")
    path = written(world, msgspec.structs.replace(configuration, proxy=proxy))
    monkeypatch.setattr("dns.asyncresolver.Resolver", none)
    with pytest.raises(BadInput) as raised:
        check_start(path)
    assert "this host names no DNS server" in str(raised.value)
    assert "/etc/resolv.conf" in raised.value.remedy


def test_an_expired_certificate_and_an_open_key_warn_and_do_not_keep_the_edge_from_starting(world: Federation) -> None:
    expired = world.public.issue(EDGE, days=(-3, -1))
    expired.key.chmod(0o644)
    configuration = with_edge(
        world, certificate=f"file:{expired.certificate.name}", private_key=f"file:{expired.key.name}"
    )
    warnings = check_start(written(world, configuration))
    assert any("edge.certificate: the certificate expired on" in warning for warning in warnings)
    assert any(f"chmod 0640 {expired.key}" in warning for warning in warnings)


async def opened(world: Federation, address: str) -> str:
    """Return what an edge says that cannot listen there."""
    made = FederationEdge(
        with_edge(world, sip_listen=parse_listen(address)),
        base_directory=world.directory, clock=lambda: datetime.now(UTC), new_id=lambda: "x",
    )  # fmt: skip
    with pytest.raises(BadInput) as raised:
        await made.start()
    (problem,) = raised.value.problems
    assert problem.field == "edge.sip_listen"
    return f"{problem.message} {problem.remedy}"


async def test_a_port_in_use_and_an_address_that_is_not_ours(world: Federation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await opened(world, f"127.0.0.1:{port}")
    assert f"127.0.0.1:{port} is in use by another process" in said
    assert f"ss -ltnp 'sport = :{port}'" in said
    assert "192.0.2.1 is no address of this host" in await opened(world, "192.0.2.1:5061")


@pytest.mark.parametrize("place", ["missing/deep/federation.toml", "federation.toml"])
def test_a_file_or_directory_that_is_missing(tmp_path: Path, place: str) -> None:
    with pytest.raises(EdgeconsoleError) as raised:
        run(tmp_path / place)
    assert str(tmp_path / place) in str(raised.value)
    assert raised.value.exit_code == 2


def test_a_directory_that_the_proxy_may_not_write(world: Federation) -> None:
    path = written(world, world.configuration(allow("fabrikam.example")))
    check_start(path)
    for each in world.directory.iterdir():
        each.chmod(0o644)
    if os.geteuid() != 0:
        world.directory.chmod(0o555)
    try:
        with as_nobody(), pytest.raises(EdgeconsoleError) as raised:
            run(path)
    finally:
        world.directory.chmod(0o755)
    assert str(world.directory) in str(raised.value)


def test_a_directory_of_the_socket_that_the_proxy_may_not_write(world: Federation) -> None:
    closed = world.directory / "closed"
    closed.mkdir(mode=0o755)
    configuration = world.configuration(allow("fabrikam.example"))
    path = written(world, configuration)
    text = path.read_text().replace(str(world.directory / "admin.sock"), str(closed / "admin.sock"))
    with tempfile.TemporaryDirectory() as own:
        copy = Path(own, "federation.toml")
        copy.write_text(text.replace('"file:', f'"file:{world.directory}/'))
        for each in world.directory.glob("*.key"):
            each.chmod(0o644)
        check_start(copy)
        if os.geteuid() == 0:
            for each in (Path(own), copy):
                shutil.chown(each, NOBODY, NOBODY)
        else:
            closed.chmod(0o555)
        with as_nobody(), pytest.raises(BadInput) as raised:
            run(copy)
    (problem,) = raised.value.problems
    assert problem.field == "proxy.admin_socket"
    assert f"{closed / 'admin.sock'} cannot be used: Permission denied" in problem.message
