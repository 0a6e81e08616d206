"""A domain typed by name: looked up, then allowed by DNS or pinned, for good or for a time, or blocked."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from edgeconsole.actions import direct
from edgeconsole.model.capability import Capability
from edgeconsole.model.change import FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.durations import InvalidDuration, parse_duration
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.names import InvalidName, parse_access_edge, parse_domain, where_wrong
from edgeconsole.model.probe import ProbeResult, Stage, StageState
from edgeconsole.model.probing import ProbeDone
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.dialogue import Answer, Cancellable, Dialogue
from edgeconsole.tui.form import Form, FormStage

_PATIENCE = 5.0
"""Seconds a look-up may take before the question is asked without it."""


class Candidate(NamedTuple):
    """A domain while it is asked what to do with it."""

    domain: str
    edge: str = ""
    """The Access Edge that its SRV record names; empty where none is known."""
    told: str = ""
    """What the look-up found, in words."""
    expires: datetime | None = None


class NewDomain:
    """From a typed name to one planned change."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        changes: Changes,
        stage: FormStage,
        clock: Callable[[], datetime],
        form: Form,
        guide: Callable[[str], None],
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._changes = changes
        self._stage = stage
        self._clock = clock
        self._form = form
        self._guide = guide
        self._looking: Cancellable | None = None

    def ask(self) -> None:
        """Let a domain be typed."""
        self._dialogue.enter("domain of the partner:", self._named, kept="domain of the partner")

    def _named(self, text: str) -> None:
        if not text:
            self._dialogue.say("nothing changed")
            return
        try:
            domain = parse_domain(text)
        except InvalidName as error:
            label = f"{error.message}; domain:"
            self._dialogue.enter(label, self._named, text, at=where_wrong(text), kept="domain of the partner")
            return
        if self._store.can_only_stage:
            self._open_form(Candidate(domain))
            return
        if self._store.reason_against(Capability.LOOK_UPS) is not None:
            self._offer(Candidate(domain, told="its SRV record cannot be looked up from here"))
            return
        self._dialogue.wait(f"{domain}: looking up its Access Edge… esc leaves", self._give_up)
        self._looking = self._stage.spawn(self._look_up(domain), "look-up")

    def _give_up(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _look_up(self, domain: str) -> None:
        edge, told = "", "no answer from DNS yet"
        try:
            async with asyncio.timeout(_PATIENCE):
                async for note in self._store.backend.probe([f"sip:{domain}"]):
                    if isinstance(note, ProbeDone):
                        edge, told = found_edge(note.result)
        except TimeoutError:
            told = f"no answer within {_PATIENCE:.0f} seconds"
        except EdgeconsoleError as error:
            told = f"not looked up: {error.message}"
        self._offer(Candidate(domain, edge, told))

    def _offer(self, found: Candidate) -> None:
        known = next((each for each in self._store.snapshot.configuration.domains if each.name == found.domain), None)
        parts = [f"{found.domain}: {found.told}."]
        if known is not None:
            parts.append(f"It has a record already ({known.action.value}).")
        if found.expires is not None:
            parts.append(f"Until {found.expires:%Y-%m-%d %H:%M}Z.")
        answers = {"p": Answer(f"allow at {found.edge}", lambda: self._allow(found, found.edge))} if found.edge else {}
        answers |= {
            "d": Answer("allow, found by SRV", lambda: self._allow(found, "")),
            "e": Answer("another edge", lambda: self._type_edge(found)),
            "t": Answer("for a time", lambda: self._type_time(found)),
            "b": Answer("block", lambda: self._changes.block(found.domain)),
            "f": Answer("form", lambda: self._open_form(found)),
            "i": Answer("step by step", lambda: self._guide(found.domain)),
        }
        self._dialogue.ask(" ".join(parts), answers)

    def _allow(self, found: Candidate, edge: str) -> None:
        fields = self._fields(found)
        self._changes.propose(
            f"allow {found.domain}",
            lambda store: direct.allow(store, found.domain, edge, fields),
            back=lambda: self._offer(found),
        )

    @staticmethod
    def _fields(found: Candidate) -> dict[str, FieldValue]:
        if found.expires is None:
            return {}
        return {"expires": found.expires.isoformat().replace("+00:00", "Z")}

    def _type_edge(self, found: Candidate, text: str = "", reason: str = "") -> None:
        label = f"{reason}; Access Edge:" if reason else "Access Edge, host or host:port:"
        at = where_wrong(text) if reason else None
        self._dialogue.enter(label, lambda typed: self._edge_typed(found, typed), text or found.edge, at=at)

    def _edge_typed(self, found: Candidate, text: str) -> None:
        try:
            edge = str(parse_access_edge(text))
        except InvalidName as error:
            self._type_edge(found, text, error.message)
        else:
            self._allow(found, edge)

    def _type_time(self, found: Candidate, text: str = "", reason: str = "") -> None:
        label = f"{reason}; for how long:" if reason else "for how long (2h, 7d):"
        self._dialogue.enter(label, lambda typed: self._time_typed(found, typed), text)

    def _time_typed(self, found: Candidate, text: str) -> None:
        try:
            length = parse_duration(text)
        except InvalidDuration as error:
            self._type_time(found, text, error.message)
            return
        if length < timedelta(minutes=1):
            self._type_time(found, text, "a minute is the shortest")
            return
        self._offer(found._replace(expires=(self._clock() + length).replace(microsecond=0)))

    def _open_form(self, found: Candidate) -> None:
        if self._store.drafts is None:
            self._dialogue.say("this console keeps no draft, so no form can be staged", Style.WARN)
            return
        given: dict[str, FieldValue] = {"action": "allow", "access_edge": found.edge or None, **self._fields(found)}
        self._form.open(Table.DOMAIN, found.domain, given)


def found_edge(result: ProbeResult) -> tuple[str, str]:
    """Return the Access Edge that a probe found by SRV, and what to say of the look-up."""
    stage = next((each for each in result.stages if each.stage is Stage.DNS), None)
    if stage is None or stage.state is StageState.SKIPPED:
        return "", "its SRV record was not looked up"
    words = str(stage.facts.get("srv", "")).partition("; ")[0].split(" ")
    if len(words) == 4:
        try:
            edge = str(parse_access_edge(f"{words[3]}:{words[2]}"))
        except InvalidName:
            return "", f"its SRV record names {words[3]}, which is no Access Edge"
        return edge, f"SRV leads to {edge}"
    return "", stage.why or "no SRV record found"
