"""Check lists of finished set-ups: for which partner, whether the change is in force, and which are still kept."""

import contextlib
import shlex
from pathlib import Path

import msgspec

from edgeconsole.actions.federate.look_up import look_up
from edgeconsole.actions.federate.outcome import CheckItem, checklist
from edgeconsole.actions.federate.partner import ALLOWED_DOMAIN, ALLOWED_SERVER, DISCOVERED, HOSTED
from edgeconsole.actions.federate.provider import PUSH_DOMAIN
from edgeconsole.actions.federate.question import Answers, LookUp, Setup, Situation
from edgeconsole.backends.base import Backend
from edgeconsole.config.save import save
from edgeconsole.model.configuration import Action, Configuration
from edgeconsole.model.errors import BadInput, EdgeconsoleError, NotSaved, Problem
from edgeconsole.model.names import DomainName
from edgeconsole.model.observed import DiscoveredPartner, Health, PartnerCounters
from edgeconsole.model.verdict import Direction, Explanation, Question
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS

_FILE = "set-up.checks"
"""Not `.json`: a file of that name beside drafts would be taken for a draft."""
_LIMIT = 65_536
_MOST = 20
"""Check lists kept; the oldest make room."""


def answers_for(configuration: Configuration, name: DomainName) -> Answers:
    """Return what a set-up of a listed partner must have answered, so that its check list can be had at any time.

    Raises BadInput for a domain that is no partner.
    """
    for partner in configuration.xmpp_partners:
        if name in partner.domains:
            server = str(partner.proxy_fqdn) if partner.proxy_fqdn is not None else ""
            return Answers(setup=Setup.XMPP, values={"partner": partner.name, "server": server})
    record = next((each for each in configuration.domains if each.name == name), None)
    if record is not None and record.action is Action.ALLOW:
        pinned = {"access-edge": str(record.access_edge)} if record.access_edge is not None else {}
        find = ALLOWED_SERVER if pinned else ALLOWED_DOMAIN
        return Answers(setup=Setup.SIP, values={"partner": name, "find": find, **pinned})
    if record is None and configuration.access_edge.partner_discovery and name not in _own(configuration):
        return Answers(setup=Setup.SIP, values={"partner": name, "find": DISCOVERED})
    raise BadInput(
        f"{name} is no partner that is let in, so there is nothing to check", remedy=f"edgeconsole federate sip {name}"
    )


def _own(configuration: Configuration) -> set[DomainName]:
    return {domain.name for domain in configuration.sip_domains}


def is_applied(situation: Situation, health: Health | None) -> bool:
    """Return whether the record that was set up is saved, and is what the edge runs on."""
    running = health is None or health.saved == health.running
    return running and _is_saved(situation)


def _is_saved(situation: Situation) -> bool:
    after, partner = situation.configuration, situation.partner
    match situation.answers.setup:
        case Setup.XMPP:
            return any(partner in each.domains for each in after.xmpp_partners)
        case Setup.SIP if situation.given("find") == DISCOVERED:
            return after.access_edge.partner_discovery
        case Setup.SIP:
            listed = any(each.name == partner and each.action is Action.ALLOW for each in after.domains)
            return listed and (
                situation.given("find") != HOSTED or any(each.enabled for each in after.hosting_providers)
            )
        case Setup.HOSTING:
            edge = situation.given("provider-edge").rpartition(":")[0] or situation.given("provider-edge")
            return any(each.enabled and each.proxy_fqdn.host == edge for each in after.hosting_providers)
        case Setup.PUSH:
            clouds = [each for each in after.hosting_providers if each.proxy_fqdn.host in WELL_KNOWN_PROVIDERS]
            return any(each.enabled for each in clouds) and any(each.name == PUSH_DOMAIN for each in after.domains)
        case Setup.EDGE:
            return after.edge is not None and bool(after.sip_domains)
        case Setup.PUBLIC_IM:
            return True


