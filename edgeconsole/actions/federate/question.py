"""What one step of the set-up asks, and what it makes of an answer."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import NamedTuple

import msgspec

from edgeconsole.model.configuration import AccessEdge, Configuration
from edgeconsole.model.evidence import SrvAnswer
from edgeconsole.model.names import DomainName
from edgeconsole.model.probe import ProbeResult
from edgeconsole.rules.negotiation import Method


class Setup(Enum):
    """What can be set up."""

    SIP = "sip"
    XMPP = "xmpp"
    HOSTING = "hosting"
    PUSH = "push"
    PUBLIC_IM = "public-im"
    EDGE = "edge"
    """The first run: an edge that has no configuration yet."""


class LookUp(Enum):
    """What is looked up live while a step is open."""

    PARTNER = "partner"
    """The partner's SRV, addresses, ports and certificates."""
    OURS = "ours"
    """Our own records, listeners and certificates."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The answers so far, as they were typed; kept whole when a step is gone back to, so that none is lost."""

    setup: Setup
    values: dict[str, str] = {}
    """By question, in normal form."""

    def with_answer(self, question: str, value: str) -> "Answers":
        """Return the answers with one more or another one."""
        return msgspec.structs.replace(self, values={**self.values, question: value})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out live; None means not looked up, which is never taken as good."""

    srv: SrvAnswer | None = None
    """`_sipfederationtls._tcp` of the partner, or `_xmpp-server._tcp` for XMPP."""
    partner: ProbeResult | None = None
    ours: ProbeResult | None = None
    methods: tuple[Method, ...] | None = None
    """How the XMPP partner lets streams be authenticated."""


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a step may look at."""

    configuration: Configuration
    """The saved configuration, the draft included."""
    answers: Answers
    now: datetime
    facts: Facts = Facts()

    def given(self, question: str) -> str:
        """Return an answer, empty where there is none."""
        return self.answers.values.get(question, "")

    @property
    def partner(self) -> DomainName:
        """The partner's domain; empty before it was asked for."""
        return DomainName(self.given("partner"))

    @property
    def access_edge(self) -> AccessEdge:
        """The switches as they are now."""
        return self.configuration.access_edge


class Weight(Enum):
    """How much a remark matters."""

    STOPS = "stops"
    """The answer cannot be taken."""
    WARNS = "warns"
    NOTES = "notes"


class Remark(NamedTuple):
    """Something to say of an answer."""

    weight: Weight
    text: str
    remedy: str = ""


class Choice(NamedTuple):
    """One answer of a closed list."""

    value: str
    title: str
    help: str = ""


class Recommended(NamedTuple):
    """The answer we would give, and why."""

    value: str
    why: str


def _nothing(_situation: Situation) -> tuple[Choice, ...]:
    return ()


def _no_advice(_situation: Situation) -> Recommended | None:
    return None


def _no_remarks(_situation: Situation, _value: str) -> tuple[Remark, ...]:
    return ()


def _as_typed(_situation: Situation, text: str) -> str:
    return text


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One step: one question."""

    id: str
    title: str
    """A word or two for the list of steps."""
    ask: Callable[[Situation], str]
    why: str
    """Why it is asked and what depends on it."""
    applies: Callable[[Situation], bool] = lambda _situation: True
    choices: Callable[[Situation], tuple[Choice, ...]] = _nothing
    """The closed list; empty where text is asked for."""
    recommend: Callable[[Situation], Recommended | None] = _no_advice
    parse: Callable[[Situation, str], str] = _as_typed
    """Return an answer in normal form. Raises BadInput."""
    remarks: Callable[[Situation, str], tuple[Remark, ...]] = _no_remarks
    """Say what is wrong with an answer in normal form, or worth knowing."""
    optional: bool = False
    """Whether an empty answer is one."""
    looks_up: LookUp | None = None


def asks(text: str) -> Callable[[Situation], str]:
    """Return a fixed question."""
    return lambda _situation: text


def stops(text: str, remedy: str = "") -> Remark:
    """Return a remark that keeps the answer from being taken."""
    return Remark(Weight.STOPS, text, remedy)


def warns(text: str, remedy: str = "") -> Remark:
    """Return a warning."""
    return Remark(Weight.WARNS, text, remedy)


def notes(text: str, remedy: str = "") -> Remark:
    """Return something worth knowing."""
    return Remark(Weight.NOTES, text, remedy)
