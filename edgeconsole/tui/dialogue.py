"""What is being asked at the bottom row, and what each answer starts: one dialogue, shared by all that ask."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, Protocol

from edgeconsole.present.table import Style
from edgeconsole.tui.prompt import GOES_ON, LEAVES, Kind, Mode, Prompt, Taken


class Cancellable(Protocol):
    """Work that can be given up."""

    def cancel(self) -> object: ...


class Stage(Protocol):
    """What a dialogue needs of the console it is held on."""

    def redraw(self) -> None: ...
    def once_shown(self, callback: Callable[[], None]) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None], group: str) -> Cancellable: ...


class Answer(NamedTuple):
    """A key that answers a question: its meaning in a word, and what it starts."""

    meaning: str
    start: Callable[[], None]


def _nothing() -> None: ...


def _nothing_of_it(_text: str) -> None: ...


class Dialogue:
    """One question, one text, or one wait at a time; a later one replaces it."""

    def __init__(self, prompt: Prompt, stage: Stage) -> None:
        self._prompt = prompt
        self._stage = stage
        self._answers: Mapping[str, Answer] = {}
        self._entered: Callable[[str], None] | None = None
        self._left: Callable[[], None] = _nothing
        self._typing: Callable[[str], None] = _nothing_of_it
        self._pressed: Callable[[str], None] = _nothing_of_it
        self._back: Callable[[], None] | None = None
        self._label = ""
        self._typed: dict[str, str] = {}
        """What was typed on the way to where the keys are now, by what it was asked as."""
        self._kept: dict[str, str] = {}
        """What was typed on a way that was left."""

    @property
    def idle(self) -> bool:
        """Whether the keys belong to the screen."""
        return self._prompt.mode is Mode.FLASH

    def ask(
        self,
        question: str,
        answers: Mapping[str, Answer],
        *,
        otherwise: str = LEAVES,
        back: Callable[[], None] | None = None,
        left: Callable[[], None] = _nothing,
    ) -> None:
        """Ask; an answer counts once the question has reached the operator's terminal. `left` is called without one.

        `back` is where Esc leads to: the question before this one. Without it Esc leaves, as every other key does.
        """
        self._begin()
        self._answers, self._back, self._left = answers, back, left
        meanings = {key: answer.meaning for key, answer in answers.items()}
        turn = self._prompt.ask(question, meanings, otherwise, back=back is not None)
        self._stage.redraw()
        self._stage.once_shown(lambda: self._prompt.arm(turn))

    def enter(
        self,
        label: str,
        entered: Callable[[str], None],
        text: str = "",
        *,
        word: str = "",
        typing: Callable[[str], None] = _nothing_of_it,
        left: Callable[[], None] = _nothing,
        keys: frozenset[str] = frozenset(),
        pressed: Callable[[str], None] = _nothing_of_it,
        at: int | None = None,
        kept: str = "",
        own: str = "",
        goes: str = GOES_ON,
    ) -> None:
        """Let a text be typed; with a `word` only that one goes on, without Enter.

        `typing` is told of every change, `pressed` of the `keys` that are not typed, which `own` names for the key row
        beside what Enter does (`goes`), `left` when the operator leaves.
        `at` is where the cursor stands in a text that is to be mended. A text asked for under a name that is `kept`
        is offered again when the way it began was left by mistake: Enter takes it, a letter begins anew.
        """
        self._begin()
        self._entered, self._typing, self._left, self._pressed = entered, typing, left, pressed
        self._label = kept
        again = self._kept.pop(kept, "") if kept and not text else ""
        self._prompt.enter(label, text or again, word=word, keys=keys, at=at, replaced=bool(again), own=own, goes=goes)
        self._stage.redraw()

    @property
    def text(self) -> str:
        """What is typed so far."""
        return self._prompt.text

    def retype(self, text: str, hint: str = "") -> None:
        """Put another text where one is typed, and say something after it."""
        if self._prompt.mode is Mode.TEXT:
            self._prompt.text, self._prompt.hint = text, hint
            self._stage.redraw()

    def wait(self, what: str, left: Callable[[], None] = _nothing) -> None:
        """Say what is being worked out; `left` is called if the operator leaves it."""
        self._begin()
        self._left = left
        self._prompt.wait(what)

    def say(self, text: str, style: Style = Style.PLAIN) -> None:
        """Say how it ended, at once."""
        self._begin()
        self._typed = {}
        self._prompt.say(text, style)
        self._stage.redraw()

    def tell(self, text: str, style: Style = Style.PLAIN) -> None:
        """Say what came by itself; what is asked, typed or waited for is finished first."""
        self._prompt.tell(text, style)
        self._stage.redraw()

    def finish(self, text: str, style: Style = Style.PLAIN) -> None:
        """Say how what was waited for ended; if the operator left it meanwhile and is asked something, after that."""
        if self._prompt.mode is Mode.WAITING:
            self._begin()
            self._typed = {}
            self._prompt.say(text, style)
        else:
            self._prompt.tell(text, style)
        self._stage.redraw()

    def take(self, taken: Taken) -> None:
        """Go on with what a key press came to."""
        answers, entered, left, back = self._answers, self._entered, self._left, self._back
        match taken.kind:
            case Kind.ANSWERED:
                self._begin()
                answers[taken.value].start()
            case Kind.ENTERED if entered is not None:
                self._note(taken.value)
                self._begin()
                entered(taken.value)
            case Kind.LEFT:
                self._note(self._prompt.text)
                self._kept, self._typed = self._typed, {}
                self._begin()
                left()
            case Kind.BACK if back is not None:
                self._begin()
                back()
            case Kind.PRESSED:
                self._pressed(taken.value)
            case Kind.SWALLOWED if self._prompt.mode is Mode.TEXT:
                self._typing(self._prompt.text)

    def _note(self, text: str) -> None:
        if self._label and text:
            self._typed[self._label] = text

    def _begin(self) -> None:
        self._answers, self._entered, self._left, self._back, self._label = {}, None, _nothing, None, ""
        self._typing = self._pressed = _nothing_of_it
