"""Codes of the DNS stages: the SRV record and the addresses it leads to."""

from edgeconsole.model.probe import Stage
from edgeconsole.rules.probing.code import CRITICAL, FIREWALL, INFO, PARTNER, UNKNOWN, US, WARNING, Code

_PIN = "or pin their Access Edge here: edgeconsole domains allow {domain} --access-edge HOST"

DNS_CODES = (
    Code(
        "srv.missing", CRITICAL, Stage.DNS, PARTNER,
        "{name} has no SRV record ({said}), so nobody finds the Access Edge of {domain}",
        "Partner: publish `{name}. 3600 IN SRV 0 0 5061 sip.{domain}.` (the parent's record does not count); " + _PIN,
        1, "domain D1, R7; ms-diagnostics 1008", True,
    ),
    Code(
        "srv.misspelled", CRITICAL, Stage.DNS, PARTNER,
        "the SRV record of {domain} is published under a misspelt name, {found}",
        "Partner: rename {found} to `{name}. 3600 IN SRV {record}`",
        3, "domain R8", True,
    ),
    Code(
        "srv.declined", CRITICAL, Stage.DNS, PARTNER,
        "{name} names the root as target: {domain} says that it has no such service",
        "Partner: replace the record by `{name}. 3600 IN SRV 0 0 {default_port} {default_host}.` if they do federate;"
        " else remove the domain here: edgeconsole {remove}",
        1, "RFC 2782", True,
    ),
    Code(
        "srv.other_domain", CRITICAL, Stage.DNS, PARTNER,
        "{name} leads to {host}, which is not directly below {domain}: edges refuse it as conflicting with the domain",
        "Partner: publish `sip.{domain}. 3600 IN A {some_address}`, let the SRV record name sip.{domain}, and add"
        " sip.{domain} to the certificate; or pin it here: edgeconsole domains allow {domain} --access-edge {host}",
        2, "domain R1, R2; ms-diagnostics 1009", True,
    ),
    Code(
        "srv.address_literal", CRITICAL, Stage.DNS, PARTNER,
        "{name} names {target}, which is no host name",
        "Partner: publish `sip.{domain}. 3600 IN A {some_address}` and let the SRV record name sip.{domain}",
        2, "RFC 2782", True,
    ),
    Code(
        "srv.alias", WARNING, Stage.ADDRESS, PARTNER,
        "the SRV target {host} is an alias of {alias}; an SRV record must name the host itself",
        "Partner: replace the CNAME at {host} by A and AAAA records, or let the SRV record name {alias}",
        4, "RFC 2782", True,
    ),
    Code(
        "srv.port_unusual", INFO, Stage.DNS, PARTNER,
        "{name} leads to port {port} of {host}; a federation edge is expected on {default_port}",
        "Partner: correct the port to `{name}. 3600 IN SRV {priority} {weight} {default_port} {host}.` unless it is"
        " meant, and see that firewalls of partners open {port}",
        3, "port summary F1", True,
    ),
    Code(
        "srv.short_life", INFO, Stage.DNS, PARTNER,
        "{name} may be kept for {ttl} s only: every message may wait for a look-up",
        "Partner: raise the time to live to 300 s or more", None, "RFC 2308",
    ),
    Code(
        "srv.wildcard", WARNING, Stage.DNS, PARTNER,
        "the zone answers for any name ({probe}): the record of {domain} may be a wildcard's and not meant",
        "Partner: publish the record itself: `{name}. 3600 IN SRV {record}`",
        1, "RFC 4592", True,
    ),
    Code(
        "srv.fallback", INFO, Stage.DNS, PARTNER,
        "{name} has no SRV record; servers fall back to port 5269 of {domain} itself",
        "Partner: publish `{name}. 3600 IN SRV 5 0 5269 xmpp.{domain}.`",
        20, "RFC 6120 3.2.2", True,
    ),
    Code(
        "srv.xmpp_missing", CRITICAL, Stage.DNS, PARTNER,
        "{name} has no SRV record and {domain} has no address to fall back to",
        "Partner: publish `{name}. 3600 IN SRV 5 0 5269 xmpp.{domain}.` and an address of xmpp.{domain}",
        20, "domain D5, D6", True,
    ),
    Code(
        "srv.too_many", INFO, Stage.DNS, PARTNER,
        "{name} has {count} targets; the first {kept} by priority and weight are looked at",
        "Partner: keep the records an edge really has", None, "reliability W5",
    ),
    Code(
        "srv.absent", INFO, Stage.DNS, PARTNER,
        "{name} has no SRV record; {host} is pinned, so none is needed",
        "Nothing. Should the partner publish one, edges that know them by discovery find them too", None, "domain 1.1",
    ),
    Code(
        "dns.server_failure", CRITICAL, Stage.DNS, PARTNER,
        "the resolver {resolver} fails to look {name} up: a broken delegation, unreachable name servers or DNSSEC",
        "Compare with another resolver: dig {name} {kind} @9.9.9.9; if that fails too, tell the partner that their zone"
        " answers SERVFAIL",
        19, "RFC 8914",
    ),
    Code(
        "dns.refused", UNKNOWN, Stage.DNS, US,
        "the resolver {resolver} refuses to answer for {name}",
        "Let the resolver serve this host, or name another: proxy.resolver in federation.toml",
        19, "RFC 1035 4.1.1",
    ),
    Code(
        "dns.timeout", UNKNOWN, Stage.DNS, US,
        "the resolver {resolver} does not answer for {name}",
        "Try: dig {name} {kind} @{resolver}; if nothing answers, open UDP and TCP 53 to it or set another"
        " proxy.resolver",
        19, "domain F5",
    ),
    Code(
        "dns.tcp_blocked", CRITICAL, Stage.DNS, FIREWALL,
        "the answer for {name} is too long for UDP, and {resolver} does not answer over TCP",
        "Open TCP 53 between this host and {resolver}; try: dig +tcp {name} {kind} @{resolver}",
        19, "RFC 7766",
    ),
    Code(
        "dns.malformed", UNKNOWN, Stage.DNS, US,
        "the answer of {resolver} for {name} cannot be understood",
        "Name another resolver: proxy.resolver in federation.toml", 19, "RFC 1035",
    ),
    Code(
        "dns.resolvers_disagree", WARNING, Stage.DNS, US,
        "{resolver} and {other} say different things about {name}: {here} here, {there} there",
        "Find out which view partners see; an edge that resolves inside needs the public records of federation copied"
        " there",
        19, "domain D9, D10",
    ),
    Code(
        "address.none", CRITICAL, Stage.ADDRESS, PARTNER,
        "{host} has neither an A nor an AAAA record ({said})",
        "Partner: publish `{host}. 3600 IN A ADDRESS` with the Access Edge's public address",
        4, "domain D2; ms-diagnostics 1014", True,
    ),
    Code(
        "address.private", CRITICAL, Stage.TCP, PARTNER,
        "{host} leads to {address} ({why}), where no partner outside can connect; nothing was sent there",
        "Partner: publish the public address of {host}. If the address is meant, open it here: add it to"
        " proxy.allow_addresses",
        19, "reliability P2", True,
    ),
    Code(
        "address.six_dead", WARNING, Stage.ADDRESS, PARTNER,
        "{host} has IPv6 addresses and none takes a connection, while IPv4 works: partners wait before they fall back",
        "Partner: let {address} answer on port {port}, or remove the record `{host}. IN AAAA {address}`",
        4, "domain 9.4",
    ),
    Code(
        "address.too_many", INFO, Stage.ADDRESS, PARTNER,
        "{host} has {count} addresses; {kept} are looked at",
        "Partner: publish the addresses of edges that are in use", None, "reliability W5",
    ),
)  # fmt: skip
