"""A record as a form: its fields with value, default and meaning, and what the checks say of it."""

from typing import Any, NamedTuple

from edgeconsole.model.configuration import Table
from edgeconsole.model.text import clean
from edgeconsole.present import diff
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager

COLUMNS = (
    Column("field", "FIELD", 28),
    Column("value", "VALUE", 0),
    Column("default", "DEFAULT", 18, wide_only=True),
    Column("state", "STATE", 10),
)

_BLANK = Line(())


class FormField(NamedTuple):
    """One field of a record, values as the file carries them; None is absent."""

    name: str
    value: Any
    before: Any
    """What it is without the form."""
    default: Any
    required: bool
    form: str
    """What may stand here, in words."""
    words: tuple[str, ...]
    """All that may stand here, where it is one of a few words."""
    meaning: str
    problem: str = ""

    @property
    def effective(self) -> Any:
        """The value that counts: its own, or the default."""
        return self.default if self.value is None else self.value


class FormView(NamedTuple):
    """A form as it is drawn."""

    table: Table | None = None
    key: str = ""
    new: bool = False
    fields: tuple[FormField, ...] = ()
    problems: tuple[str, ...] = ()
    """What is wrong with the record as a whole."""
    checks: tuple[Line, ...] = ()
    """What lint says before and after."""

    @property
    def title(self) -> str:
        """The record as messages call it."""
        return diff.record_name(self.table, self.key) if self.table else ""

    @property
    def changed(self) -> tuple[FormField, ...]:
        """The fields that are not what they were."""
        return tuple(field for field in self.fields if field.value != field.before)


NO_FORM = FormView()


def list_view(form: FormView) -> ListView:
    """Return the fields of a form."""
    empty = ""
    if form.table is None:
        empty = f"No form is open: {keycap('row.edit')} on a record opens one, {keycap('row.new')} makes a new record."
    return eager(COLUMNS, [row(field) for field in form.fields], empty)


def row(field: FormField) -> Row:
    """Return one field as a row."""
    style = Style.MUTED if field.value is None else Style.PLAIN
    shown = "-" if field.effective is None else shortened(field.effective)
    default = "-" if field.default is None else shortened(field.default)
    return Row(field.name, (Span(field.name), Span(shown, style), Span(default, Style.MUTED), state(field)))


def shortened(value: Any) -> str:
    """Return a value as a list shows it: switches as yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(shortened(part) for part in value) or "none"
    return clean(str(value), 200)


def state(field: FormField) -> Span:
    """Return how a field stands, as a glyph and a word."""
    if field.problem:
        return Span("X bad", Style.FAIL)
    if field.required and field.value is None:
        return Span("! needed", Style.WARN)
    if field.value != field.before:
        return Span("* changed", Style.WARN)
    return Span("- default", Style.MUTED) if field.value is None else Span(". set", Style.OK)


def crumb(form: FormView) -> Line:
    """Return what the crumb bar says of a form."""
    count = len(form.changed)
    if form.problems:
        return Line((Span(f"X {len(form.problems)} to mend", Style.FAIL),))
    return Line((Span(f"* {count} changed", Style.WARN),)) if count else Line((Span("unchanged"),))


def field_lines(field: FormField) -> tuple[Line, ...]:
    """Return everything about one field."""
    lines = [_named("now", shortened(field.effective) if field.effective is not None else "not set")]
    if field.value != field.before:
        was = "not set" if field.before is None else shortened(field.before)
        lines.append(_named("was", was))
    if field.problem:
        lines.append(Line((Span("X ", Style.FAIL), Span(clean(field.problem, 400), Style.FAIL))))
    if field.meaning:
        lines.append(Line((Span(clean(field.meaning, 1000)),)))
    lines.append(_named("takes", field.form))
    if not field.required:
        lines.append(_named("default", "none" if field.default is None else shortened(field.default)))
    return tuple(lines)


def pane(form: FormView, name: str) -> tuple[Line, ...]:
    """Return the pane beside a form: the field under the cursor, then what is wrong, then the checks."""
    field = next((field for field in form.fields if field.name == name), None)
    if field is None:
        return ()
    lines = list(field_lines(field))
    others = [problem for problem in form.problems if not field.problem or field.problem not in problem]
    if others:
        lines += [_BLANK, Line((Span("TO MEND BEFORE IT CAN BE STAGED", Style.STRONG),))]
        lines += [Line((Span("X ", Style.FAIL), Span(clean(problem, 400)))) for problem in others]
    if form.checks:
        lines += form.checks
    return tuple(lines)


def _named(name: str, text: str) -> Line:
    return Line((Span(f"{name:<9}", Style.MUTED), Span(text)))
