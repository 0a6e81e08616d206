"""What an operator asks: why, who may reach whom, what is this; each part imported when it is first asked for."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from edgeconsole.actions import direct
from edgeconsole.model.configuration import Table
from edgeconsole.model.plan import Plan
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.dialogue import Dialogue, Stage
from edgeconsole.tui.keys import KeyEntry, KeyMap
from edgeconsole.tui.screens.base import ANY_ROW, ConsoleScreen

if TYPE_CHECKING:
    from edgeconsole.tui.asking import Asking
    from edgeconsole.tui.explain import Explaining, Starters
    from edgeconsole.tui.probing import Probing
    from edgeconsole.tui.records import Records
    from edgeconsole.tui.teaching import Teaching
    from edgeconsole.tui.widgets.help_overlay import HelpRow
    from edgeconsole.tui.wizard.wizard import Wizard


class EnquiryStage(Stage, Protocol):
    """What questions need of the console."""

    @property
    def keys(self) -> KeyMap: ...
    @property
    def front(self) -> ConsoleScreen | None: ...
    def act(self, entry: KeyEntry) -> None: ...
    def go(self, name: str = "") -> None: ...
    def call_later(self, callback: Callable[..., object], *arguments: object) -> bool: ...


class Started(NamedTuple):
    """What the next steps of an explanation start."""

    changes: Changes
    records: "Callable[[], Records]"
    probing: "Callable[[], Probing]"
    wizard: "Callable[[], Wizard]"
    reason: Callable[[KeyEntry], str | None]
    """Why a key cannot be used now; None where it can."""


class Enquiry:
    """One explanation, one form of two names, one help."""

    def __init__(self, store: Store, dialogue: Dialogue, stage: EnquiryStage, started: Started) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._started = started
        self._explaining: Explaining | None = None
        self._asking: Asking | None = None
        self._teaching: Teaching | None = None

    def why(self, screen: ConsoleScreen) -> None:
        """Explain the row, or offer the next steps of the explanation that is there."""
        self._explainer.why(screen)

    def ask(self, screen: ConsoleScreen) -> None:
        """Ask who writes to whom."""
        if self._asking is None:
            from edgeconsole.tui.asking import Asking

            self._asking = Asking(self._store, self._dialogue, self._explainer)
        self._asking.ask(screen)

    def teach(self, screen: ConsoleScreen, rows: "Sequence[HelpRow]") -> None:
        """Open the help: what is under the cursor, then the keys."""
        if self._teaching is None:
            from edgeconsole.tui.teaching import Teaching

            self._teaching = Teaching(self._dialogue, self._stage, lambda: self._store.snapshot)
        self._teaching.open(screen, rows)

    @property
    def _explainer(self) -> "Explaining":
        if self._explaining is None:
            from edgeconsole.tui.explain import Explaining

            self._explaining = Explaining(
                self._store, self._dialogue, self._stage, self._starters(), self._started.reason
            )
        return self._explaining

    def _starters(self) -> "Starters":
        from edgeconsole.actions.records import set_fields
        from edgeconsole.rules.next_steps import Verb

        async def switched_on(store: Store) -> Plan:
            return await set_fields(store, Table.ACCESS_EDGE, "", {"federation": True})

        changes, started = self._started.changes, self._started
        return {
            Verb.ALLOW: lambda _, domain: changes.propose(f"allow {domain}", lambda store: direct.allow(store, domain)),
            Verb.BLOCK: lambda _, domain: changes.block(domain),
            Verb.DISCOVERY: lambda _screen, _domain: changes.toggle_discovery(),
            Verb.PROBE: lambda screen, domain: started.probing().start(screen, ANY_ROW, domain),
            Verb.SET_UP: lambda _, domain: started.wizard().start(domain, ask=False),
            Verb.EDIT: lambda _, domain: self._open_record(domain),
            Verb.PERSON: lambda _, person: self._to_person(person),
            Verb.FEDERATION: lambda _screen, _domain: changes.propose("federation", switched_on),
        }

    def _to_person(self, person: str) -> None:
        """Go to Policies, and there show and offer what is in force for a person."""
        self._stage.go("policies")
        self._stage.call_later(self._show_person, person)

    def _show_person(self, person: str) -> None:
        from edgeconsole.tui.screens.policies import PoliciesScreen

        if isinstance(self._stage.front, PoliciesScreen):
            self._started.records().person_typed(self._stage.front, person)
            self._stage.redraw()

    def _open_record(self, domain: str) -> None:
        """Open the form of the record that decides about a domain, a new one where none does."""
        from edgeconsole.tui.explain import record_of

        if self._store.drafts is None:
            self._dialogue.say("this console keeps no draft, so no form can be staged", Style.WARN)
        else:
            self._started.records().form.open(*record_of(self._store.snapshot.configuration, domain))
