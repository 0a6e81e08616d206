"""The frame every screen shares: bars above, a list with its pane, the prompt and the keys below.

A screen is drawn from (snapshot, desk, moment) alone; it asks nobody and changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, runtime_checkable

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.screen import Screen

from edgeconsole.model.configuration import Table
from edgeconsole.model.probe import ProbeKind
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import domains, staged
from edgeconsole.present.ages import age
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.desk import EMPTY_DESK, Desk
from edgeconsole.tui.prompt import Mode, Prompt
from edgeconsole.tui.strips import plain
from edgeconsole.tui.widgets.crumb_bar import CrumbBar
from edgeconsole.tui.widgets.detail_pane import DetailPane
from edgeconsole.tui.widgets.help_overlay import HelpOverlay
from edgeconsole.tui.widgets.prompt_row import (
    KeyRow,
    KeyUnit,
    PromptRow,
    keys_within,
    message_rows,
    question_rows,
    typed_row,
)
from edgeconsole.tui.widgets.resource_table import ResourceTable
from edgeconsole.tui.widgets.span_widget import NOTHING, OneLine, SpanScreen
from edgeconsole.tui.widgets.tab_bar import ScreenTab, TabBar
from edgeconsole.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from edgeconsole.rules.next_steps import NextStep

TOO_SMALL = "make the window larger (40x8)"
_ROOMY = 15
"""Lines of a terminal from which a message may take more rows than one."""
_STALE_SECONDS = 15
"""Age of the last answer from which a screen says it, where no events keep it fresh."""


class Frame(NamedTuple):
    """What the app says on every screen."""

    top: Line
    tabs: Sequence[ScreenTab]
    keys: Sequence[KeyUnit]
    notice: Line
    """What the bottom row says while the prompt has nothing to say."""
    banner: Line
    """The change that waits to be kept, on every screen as long as it does."""
    paused: Line = NOTHING
    """That what is shown is held still, and how long already."""


ANY_ROW = ""
"""Key of an explanation that stays whichever row the cursor is on."""


class Why(NamedTuple):
    """An explanation on screen, and the row it belongs to."""

    key: str
    lines: tuple[Line, ...]
    title: str = "WHY"
    offers: "tuple[tuple[str, NextStep], ...]" = ()
    """What can be started from it, with the letter of each."""


@runtime_checkable
class Tabbed(Protocol):
    """A screen with several lists of its own."""

    def next_tab(self) -> None: ...


class Subject(NamedTuple):
    """What a row is about: a record, maybe one field of it, maybe a domain that can be asked about."""

    table: Table | None = None
    """None: it has no record."""
    key: str = ""
    field: str = ""
    """Set where the row stands for one field of the record."""
    domain: str | None = None


def too_small(screen: Screen[None]) -> bool:
    """Return whether nothing but a sentence is shown: what cannot be read cannot be answered."""
    return screen.has_class("-too-narrow") or screen.has_class("-too-short")


class RowScreen(SpanScreen):
    """What the rows of a screen stand for, and the pane that tells about one of them."""

    pane: DetailPane
    table: ResourceTable
    _why: "Why | None" = None

    OPENS: ClassVar[str] = ""
    """The action that Enter starts on every row, where it is not the pane that opens."""

    @property
    def opens(self) -> str:
        """The action that Enter starts on the row under the cursor."""
        return self.OPENS

    def taught(self) -> Sequence[Line]:
        """Return what the help says first of the row under the cursor, besides its states and its probes."""
        return ()

    @property
    def explanation(self) -> Why | None:
        """The explanation that the pane shows, None where it tells about the row."""
        known = self._why
        return known if known is not None and known.key in (self.table.cursor_key, ANY_ROW) else None

    def subject(self, key: str) -> "Subject":
        """Return what a row is about; a row is a domain unless a screen says otherwise."""
        return Subject(Table.DOMAIN, key, domain=key)

    @property
    def pane_width(self) -> int:
        """Cells a line of the pane has; what is told there is broken to fit."""
        return (self.pane.size.width or 79) - 1

    @property
    def about(self) -> str:
        """What the row under the cursor is called."""
        key = self.table.cursor_key or ""
        return self.subject(key).key or key

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the row under the cursor, cell by cell."""
        key, view = self.table.cursor_key, self.table.view
        return () if key is None else tuple(cell.text for cell in view.row(view.keys.index(key)).cells)

    def probed(self, key: str) -> str:
        """Return what a probe of a row is asked for by, as `sip:fabrikam.example`; empty where nothing can be."""
        subject = self.subject(key)
        if subject.domain is None:
            return ""
        kind = ProbeKind.XMPP if subject.table is Table.XMPP_PARTNER else ProbeKind.SIP
        return f"{kind.value}:{subject.domain}"


