"""Which targets are probed by themselves, which of them tell whether it is us, and what the prober's place is named."""

from typing import NamedTuple

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.probe import ProbeKind
from edgeconsole.model.probe_settings import ProbeTargetSettings
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.probes.targets import targets_of

MOST_TARGETS = 5_000
"""Targets probed by themselves; at five runs a second a round of them takes 17 minutes."""


class Plan(NamedTuple):
    """What to probe."""

    targets: tuple[ProbeTarget, ...]
    canaries: tuple[str, ...]
    """Keys of the targets that tell whether it is us."""
    left_out: int
    """Targets beyond the most that are probed by themselves."""


def plan_of(configuration: Configuration) -> Plan:
    """Return the targets of a configuration; of too many, ours and those with a record of their own stay."""
    named: dict[str, ProbeTargetSettings] = {each.name: each for each in configuration.probe_targets}
    found = sorted(
        targets_of(configuration), key=lambda each: (each.kind is not ProbeKind.OURS, each.name not in named)
    )
    kept = tuple(found[:MOST_TARGETS])
    canaries = tuple(each.key for each in kept if each.name in named and named[each.name].canary)
    return Plan(kept, canaries, len(found) - len(kept))


def vantage_of(configuration: Configuration, host: str, *, console: bool = False) -> str:
    """Return what the place of the prober is called in results."""
    if console:
        return f"console {host}"
    edge = configuration.edge
    return f"edge {configuration.probe.vantage or (edge.fqdn if edge else host)}"
