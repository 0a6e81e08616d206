"""Keys of every list: rows marked, columns chosen, the filter completed as it is typed, the pane made whole."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from edgeconsole.present.ages import plural
from edgeconsole.present.filtering import completions, fields_of, understood
from edgeconsole.present.table import ListView, Style
from edgeconsole.tui.column_choices import ColumnChoices
from edgeconsole.tui.dialogue import Answer, Dialogue
from edgeconsole.tui.prompt import Kind, Mode, Prompt, Taken
from edgeconsole.tui.screens.base import ConsoleScreen

if TYPE_CHECKING:
    from edgeconsole.tui.bulk import Bulk

_HINTS = 8
"""What the filter may become is told up to here; tab goes through all of it."""
_KEYS = "123456789abcdefgh"

ListVerb = Callable[[ConsoleScreen], None]


class Lists:
    """What the keys do that belong to lists as such, whatever their rows are."""

    def __init__(
        self, dialogue: Dialogue, prompt: Prompt, columns: ColumnChoices, bulk: "Callable[[], Bulk]", compare: ListVerb
    ) -> None:
        self._dialogue = dialogue
        self._prompt = prompt
        self._columns = columns
        self._make_bulk = bulk
        self._bulk: Bulk | None = None
        self._compare = compare
        self._cycle: tuple[list[str], int] = ([], 0)

    def verbs(self) -> Mapping[str, ListVerb]:
        """Return what each of their keys starts."""
        return {
            "row.mark": self.mark,
            "list.range": self.mark_range,
            "list.columns": self.columns,
            "pane.full": self.full_pane,
        }

    def on_marked(self, identifier: str, screen: ConsoleScreen) -> ListVerb | None:
        """Return what a key does to all marked rows; None where none is marked, or the key is about one row."""
        if not screen.table.marks.found.number:
            return None
        if self._bulk is None:
            self._bulk = self._make_bulk()
        return self._bulk.verbs().get(identifier)

    def mark(self, screen: ConsoleScreen) -> None:
        """Mark the row, or take its mark away; on History it is the revision to compare with."""
        if screen.NAME == "history":
            self._compare(screen)
            return
        key = screen.table.cursor_key
        if key is not None:
            screen.table.marks.toggle(key)

    def mark_range(self, screen: ConsoleScreen) -> None:
        """Mark from the row that was marked last to this one."""
        new = screen.table.marks.extend(screen.table.cursor_key or "")
        if new is None:
            self._dialogue.say("a range begins at a row that is marked and shown: mark one first", Style.MUTED)
        else:
            self._dialogue.say(f"{plural(new, 'row')} more marked")

    def full_pane(self, screen: ConsoleScreen) -> None:
        """Give the pane the whole screen, or back what it had."""
        if screen.has_class("-full"):
            screen.switch_focus()
            if screen.has_class("-borrowed"):
                screen.remove_class("-borrowed", "-pane")
            return
        screen.set_class(not screen.has_class("-pane") and not screen.has_class("-wide"), "-borrowed")
        screen.open_pane()
        if screen.moved is screen.table:
            screen.switch_focus()
        screen.set_class(screen.moved is screen.pane, "-full")

    def columns(self, screen: ConsoleScreen) -> None:
        """Ask which column to show or hide, again and again until another key is pressed."""
        self._ask_columns(screen, "")

    def _ask_columns(self, screen: ConsoleScreen, told: str) -> None:
        shown = {place.column.id for place in screen.table.places}
        answers = {
            key: Answer(
                column.title if column.id in shown else f"({column.title})",
                lambda name=column.id, title=column.title: self._turn(screen, name, title),  # type: ignore[misc]
            )
            for key, column in zip(_KEYS, screen.table.view.columns, strict=False)
        }
        answers["0"] = Answer("as shipped", lambda: self._choose(screen, {}, ""))
        question = f"{told}Columns, those in brackets are hidden:"
        self._dialogue.ask(question, answers, otherwise="done", left=lambda: self._dialogue.say(""))

    def _turn(self, screen: ConsoleScreen, name: str, title: str) -> None:
        shown = {place.column.id for place in screen.table.places}
        if name in shown and len(shown) <= 2:
            self._ask_columns(screen, "Two columns stay. ")
            return
        self._choose(screen, {**self._columns.of(screen.NAME), name: name not in shown}, title)

    def _choose(self, screen: ConsoleScreen, choice: Mapping[str, bool], title: str) -> None:
        problem = self._columns.choose(screen.NAME, choice)
        screen.table.choose_columns(choice)
        wanted = next((each.id for each in screen.table.view.columns if each.title == title), "")
        missing = choice.get(wanted, False) and all(place.column.id != wanted for place in screen.table.places)
        told = f"{problem}. " if problem else f"There is no room for {title}: hide another. " if missing else ""
        self._ask_columns(screen, told)

    def typed(self, screen: ConsoleScreen, taken: Taken) -> None:
        """Filter as it is typed; tab goes through what the filter may become."""
        text = taken.value
        if taken.kind is Kind.PRESSED:
            options, at = self._cycle
            if self._prompt.text in options:
                at = (at + (1 if text == "tab" else -1)) % len(options)
            else:
                options, at = completions(self._prompt.text, screen.table.view), 0
            if not options:
                self._prompt.hint = "nothing completes this"
                return
            # One that is alone is taken, so that the next tab goes on behind it.
            self._cycle = (options, at) if len(options) > 1 else ([], 0)
            text = self._prompt.text = options[at]
        else:
            self._cycle = ([], 0)
        screen.table.filter_by(text)
        if self._prompt.mode is Mode.FILTER:
            self._prompt.hint = hint(text, screen.table.view)

    def begin(self, screen: ConsoleScreen) -> None:
        """Let the filter be typed."""
        self._cycle = ([], 0)
        self._prompt.filter(screen.table.filter_text)
        self._prompt.hint = hint(screen.table.filter_text, screen.table.view)
        # Measured: making the texts of 100,000 rows takes 75 ms; no key that is typed into the filter waits for that.
        screen.call_after_refresh(lambda: next(iter(screen.table.view.search), None))


def hint(text: str, view: ListView) -> str:
    """Return what is said behind a filter while it is typed: what is wrong with it, or what may come next."""
    if not text:
        return "words, or tab for fields"
    problem = understood(text, view).problem
    last = text.rpartition(" ")[2]
    if ":" not in last and "<" not in last and ">" not in last:
        return problem
    options = [option[len(text.rpartition(":")[0]) + 1 :] for option in completions(text, view)]
    if not options or options == [last.rpartition(":")[2]]:
        return problem
    more = f"  +{len(options) - _HINTS}" if len(options) > _HINTS else ""
    return "  ".join(options[:_HINTS]) + more


def filter_help(view: ListView) -> str:
    """Return what the help says of the fields of a list."""
    return f"Fields here: {', '.join(fields_of(view))}." if view.columns else ""
