"""Why one address can or cannot reach another, as the pane tells it, and what can be started from there at once."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from edgeconsole.model.configuration import Configuration, HostingProvider, PublicProvider, Table, XmppPartner
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.terms import Modality
from edgeconsole.model.verdict import Direction, Explanation, Question
from edgeconsole.present import errors, why
from edgeconsole.present.ages import stamp
from edgeconsole.present.compiled import compiled
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.rules.classify import classify
from edgeconsole.rules.next_steps import NextStep, Verb, next_steps
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.keys import KeyEntry, KeyMap, label
from edgeconsole.tui.screens.base import ANY_ROW, ConsoleScreen, Why

_ASKING = (Line((Span("asking…", Style.STALE),)),)

_ACTIONS: Mapping[Verb, str] = {
    Verb.ALLOW: "domain.allow",
    Verb.BLOCK: "domain.block",
    Verb.DISCOVERY: "access-edge.discovery",
    Verb.PROBE: "probe.run",
    Verb.SET_UP: "federate.start",
    Verb.EDIT: "row.edit",
    Verb.PERSON: "policy.person",
    Verb.FEDERATION: "row.edit",
}
"""The action each verb is; its key is the letter of the menu, and alone where the row is what it is about. The switch
for everybody has no key of its own."""

_WORDS: Mapping[Verb, str] = {
    Verb.ALLOW: "allow",
    Verb.BLOCK: "block",
    Verb.DISCOVERY: "discovery",
    Verb.PROBE: "probe",
    Verb.SET_UP: "set up",
    Verb.EDIT: "edit",
    Verb.PERSON: "policy",
    Verb.FEDERATION: "federation",
}
_BY_MENU = frozenset({Verb.FEDERATION, Verb.SET_UP})
"""Verbs whose key alone does something else: none, and the set-up from its first page."""
_LETTERS = "fgabcdehijklmnopqrstuvwxyz"
"""For a verb whose key is taken by another of the menu, or cannot be typed as one letter."""

Starters = Mapping[Verb, Callable[[ConsoleScreen, str], None]]
"""What each verb starts, given the screen and what it is about."""


def record_of(configuration: Configuration, domain: str) -> tuple[Table, str]:
    """Return the record that decides about a domain; where none does, the one it would have."""
    _, record = classify(compiled(configuration).index, domain)
    if isinstance(record, XmppPartner):
        return Table.XMPP_PARTNER, record.name
    if isinstance(record, HostingProvider):
        return Table.HOSTING_PROVIDER, record.name
    if isinstance(record, PublicProvider):
        return Table.PUBLIC_PROVIDER, record.name
    return Table.DOMAIN, domain if record is None else record.name


class ExplainStage(Stage, Protocol):
    """What explanations need of the console."""

    @property
    def keys(self) -> KeyMap: ...


class Explaining:
    """Asks the edge, shows the answer in the pane, and starts what it offers."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        stage: ExplainStage,
        starters: Starters,
        reason: Callable[[KeyEntry], str | None],
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._starters = starters
        self._reason = reason

    def why(self, screen: ConsoleScreen) -> None:
        """Explain the row; where its explanation is there already, ask which of its steps to start."""
        shown = screen.explanation
        if shown is not None and shown.offers:
            self._offer(screen, shown)
        else:
            self._explain_row(screen)

    def _explain_row(self, screen: ConsoleScreen) -> None:
        key = screen.table.cursor_key
        if key is None:
            self._dialogue.say("no row under the cursor", Style.MUTED)
            return
        domain = screen.subject(key).domain
        if domain is None:
            self._dialogue.say(
                f"it speaks for no domain of its own; {keycap('app.help')} tells what it is", Style.MUTED
            )
            return
        ours = self._store.snapshot.configuration.sip_domains
        if not ours:
            self._dialogue.say("none of our own SIP domains is configured, so there is nobody to reach", Style.WARN)
            return
        self.ask(screen, key, domain, ours[0].name)

    def ask(self, screen: ConsoleScreen, key: str, first: str, second: str, *, by_modality: bool = False) -> None:
        """Explain both directions between two addresses in the pane about a row."""
        # An explanation names domains; the people who were asked about stand in the title.
        shown = Why(key, _ASKING, f"WHY {first} to {second}" if key == ANY_ROW else "WHY")
        screen.show_why(shown)
        self._stage.spawn(self._answer(screen, shown, first, second, by_modality), "why")

    async def _answer(self, screen: ConsoleScreen, shown: Why, first: str, second: str, by_modality: bool) -> None:
        kinds = (Modality.IM, Modality.AUDIO, Modality.VIDEO) if by_modality else (None,)
        questions = [each for kind in kinds for each in self._both_ways(first, second, kind)]
        try:
            told = await asyncio.gather(*map(self._store.explain, questions))
        except EdgeconsoleError as error:
            screen.retell(shown._replace(lines=errors.lines(error)))
            return
        like = told[:2]
        others = {kind: told[2 * place : 2 * place + 2] for place, kind in enumerate(kinds) if kind and place}
        people = [each for each in (first, second) if "@" in each and self._is_ours(each)]
        to_do = next_steps(like, people[0] if people else "")
        offers = self._offers(to_do)
        besides = (*why.modality_lines(like, others), *self._failure(like[0]), *self._policies(people))
        pane = why.answer(
            like, to_do, lambda step: self._key(screen, shown.key, offers, step), self._store.snapshot.taken_at, besides
        )
        screen.retell(shown._replace(lines=pane, offers=tuple(offers.items())))

    def _both_ways(self, first: str, second: str, kind: Modality | None) -> tuple[Question, Question]:
        """Return the questions there and back; the way back counts, too: an answer that cannot pass looks like none."""
        return (self._question(first, second, kind), self._question(second, first, kind))

    def _question(self, sender: str, recipient: str, kind: Modality | None) -> Question:
        way = Direction.OUTBOUND if self._is_ours(sender) else Direction.INBOUND
        return Question(sender=sender, recipient=recipient, direction=way, modality=kind)

    def _is_ours(self, address: str) -> bool:
        domain = address.rpartition("@")[2].lower()
        return any(each.name == domain for each in self._store.snapshot.configuration.sip_domains)

    def _failure(self, told: Explanation) -> Iterator[Line]:
        """Yield the last thing that went wrong in traffic with the partner, whatever the rules say."""
        snapshot = self._store.snapshot
        partner = told.sender if told.direction is Direction.INBOUND else told.recipient
        here = [each for each in snapshot.failures if each.domain == partner]
        if here:
            last = max(here, key=lambda each: each.at)
            code = f"  ms-diagnostics {last.diagnostics}" if last.diagnostics else ""
            yield Line((Span("LAST FAILURE  ", Style.STRONG), Span(f"{last.stage}: {last.text}", Style.FAIL)))
            yield Line((Span(f"  {stamp(last.at)}, {last.code} {last.peer}{code}", Style.MUTED),))

    def _policies(self, people: Sequence[str]) -> Iterator[Line]:
        from edgeconsole.present import policies

        if not people:
            return
        if not self._store.snapshot.configuration.policies:
            told = "not managed here, the file has no [[policy]]"
            yield Line((Span("POLICY  ", Style.STRONG), Span(told, Style.MUTED)))
            return
        yield Line((Span("POLICY", Style.STRONG),))
        for person in people:
            yield from policies.in_force(person.lower(), compiled(self._store.snapshot.configuration).index.policies)

    def _offers(self, to_do: Sequence[NextStep]) -> dict[str, NextStep]:
        """Return the steps that can be started now by the letters that start them."""
        found: dict[str, NextStep] = {}
        for step in to_do:
            if step.verb is None or any((step.verb, step.subject) == (e.verb, e.subject) for e in found.values()):
                continue
            entry = self._stage.keys.of(_ACTIONS[step.verb])
            if self._reason(entry) is not None:
                continue
            shown = "" if step.verb is Verb.FEDERATION else label(entry)
            free = (letter for letter in _LETTERS if letter not in found)
            found[shown if len(shown) == 1 and shown not in found else next(free)] = step
        return found

    def _key(self, screen: ConsoleScreen, key: str, offers: Mapping[str, NextStep], step: NextStep) -> str:
        letter = next((letter for letter, each in offers.items() if each is step), "")
        if not letter or step.verb is None:
            return ""
        entry = self._stage.keys.of(_ACTIONS[step.verb])
        about_the_row = key != ANY_ROW and screen.subject(key).domain == step.subject
        direct = (about_the_row or not step.subject) and step.verb not in _BY_MENU
        if direct and letter == label(entry) and entry.means_something_on(screen.NAME):
            return letter
        return f"{label(self._stage.keys.of('row.why'))} {letter}"

    def _offer(self, screen: ConsoleScreen, shown: Why) -> None:
        """Ask which step to start; an answer about others leads to the row's own as well."""
        subjects = {step.subject for _, step in shown.offers} - {""}
        alone = next(iter(subjects)) if len(subjects) == 1 else ""
        answers = {letter: self._start(screen, step, named=not alone) for letter, step in shown.offers}
        again = label(self._stage.keys.of("row.why"))
        row = screen.table.cursor_key
        if shown.key == ANY_ROW and row is not None and screen.subject(row).domain is not None:
            answers.setdefault(again, Answer(f"why {row}", lambda: self._explain_row(screen)))
        self._dialogue.ask(f"Do next about {alone}:" if alone else "Do next:", answers)

    def _start(self, screen: ConsoleScreen, step: NextStep, *, named: bool) -> Answer:
        verb, subject = step.verb, step.subject
        assert verb is not None
        return Answer(f"{_WORDS[verb]} {subject if named else ''}".rstrip(), lambda: self._begin(screen, verb, subject))

    def _begin(self, screen: ConsoleScreen, verb: Verb, subject: str) -> None:
        # The menu's line goes; a verb that asks something says so after this.
        self._dialogue.say("")
        self._starters[verb](screen, subject)
