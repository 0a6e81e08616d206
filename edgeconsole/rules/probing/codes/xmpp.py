"""Codes of XMPP streams: STARTTLS, what authentication is offered, and the stream errors of RFC 6120."""

from edgeconsole.model.probe import Stage, WhoActs
from edgeconsole.rules.probing.code import CRITICAL, INFO, PARTNER, US, WARNING, Code

_STAGE = Stage.APPLICATION

STREAM_ERRORS: dict[str, tuple[WhoActs, str]] = {
    "bad-format": (US, "Report this: our stream was not understood"),
    "bad-namespace-prefix": (US, "Report this: our stream was not understood"),
    "conflict": (PARTNER, "Partner: another stream of the same name took its place; look for a second server"),
    "connection-timeout": (PARTNER, "Partner: the server gave up waiting; look for packet loss"),
    "host-gone": (PARTNER, "Partner: {domain} is not served there any more; correct its SRV record"),
    "host-unknown": (PARTNER, "Partner: add {domain} as virtual host, or let its SRV record lead to the right server"),
    "improper-addressing": (US, "Check sip_domain: our stream must carry a domain of ours as `from`"),
    "internal-server-error": (PARTNER, "Partner: look into the server's log for this moment"),
    "invalid-from": (US, "Our certificate does not prove {own_domain}: add it as subject alternative name"),
    "invalid-namespace": (PARTNER, "Partner: port {port} is for clients or components; servers need jabber:server"),
    "invalid-xml": (US, "Report this: our stream was not understood"),
    "not-authorized": (PARTNER, "Partner: allow {own_domain}, and trust the authority of our certificate"),
    "not-well-formed": (US, "Report this: our stream was not understood"),
    "policy-violation": (PARTNER, "Partner: see which local policy refuses {own_domain}: a block list or a rate limit"),
    "remote-connection-failed": (
        US,
        "They cannot connect back to us: publish `_xmpp-server._tcp.{own_domain}` and open TCP 5269 inbound",
    ),
    "reset": (PARTNER, "Partner: the server closes streams for a change of certificate or keys; probe again"),
    "resource-constraint": (PARTNER, "Partner: the server is out of resources; probe again later"),
    "restricted-xml": (US, "Report this: our stream was not understood"),
    "see-other-host": (PARTNER, "Partner: let the SRV record name the host that serves; probes follow no redirection"),
    "system-shutdown": (PARTNER, "Partner: the server is shutting down; probe again in some minutes"),
    "undefined-condition": (PARTNER, "Partner: look into the server's log for this moment"),
    "unsupported-encoding": (US, "Report this: our stream was not understood"),
    "unsupported-feature": (PARTNER, "Partner: the server misses a feature it needs, most often dialback or EXTERNAL"),
    "unsupported-stanza-type": (US, "Report this: our stream was not understood"),
    "unsupported-version": (PARTNER, "Partner: the server speaks another version than XMPP 1.0; update it"),
}
"""Every condition of RFC 6120, 4.9.3, with who acts and what they do."""

XMPP_CODES = (
    Code(
        "xmpp.starttls_missing", CRITICAL, Stage.STARTTLS, PARTNER,
        "{where} offers no STARTTLS, and TLS is required for {domain}",
        "Partner: assign a certificate and enable TLS for server-to-server streams; or take the risk here: edgeconsole"
        " partners set xmpp {domain} tls=optional",
        20, "RFC 6120 5; P-XNEG", True,
    ),
    Code(
        "xmpp.starttls_refused", CRITICAL, Stage.STARTTLS, PARTNER,
        "{where} offers STARTTLS and refuses it when asked",
        "Partner: the server has no usable certificate for {domain}; see its log", 20, "RFC 6120 5.4.2.2",
    ),
    Code(
        "xmpp.starttls_optional", INFO, Stage.STARTTLS, PARTNER,
        "{where} offers STARTTLS and would do without", "Partner: require encryption for server-to-server streams",
        20, "RFC 6120 5.3.1", True,
    ),
    Code(
        "xmpp.plain", WARNING, Stage.STARTTLS, US,
        "streams with {domain} are not encrypted: its record does not use TLS",
        "edgeconsole partners set xmpp {domain} tls=required once {where} offers it", 20, "P-XNEG", True,
    ),
    Code(
        "xmpp.external_missing", WARNING, _STAGE, PARTNER,
        "{where} does not offer SASL EXTERNAL: {why}",
        "Partner: trust the authority of our certificate, {own_issuer}; our certificate must name {own_domain}",
        20, "XEP-0178; P-XNEG", True,
    ),
    Code(
        "xmpp.dialback_only", INFO, _STAGE, PARTNER,
        "{where} offers dialback alone; both sides must find each other by DNS",
        "Nothing, if the record of {domain} allows dialback", 20, "XEP-0220", True,
    ),
    Code(
        "xmpp.no_method", CRITICAL, _STAGE, PARTNER,
        "{where} offers {offered}, and our record of {domain} takes {taken}: there is no way to authenticate",
        "edgeconsole partners set xmpp {domain} sasl=optional dialback=true, or partner: offer {taken}",
        20, "P-XNEG", True,
    ),
    Code(
        "xmpp.old_version", CRITICAL, _STAGE, PARTNER,
        "{where} speaks XMPP before 1.0, which knows neither TLS nor SASL",
        "Partner: update the server", 20, "RFC 6120 4.7.5", True,
    ),
    Code(
        "xmpp.garbage", CRITICAL, _STAGE, PARTNER,
        "{where} answers with something that is no XMPP stream: {detail}",
        "Partner: something else listens on port {port}; check the SRV record of {domain}", 20, "RFC 6120 4.2",
    ),
    Code(
        "xmpp.no_reply", CRITICAL, _STAGE, PARTNER,
        "{where} takes the connection and opens no stream within {seconds} s",
        "Partner: the server hangs, or port {port} is for something else", 20, "RFC 6120 4.2",
    ),
    Code(
        "xmpp.closed", CRITICAL, _STAGE, PARTNER,
        "{where} closes the connection without an answer ({how})",
        "Partner: look for a block list or a rate limit, and into the server's log", 20, "RFC 6120 4.4",
    ),
    Code(
        "xmpp.direct_broken", WARNING, _STAGE, PARTNER,
        "the direct-TLS address {where} that {domain} publishes fails, while STARTTLS works",
        "Partner: mend the listener, or remove `_xmpps-server._tcp.{domain}`", 20, "XEP-0368",
    ),
    *(
        Code(
            f"xmpp.stream_error.{condition}", CRITICAL, _STAGE, who,
            "{where} ends the stream: " + condition + "{said}", fix, 20, f"RFC 6120 4.9.3 ({condition})",
        )
        for condition, (who, fix) in STREAM_ERRORS.items()
    ),
)  # fmt: skip
