"""Policies: the switches of the Access Edge, external access policies by scope, grants, and who wins for a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import policies, staged
from edgeconsole.present.form import FormField
from edgeconsole.present.policies import TABLES, Tab
from edgeconsole.present.staged import STAGED, Staged, marked
from edgeconsole.present.table import Line, ListView, Row, Span, Style
from edgeconsole.rules.policies import PolicyIndex
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.fields import fields_of, raw_of
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class PoliciesScreen(ConsoleScreen):
    """Three lists, one shown at a time; the pane is about a row, or about a person that was asked for."""

    NAME: ClassVar[str] = "policies"
    TITLE: ClassVar[str] = "Policies"

    def __init__(self) -> None:
        super().__init__()
        self.tab = Tab.SWITCHES
        self._user = ""
        self._index: tuple[Configuration, PolicyIndex] | None = None

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        del desk, now
        self.table.set_view(self._view(snapshot))

    def _view(self, snapshot: Snapshot) -> ListView:
        if self.tab is Tab.POLICIES:
            return marked(policies.policies_view(snapshot), self._staged_here, column="granted")
        if self.tab is Tab.GRANTS:
            return marked(policies.grants_view(snapshot), self._staged_here)
        view = policies.switches_view(snapshot, self._switches)
        changed = {step.field for step in self._staged_here.get("", ())}

        def row(position: int) -> Row:
            made = view.row(position)
            return Row(made.key, (*made.cells[:-1], STAGED)) if made.key in changed else made

        return view._replace(row=row)

    @property
    def _switches(self) -> Sequence[FormField]:
        raw = raw_of(self._snapshot.configuration.access_edge)
        return fields_of(Table.ACCESS_EDGE, raw, raw)

    @property
    def _staged_here(self) -> Staged:
        table = TABLES[self.tab]
        return staged.by_row(self._desk.standing.edits, lambda each, key: key if each is table else None)

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        del now
        if self._user:
            return Line((Span(f"IN FORCE {self._user}", Style.STRONG),)), policies.in_force(self._user, self._policies)
        configuration = self._snapshot.configuration
        if self.tab is Tab.SWITCHES:
            field = next(each for each in self._switches if each.name == key)
            told = policies.switch_detail(field, self._snapshot)
            steps = [step for step in self._staged_here.get("", ()) if step.field == key]
            return Line((Span(key, Style.STRONG),)), (*staged.lines({key: tuple(steps)} if steps else {}, key), *told)
        if self.tab is Tab.GRANTS:
            told = policies.in_force(key, self._policies)
        else:
            told = policies.policy_detail(key, configuration)
        return Line((Span(key, Style.STRONG),)), (*staged.lines(self._staged_here, key), *told)

    def _show_pane(self) -> None:
        super()._show_pane()
        if self._user and self.table.cursor_key is None and self._has_pane and self._now is not None:
            # A person has a policy where the list has no rows as well.
            self.pane.show(*self._detail("", self._now))

    @property
    def _policies(self) -> PolicyIndex:
        """The rules that decide who wins, made once a configuration."""
        configuration = self._snapshot.configuration
        if self._index is None or self._index[0] is not configuration:
            self._index = (configuration, PolicyIndex.compile(configuration))
        return self._index[1]

    def look_at_user(self, user: str) -> None:
        """Show what is in force for a person, in place of what is told about the row."""
        self._user = user
        self.open_pane()

    def next_tab(self) -> None:
        """Show the next of the three lists."""
        tabs = list(Tab)
        self.tab = tabs[(tabs.index(self.tab) + 1) % len(tabs)]
        self._user = ""
        self.table.set_view(self._view(self._snapshot), other=True)
        self._show_pane()

    def back(self) -> bool:
        if self._user and not self.has_class("-help"):
            self._user = ""
            self._close_pane()
            return True
        return super().back()

    def subject(self, key: str) -> Subject:
        if self.tab is Tab.SWITCHES:
            return Subject(TABLES[self.tab], "", key)
        return Subject(TABLES[self.tab], key)

    def _right_end(self) -> Line:
        return Line(
            tuple(
                Span(
                    f" {tab.value} " if tab is not self.tab else f"[{tab.value}]",
                    Style.STRONG if tab is self.tab else Style.MUTED,
                )
                for tab in Tab
            )
        )
