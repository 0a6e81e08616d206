"""What stands around every screen: bars, tabs, the key row and the help, worked out from the key map and the state."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.present import hand_edit
from edgeconsole.present.ages import minute
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.keys import KeyEntry, KeyMap, label, labels, typed
from edgeconsole.tui.modes import Mode
from edgeconsole.tui.widgets.help_overlay import HelpRow
from edgeconsole.tui.widgets.prompt_row import KeyUnit
from edgeconsole.tui.widgets.tab_bar import ScreenTab

_KEPT = ("app.help", "app.back")
"""Keys whose names the key row always has room for."""

Reason = Callable[[KeyEntry], str | None]
"""Why a key cannot be used now; None where it can."""


def tabs(keys: KeyMap, screens: Sequence[Mode], front: str, staged: int) -> list[ScreenTab]:
    """Return the screens with the keys that lead to them; Review says how much is staged."""
    return [
        ScreenTab(
            label(keys.of(f"go.{screen.name}")),
            f"{screen.title}({staged})" if staged and screen.name == "review" else screen.title,
            front == screen.name,
        )
        for screen in screens
        if screen.tab
    ]


def key_row(keys: KeyMap, screen: str, reason: Reason, *, readonly: bool) -> tuple[KeyUnit, ...]:
    """Return the keys of a screen; what cannot be used now is greyed, what a read-only console lacks is not there."""
    units: list[KeyUnit] = []
    for entry in keys.entries:
        if not entry.is_named_on(screen) or (entry.danger and readonly):
            continue
        off = reason(entry) is not None
        key = Span(label(entry), Style.OFF if off else Style.STRONG)
        # Whoever sees the help can see all the others.
        units.append(KeyUnit(key, Span(entry.word_on(screen), Style.OFF if off else Style.PLAIN), entry.id in _KEPT))
    return tuple(units)


def help_rows(keys: KeyMap, screen: str, reason: Reason, more: Mapping[str, str]) -> list[HelpRow]:
    """Return every key that means something on a screen, and why it cannot be used where it cannot.

    `more` is what there is to say on this screen of some of them, by id.
    """
    return [
        HelpRow(labels(entry), entry.title, f"{entry.help} {more.get(entry.id, '')}".rstrip(), reason(entry))
        for entry in keys.entries
        if entry.means_something_on(screen)
    ]


def means_nothing(keys: KeyMap, key: str, character: str | None) -> str:
    """Return what is said of a key that the screen does not have."""
    return f"{typed(key, character)} means nothing here; {label(keys.of('app.help'))} lists the keys"


def paused(since: datetime | None, now: datetime) -> Line:
    """Return how long what is shown has been held still, to the minute; nothing while it moves."""
    if since is None:
        return Line(())
    minutes = int((now - since).total_seconds() // 60)
    return Line((Span(f" PAUSED {minutes}m " if minutes else " PAUSED ", Style.REVERSE),))


def banner(waits: Line, tour: Line) -> Line:
    """Return what stands above the bottom row on every screen: what waits to be kept goes before the tour."""
    return waits if waits.spans else tour


def notice(snapshot: Snapshot, keys: KeyMap, *, can_open: bool = False) -> Line:
    """Return what the bottom row says while nothing else is said there: why the data is old, or the file is not used.

    `can_open`: a broken file could be opened in the editor from here.
    """
    if snapshot.taken_at is None:
        away = f"{label(keys.of('view.refresh'))} asks again, {label(keys.of('app.context'))} goes to another edge"
        return Line((Span(away, Style.WARN),) if snapshot.connection is Connection.DOWN else ())
    if snapshot.down_since is None:
        opens = label(keys.of("row.editor")) if can_open else ""
        return hand_edit.notice(snapshot, label(keys.of("config.reload")), opens)
    kept = f"Data from {minute(snapshot.taken_at)}, {label(keys.of('view.refresh'))} retries. "
    return Line((Span(kept, Style.WARN), Span(snapshot.problem)))
