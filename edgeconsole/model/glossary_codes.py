"""Glossary: the error ids of the ms-diagnostics header and the events of an Access Edge."""

from edgeconsole.model.glossary_entry import Entry

_DIAGNOSTICS: tuple[tuple[str, str, str], ...] = (
    ("1000", "the last step of the handshake failed", "look at certificates and authentication"),
    ("1001", "the sender may not use public IM", "look at the policy's public_cloud flag"),
    ("1002", "the sender may not reach federated partners", "look at the policy's federation flag, and its grant"),
    ("1003", "the user is unknown", "look at the recipient's address"),
    ("1004", "the route of a dialog is no longer valid", "often a stale dialog after a fail-over"),
    ("1005", "no route to the destination domain", "look at the federation route and the lists"),
    ("1006", "error on the connection of a client", "it passes by itself"),
    ("1007", "no route for the moment", "it passes by itself"),
    ("1008", "the DNS SRV record could not be resolved", "probe the SRV of the domain"),
    ("1009", "the SRV's host conflicts with the domain", "see the SRV target rule, R1 and R2"),
    ("1010", "no certificate trust with the next hop", "look at the chain, and at the name in the certificate"),
    ("1011", "the previous hop left out a header", "look at its version"),
    ("1012", "the sender may not reach people outside the enterprise", "look at the policy"),
    ("1013", "the clocks differ too much", "look at time synchronisation"),
    ("1014", "the address of a host could not be resolved", "probe its A and AAAA records"),
    ("1017", "this pair of From and To domains cannot be routed", "split domain: both halves must agree"),
    (
        "1027",
        "this kind of request cannot pass to or from federated partners",
        "look at the next hop, and at the feature",
    ),
    ("1034", "the federated previous hop gave no diagnostics", "ask the partner"),
    ("1047", "TLS with the federated peer failed", "look at its trust in our authority, and at TLS versions"),
)
"""Id, meaning, what to look at ([MS-OCER]; 1027, 1034 and 1047 from field reports)."""

CODES: tuple[Entry, ...] = (
    Entry(
        name="ms-diagnostics",
        meaning="the header in which a server says why it refused: 1000s the SIP stack, 2000s presence, 3000s "
        "conferencing, 4000s user services, 6000s the IM conferencing server",
        aliases=("OCER", "diagnostics", "diagnostics_to_partners"),
        here="edge.diagnostics_to_partners says whether it leaves to partners",
        source="8.2; OCER",
    ),
    *(
        Entry(
            name=number,
            meaning=f"ms-diagnostics: {meaning}; {hint}",
            aliases=(f"ms-diagnostics {number}",),
            see=("ms-diagnostics",),
            source="8.2; OCER",
        )
        for number, meaning, hint in _DIAGNOSTICS
    ),
    Entry(
        name="14601",
        meaning="event: the periodic list of discovered partners, by the edge they came from",
        aliases=("event 14601",),
        here="access_edge.discovered_report is its period",
        see=("Discovered Partner Domain",),
        source="2.7, 8.3",
    ),
    Entry(
        name="14603",
        meaning="event: a discovered partner is throttled, since it sent more than the standard rate",
        aliases=("event 14603",),
        see=("Contacts limit", "Discovered Partner Domain"),
        source="2.7, 8.3",
    ),
    Entry(
        name="14508",
        meaning="event: a discovered partner reached the limit of people it may address; those it knows keep working",
        aliases=("event 14508",),
        see=("Contacts limit",),
        source="2.7, 8.3",
    ),
    Entry(
        name="14517",
        meaning="event: the configuration is refused and the Access Edge does not start, because one name is both a "
        "pinned Access Edge and a provider's",
        aliases=("event 14517",),
        history=("2013-10 checked since Cumulative Update 3 of Lync Server 2013",),
        see=("Allowed Partner Server", "Hosting Provider"),
        source="1.8, 8.3, 9 row 15",
    ),
    Entry(
        name="14428",
        meaning="event: outgoing TLS failed, for the wrong name or an authority that is not trusted",
        aliases=("event 14428",),
        see=("1010",),
        source="8.3",
    ),
)  # fmt: skip
