"""The bottom row's state: what it says, which keys it takes, and what they mean. No drawing, no Textual.

Safety rules it holds: Enter never confirms; a question takes an answer only after `arm`, which its owner calls once the
question has reached the operator's terminal; whatever is typed before that is swallowed, and the row says so.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.line_edit import LineEdit

NOTHING = Line(())
LEFT = "nothing changed"
LEAVES = "nothing changes"
_OFFERED = "enter takes it, a letter begins anew"
GOES_ON = "goes on"
_EDITS = "ctrl+w a word, ctrl+u all away"
_MOVES = frozenset({"left", "right", "home", "end", "ctrl+left", "ctrl+right"})
"""Keys that move in the line."""


class Mode(Enum):
    """What the row is for at the moment."""

    FLASH = "flash"
    FILTER = "filter"
    TEXT = "text"
    WAITING = "waiting"
    QUESTION = "question"


class Kind(Enum):
    """What a key press at the prompt came to."""

    SWALLOWED = "swallowed"
    FILTERED = "filtered"
    """The filter's text changed."""
    ANSWERED = "answered"
    ENTERED = "entered"
    """A text was typed to its end."""
    LEFT = "left"
    """The prompt was left, nothing done."""
    PRESSED = "pressed"
    """A key that its owner asked for while a text is typed."""
    BACK = "back"
    """Esc at a question that has one before it."""


class Taken(NamedTuple):
    """A key press the prompt took."""

    kind: Kind
    value: str = ""


class Typing(NamedTuple):
    """A line being typed, in its parts."""

    label: Span
    before: Span
    cursor: Span
    after: Span
    hint: Span


