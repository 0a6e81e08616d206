"""May A write to B: two names typed, with completion, and the whole decision in the pane."""

from collections.abc import Callable

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.verdict import Direction, Question
from edgeconsole.present import errors, why
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Dialogue, Stage
from edgeconsole.tui.screens.base import ANY_ROW, ConsoleScreen, Why

_TAB = frozenset({"tab"})
_LONGEST = 320
"""Letters of an address: 64 before the at sign and 255 behind it (RFC 5321, 4.5.3.1)."""


Entered = Callable[[str], None]


class Asking:
    """The question, from its first letter to the answer."""

    def __init__(self, store: Store, dialogue: Dialogue, stage: Stage) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._text = ""

    def ask(self, screen: ConsoleScreen) -> None:
        """Let both be typed."""
        self._enter("who writes:", lambda text: self._from(screen, text))

    def _enter(self, label: str, entered: Entered, text: str = "") -> None:
        self._text = text
        self._dialogue.enter(
            label, entered, text, typing=self._typed, keys=_TAB, pressed=lambda _: self._complete(label, entered)
        )

    def _typed(self, text: str) -> None:
        self._text = text

    def _complete(self, label: str, entered: Entered) -> None:
        self._enter(label, entered, completed(self._text, self._known()))

    def _known(self) -> list[str]:
        configuration, snapshot = self._store.snapshot.configuration, self._store.snapshot
        return sorted(
            {each.name for each in configuration.domains if not each.name.startswith("*")}
            | {each.name for each in configuration.xmpp_partners}
            | {each.name for each in configuration.sip_domains}
            | {each.domain for each in snapshot.discovered}
        )

    def _from(self, screen: ConsoleScreen, text: str) -> None:
        if not text:
            self._dialogue.say("nothing was asked")
            return
        ours = self._store.snapshot.configuration.sip_domains
        sender = text if "@" in text or "." in text or not ours else f"{text}@{ours[0].name}"
        self._enter(f"{sender} to (tab completes):", lambda other: self._to(screen, sender, other))

    def _to(self, screen: ConsoleScreen, sender: str, text: str) -> None:
        if not text:
            self._dialogue.say("nothing was asked")
            return
        recipient = completed(text, self._known())
        if len(sender) > _LONGEST or len(recipient) > _LONGEST:
            self._dialogue.say(f"an address has at most {_LONGEST} letters", Style.WARN)
            return
        self._dialogue.wait(f"asking about {sender} and {recipient}…")
        self._stage.spawn(self._answer(screen, sender, recipient), "why")

    def _question(self, sender: str, recipient: str) -> Question:
        ours = {each.name for each in self._store.snapshot.configuration.sip_domains}
        way = Direction.OUTBOUND if sender.rpartition("@")[2].lower() in ours else Direction.INBOUND
        return Question(sender=sender, recipient=recipient, direction=way)

    async def _answer(self, screen: ConsoleScreen, sender: str, recipient: str) -> None:
        try:
            # The way back counts as well: an answer that cannot pass looks like no answer.
            there = await self._store.explain(self._question(sender, recipient))
            back = await self._store.explain(self._question(recipient, sender))
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        taken = self._store.snapshot.taken_at
        blank = Line((Span(""),))
        screen.show_why(Why(ANY_ROW, (*why.lines(there, taken), blank, *why.lines(back))))
        self._dialogue.finish("esc closes the answer", Style.MUTED)


def completed(text: str, domains: list[str]) -> str:
    """Return an address with its domain completed, as far as the known domains that begin so agree."""
    user, at, begun = text.rpartition("@")
    fitting = [each for each in domains if each.startswith(begun.lower())] if begun else []
    if not fitting or begun in fitting:
        return text
    common = fitting[0]
    for each in fitting[1:]:
        while not each.startswith(common):
            common = common[:-1]
    return f"{user}{at}{common}"
