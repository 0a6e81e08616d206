"""The admin listener takes a renewed certificate without being opened again; a bad one changes nothing."""

import asyncio
import shutil
import socket
import ssl

import pytest

from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_listen
from edgeconsole.proxy.admin.certificate import server_tls
from edgeconsole.proxy.admin.server import HttpsServer
from tests.admin.worlds import AdminWorld
from tests.proxy.certificates import Credential, client_context


def shown(world: AdminWorld, context: ssl.SSLContext) -> str:
    with (
        socket.create_connection(("127.0.0.1", world.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        return str(tls.getpeercert()["serialNumber"])


async def test_a_renewed_certificate_is_shown_and_a_broken_one_is_not(world: AdminWorld) -> None:
    await world.https.stop()
    settings = world.service.settings
    tls = server_tls(settings, world.directory)
    world.https = HttpsServer(world.service, parse_listen("127.0.0.1:0"), tls.context, world.shared)
    await world.https.start()
    context = client_context(world.authority.file, None)

    async def now() -> str:
        return await asyncio.to_thread(shown, world, context)

    def put(credential: Credential, *, key: bool = True) -> None:
        shutil.copy(credential.certificate, tls.certificate)
        if key:
            shutil.copy(credential.key, tls.private_key)

    first = await now()
    put(world.authority.issue("localhost"), key=False)
    with pytest.raises(BadInput) as raised:
        tls.renew(settings, world.directory)
    assert "proxy.admin_certificate" in str(raised.value.problems[0])
    assert await now() == first
    put(world.authority.issue("localhost"))
    tls.renew(settings, world.directory)
    assert await now() != first
