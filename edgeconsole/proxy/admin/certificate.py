"""How the admin API does TLS: its own certificate, the authorities of client certificates, start-up errors by field."""

import ssl
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from edgeconsole.model.configuration import Proxy
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.suites import CIPHER_SUITES

_FILE = "file:"
_TOO_OPEN = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


class ServerTls(NamedTuple):
    """The context of the HTTPS listener, and what is doubtful about its files."""

    context: ssl.SSLContext
    warnings: tuple[str, ...]
    certificate: Path
    private_key: Path

    def renew(self, settings: Proxy, base: Path) -> None:
        """Shake hands with the files as they are now, where they are as good as at the start. Raises BadInput.

        The listener keeps the context it was opened with, so that one is loaded anew.
        """
        server_tls(settings, base)
        self.context.load_cert_chain(self.certificate, self.private_key)


def server_tls(settings: Proxy, base: Path) -> ServerTls:
    """Return how to listen; relative paths start at `base`. Raises BadInput with every problem by its field."""
    problems: list[Problem] = []

    def found(field: str, reference: str | None) -> Path | None:
        try:
            return _readable(field, reference, base)
        except BadInput as error:
            problems.extend(error.problems)
            return None

    certificate = found("proxy.admin_certificate", settings.admin_certificate)
    key = found("proxy.admin_private_key", settings.admin_private_key)
    trust = None
    if settings.admin_client_trust is not None:
        trust = found("proxy.admin_client_trust", settings.admin_client_trust)
    if problems or certificate is None or key is None:
        raise BadInput("the admin API cannot listen", problems=tuple(problems))
    context = _context()
    _load("proxy.admin_certificate", certificate, lambda: context.load_cert_chain(certificate, key, _no_passphrase))
    if trust is not None:
        # Optional: a caller with a bearer token shows none. One that is shown must be good, or the handshake fails.
        context.verify_mode = ssl.CERT_OPTIONAL
        _load("proxy.admin_client_trust", trust, lambda: context.load_verify_locations(trust))
    return ServerTls(context, _doubts(key), certificate, key)


def tokens_path(settings: Proxy, configuration: Path) -> Path:
    """Return where the hashes of bearer tokens are kept. Raises BadInput for a reference that is no file."""
    reference = settings.admin_tokens
    if reference is None:
        return configuration.with_suffix(".tokens")
    if not reference.startswith(_FILE):
        raise _bad("proxy.admin_tokens", f"{reference!r} is no file reference", 'Write "file:PATH"')
    return configuration.parent / reference.removeprefix(_FILE)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHER_SUITES)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    # A resumed session would skip the verification of the client's chain.
    context.num_tickets = 0
    return context


def _readable(field: str, reference: str | None, base: Path) -> Path:
    if reference is None:
        raise _bad(field, "it is not set, and proxy.admin_listen is", 'Set it to "file:PATH"')
    if not reference.startswith(_FILE):
        raise _bad(field, f"{reference!r} is no file reference", 'Write "file:PATH"')
    path = base / reference.removeprefix(_FILE)
    try:
        path.read_bytes()
    except OSError as error:
        raise _bad(field, f"{path} cannot be read: {error.strerror}", f"See: ls -l {path}") from None
    return path


def _load(field: str, path: Path, load: Callable[[], None]) -> None:
    try:
        load()
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        remedy = "It must be PEM; a private key must belong to its certificate and have no passphrase"
        raise _bad(field, f"{path} cannot be used: {reason}", remedy) from None


def _no_passphrase() -> str:
    # Without an answer OpenSSL would ask the terminal.
    raise ValueError("the key is encrypted")


def _doubts(key: Path) -> tuple[str, ...]:
    mode = stat.S_IMODE(key.stat().st_mode)
    if not mode & _TOO_OPEN:
        return ()
    return (f"proxy.admin_private_key: {key} can be read by others (mode {mode:04o}); run: chmod 0640 {key}",)


def _bad(field: str, message: str, remedy: str) -> BadInput:
    return BadInput("the admin API cannot listen", problems=(Problem(field=field, message=message, remedy=remedy),))