async def looked_at(backend: Backend, situation: Situation) -> tuple[Situation, tuple[str, ...]]:
    """Probe what a check list is about, both sides; return the situation with the facts, and what could not be had."""
    kinds = [LookUp.OURS]
    if situation.partner:
        kinds.append(LookUp.PARTNER)
    problems: list[str] = []
    for kind in kinds:
        try:
            facts = await look_up(backend, situation, kind)
        except EdgeconsoleError as error:
            problems.append(str(error))
        else:
            situation = msgspec.structs.replace(situation, facts=facts)
    return situation, tuple(dict.fromkeys(problems))


async def verdicts(backend: Backend, situation: Situation) -> dict[str, Explanation]:
    """Return what our rules say of both directions between the partner and our first domain. Raises what it raises."""
    ours = situation.configuration.sip_domains
    if not ours or not situation.partner:
        return {}
    mine, theirs = ours[0].name, situation.partner
    return {
        "out": await backend.explain(Question(sender=mine, recipient=theirs, direction=Direction.OUTBOUND)),
        "in": await backend.explain(Question(sender=theirs, recipient=mine, direction=Direction.INBOUND)),
    }


def items(
    situation: Situation,
    health: Health | None,
    counters: tuple[PartnerCounters, ...],
    found: dict[str, Explanation],
    seen: tuple[DiscoveredPartner, ...] = (),
) -> tuple[CheckItem, ...]:
    """Return the check list as it stands; `seen` are domains that wrote and are not listed."""
    mine = next((each for each in counters if each.domain == situation.partner), None)
    applied = is_applied(situation, health)
    made = checklist(situation, applied=applied, verdicts=found, counters=mine, seen=seen)
    if applied or not _is_saved(situation) or health is None:
        return made
    # Saved and yet not in force: applying it once more would do nothing.
    waiting = "a proxy runs on an older revision" if health.running is not None else "no proxy runs on it"
    start = "edgeconsole proxy" + (f" --config {shlex.quote(path)}" if (path := health.configuration_path) else "")
    fix = "edgeconsole reload" if health.running is not None else f"Start it: {start}"
    return (msgspec.structs.replace(made[0], detail=f"it is saved, but {waiting}", fix=fix), *made[1:])


class CheckLists:
    """The check lists of a context that nobody has dismissed; in memory alone where there is no directory."""

    def __init__(self, directory: Path | None) -> None:
        self._path = directory / _FILE if directory is not None else None
        self._kept = self._read()

    @property
    def all(self) -> tuple[Answers, ...]:
        """The newest first."""
        return self._kept

    def add(self, answers: Answers) -> Problem | None:
        """Keep one; return what kept it from reaching the disk."""
        others = [each for each in self._kept if _name(each) != _name(answers)]
        return self._write((answers, *others[: _MOST - 1]))

    def dismiss(self, answers: Answers) -> Problem | None:
        """Forget one."""
        return self._write(tuple(each for each in self._kept if _name(each) != _name(answers)))

    def _write(self, kept: tuple[Answers, ...]) -> Problem | None:
        self._kept = kept
        if self._path is None:
            return None
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(self._path, msgspec.json.encode(kept), previous_link=None)
        except (OSError, NotSaved) as error:
            return Problem(
                file=str(self._path),
                message=f"the check list cannot be kept: {error}",
                remedy="edgeconsole federate checklist DOMAIN shows it at any time",
            )
        return None

    def _read(self) -> tuple[Answers, ...]:
        if self._path is None:
            return ()
        with contextlib.suppress(OSError, msgspec.DecodeError), self._path.open("rb") as file:
            return msgspec.json.decode(file.read(_LIMIT), type=tuple[Answers, ...])
        return ()


def _name(answers: Answers) -> tuple[Setup, str]:
    return answers.setup, answers.values.get("partner", answers.values.get("provider-edge", ""))
