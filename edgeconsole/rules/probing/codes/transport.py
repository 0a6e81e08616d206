"""Codes of connecting and of the TLS handshake, our certificate's reception included."""

from edgeconsole.model.probe import Stage
from edgeconsole.rules.probing.code import AUTHORITY, CRITICAL, FIREWALL, INFO, PARTNER, UNKNOWN, US, WARNING, Code

_TRY = "openssl s_client -connect {connect} -servername {host}"
_OTHERS = "the certificate of {own} was issued by {own_issuer}"

TRANSPORT_CODES = (
    Code(
        "tcp.refused", CRITICAL, Stage.TCP, PARTNER,
        "{where} refuses connections: nothing listens there, or a firewall rejects",
        "Partner: start the Access Edge service and let it listen on port {port} of the public address; check with:"
        " nc -vz {address} {port}",
        5, "port summary F1",
    ),
    Code(
        "tcp.timeout", CRITICAL, Stage.TCP, FIREWALL,
        "{where} does not answer within {seconds} s: a firewall drops the packets, or the host is down",
        "First our side: allow outbound TCP {port} from this edge (try: nc -vz {address} {port} from another network)."
        " Partner: allow inbound TCP {port} to {address}",
        5, "port summary F1, F2",
    ),
    Code(
        "tcp.unreachable", CRITICAL, Stage.TCP, PARTNER,
        "the network says that {where} cannot be reached",
        "Check the way: traceroute -T -p {port} {address}. Partner: is {address} still theirs and routed?",
        5, "RFC 1122 3.2.2.1",
    ),
    Code(
        "tcp.reset", CRITICAL, Stage.TCP, FIREWALL,
        "the connection to {where} is reset while it opens",
        "Look for a firewall or load balancer between that does not know port {port}", 5, "RFC 9293 3.5.2",
    ),
    Code(
        "tcp.no_route", UNKNOWN, Stage.TCP, US,
        "this host has no route to {address}, so nothing can be said about it",
        "Probe from a host with {family}, or give this one a route: ip route get {address}", None, "probes section 6",
    ),
    Code(
        "tcp.port_not_used", UNKNOWN, Stage.TCP, US,
        "probes do not connect to port {port}, which {host} was announced on; nothing was sent",
        "If the port is right, pin it: edgeconsole domains allow {domain} --access-edge {host}:{port}",
        3, "reliability P3", True,
    ),
    Code(
        "target.some_addresses", WARNING, Stage.TCP, PARTNER,
        "{good} of {all} addresses of {domain} work; failing: {failing}",
        "Partner: mend or withdraw {failing}; who gets that address first waits or fails",
        5, "domain 6",
    ),
    Code(
        "target.first_choice_dead", CRITICAL, Stage.TCP, PARTNER,
        "{host} is the one target an Access Edge picks, and none of its addresses works; the others are never tried",
        "Partner: mend {host}, or give a working host the lowest priority and highest weight in {name}",
        5, "P-DNSREQ (lowest priority, highest weight, first received)",
    ),
    Code(
        "tls.not_tls", CRITICAL, Stage.TLS, PARTNER,
        "what answers at {where} does not speak TLS ({detail})",
        "Partner: port {port} must take TLS from the first byte on; check what listens: nc {address} {port}",
        5, "RFC 5246 6.2.1",
    ),
    Code(
        "tls.closed", CRITICAL, Stage.TLS, PARTNER,
        "{where} takes the connection and closes it during the handshake",
        "Partner: look for a load balancer without a live edge behind it, or a filter on source addresses;"
        " try: " + _TRY,
        10, "domain 9.10",
    ),
    Code(
        "tls.reset", CRITICAL, Stage.TLS, PARTNER,
        "{where} resets the connection during the handshake, as servers do that find no common version or distrust us",
        "Partner: enable TLS 1.2 (SChannel) and trust the authority of our certificate: " + _OTHERS,
        10, "domain 9.7, 9.10",
    ),
    Code(
        "tls.timeout", CRITICAL, Stage.TLS, PARTNER,
        "{where} takes the connection and says nothing within {seconds} s",
        "Partner: the service behind port {port} hangs, or a firewall inspects TLS; try: " + _TRY,
        5, "probes 5.6",
    ),
    Code(
        "tls.no_common", CRITICAL, Stage.TLS, PARTNER,
        "{where} and this edge have no TLS version or cipher in common ({detail})",
        "Partner: enable TLS 1.2 with ECDHE and AES-GCM; check with: " + _TRY + " -tls1_2",
        10, "SFB-TLS", True,
    ),
    Code(
        "tls.version_old", CRITICAL, Stage.TLS, PARTNER,
        "{where} speaks {legacy} at best; this edge takes TLS 1.2 and newer",
        "Partner: install the updates that bring TLS 1.2 (Lync 2013 from July 2015, Windows KB3140245) and enable it",
        10, "SFB-TLS; RFC 8996", True,
    ),
    Code(
        "tls.cipher_weak", WARNING, Stage.TLS, PARTNER,
        "{where} chose {cipher}, which has no forward secrecy or is obsolete",
        "Partner: put ECDHE with AES-GCM first in the order of cipher suites", 10, "RFC 9325 4.2", True,
    ),
    Code(
        "tls.unknown_name", CRITICAL, Stage.TLS, PARTNER,
        "{where} has no certificate for {host} (alert unrecognized_name)",
        "Partner: bind the certificate that names {host} to port {port}", 6, "RFC 6066 3", True,
    ),
    Code(
        "tls.alert", CRITICAL, Stage.TLS, PARTNER,
        "{where} ends the handshake with the alert {alert}",
        "Partner: look into the TLS log of {host} for {alert}; try: " + _TRY, 10, "RFC 8446 6.2",
    ),
    Code(
        "tls.slow", WARNING, Stage.TLS, PARTNER,
        "the handshake with {where} takes {milliseconds} ms",
        "Partner: look for a revocation check that times out, or an overloaded edge", None, "probes 7.2",
    ),
    Code(
        "tls.ours", UNKNOWN, Stage.TLS, US,
        "the handshake with {where} fails on our side: {detail}",
        "Check our certificate and key: edgeconsole requirements certificates --check", None, "probes 5.4",
    ),
    Code(
        "mtls.not_demanded", INFO, Stage.CLIENT_CERTIFICATE, PARTNER,
        "{where} asks for no certificate of ours, so it does not know who connects",
        "Nothing, if a load balancer ends TLS there; else partner: demand certificates on port {port}",
        None, "tls-and-mtls page",
    ),
    Code(
        "mtls.untrusted", CRITICAL, Stage.CLIENT_CERTIFICATE, PARTNER,
        "{where} does not trust the authority of our certificate (alert {alert})",
        "Tell the partner: \"" + _OTHERS + "; please install that authority's root among your trusted roots and"
        " restart the edge.\" Check also that our file holds the whole chain: edgeconsole requirements certificates",
        7, "domain C9; ms-diagnostics 1010, 1047", True,
    ),
    Code(
        "mtls.usage", CRITICAL, Stage.CLIENT_CERTIFICATE, AUTHORITY,
        "{where} refuses our certificate for its purpose (alert {alert}): it lacks clientAuth",
        "Ask an authority that still issues clientAuth beside serverAuth for a certificate of {own}; for XMPP, dialback"
        " works without",
        9, "processone/ejabberd 4392", True,
    ),
    Code(
        "mtls.expired", CRITICAL, Stage.CLIENT_CERTIFICATE, US,
        "{where} refuses our certificate as expired (alert {alert})",
        "Renew the certificate of {own} on every member of the pool; if it is valid, the partner's clock is wrong",
        8, "RFC 8446 6.2", True,
    ),
    Code(
        "mtls.revoked", CRITICAL, Stage.CLIENT_CERTIFICATE, US,
        "{where} refuses our certificate as revoked (alert {alert})",
        "Ask the authority {own_issuer} why, and replace certificate and key on every member of the pool",
        8, "RFC 8446 6.2", True,
    ),
    Code(
        "mtls.rejected", CRITICAL, Stage.CLIENT_CERTIFICATE, PARTNER,
        "{where} refuses our certificate (alert {alert}), without saying more",
        "Likely first: they do not trust its authority. Tell the partner: \"" + _OTHERS + "; please trust that root"
        " and allow {own} as partner.\"",
        7, "RFC 8446 6.2", True,
    ),
    Code(
        "mtls.none_shown", UNKNOWN, Stage.CLIENT_CERTIFICATE, US,
        "{where} demands a certificate, and this vantage has none to show (alert {alert})",
        "Probe from the edge itself, which has one, or set edge.certificate and edge.private_key",
        None, "RFC 8446 6.2", True,
    ),
    Code(
        "mtls.not_listed", WARNING, Stage.CLIENT_CERTIFICATE, PARTNER,
        "{where} names {count} authorities it takes certificates of, and {own_issuer} is not among them",
        "Tell the partner: \"" + _OTHERS + "; please add it to the authorities your edge accepts.\"",
        7, "RFC 8446 4.2.4", True,
    ),
)  # fmt: skip
