"""Codes of what answers over TLS, and of STUN: SIP OPTIONS with its diagnostics, binding requests."""

from edgeconsole.model.probe import Stage
from edgeconsole.rules.probing.code import CRITICAL, FIREWALL, INFO, PARTNER, US, WARNING, Code

_STAGE = Stage.APPLICATION
_LIST_US = 'Tell the partner: "please allow {own_domain} with the Access Edge {own} as federated partner."'

APPLICATION_CODES = (
    Code(
        "app.closed", CRITICAL, _STAGE, PARTNER,
        "{where} ends the connection after the handshake without an answer ({how}), as edges do that refuse a peer",
        "Likely first: they do not trust or do not list us. " + _LIST_US + " Then: is the service behind the port"
        " running?",
        7, "domain 9.7 (10054)",
    ),
    Code(
        "sip.no_reply", WARNING, _STAGE, PARTNER,
        "{where} took our certificate and does not answer an OPTIONS within {seconds} s; some edges drop what"
        " strangers send",
        _LIST_US + " If they do already, their edge hangs: ask them to look at its event log",
        12, "probes section 6",
    ),
    Code(
        "sip.garbage", CRITICAL, _STAGE, PARTNER,
        "{where} answers an OPTIONS with something that is no SIP: {detail}",
        "Partner: something else than an Access Edge listens on port {port}; check the load balancer's pool",
        5, "RFC 3261 7",
    ),
    Code(
        "sip.alive", INFO, _STAGE, PARTNER,
        "{where} answers {status} {reason}: it is alive, and says nothing about messages between people",
        "Nothing; edgeconsole explain FROM TO shows what our rules say", None, "RFC 3261 11.2",
    ),
    Code(
        "sip.forbidden", WARNING, _STAGE, PARTNER,
        "{where} refuses us: {status} {reason}",
        _LIST_US, 12, "New-CsAllowedDomain; RFC 3261 21.4.4",
    ),
    Code(
        "sip.not_found", WARNING, _STAGE, PARTNER,
        "{where} does not know {domain}: 404 {reason}",
        "Partner: is {domain} among the SIP domains of this edge? Else the SRV record leads to the wrong one",
        2, "RFC 3261 21.4.5",
    ),
    Code(
        "sip.unavailable", WARNING, _STAGE, PARTNER,
        "{where} says that it is overloaded or in maintenance: 503 {reason}",
        "Partner: is the edge draining, or its next hop down? Probe again in some minutes", 5, "RFC 3261 21.5.4",
    ),
    Code(
        "sip.gateway", WARNING, _STAGE, PARTNER,
        "{where} cannot reach its own next hop: 504 {reason}",
        "Partner: check the Director or Front End behind the edge, and internal DNS on the edge",
        17, "domain 8.4",
    ),
    Code(
        "sip.server_error", WARNING, _STAGE, PARTNER,
        "{where} fails: {status} {reason}", "Partner: look into the log of {host} for this moment", None,
        "RFC 3261 21.5",
    ),
    Code(
        "sip.redirected", INFO, _STAGE, PARTNER,
        "{where} sends us elsewhere: {status} {reason}; probes follow no redirection",
        "Partner: let the SRV record name the host that serves", None, "reliability P4",
    ),
    Code(
        "sip.clock", WARNING, _STAGE, PARTNER,
        "the clock of {where} is {skew} s off ours",
        "Compare both with NTP: timedatectl here, w32tm /query /status there; edges refuse messages that seem old",
        None, "ms-diagnostics 1013",
    ),
    Code(
        "sip.diag.policy", WARNING, _STAGE, PARTNER,
        "{where} answers {status} with diagnostic {id} ({text}): their policy forbids it",
        "Partner: federation is off for the person or the organisation; see their external access policy",
        11, "ms-diagnostics 1001, 1002, 1012",
    ),
    Code(
        "sip.diag.route", WARNING, _STAGE, PARTNER,
        "{where} answers {status} with diagnostic {id} ({text}): it has no route",
        "Partner: check the federation route of the site and publish the topology; the next hop must be an FQDN",
        17, "ms-diagnostics 1005, 1007",
    ),
    Code(
        "sip.diag.our_srv", WARNING, _STAGE, US,
        "{where} answers {status} with diagnostic {id} ({text}): it cannot find our SRV record",
        "Publish ours: `_sipfederationtls._tcp.{own_domain}. 3600 IN SRV 0 0 5061 {own}.`; check with: edgeconsole"
        " requirements dns --check",
        1, "ms-diagnostics 1008",
    ),
    Code(
        "sip.diag.our_target", WARNING, _STAGE, US,
        "{where} answers {status} with diagnostic {id} ({text}): our SRV target is not below our domain",
        "Let `_sipfederationtls._tcp.{own_domain}` name sip.{own_domain}, with an address and in the certificate",
        2, "ms-diagnostics 1009",
    ),
    Code(
        "sip.diag.trust", WARNING, _STAGE, PARTNER,
        "{where} answers {status} with diagnostic {id} ({text}): certificates are not trusted",
        "Compare authorities on both sides; ours is {own_issuer}. Partner: trust it, and show a certificate that names"
        " the SRV target",
        7, "ms-diagnostics 1010, 1047",
    ),
    Code(
        "sip.diag.address", WARNING, _STAGE, US,
        "{where} answers {status} with diagnostic {id} ({text}): it finds no address of the host we publish",
        "Publish the A record of {own}; check with: edgeconsole requirements dns --check",
        4, "ms-diagnostics 1014",
    ),
    Code(
        "sip.diag.pair", WARNING, _STAGE, PARTNER,
        "{where} answers {status} with diagnostic {id} ({text}): it cannot route between these two domains",
        "Compare who is home for {domain}: a hybrid where both sides, or another tenant, claim the domain",
        18, "ms-diagnostics 1017",
    ),
    Code(
        "sip.diag.not_federated", WARNING, _STAGE, PARTNER,
        "{where} answers {status} with diagnostic {id} ({text}): federation with us is not allowed there",
        _LIST_US, 12, "ms-diagnostics 1027, 1034",
    ),
    Code(
        "sip.diag.clock", WARNING, _STAGE, US,
        "{where} answers {status} with diagnostic {id} ({text}): the clocks differ",
        "Check NTP on this host: timedatectl", None, "ms-diagnostics 1013",
    ),
    Code(
        "sip.diag.other", INFO, _STAGE, PARTNER,
        "{where} answers {status} with diagnostic {id} ({text})",
        "Look the diagnostic up: edgeconsole glossary {id}", None, "[MS-OCER]",
    ),
    Code(
        "stun.no_reply", CRITICAL, _STAGE, FIREWALL,
        "{where} does not answer STUN after {tries} requests: calls fail while messages work",
        "Open UDP 3478 to the A/V Edge in both directions, and check that the A/V Edge service runs",
        5, "port summary F8; RFC 8489 6.2.1",
    ),
    Code(
        "stun.refused", CRITICAL, _STAGE, PARTNER,
        "{where} refuses UDP port {port}: nothing listens there",
        "Start the A/V Edge service, or correct the address of {host}", 5, "port summary F8",
    ),
    Code(
        "stun.garbage", CRITICAL, _STAGE, PARTNER,
        "{where} answers a STUN request with something else: {detail}",
        "See what listens on UDP {port} of {address}", 5, "RFC 8489 5",
    ),
    Code(
        "stun.error", WARNING, _STAGE, PARTNER,
        "{where} answers a STUN binding with the error {error}",
        "Look into the log of the A/V Edge; a binding needs no credentials", None, "RFC 8489 14.8",
    ),
    Code(
        "stun.private", CRITICAL, _STAGE, US,
        "{where} sees us as {reflexive}, which no partner can reach: media would be sent there",
        "Set edge.nat and the public address of the A/V Edge, or mend the address translation in front of it",
        5, "domain P-HLB",
    ),
    Code(
        "stun.slow", WARNING, _STAGE, PARTNER,
        "{where} takes {milliseconds} ms to answer STUN; speech suffers above 200",
        "Look at the load and the path: mtr -u -P {port} {address}", None, "probes 7.2",
    ),
    Code(
        "turn.open_relay", CRITICAL, _STAGE, US,
        "{where} grants a relay to anybody without credentials",
        "Require authentication on the A/V Edge at once; until then close UDP 3478 from outside",
        None, "RFC 8656 7.2", True, True,
    ),
)  # fmt: skip
