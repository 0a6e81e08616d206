"""The form in the console: one record edited field by field, checked at once, staged with one key."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from edgeconsole.config.edit import apply_changes
from edgeconsole.config.values import BadValue
from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.present import errors
from edgeconsole.present import lint as lint_lines
from edgeconsole.present.ages import plural
from edgeconsole.present.form import NO_FORM, FormField, FormView
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.rules.lint import lint
from edgeconsole.store.store import Store
from edgeconsole.tui import fragment
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.fields import Raw, fields_of, find, is_key, is_switch, raw_of, typed_value, written
from edgeconsole.tui.fragment import Unfit

if TYPE_CHECKING:
    from edgeconsole.rules.lint import Finding
    from edgeconsole.store.drafts import DraftBox

_DIGITS = "123456789abcdfghijklm"
"""Keys that pick a word; as many as the longest enumeration could have."""


class FormStage(Stage, Protocol):
    """What a form needs of the console besides."""

    def go(self, name: str = "") -> None: ...
    def edit_text(self, text: str) -> str: ...


class Form:
    """One record at a time; what is typed lives here until it is staged or thrown away on purpose."""

    def __init__(self, store: Store, dialogue: Dialogue, stage: FormStage, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._clock = clock
        self._table = Table.DOMAIN
        self._key = ""
        self._new = False
        self._raw: Raw = {}
        self._before: Raw = {}
        self._linted: tuple[Configuration, frozenset[tuple[str, str]]] | None = None
        """What lint says without the form, which stays the same from key to key."""
        self._unfit = ""
        """A text from the editor that could not be taken: the next time it is opened with that."""
        self.view = NO_FORM

    @property
    def dirty(self) -> bool:
        """Whether something would be lost."""
        return bool(self.view.changed) or bool(self._unfit)

    @property
    def _at_stake(self) -> str:
        count = plural(len(self.view.changed), "unstaged change")
        return f"{count}, and a text from the editor that was not taken" if self._unfit else count

    def open(
        self, table: Table, key: str, given: Mapping[str, FieldValue] | None = None, *, text: bool = False
    ) -> None:
        """Open the form of a record, a new one where there is none; `text` goes on in the editor."""
        same = self.view.table is not None and (self._table, self._key) == (table, key)
        if self.dirty and not same:
            self._dialogue.ask(
                f"The form of {self.view.title} has {self._at_stake}.",
                {
                    "g": Answer("go on with it", lambda: self._show(False)),
                    "y": Answer("throw them away", lambda: self._begin(table, key, given, text)),
                },
            )
        elif self.dirty and not given:
            self._show(text)
        else:
            self._begin(table, key, given, text)

    def _begin(self, table: Table, key: str, given: Mapping[str, FieldValue] | None, text: bool) -> None:
        record = find(self._configuration, table, key)
        self._table, self._key, self._new, self._unfit = table, key, record is None, ""
        named: Raw = {name: key for name in (self._named_by(table),) if name}
        self._before = {} if record is None else raw_of(record)
        self._raw = dict(named if record is None else self._before)
        self._raw |= given or {}
        self._raw = {name: value for name, value in self._raw.items() if value is not None}
        self._refresh()
        self._show(text)

    def _show(self, text: bool) -> None:
        self._dialogue.say("")
        self._stage.go("form")
        if text:
            self.edit_as_text()

    def edit(self, name: str) -> None:
        """Change one field: turn a switch, pick a word, or type."""
        field = self._field(name)
        if field is None:
            return
        if is_key(self._table, name):
            self._dialogue.say(
                f"{name} names the record and cannot be changed; {keycap('row.new')} makes another record", Style.WARN
            )
        elif is_switch(self._table, name):
            self._set(name, not field.effective)
        elif field.words:
            answers = {
                key: Answer(word, lambda word=word: self._entered(name, word))  # type: ignore[misc]
                for key, word in zip(_DIGITS, field.words, strict=False)
            }
            self._dialogue.ask(f"{name} is {field.effective}.", answers, otherwise="leave it")
        else:
            self._dialogue.enter(f"{name}:", lambda text: self._entered(name, text), written(field.value))

    def _entered(self, name: str, text: str) -> None:
        try:
            value = typed_value(self._table, name, text, self._clock())
        except BadValue as error:
            reason = f"{error.message}. {error.remedy}".rstrip(". ") if error.remedy else error.message
            self._dialogue.enter(f"{name} {reason}; again:", lambda again: self._entered(name, again), text)
        else:
            self._set(name, value)

    def clear(self, name: str) -> None:
        """Put one field back to its default."""
        field = self._field(name)
        if field is None or is_key(self._table, name):
            return
        if field.required:
            self._dialogue.say(f"{name} is needed; {keycap('row.edit')} changes it", Style.WARN)
        else:
            self._set(name, None)

    def _set(self, name: str, value: Any) -> None:
        field = self._field(name)
        if field is not None and not field.required and value == field.default:
            value = None
        self._raw.pop(name, None)
        if value is not None:
            self._raw[name] = value
        self._refresh()
        self._dialogue.say("")

    def stage(self) -> None:
        """Put what was changed into the draft, and go back to where the form was opened."""
        changed, problems = self.view.changed, self.view.problems
        if not changed:
            self._dialogue.say(f"nothing is changed here; {keycap('row.edit')} changes a field", Style.MUTED)
        elif problems:
            self._dialogue.say(f"to mend first: {problems[0]}", Style.WARN)
        else:
            try:
                self._drafts.stage([self._change])
            except EdgeconsoleError as error:
                self._dialogue.say(errors.sentence(error), Style.FAIL)
                return
            title = self.view.title
            self._close()
            self._dialogue.say(
                f"staged: {title}, {plural(len(changed), 'field')}. "
                f"{keycap('go.review')} reviews, {keycap('history.undo')} takes it back",
                Style.OK,
            )

    def leave(self) -> bool:
        """Ask before anything is lost; whether the operator is being asked."""
        if not self.dirty:
            self.view = NO_FORM
            return False
        self._dialogue.ask(
            f"{self.view.title} has {self._at_stake}.",
            {"w": Answer("stage", self.stage), "y": Answer("throw them away", self._thrown)},
            otherwise="go on",
        )
        return True

    def _thrown(self) -> None:
        self._close()
        self._dialogue.say("the form is thrown away; nothing was staged")

    def _close(self) -> None:
        self.view, self._unfit = NO_FORM, ""
        self._raw, self._before = {}, {}
        self._stage.go()

    def edit_as_text(self) -> None:
        """Give the record to the operator's editor as TOML; what cannot be taken is offered to be mended."""
        text = self._unfit or fragment.fragment(self._table, self._raw, self.view.fields)
        try:
            after = self._stage.edit_text(text)
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
            return
        try:
            raw = fragment.read(self._table, self._key, after)
        except Unfit as error:
            self._unfit = after
            self._dialogue.ask(
                f"Not taken, {error}.",
                {
                    "e": Answer("back to the editor", self.edit_as_text),
                    "y": Answer("throw the text away", self._forget),
                },
                otherwise="later, E",
            )
            return
        self._unfit, self._raw = "", raw
        self._refresh()
        self._dialogue.say(
            f"taken: {plural(len(self.view.changed), 'field')} changed; {keycap('form.stage')} stages", Style.OK
        )

    def _forget(self) -> None:
        self._unfit = ""
        self._dialogue.say("the text is thrown away; the form is as it was")

    def _refresh(self) -> None:
        """Work out what the form says now, and have it checked beside the keys."""
        fields = fields_of(self._table, self._raw, self._before)
        missing = tuple(f"{each.name} is needed" for each in fields if each.required and each.value is None)
        broken = tuple(f"{each.name} {each.problem}" for each in fields if each.problem)
        checks = self.view.checks if (self.view.table, self.view.key) == (self._table, self._key) else ()
        self.view = FormView(self._table, self._key, self._new, fields, (*missing, *broken), checks)
        self._stage.redraw()
        if not self.view.problems:
            self._stage.spawn(self._check(self.view), "form")

    async def _check(self, view: FormView) -> None:
        problems, checks = await asyncio.to_thread(self._checked, self._configuration, self._change, self._clock())
        if self.view is view:
            self.view = view._replace(problems=problems, checks=checks)
            self._stage.redraw()

    def _checked(
        self, before: Configuration, change: Change, now: datetime
    ) -> tuple[tuple[str, ...], tuple[Line, ...]]:
        """Return what is wrong with the record as a whole, and what lint says before and after."""
        try:
            after = apply_changes(before, [change])
        except BadInput as error:
            return tuple(str(problem) for problem in error.problems) or (str(error),), ()
        if self._linted is None or self._linted[0] is not before:
            self._linted = (before, frozenset(_name(each) for each in _findings(before, now)))
        was, found = self._linted[1], _findings(after, now)
        new = [each for each in found if _name(each) not in was]
        solved = len(was - {_name(each) for each in found})
        head = f"lint: {plural(len(new), 'new finding')}, {solved} solved"
        told = Line((Span("CHECKS ", Style.STRONG), Span(head, Style.WARN if new else Style.OK)))
        return (), (told, *(line for each in new[:5] for line in lint_lines.finding_lines(each)))

    @property
    def _change(self) -> Change:
        """What the form makes of the record."""
        changed: dict[str, FieldValue] = {each.name: each.value for each in self.view.changed}
        changed.pop(self._named_by(self._table), None)
        return Change(table=self._table, key=self._key, fields=changed)

    @staticmethod
    def _named_by(table: Table) -> str:
        from edgeconsole.config.schema import shape_of

        return shape_of(table).key

    def _field(self, name: str) -> FormField | None:
        return next((each for each in self.view.fields if each.name == name), None)

    @property
    def _configuration(self) -> Configuration:
        """What is saved together with what is staged."""
        return self._drafts.view.configuration

    @property
    def _drafts(self) -> "DraftBox":
        drafts = self._store.drafts
        assert drafts is not None
        return drafts


def _findings(configuration: Configuration, now: datetime) -> "list[Finding]":
    return list(lint(configuration, now=now, places=lambda _table, _key, _field: ""))


def _name(finding: "Finding") -> tuple[str, str]:
    return finding.code, finding.subject
