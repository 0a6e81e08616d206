"""What of a row can be copied: its name, its edge, the row, the record as TOML, a command line, the error, a print."""

import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain
from edgeconsole.model.observed import Failure
from edgeconsole.model.probe import TargetStatus
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.text import clean
from edgeconsole.transfer import records

_LONGEST = 4_000


class Copy(NamedTuple):
    """One choice of the menu; the text is inert, since it will be pasted somewhere."""

    key: str
    name: str
    text: str


def choices(
    snapshot: Snapshot,
    *,
    table: Table | None,
    key: str,
    domain: str,
    row: str,
    toml: str = "",
    reach: Sequence[str] = (),
) -> list[Copy]:
    """Return what can be copied of a row; what it does not have is not offered."""
    name = key or domain
    target = _target(snapshot, domain)
    found = (
        Copy("n", "name", name),
        Copy("e", "edge", _edge(snapshot, table, key, domain)),
        Copy("r", "row", row),
        Copy("t", "TOML", toml),
        Copy("x", "why as a command", _explain(snapshot, domain, reach)),
        Copy("m", "error", _error(snapshot, target, domain)),
        Copy("f", "fingerprint", _fingerprint(target)),
    )
    return [Copy(each.key, each.name, _inert(each)) for each in found if each.text]


def _inert(copy: Copy) -> str:
    """Return a text without anything that a terminal it is pasted into would act on."""
    lines = copy.text.split("\n") if copy.name == "TOML" else [copy.text]
    return "\n".join(str(clean(line, _LONGEST)) for line in lines)


def _edge(snapshot: Snapshot, table: Table | None, key: str, domain: str) -> str:
    if table is not None and table in records.KEPT:
        record = records.KEPT[table].records(snapshot.configuration).get(key)
        value = getattr(record, "access_edge", None) or getattr(record, "proxy_fqdn", None)
        if value:
            return str(value)
    return next((str(each.edge) for each in snapshot.discovered if each.domain == domain and each.edge), "")


def _explain(snapshot: Snapshot, domain: str, reach: Sequence[str]) -> str:
    ours = snapshot.configuration.sip_domains
    if not ours or not _is_domain(domain):
        return ""
    return shlex.join(["edgeconsole", *reach, "explain", f"someone@{ours[0].name}", f"someone@{domain}"])


def _is_domain(text: str) -> bool:
    try:
        parse_domain(text)
    except BadInput:
        return False
    return True


def _target(snapshot: Snapshot, domain: str) -> TargetStatus | None:
    return next((each for each in snapshot.probes.targets if domain and each.target == domain), None)


def _error(snapshot: Snapshot, target: TargetStatus | None, domain: str) -> str:
    failures: Iterator[Failure] = (each for each in snapshot.failures if domain and each.domain == domain)
    latest = max(failures, key=lambda each: each.at, default=None)
    told = [] if latest is None else [f"{latest.at:%Y-%m-%dT%H:%M:%SZ} {latest.stage}: {latest.text}"]
    if target is not None and target.last is not None and target.last.first_failing is not None:
        told.append(f"{target.last.started:%Y-%m-%dT%H:%M:%SZ} probe: {target.last.summary}")
    return "; ".join(told)


def _fingerprint(target: TargetStatus | None) -> str:
    """Return the SHA-256 of the leaf that was shown last."""
    if target is not None and target.last is not None:
        for endpoint in target.last.endpoints:
            if endpoint.chain:
                return endpoint.chain[0].fingerprint
    return ""
