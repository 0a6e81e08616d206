"""One TLS handshake with a partner, and everything it told: one connection gives the verdict and the whole chain."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import pairwise

from edgeconsole.model.text import clean
from edgeconsole.probes.own_identity import Demand, OwnIdentity, read_authorities
from edgeconsole.probes.peer_certificate import PeerCertificates
from edgeconsole.probes.tls_stream import Ended, PlainStream, StreamEnded, TlsStream
from edgeconsole.probes.trust import judge_refusal
from edgeconsole.rules.probing.facts import TlsFacts, TlsOutcome, Trust

_NO_COMMON_ALERTS = frozenset({"protocol_version", "insufficient_security", "inappropriate_fallback"})
_NO_COMMON_REASONS = frozenset(
    {"UNSUPPORTED_PROTOCOL", "NO_CIPHERS_AVAILABLE", "NO_SHARED_CIPHER", "WRONG_SSL_VERSION", "DH_KEY_TOO_SMALL",
     "WRONG_CIPHER_RETURNED", "UNKNOWN_CIPHER_RETURNED", "BAD_ECPOINT", "WRONG_CURVE",
     "UNSAFE_LEGACY_RENEGOTIATION_DISABLED"}
)  # fmt: skip
"""What OpenSSL says when it will not do what the server wants."""
_LEGACY_SECONDS = 3.0

Reconnect = Callable[[], Awaitable[PlainStream | None]]
"""Opens one more connection to the same address, for the retry that names an obsolete version."""


class Handshakes:
    """Shakes hands as the edge does and keeps what is worth keeping between probes: contexts, decoded certificates."""

    def __init__(self, identity: OwnIdentity, *, clock: Callable[[], datetime]) -> None:
        self.identity = identity
        self._clock = clock
        self._certificates = PeerCertificates()

    async def shake(
        self,
        plain: PlainStream,
        host: str,
        *,
        seconds: float,
        deep: bool = False,
        direct_xmpp: bool = False,
        lenient: bool = False,
        again: Reconnect | None = None,
    ) -> tuple[TlsFacts, TlsStream | None]:
        """Return the facts, and the stream where the handshake ended well; the caller closes the plain stream."""
        context = self.identity.context(deep=deep, direct_xmpp=direct_xmpp, lenient=lenient)
        stream = TlsStream(plain, context, host)
        demand = self.identity.demand_for(stream.tls) if deep else Demand()
        started = time.perf_counter()
        outcome, alert, detail, verifier, trust, missing = TlsOutcome.AGREED, "", "", "", Trust.VERIFIED, clean("")
        try:
            async with asyncio.timeout(seconds):
                await stream.handshake()
        except TimeoutError:
            outcome = TlsOutcome.TIMEOUT
        except ssl.SSLCertVerificationError as error:
            outcome, verifier = TlsOutcome.UNVERIFIED, error.verify_message
            trust, missing = judge_refusal(error, stream.chain(), self.identity.roots, self._clock())
        except StreamEnded as ended:
            outcome, alert, detail = _ended(ended)
        except ssl.SSLError as error:
            outcome, detail = _own(error), error.reason or str(error)
        finally:
            self.identity.forget(stream.tls)
        spent = (time.perf_counter() - started) * 1000
        chain, unreadable = self._certificates.read(stream.chain() if outcome not in _BEFORE_CHAIN else ())
        cipher = stream.tls.cipher() if outcome is TlsOutcome.AGREED else None
        if outcome is TlsOutcome.ALERT and alert == "handshake_failure" and not chain:
            outcome = TlsOutcome.NO_COMMON
        legacy = ""
        # Some servers close or reset where others send an alert, so those are asked a second time too.
        if outcome in _MAYBE_OLD and not chain and again is not None:
            legacy = await self._legacy(again, host)
            outcome = TlsOutcome.NO_COMMON if legacy else outcome
        facts = TlsFacts(
            outcome=outcome,
            milliseconds=spent,
            alert=alert,
            detail=clean(detail),
            version=stream.tls.version() or "" if outcome in (TlsOutcome.AGREED, TlsOutcome.UNVERIFIED) else "",
            cipher=cipher[0] if cipher else "",
            bits=cipher[2] if cipher else 0,
            alpn=clean(stream.tls.selected_alpn_protocol() or "") if outcome is TlsOutcome.AGREED else "",
            legacy=legacy,
            trust=trust if chain or unreadable else Trust.NONE,
            verifier=clean(verifier),
            missing=missing,
            chain=chain,
            unreadable=unreadable,
            in_order=all(one.issuer == next_one.subject for one, next_one in pairwise(chain)),
            demanded=demand.seen if deep and outcome is TlsOutcome.AGREED else None,
            authorities=read_authorities(demand.authorities),
            ours_listed=self.identity.is_listed(demand.authorities),
            shown=self.identity.shown,
        )
        return facts, stream if outcome is TlsOutcome.AGREED else None

    async def _legacy(self, again: Reconnect, host: str) -> str:
        """Return the version a peer agrees to when anything goes; empty where it agrees to none."""
        plain = await again()
        if plain is None:
            return ""
        stream = TlsStream(plain, self.identity.legacy_context(), host)
        try:
            async with asyncio.timeout(_LEGACY_SECONDS):
                await stream.handshake()
        except (TimeoutError, ssl.SSLError, StreamEnded):
            return ""
        else:
            stream.farewell()
            version = stream.tls.version() or ""
            # It does speak what the edge takes, so what is missing in common are ciphers.
            return "" if version in ("TLSv1.2", "TLSv1.3") else version
        finally:
            plain.close()


_MAYBE_OLD = frozenset({TlsOutcome.NO_COMMON, TlsOutcome.CLOSED, TlsOutcome.RESET})
_BEFORE_CHAIN = frozenset({TlsOutcome.NOT_TLS})


def _ended(ended: StreamEnded) -> tuple[TlsOutcome, str, str]:
    match ended.how:
        case Ended.ALERT if ended.alert in _NO_COMMON_ALERTS:
            return TlsOutcome.NO_COMMON, ended.alert, ""
        case Ended.ALERT:
            return TlsOutcome.ALERT, ended.alert, ""
        case Ended.NOT_TLS:
            return TlsOutcome.NOT_TLS, "", ended.detail
        case Ended.RESET:
            return TlsOutcome.RESET, "", ended.detail
        case _:
            return TlsOutcome.CLOSED, "", ended.detail


def _own(error: ssl.SSLError) -> TlsOutcome:
    if error.reason in _NO_COMMON_REASONS:
        return TlsOutcome.NO_COMMON
    return TlsOutcome.OWN
