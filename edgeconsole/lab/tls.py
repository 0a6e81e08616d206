"""Mutual TLS as a strict federation peer does it: both sides show a certificate, chains are verified strictly."""

import ssl
from pathlib import Path

HANDSHAKE_TIMEOUT = 5.0
"""Seconds; asyncio's own 60 would hold a half-open connection for a minute."""


def server_context(certificate: Path, private_key: Path, trust: Path, *, ask: bool = True) -> ssl.SSLContext:
    """Context of a server that refuses clients without a certificate of a trusted authority, or asks for none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context, certificate, private_key, trust)
    context.verify_mode = ssl.CERT_REQUIRED if ask else ssl.CERT_NONE
    return context


def client_context(certificate: Path, private_key: Path, trust: Path, *, check_name: bool = True) -> ssl.SSLContext:
    """Context of a client with a certificate; `check_name=False` verifies the chain and leaves the name unread."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context, certificate, private_key, trust)
    context.check_hostname = check_name
    return context


def _harden(context: ssl.SSLContext, certificate: Path, private_key: Path, trust: Path) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    # Off by default before Python 3.13.
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(certificate, private_key)
    context.load_verify_locations(trust)
