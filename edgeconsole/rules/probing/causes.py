"""The twenty failure causes of federation, and the manual page that says how each shows and what mends it."""

from typing import NamedTuple

from edgeconsole.rules.probing.code import Code
from edgeconsole.rules.probing.codes import CODES


class Cause(NamedTuple):
    """A cause as an on-call engineer meets it."""

    title: str
    seen: str
    """What people and partners see."""
    looked_at: str
    """What a probe or lint looks at."""
    fix: str


CAUSES: dict[int, Cause] = {
    1: Cause(
        "The SRV record of a SIP domain is missing",
        "Presence unknown, messages fail with 504, ms-diagnostics 1008; other domains of the same partner work",
        "`_sipfederationtls._tcp` of every domain by itself",
        "Publish the record for this very domain; the parent's does not count",
    ),
    2: Cause(
        "The SRV target is outside the domain or two labels below it",
        "Works only where the partner is listed as allowed server; ms-diagnostics 1009, 1027 with 1034",
        "The target must be one label below the domain (R1, R2), or a provider's host",
        "An address and a certificate name for `sip.` of the domain, or pin the partner's Access Edge",
    ),
    3: Cause(
        "The SRV record is misspelt, or has the wrong port",
        "As cause 1",
        "Common misspellings are asked for as well",
        "Publish it again under the right name",
    ),
    4: Cause(
        "The target has no address, or an IPv6 address that answers nowhere",
        "ms-diagnostics 1014; or a long delay before every first message",
        "A and AAAA of every target, a connection to each",
        "Publish the address, or drop the AAAA record that leads nowhere",
    ),
    5: Cause(
        "A port is closed",
        "Time-outs, or only one side can start a conversation; calls without sound for 3478",
        "A TCP connection to every address; STUN to our A/V Edge; our own listeners",
        "Open TCP 5061 both ways (5269 for XMPP, UDP 3478 for media), start the service",
    ),
    6: Cause(
        "The certificate does not name the host",
        "Event 14428, ms-diagnostics 1010",
        "The alternative names against the host, exact; wildcards and common names do not count",
        "Reissue the certificate with every name written out",
    ),
    7: Cause(
        "The authority is not trusted, or an intermediate certificate is not sent",
        "ms-diagnostics 1047 or 1010, connections reset (10054)",
        "The chain as sent, against our trust; what the partner says of ours",
        "Install the whole chain; exchange roots, or use a public authority",
    ),
    8: Cause(
        "A certificate has expired, or its revocation list cannot be reached",
        "A sudden outage on a date, often at midnight",
        "The dates of the leaf and of its chain; whether a revocation list is named",
        "Renew it on every member of the pool; open outbound TCP 80 for revocation lists",
    ),
    9: Cause(
        "The certificate lacks the purpose clientAuth",
        "Outbound connections refused by strict partners, inbound ones work",
        "The extended key usage on both sides, the alert `unsupported_certificate`",
        "A certificate with serverAuth and clientAuth; dialback for XMPP",
    ),
    10: Cause(
        "There is no TLS version in common",
        "The handshake is reset or ends with `protocol_version`",
        "The handshake; a second one names what an obsolete peer speaks",
        "TLS 1.2 on both sides",
    ),
    11: Cause(
        "A switch or policy is off, or was never granted",
        "Some people can, others cannot; ms-diagnostics 1002, 1012",
        "The configuration; ms-diagnostics of the partner's answer",
        "Turn federation on, allow it in the policy, grant the policy",
    ),
    12: Cause(
        "Discovery is off on one side and the domain is not listed there",
        "Nothing works, or one direction alone",
        "Whether we list the domain; 403 or silence of the partner",
        "List the domain on both sides",
    ),
    13: Cause(
        "The pinned Access Edge is stale: the partner has moved",
        "Everything stops on the day of their change",
        "The pinned host against the SRV record of now",
        "Follow the record, or pin the new host",
    ),
    14: Cause(
        "No enabled hosting provider for Microsoft 365",
        "Every partner hosted there fails at once",
        "Whether an SRV record leads to a host that no enabled provider has",
        "Add or enable the provider",
    ),
    15: Cause(
        "One host is provider and allowed server at once",
        "The Access Edge does not start, event 14517",
        "The configuration",
        "Remove one of the two",
    ),
    16: Cause(
        "A discovered partner is throttled",
        "Presence is stale, messages are lost; events 14601, 14603, 14508",
        "Whether the domain would be a discovered partner",
        "List the domain",
    ),
    17: Cause(
        "There is no federation route, or the next hop is not reached",
        "ms-diagnostics 1005, 504",
        "Our next hop; 504 and ms-diagnostics of the partner's answer",
        "Set the route and publish the topology; name hosts, not addresses",
    ),
    18: Cause(
        "Both halves of a hybrid claim the domain, or another tenant does",
        "Half of the people can; ms-diagnostics 1017",
        "Where the SRV record of our own domain leads, against the shared address space",
        "Bring both sides in line",
    ),
    19: Cause(
        "The edge's resolver sees another DNS than the world",
        "ms-diagnostics 1027, 1014 from the edge alone",
        "A second resolver; addresses that are private; a resolver that fails or does not answer",
        "Copy the public records inside, or let the edge resolve outside",
    ),
    20: Cause(
        "XMPP: record, port, name, or no method in common",
        "No presence, messages bounce",
        "`_xmpp-server._tcp`, 5269, STARTTLS, the certificate's domain, what is offered after it",
        "Publish the record, open 5269 both ways, agree on SASL EXTERNAL or dialback",
    ),
}
"""By their number (docs/rules.md 9)."""

_HEAD = """\
# What a probe finds, and what to do

A probe looks at a partner stage by stage: DNS, address, TCP, STARTTLS, TLS, certificate, name, client certificate,
answer. Every finding has a code of the list below, a fixed severity, and says who acts. A code never changes its
meaning and is never used again. What was not run is never ok. What a target's settings expect (`expect` of
`[[probe_target]]`) counts as ok and is shown as expected.

This page is generated from the code: `make docs`.

## The twenty causes
"""


def manual_page() -> str:
    """Return the manual page of causes and codes, in Markdown."""
    parts = [_HEAD]
    for number, cause in CAUSES.items():
        found = ", ".join(f"`{entry.code}`" for entry in _of(number))
        parts.append(
            f"\n### {number}. {cause.title}\n\n- Seen as: {cause.seen}.\n- Looked at: {cause.looked_at}.\n"
            f"- Codes: {found}.\n- Mend: {cause.fix}.\n"
        )
    parts.append("\n## The codes\n\nNames in braces stand for what was found.\n\n")
    parts.append("| code | severity | stage | who acts | cause | what | what to do | source |\n")
    parts.append("|---|---|---|---|---|---|---|---|\n")
    for entry in CODES.values():
        cells = (
            f"`{entry.code}`", entry.severity.value, entry.stage.value, entry.who.value, str(entry.cause or ""),
            entry.what, entry.fix, entry.reference,
        )  # fmt: skip
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(parts)


def _of(number: int) -> list[Code]:
    return [entry for entry in CODES.values() if entry.cause == number]
