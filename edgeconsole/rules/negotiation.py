"""Which ways an XMPP stream may be authenticated, given a partner's TLS, SASL and dialback settings (P-XNEG).

The three conditions reproduce all eighteen rows of the complete matrix on that page; where the page's short table or
the Control Panel disagree, the matrix stands (docs/rules.md 12 g, h).
"""

from enum import Enum
from typing import NamedTuple

from edgeconsole.model.terms import Negotiation
from edgeconsole.model.xmpp import XmppPartner


class Method(Enum):
    """A way to authenticate a stream, the strongest first."""

    SASL_OVER_TLS = "SASL over TLS"
    TLS_DIALBACK = "TLS dialback"
    TCP_DIALBACK = "TCP dialback"


class Advice(NamedTuple):
    """What an operator should know of a combination that works."""

    warning: bool
    text: str


_NOT = Negotiation.NOT_SUPPORTED
_REQUIRED = Negotiation.REQUIRED


def methods(tls: Negotiation, sasl: Negotiation, dialback: bool) -> tuple[Method, ...]:
    """Return the methods a combination offers, strongest first; an empty result can never connect."""
    offered: list[Method] = []
    if sasl is not _NOT and tls is not _NOT:
        offered.append(Method.SASL_OVER_TLS)
    if dialback and tls is not _NOT and not (tls is _REQUIRED and sasl is _REQUIRED):
        offered.append(Method.TLS_DIALBACK)
    if dialback and tls is not _REQUIRED:
        offered.append(Method.TCP_DIALBACK)
    return tuple(offered)


def methods_of(partner: XmppPartner) -> tuple[Method, ...]:
    """Return the methods a partner's record offers."""
    return methods(partner.tls, partner.sasl, partner.dialback)


def agreed(ours: tuple[Method, ...], theirs: tuple[Method, ...]) -> Method | None:
    """Return the strongest method both sides offer; None: they cannot interoperate."""
    return next((method for method in Method if method in ours and method in theirs), None)


def advice(tls: Negotiation, sasl: Negotiation, dialback: bool) -> Advice:
    """Return what to say of a combination."""
    offered = methods(tls, sasl, dialback)
    if not offered:
        return Advice(True, "no method is left: SASL over TLS or dialback must be possible")
    if tls is _REQUIRED and sasl is _REQUIRED and dialback:
        return Advice(True, "dialback is never used when TLS and SASL are both required")
    if tls is Negotiation.OPTIONAL and sasl is not _NOT:
        return Advice(True, "SASL needs TLS; with TLS optional, sessions may fail")
    if tls is _NOT and sasl is not _NOT:
        return Advice(True, "SASL cannot be used without TLS; the Control Panel refuses to save this")
    if offered == (Method.TCP_DIALBACK,):
        return Advice(True, "works, but weak: streams are neither encrypted nor authenticated by certificate")
    return Advice(False, "works")