class Prompt:
    """One bottom row, shared by all screens."""

    def __init__(self) -> None:
        self.mode = Mode.FLASH
        self._edit = LineEdit()
        """The filter, or another text, while it is typed."""
        self.early = False
        """Whether a key came before the question could be read."""
        self.turn = 0
        """Counts questions, so that a late `arm` never arms the next one."""
        self._said = NOTHING
        self._later = NOTHING
        self._question = ""
        self._answers: Mapping[str, str] = {}
        self._otherwise = LEAVES
        self._goes_back = False
        self._word = ""
        self.hint = ""
        """What is said after a text that is typed; it goes with the text."""
        self._keys: frozenset[str] = frozenset()
        self._own_keys = ""
        self._goes = GOES_ON
        """What Enter does with the line; empty where no letters are typed."""
        self._offered = ""
        """What stood in the line before anything was typed."""
        self._mended = False
        """Whether what stands in the line was refused: the keys that move in it mean just that."""
        self._armed = False

    def _typed_text(self) -> str:
        return self._edit.text

    def _retype(self, text: str) -> None:
        if text != self._edit.text:
            self._edit = LineEdit(text)

    text: str = property(_typed_text, _retype, doc="The filter, or another text, while it is typed.")  # type: ignore[assignment]

    @property
    def line(self) -> Line:
        """What the row says now; a question is asked for separately, since it may need two rows."""
        match self.mode:
            case Mode.FILTER | Mode.TEXT:
                return Line(tuple(span for span in self.typing if span.text))
            case Mode.QUESTION:
                return self.question
            case _:
                return self._said

    def _parts(self) -> Typing:
        label = "/" if self.mode is Mode.FILTER else f"{self._question} "
        before, after = self.text[: self._edit.at], self.text[self._edit.at :]
        hint = _OFFERED if self._edit.replaced and not self.hint else self.hint
        return Typing(
            Span(label, Style.STRONG),
            Span(before),
            Span(after[0], Style.REVERSE) if after else Span("_", Style.STRONG),
            Span(after[1:]),
            Span(f"  {hint}" if hint else "", Style.MUTED),
        )

    typing = property(_parts, doc="The text that is typed, in its parts; behind its end a mark stands for the cursor.")

    @property
    def question(self) -> Line:
        """The question as asked."""
        early = "(that key came before this line; press again) " if self.early else ""
        return Line((Span(early, Style.WARN), Span(self._question, Style.STRONG)))

    @property
    def answers(self) -> Line:
        """The keys that answer a question, or that a text which is typed takes."""
        if self.mode is Mode.FILTER:
            named = "enter keeps it  tab completes  esc drops it"
            return Line((Span(named, Style.STRONG), Span(f"   {_EDITS}", Style.MUTED)))
        if self.mode is Mode.TEXT:
            return self._line_keys()
        named = "  ".join(f"{key} {meaning}" for key, meaning in self._answers.items())
        back = "esc back  " if self._goes_back else " "
        return Line((Span(named, Style.STRONG), Span(f"  {back}any other key: {self._otherwise}", Style.MUTED)))

    def _line_keys(self) -> Line:
        own = f"{self._own_keys}  " if self._own_keys and self._untouched else ""
        if self._word or not self._goes:
            return Line((Span(f"{own}esc leaves", Style.STRONG),))
        named = f"enter {self._goes}  {own}esc leaves"
        return Line((Span(named, Style.STRONG), Span(f"   {_EDITS}", Style.MUTED)))

    @property
    def _untouched(self) -> bool:
        return self.text == self._offered and not self._mended

    def say(self, text: str, style: Style = Style.PLAIN) -> None:
        """Say something and give the keys back."""
        self._become(Mode.FLASH, Line((Span(text, style),)))

    def tell(self, text: str, style: Style = Style.PLAIN) -> None:
        """Say something that came by itself; while keys belong to the prompt it waits until they do not."""
        if self.mode is not Mode.FLASH:
            self._later = Line((Span(text, style),))
        else:
            self.say(text, style)

    def filter(self, text: str) -> None:
        """Let the filter be typed."""
        self._become(Mode.FILTER)
        self.text = text

    def enter(
        self,
        label: str,
        text: str = "",
        *,
        word: str = "",
        keys: frozenset[str] = frozenset(),
        at: int | None = None,
        replaced: bool = False,
        own: str = "",
        goes: str = GOES_ON,
    ) -> None:
        """Let a text be typed. With a `word` only that one is taken, as soon as it stands there; Enter does nothing.

        `keys` are handed to the owner instead of being typed; printable ones, and those that move in the line, only as
        long as nothing is typed. `at` puts the cursor where something is to be mended, behind that many letters. A
        text that is to be `replaced` is taken by Enter, and gives way to the first letter typed. `own` says what the
        `keys` do, `goes` what Enter does, nothing where no letters are typed.
        """
        self._become(Mode.TEXT)
        self._question, self._offered, self._word, self._keys = label, text, word, keys
        self._own_keys, self._goes = own, goes
        self._edit, self._mended = LineEdit(text, at, replaced=replaced), at is not None

    def wait(self, what: str) -> None:
        """Take every key until something is ready; esc leaves."""
        self._become(Mode.WAITING, Line((Span(what, Style.STALE),)))

    def ask(self, question: str, answers: Mapping[str, str], otherwise: str = LEAVES, *, back: bool = False) -> int:
        """Ask; returns the turn to arm once the question can be read. With `back`, Esc is for its owner to go back."""
        early = self.early
        self._become(Mode.QUESTION)
        self.early = early
        self._question, self._answers, self._otherwise, self._goes_back = question, dict(answers), otherwise, back
        return self.turn

    def arm(self, turn: int) -> None:
        """Take answers from now on, if that question still stands."""
        if self.mode is Mode.QUESTION and turn == self.turn:
            self._armed = True

    def take(self, key: str, character: str | None) -> Taken | None:
        """Take a key press; None where the prompt leaves it to the screen."""
        match self.mode:
            case Mode.FLASH:
                return None
            case Mode.FILTER:
                return self._filter(key, character)
            case Mode.TEXT:
                return self._type(key, character)
            case Mode.WAITING:
                return self._left() if key in ("escape", "ctrl+c") else self._too_early()
            case Mode.QUESTION:
                return self._answer(key, character)

    def paste(self, text: str) -> Taken | None:
        """Take pasted text; a word that confirms is typed, not pasted."""
        if self.mode not in (Mode.FILTER, Mode.TEXT) or self._word:
            return None
        self._edit.put(" ".join(text.split()))
        return Taken(Kind.FILTERED if self.mode is Mode.FILTER else Kind.SWALLOWED, self.text)

    def _become(self, mode: Mode, said: Line = NOTHING) -> None:
        if mode is Mode.FLASH and self._later.spans:
            said, self._later = Line((*said.spans, Span("  " if said.spans else ""), *self._later.spans)), NOTHING
        self.mode, self._said = mode, said
        self.early = self._armed = False
        self._word, self._keys, self.hint = "", frozenset(), ""
        self.turn += 1

    def _filter(self, key: str, character: str | None) -> Taken | None:
        if key in ("up", "down", "pageup", "pagedown"):
            return None
        match key:
            case "enter":
                self._become(Mode.FLASH)
                return Taken(Kind.SWALLOWED)
            case "escape" | "ctrl+c":
                self._become(Mode.FLASH)
                self.text = ""
            case "backspace" if not self.text:
                self._become(Mode.FLASH)
            case "tab" | "shift+tab":
                return Taken(Kind.PRESSED, key)
            case _ if not self._edit.take(key, character):
                return Taken(Kind.SWALLOWED)
        return Taken(Kind.FILTERED, self.text)

    def _type(self, key: str, character: str | None) -> Taken:
        printable = character is not None and character.isprintable()
        name = character if printable and character is not None else key
        if name in self._keys and (self._untouched or not (printable or key in _MOVES)):
            return Taken(Kind.PRESSED, name)
        match key:
            case "escape" | "ctrl+c":
                return self._left()
            case "enter":
                if self._word:
                    return Taken(Kind.SWALLOWED)
                return self._typed()
        self._edit.take(key, character)
        return self._typed() if self._word and self.text == self._word else Taken(Kind.SWALLOWED)

    def _typed(self) -> Taken:
        text = self.text.strip()
        self.wait("…")
        return Taken(Kind.ENTERED, text)

    def _answer(self, key: str, character: str | None) -> Taken:
        if key == "escape" and self._goes_back:
            self.wait("…")
            return Taken(Kind.BACK)
        if key in ("escape", "ctrl+c"):
            return self._left()
        if not self._armed:
            return self._too_early()
        if character is not None and character in self._answers:
            self.wait("…")
            return Taken(Kind.ANSWERED, character)
        return self._left()

    def _too_early(self) -> Taken:
        self.early = True
        return Taken(Kind.SWALLOWED)

    def _left(self) -> Taken:
        self.say(LEFT)
        return Taken(Kind.LEFT)