class ConsoleScreen(RowScreen):
    """A list, a pane about the row under the cursor, and the frame around both."""

    AUTO_FOCUS = None
    ALLOW_SELECT = False
    NAME: ClassVar[str]
    TITLE: ClassVar[str]
    PANE: ClassVar[bool] = False
    """Whether the pane is open from the start and stays so."""

    class Resized(Message):
        """The terminal has another size: what is asked may need another break."""

    def __init__(self) -> None:
        super().__init__()
        self.table = ResourceTable(id="list")
        self.pane = DetailPane(id="pane")
        self.help_overlay = HelpOverlay(id="help")
        self._snapshot = Snapshot()
        self._desk = EMPTY_DESK
        self._now: datetime | None = None
        self._in_pane = False
        self._paused = NOTHING

    def compose(self) -> ComposeResult:
        yield TopBar(id="top")
        yield TabBar(id="tabs")
        yield CrumbBar(id="crumb")
        yield Horizontal(Container(*self.body(), id="main"), self.pane, id="body")
        yield self.help_overlay
        yield OneLine(id="too-small")
        yield OneLine(id="banner")
        yield PromptRow(id="prompt")
        yield KeyRow(id="keys")

    def on_mount(self) -> None:
        self.query_one("#too-small", OneLine).show(plain(TOO_SMALL))

    def body(self) -> Iterable[OneLine | DetailPane | ResourceTable]:
        """Return the widgets of the main column, top to bottom."""
        return (self.table,)

    def on_resize(self, _event: events.Resize) -> None:
        self.post_message(self.Resized())

    def show(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        """Draw a snapshot, and what lies on the desk beside it."""
        self._snapshot, self._desk, self._now = snapshot, desk, now
        self.draw(snapshot, desk, now)
        self._show_pane()

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        """Give the main column its views; every screen does this its own way."""
        raise NotImplementedError

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        """Return title and lines of the pane about a row; a row is a domain unless a screen says otherwise."""
        lines = (*staged.lines(self._desk.staged, key), *domains.detail(self._snapshot, key, now))
        return Line((Span(key, Style.STRONG),)), lines

    @property
    def _where(self) -> str:
        """What the crumb bar calls this screen."""
        return self.TITLE

    def _right_end(self) -> Line:
        """Return what a screen says of its own at the right end of the crumb bar."""
        return NOTHING

    def show_frame(self, frame: Frame, prompt: Prompt) -> None:
        """Draw the bars and the bottom rows; each repaints only if it says something else."""
        if not self.children:
            return  # The console ends, and something that was under way wants to be drawn.
        self.query_one(TopBar).show(frame.top)
        self.query_one(TabBar).show_tabs(frame.tabs)
        self.query_one(KeyRow).show_keys(frame.keys)
        self._paused = frame.paused
        self._show_crumb()
        banner = self.query_one("#banner", OneLine)
        banner.show(frame.banner)
        self.set_class(bool(frame.banner.spans), "-banner")
        self._show_prompt(prompt, frame)

    def _show_prompt(self, prompt: Prompt, frame: Frame) -> None:
        """Draw the bottom row; a question may take the key row and more, a long message a row or two besides."""
        asking = prompt.mode is Mode.QUESTION
        line, rest = prompt.line, list[Line]()
        if prompt.mode is Mode.FLASH and not any(span.text for span in line.spans):
            line = frame.notice
        if prompt.mode is Mode.FLASH and self.size.height >= _ROOMY:
            line, *more = message_rows(line, self.size.width)
            rest = [*more, Line(tuple(keys_within(frame.keys, self.size.width)))] if more else []
        if asking:
            line, *rest = question_rows(prompt.question, prompt.answers, self.size.width)
        elif prompt.mode in (Mode.TEXT, Mode.FILTER):
            line = typed_row(prompt.typing, self.size.width)
            # The keys of the screen are letters now.
            rest = [prompt.answers]
        self.query_one(PromptRow).show(line)
        self.query_one(KeyRow).show_question(rest)
        self.set_class(asking, "-asking")

    def _show_crumb(self) -> None:
        """Draw the crumb bar: where, how many, marked, filtered and sorted by what, how old."""
        shown, total = self.table.counts
        count = f"{total}" if shown == total else f"{shown} of {total}"
        left = [Span(self._where, Style.STRONG), Span(f" > {count}")]
        marked = self.table.marks.found
        if marked.number:
            left.append(Span(f"  {marked.words}", Style.STRONG))
        if self.table.filter_text:
            left.append(Span(f"  /{self.table.filter_text}", Style.WARN))
        own, sort, old = self._right_end().spans, Span(self.table.sort_text), Span(self._age())
        every = (self._desk.company.spans, own, (sort,), (old,), self._paused.spans)
        ends = [end for end in every if any(span.text for span in end)]
        gapped = [part for end in ends for part in (Span("  "), *end)]
        self.query_one(CrumbBar).show_ends(Line(tuple(left)), Line(tuple(gapped[1:])))

    def _show_pane(self) -> None:
        """Draw the pane about the row under the cursor: its explanation if that was asked for, else its details."""
        key, told = self.table.cursor_key, self.explanation
        if self.PANE:
            # Without a row there is nothing to tell, and the list says how to come by one.
            self.set_class(key is not None or told is not None, "-pane")
            if key is None and told is None and self._in_pane:
                self.switch_focus()
        if not self._has_pane or self._now is None:
            return
        if told is not None:
            # An answer to a question stays where the list has no row as well.
            about = "" if key is None or told.key == ANY_ROW else self.subject(key).key or key
            self.pane.show(Line((Span(f"{told.title} {about}".rstrip(), Style.STRONG),)), told.lines)
        elif key is None:
            self.pane.show(NOTHING, ())
        else:
            self.pane.show(*self._detail(key, self._now))

    def show_why(self, why: Why) -> None:
        """Open the pane with an explanation."""
        self._why = why
        self.open_pane()

    def retell(self, why: Why) -> None:
        """Go on with an explanation, unless the operator has left it; without lines it is taken away."""
        known = self._why
        if known is not None and (known.key, known.title) == (why.key, why.title):
            self._why = why if why.lines else None
            self._show_pane()

    def open_pane(self) -> None:
        """Open the pane; where it always is, let it take the list's place."""
        if self.PANE and self.has_class("-pane"):
            self.add_class("-full")
            self._in_pane = True
            self.pane.mark_active(True)
        self.add_class("-pane")
        self._show_pane()

    def back(self) -> bool:
        """Take one step back; False where there is none left on this screen."""
        if self.has_class("-help"):
            self.remove_class("-help")
        elif self._in_pane:
            self.remove_class("-full")
            self.switch_focus()
        elif self._can_close_pane:
            self._close_pane()
        elif self.table.marks.clear():
            pass
        elif self.table.filter_text:
            self.table.filter_by("")
        else:
            return False
        return True

    def switch_focus(self) -> None:
        """Give the movement keys to the pane, or back to the list."""
        self._in_pane = not self._in_pane and self._has_pane
        if not self._in_pane:
            self.remove_class("-full")
        self.pane.mark_active(self._in_pane)

    @property
    def _has_pane(self) -> bool:
        return self.has_class("-pane") or self.has_class("-wide")

    @property
    def _can_close_pane(self) -> bool:
        return self.explanation is not None or (
            self.has_class("-pane") and not self.has_class("-wide") and not self.PANE
        )

    def _close_pane(self) -> None:
        self._why = None
        self.remove_class("-pane")
        self._show_pane()

    @property
    def moved(self) -> ResourceTable | DetailPane:
        """What the movement keys move."""
        if self.has_class("-help"):
            return self.help_overlay
        return self.pane if self._in_pane else self.table

    def on_resource_table_cursor_moved(self, _event: ResourceTable.CursorMoved) -> None:
        self._show_pane()

    def _age(self) -> str:
        taken, now = self._snapshot.taken_at, self._now
        if taken is None or now is None or self._snapshot.down_since is None:
            return ""
        seconds = (now - taken).total_seconds()
        return f"data from {age(now, taken)} ago" if seconds >= _STALE_SECONDS else ""
