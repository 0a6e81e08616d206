"""The guided set-up's screen: steps, one question, its answers, and below what was found out and would be written."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import wizard
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.wizard import NO_WIZARD
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen
from edgeconsole.tui.strips import plain, width_of, wrap
from edgeconsole.tui.widgets.crumb_bar import CrumbBar
from edgeconsole.tui.widgets.detail_pane import DetailPane, Panel
from edgeconsole.tui.widgets.resource_table import ResourceTable
from edgeconsole.tui.widgets.span_widget import OneLine

_HARMLESS = "Nothing changes on the edge before you apply it."


class WizardScreen(ConsoleScreen):
    """One question at a time; from 100 columns the steps stand beside it."""

    NAME: ClassVar[str] = "wizard"
    TITLE: ClassVar[str] = "Set-up"
    PANE: ClassVar[bool] = True
    OPENS: ClassVar[str] = "federate.enter"
    CSS_PATH: ClassVar = "../css/wizard.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.steps = Panel(id="steps")
        self.step_line = OneLine(id="step-line")
        self.question = Panel(id="question")
        self._view = NO_WIZARD

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            if widget.id == "body":
                yield Container(self.steps, Container(*self.body(), self.pane, id="main"), id="body")
            else:
                yield widget

    def body(self) -> Iterable[OneLine | DetailPane | ResourceTable]:
        return (self.step_line, self.question, self.table)

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        del snapshot, now
        before, self._view = self._view, desk.wizard
        view, width = self._view, self.question.size.width or self.size.width
        self.steps.show(
            plain("STEPS", Style.STRONG),
            (*wizard.steps_list(view.steps), plain(""), *wrap(plain(_HARMLESS, Style.MUTED), 28)),
        )
        self.step_line.show(wizard.steps_line(view.steps, self.size.width))
        question = wrap(plain(view.question), max(20, width))
        self.question.show(plain(view.title, Style.STRONG), question)
        self.question.styles.height = 1 + len(question)
        self.table.set_view(wizard.answers(view), other=before.page != view.page)
        self.table.styles.height = 1 + len(view.answers)
        if before.page != view.page or before.at != view.at:
            self.table.to_key(view.at)

    def _show_pane(self) -> None:
        self.add_class("-pane")
        self.pane.show(plain(self._view.pane, Style.STRONG), (*self._cut(), *self._view.lines))

    def _cut(self) -> tuple[Line, ...]:
        """Return what is said of the answer under the cursor where its row has no room for all of it."""
        row = next((each for each in self._view.answers if each.key == self.table.cursor_key), None)
        room = self.table.size.width - wizard.help_starts(self._view)
        if row is None or not row.help or self._view.heading == "STATE" or width_of(row.help) <= room:
            return ()
        return (Line((Span(f"{row.title}: ", Style.STRONG), Span(f"{row.help}."))),)

    def _show_crumb(self) -> None:
        left = Line((Span(self.TITLE, Style.STRONG), Span(f" > {self._view.crumb}" if self._view.crumb else "")))
        self.query_one(CrumbBar).show_ends(left, plain(self._view.place))

    def taught(self) -> Sequence[Line]:
        """Return why the step is there."""
        return (Line((Span(f"{self._view.title}  ", Style.STRONG), Span(self._view.why))),) if self._view.why else ()
