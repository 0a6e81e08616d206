"""The ways an XMPP partner can be spoken with, to pick one from: what each means and what it warns of."""

from collections.abc import Sequence

from edgeconsole.model.terms import Negotiation
from edgeconsole.model.xmpp import XmppPartner
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.rules.negotiation import advice, methods

Triple = tuple[str, str, Negotiation, Negotiation, bool]
"""Name, help, TLS, SASL, dialback."""


def lines(partner: XmppPartner, presets: Sequence[Triple]) -> tuple[Line, ...]:
    """Return the presets, numbered, the partner's own marked."""
    told: list[Line] = []
    for number, (name, text, tls, sasl, dialback) in enumerate(presets, 1):
        own = (partner.tls, partner.sasl, partner.dialback) == (tls, sasl, dialback)
        said = advice(tls, sasl, dialback)
        offered = ", ".join(method.value for method in methods(tls, sasl, dialback))
        told.append(
            Line(
                (
                    Span(f"{number} {name}", Style.STRONG),
                    Span("  * as it is now" if own else "", Style.OK),
                    Span(f"  {text}"),
                )
            )
        )
        triple = f"tls {tls.value}, sasl {sasl.value}, {'dialback' if dialback else 'no dialback'}: {offered}"
        told.append(Line((Span(f"    {triple}", Style.MUTED),)))
        if said.warning:
            told.append(Line((Span("    ! ", Style.WARN), Span(said.text, Style.WARN))))
    return tuple(told)
