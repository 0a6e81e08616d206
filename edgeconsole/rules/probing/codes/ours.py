"""Codes of our own side: the configuration against what was found, our listeners and records, and the probe itself."""

from edgeconsole.model.probe import Stage
from edgeconsole.rules.probing.code import CRITICAL, INFO, NOBODY, UNKNOWN, US, WARNING, Code

OWN_CODES = (
    Code(
        "config.pin_stale", WARNING, Stage.DNS, US,
        "{domain} is pinned to {pinned}, and its SRV record now leads to {found}: the partner has moved",
        "Confirm with the partner, then follow their record: edgeconsole domains allow {domain} --access-edge {found}"
        " (or without --access-edge, to follow SRV)",
        13, "SFB-DECOM", True,
    ),
    Code(
        "config.provider_missing", CRITICAL, Stage.DNS, US,
        "{domain} is hosted at {host}, and no hosting provider of that name is set: every such partner fails",
        "edgeconsole partners add hosting NAME proxy_fqdn={host} enabled=true verification=use-source",
        14, "SFB-DECOM", True,
    ),
    Code(
        "config.provider_disabled", CRITICAL, Stage.DNS, US,
        "{domain} is hosted at {host}, and the provider {provider} is disabled",
        "edgeconsole partners set hosting {provider} enabled=true",
        14, "SFB-DECOM", True,
    ),
    Code(
        "config.provider_and_server", CRITICAL, Stage.DNS, US,
        "{host} is the Access Edge of the provider {provider} and pinned for {domain} as well: an Access Edge does not"
        " start with that",
        "edgeconsole domains allow {domain} without --access-edge, or remove the provider",
        15, "event 14517", True,
    ),
    Code(
        "config.federation_off", WARNING, Stage.DNS, US,
        "federation is off here, so nothing passes between us and {domain} whatever a probe says",
        "Set access_edge.federation = true, review with edgeconsole plan, apply",
        11, "AllowFederatedUsers", True,
    ),
    Code(
        "config.policy_off", WARNING, Stage.DNS, US,
        "no external access policy here allows {what}: nobody of ours may talk to {domain}",
        "edgeconsole policies set global {switches}, or grant a policy that allows it",
        11, "P-FED note", True,
    ),
    Code(
        "config.not_listed", WARNING, Stage.DNS, US,
        "{domain} is not listed here and discovery is off: its messages are refused",
        "edgeconsole domains allow {domain}, or edgeconsole discovery on",
        12, "New-CsAllowedDomain", True,
    ),
    Code(
        "config.not_listed_xmpp", WARNING, Stage.DNS, US,
        "{domain} is no XMPP partner here; there is no discovery for XMPP",
        "edgeconsole partners add xmpp {domain}", 20, "P-XPART", True,
    ),
    Code(
        "config.blocked", WARNING, Stage.DNS, US,
        "{domain} is blocked here ({rule}), so nothing passes whatever a probe says",
        "edgeconsole domains remove {rule}, if it should not be", 12, "New-CsBlockedDomain", True,
    ),
    Code(
        "config.discovered", INFO, Stage.DNS, US,
        "{domain} is not listed and would be a discovered partner, limited to {rate} messages a second and {contacts}",
        "edgeconsole domains allow {domain} lifts the limits", 16, "SAFE, P-ALLOW", True,
    ),
    Code(
        "config.no_next_hop", CRITICAL, Stage.DNS, US,
        "edge.next_hop is not set: what partners send has nowhere to go",
        "Set edge.next_hop to the FQDN of the Director or Front End pool", 17, "domain 7.1 step 4", True,
    ),
    Code(
        "config.split_domain", WARNING, Stage.DNS, US,
        "the SRV record of our domain {domain} leads to {host}, and no provider shares our address space",
        "Set shared_address_space on the provider for a split domain; else the record is a left-over: publish"
        " `_sipfederationtls._tcp.{domain}. 3600 IN SRV 0 0 5061 {own}.`",
        18, "SFB-HYB", True,
    ),
    Code(
        "own.record_missing", CRITICAL, Stage.DNS, US,
        "our record {name} {kind} {words}", "Publish: {publish}", 1, "requirements dns", True,
    ),
    Code(
        "own.record_differs", CRITICAL, Stage.DNS, US,
        "our record {name} {kind} {words}", "Publish: {publish}", 2, "requirements dns", True,
    ),
    Code(
        "own.record_unknown", UNKNOWN, Stage.DNS, US,
        "our record {name} {kind}: {words}", "Ask another resolver: edgeconsole requirements dns --check --resolver"
        " 9.9.9.9", 19, "requirements dns",
    ),
    Code(
        "own.listener_closed", CRITICAL, Stage.TCP, US,
        "our {what} listener at {address} takes no connection ({how})",
        "Is the proxy running? edgeconsole status; see what holds the port: ss -ltnp 'sport = :{port}'",
        5, "port summary F1, F2",
    ),
    Code(
        "own.certificate_unreadable", UNKNOWN, Stage.CERTIFICATE, US,
        "our {interface} certificate cannot be judged: {words}", "{remedy}", None, "requirements certificates",
    ),
    Code(
        "own.certificate_bad", CRITICAL, Stage.CERTIFICATE, US,
        "our {interface} certificate: {words}", "{remedy}", 8, "requirements certificates", True,
    ),
    Code(
        "own.certificate_doubtful", WARNING, Stage.CERTIFICATE, US,
        "our {interface} certificate: {words}", "{remedy}", 9, "requirements certificates", True,
    ),
    Code(
        "own.name_missing", CRITICAL, Stage.NAME, US,
        "our {interface} certificate: {words}", "{remedy}", 6, "requirements certificates", True,
    ),
    Code(
        "own.no_edge", UNKNOWN, Stage.DNS, US,
        "the configuration has no [edge] table, so there is nothing of our own to look at",
        "Set edge.fqdn and what belongs to it; the wizard does: edgeconsole", None, "docs/configuration.md", True,
    ),
    Code(
        "expect.not_met", CRITICAL, Stage.APPLICATION, US,
        "{domain} is expected to be {expected}, and it is not: {found}",
        "Find out who changed it; correct the expectation if the change is meant", None, "probes 7.2", True,
    ),
    Code(
        "probe.deadline", UNKNOWN, Stage.APPLICATION, NOBODY,
        "the probe of {domain} was ended after {seconds} s; what was not reached is not known",
        "Probe it alone: edgeconsole probe {domain}", None, "reliability P4",
    ),
    Code(
        "probe.internal", UNKNOWN, Stage.APPLICATION, US,
        "the probe of {domain} failed by itself: {detail}", "Report this with the output of edgeconsole info", None,
        "probes 7.2",
    ),
    Code(
        "probe.vantage_down", UNKNOWN, Stage.DNS, US,
        "most targets stopped answering at once: the trouble is near us, and states stay as they were",
        "Check the network of this host: ip route; dig . @{resolver}; ping a gateway", 19, "probes 7.4",
    ),
)  # fmt: skip
