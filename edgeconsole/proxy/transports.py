"""Ending a transport at once, on every Python we run on."""

import asyncio
import contextlib


def abort(transport: asyncio.WriteTransport) -> None:
    """Close without waiting for what is still to be sent.

    Python 3.11.2 forgets the protocol of a TLS transport that is closed twice, and fails when it is then aborted: it is
    closed by then, so there is nothing left to do.
    """
    with contextlib.suppress(AttributeError):
        transport.abort()
