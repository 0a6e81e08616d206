"""What the edge counts, as OpenMetrics: totals for everything, one series a partner for listed domains only.

A stranger can invent domains, so no name from outside becomes a label (bounded cardinality); counters only grow while
the process lives. Names of ours follow the event a Lync operator knows: 14601, 14603, 14508.
"""

import os
import resource
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.observed import Health, PartnerCounters, PlaneState, Restriction, Session, WatchedPeer
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.edge import FederationEdge

MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

MOST_PARTNERS = 1_000
"""Partners with series of their own; the totals have everybody."""

_Labels = tuple[tuple[str, str], ...]
_Sample = tuple[_Labels, float]


def exposition(edge: FederationEdge, health: Health, probes: Iterable[str] = ()) -> str:
    """Return all families, those of probes as they come, ended by `# EOF`."""
    counters = edge.counters()
    lines = [
        *_about(health),
        *_traffic(counters, edge.configuration),
        *_discovered(edge.watched(), counters),
        *_connections(edge.sessions()),
        *_faults(edge.record.failures.by_stage, edge.record.dropped),
        *_process(),
        *probes,
    ]
    return "\n".join([*lines, "# EOF", ""])


def _about(health: Health) -> Iterator[str]:
    yield from _family("edgeconsole_build", "info", "Which release runs.", [((("version", health.version),), 1)])
    if health.started is not None:
        yield from _family(
            "edgeconsole_start_time_seconds", "gauge", "When the process began to serve; counters began then.",
            [((), health.started.timestamp())], unit="seconds",
        )  # fmt: skip
    if health.certificate_expires is not None:
        yield from _family(
            "edgeconsole_certificate_expiry_timestamp_seconds", "gauge", "End of the external certificate's validity.",
            [((), health.certificate_expires.timestamp())], unit="seconds",
        )  # fmt: skip
    revisions = [
        ((("state", state),), revision.number)
        for state, revision in (("saved", health.saved), ("running", health.running))
        if revision is not None
    ]
    yield from _family("edgeconsole_revision", "gauge", "Number of the saved and of the enforced revision.", revisions)
    up = [((("listener", each.name),), float(each.state is PlaneState.UP)) for each in health.listeners]
    yield from _family("edgeconsole_listener_up", "gauge", "Whether a listener takes connections.", up)
    yield from _family("edgeconsole_warnings", "gauge", "What health warns of.", [((), len(health.warnings))])
    pending = float(health.pending is not None)
    yield from _family(
        "edgeconsole_confirm_pending", "gauge", "Whether a change waits to be confirmed.", [((), pending)]
    )


def _traffic(counters: Sequence[PartnerCounters], configuration: Configuration) -> Iterator[str]:
    """Totals, and the same for partners that the configuration names."""
    yield from _family(
        "edgeconsole_requests", "counter", "Requests by direction and what became of them.",
        _outcomes(counters),
    )  # fmt: skip
    failed = [((), sum(each.failed for each in counters))]
    yield from _family("edgeconsole_requests_undelivered", "counter", "Allowed, and not delivered.", failed)
    listed = {record.name for record in configuration.domains} | {record.name for record in configuration.xmpp_partners}
    named = [each for each in counters if each.domain in listed][:MOST_PARTNERS]
    yield from _family(
        "edgeconsole_partner_requests", "counter", "Requests of listed partners by direction and outcome.",
        [
            ((("partner", each.domain), ("direction", direction), ("outcome", outcome)), value)
            for each in named
            for direction, outcome, value in _split(each)
        ],
    )  # fmt: skip
    seen = [((("partner", each.domain),), each.last_seen.timestamp()) for each in named if each.last_seen is not None]
    yield from _family(
        "edgeconsole_partner_last_seen_timestamp_seconds", "gauge", "The last request from or for a listed partner.",
        seen, unit="seconds",
    )  # fmt: skip


def _outcomes(counters: Iterable[PartnerCounters]) -> list[_Sample]:
    totals: Counter[tuple[str, str]] = Counter()
    for each in counters:
        for direction, outcome, value in _split(each):
            totals[direction, outcome] += value
    return [
        ((("direction", direction.value), ("outcome", outcome)), totals[direction.value, outcome])
        for direction in Direction
        for outcome in ("relayed", "denied")
    ]


def _split(each: PartnerCounters) -> tuple[tuple[str, str, int], ...]:
    inbound, outbound = Direction.INBOUND.value, Direction.OUTBOUND.value
    return (
        (inbound, "relayed", each.relayed_in),
        (inbound, "denied", each.denied_in),
        (outbound, "relayed", each.relayed_out),
        (outbound, "denied", each.denied_out),
    )


def _discovered(peers: Sequence[WatchedPeer], counters: Sequence[PartnerCounters]) -> Iterator[str]:
    held = Counter(peer.restriction for peer in peers)
    yield from _family(
        "edgeconsole_discovered_peers", "gauge", "Edges of discovered partners by what holds them back (14601).",
        [((("restriction", each.value),), held[each]) for each in Restriction],
    )  # fmt: skip
    yield from _family(
        "edgeconsole_discovered_refused", "counter", "Requests refused by the limits of discovered partners, by event.",
        [
            ((("event", "14603"),), sum(each.refused_rate for each in counters)),
            ((("event", "14508"),), sum(each.refused_contacts for each in counters)),
        ],
    )  # fmt: skip


def _connections(sessions: Sequence[Session]) -> Iterator[str]:
    opened = Counter((each.plane.value, each.direction.value) for each in sessions)
    yield from _family(
        "edgeconsole_sessions", "gauge", "Live connections with partners.",
        [((("plane", plane), ("direction", way)), number) for (plane, way), number in sorted(opened.items())],
    )  # fmt: skip


def _faults(stages: Counter[str], dropped: int) -> Iterator[str]:
    yield from _family(
        "edgeconsole_failures", "counter", "Refused and failed messages and connections by stage.",
        [((("stage", stage),), number) for stage, number in sorted(stages.items())],
    )  # fmt: skip
    yield from _family("edgeconsole_messages_dropped", "counter", "Responses to nothing, and ACKs.", [((), dropped)])


def _process() -> Iterator[str]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield from _family(
        "process_cpu_seconds", "counter", "User and system time.", [((), round(used.ru_utime + used.ru_stime, 3))],
        unit="seconds",
    )  # fmt: skip
    try:
        with open("/proc/self/statm", "rb") as file:
            resident = int(file.read().split()[1]) * resource.getpagesize()
        files = len(os.listdir("/proc/self/fd"))
    except OSError:
        return
    yield from _family(
        "process_resident_memory_bytes", "gauge", "Memory in use.", [((), resident)], unit="bytes"
    )  # fmt: skip
    yield from _family("process_open_fds", "gauge", "Open files and sockets.", [((), files)])


def _family(name: str, kind: str, meaning: str, samples: Sequence[_Sample], *, unit: str = "") -> Iterator[str]:
    if not samples:
        return
    yield f"# TYPE {name} {kind}"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {meaning}"
    suffix = {"counter": "_total", "info": "_info"}.get(kind, "")
    for labels, value in samples:
        written = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        number = repr(int(value)) if value == int(value) else repr(value)
        yield f"{name}{suffix}{'{' + written + '}' if written else ''} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
