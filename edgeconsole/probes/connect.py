"""One TCP connection to one vetted address; refused, reset, timed out and unreachable are told apart."""

import asyncio
import errno
import socket
import time

from edgeconsole.model.text import clean
from edgeconsole.rules.probing.facts import ConnectFacts, ConnectOutcome

_OUTCOMES = {
    errno.ECONNREFUSED: ConnectOutcome.REFUSED,
    errno.ECONNRESET: ConnectOutcome.RESET,
    errno.ETIMEDOUT: ConnectOutcome.TIMEOUT,
    errno.EHOSTUNREACH: ConnectOutcome.UNREACHABLE,
    errno.EHOSTDOWN: ConnectOutcome.UNREACHABLE,
    # Our own routing table, not a router on the way, says these.
    errno.ENETUNREACH: ConnectOutcome.NO_ROUTE,
    errno.EADDRNOTAVAIL: ConnectOutcome.NO_ROUTE,
    errno.EAFNOSUPPORT: ConnectOutcome.NO_ROUTE,
    # A local firewall rule, most often.
    errno.EACCES: ConnectOutcome.NO_ROUTE,
    errno.EPERM: ConnectOutcome.NO_ROUTE,
}


async def connect(address: str, port: int, seconds: float) -> tuple[ConnectFacts, socket.socket | None]:
    """Connect to a literal address that was vetted before; no name is looked up here, so none can be rebound.

    The socket is non-blocking and the caller's to close.
    """
    started = time.perf_counter()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(plain, (address, port))
    except TimeoutError:
        plain.close()
        return _facts(ConnectOutcome.TIMEOUT, started), None
    except OSError as error:
        plain.close()
        outcome = _OUTCOMES.get(error.errno or 0, ConnectOutcome.UNREACHABLE)
        return _facts(outcome, started, error.strerror or type(error).__name__), None
    except BaseException:
        plain.close()
        raise
    return _facts(ConnectOutcome.OPEN, started), plain


def _facts(outcome: ConnectOutcome, started: float, detail: str = "") -> ConnectFacts:
    spent = (time.perf_counter() - started) * 1000
    return ConnectFacts(outcome=outcome, milliseconds=spent, detail=clean(detail))
