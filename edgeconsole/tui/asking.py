"""May A write to B: two names typed, with completion of people and domains, and the whole decision in the pane."""

from collections.abc import Iterable, Sequence

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.names import sip_domain_of
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Dialogue
from edgeconsole.tui.explain import Explaining
from edgeconsole.tui.screens.base import ANY_ROW, ConsoleScreen

_FIRST = frozenset({"tab", "up"})
_SECOND = frozenset({"tab", "shift+tab", "up"})
_LONGEST = 320
"""Letters of an address: 64 before the at sign and 255 behind it (RFC 5321, 4.5.3.1)."""
_HINTS = 4
"""Completions the row names at once."""


class Asking:
    """A form of two fields on the bottom row; the last question is kept for the session."""

    def __init__(self, store: Store, dialogue: Dialogue, explaining: Explaining) -> None:
        self._store = store
        self._dialogue = dialogue
        self._explaining = explaining
        self._last = ("", "")
        self._sender = ""
        self._recipient = ""

    def ask(self, screen: ConsoleScreen) -> None:
        """Let both be typed."""
        self._sender = self._recipient = ""
        self._first(screen)

    def _first(self, screen: ConsoleScreen, text: str = "", problem: str = "") -> None:
        def pressed(key: str) -> None:
            if key == "up":
                self._retype(self._last[0])
                return
            typed, choices = self._completed(self._dialogue.text)
            if not typed or len(choices) > 1:
                self._retype(typed)
            else:
                self._sent(screen, typed)

        self._sender = ""
        self._dialogue.enter(
            f"{problem}from:", lambda typed: self._sent(screen, typed), text,
            typing=self._hint, keys=_FIRST, pressed=pressed, kept="who writes",
        )  # fmt: skip
        self._hint(self._dialogue.text)

    def _sent(self, screen: ConsoleScreen, text: str) -> None:
        if not text and self._last[0]:
            self._sender = self._last[0]
        elif not text:
            self._dialogue.say("nothing was asked")
            return
        else:
            ours = self._store.snapshot.configuration.sip_domains
            self._sender = text if "@" in text or "." in text or not ours else f"{text}@{ours[0].name}"
        wrong = _wrong(self._sender)
        if wrong:
            self._first(screen, text, f"{wrong}; ")
        else:
            self._second(screen, self._recipient)

    def _second(self, screen: ConsoleScreen, text: str, problem: str = "") -> None:
        def pressed(key: str) -> None:
            if key == "up":
                self._retype(self._last[1])
            elif key == "tab":
                self._retype(self._completed(self._dialogue.text)[0])
            else:
                self._recipient = self._dialogue.text
                self._first(screen, self._sender)

        self._dialogue.enter(
            f"{problem}from {self._sender} to:", lambda typed: self._asked(screen, typed), text,
            typing=self._hint, keys=_SECOND, pressed=pressed, kept="to whom",
        )  # fmt: skip
        self._hint(self._dialogue.text)

    def _asked(self, screen: ConsoleScreen, text: str) -> None:
        if not text and self._sender == self._last[0]:
            text = self._last[1]
        if not text:
            self._dialogue.say("nothing was asked")
            return
        if "." not in text.rpartition("@")[2]:
            # A name of one word is no partner's: it is the beginning of the only one that fits.
            typed, choices = self._completed(text)
            text = typed if len(choices) == 1 else text
        wrong = _wrong(text)
        if wrong:
            self._second(screen, text, f"{wrong}; ")
            return
        self._last = (self._sender, text)
        self._dialogue.say("")
        self._explaining.ask(screen, ANY_ROW, self._sender, text, by_modality=True)

    def _retype(self, text: str) -> None:
        self._dialogue.retype(text)
        self._hint(text)

    def _hint(self, text: str) -> None:
        """Say after the field what it may become, or what Enter alone repeats."""
        asking_first = not self._sender
        if not text:
            last = self._last[0] if asking_first else self._last[1] if self._sender == self._last[0] else ""
            self._dialogue.retype(text, f"enter or up: {last}" if last else "a person or a domain; tab completes")
            return
        _, choices = self._completed(text)
        more = f"  +{len(choices) - _HINTS}" if len(choices) > _HINTS else ""
        self._dialogue.retype(text, "  ".join(choices[:_HINTS]) + more)

    def _completed(self, text: str) -> tuple[str, Sequence[str]]:
        return completed(text, people(self._store.snapshot), domains(self._store.snapshot))


def _wrong(address: str) -> str:
    """Return what is wrong with an address, nothing where it can be asked about."""
    if len(address) > _LONGEST:
        return f"an address has at most {_LONGEST} letters"
    try:
        sip_domain_of(address)
    except EdgeconsoleError as error:
        return error.message
    return ""


def people(snapshot: Snapshot) -> list[str]:
    """Return the people the configuration names one by one: by grants and as members of sites."""
    configuration = snapshot.configuration
    granted = {each.user for each in configuration.policy_grants}
    listed = {user for site in configuration.sites for user in (*site.users, *site.survivable_branch)}
    return sorted(granted | {user for user in listed if "*" not in user})


def domains(snapshot: Snapshot) -> list[str]:
    """Return every domain that is listed, ours, or was seen."""
    configuration = snapshot.configuration
    return sorted(
        {each.name for each in configuration.domains if not each.name.startswith("*")}
        | {name for each in configuration.xmpp_partners for name in each.domains}
        | {each.name for each in configuration.sip_domains}
        | {each.domain for each in snapshot.discovered}
    )


def completed(text: str, known: Iterable[str], at: Iterable[str]) -> tuple[str, list[str]]:
    """Return an address completed as far as what fits agrees, and all that fits: people, else domains after the at."""
    wanted = text.lower()
    if not wanted:
        return text, []
    fitting = [each for each in known if each.startswith(wanted)]
    user, mark, begun = text.rpartition("@")
    if begun and (not fitting or mark):
        fitting += [f"{user}{mark}{each}" for each in at if each.startswith(begun.lower())]
        fitting = list(dict.fromkeys(fitting))
    if not fitting:
        return text, []
    common = fitting[0]
    for each in fitting[1:]:
        while not each.lower().startswith(common.lower()):
            common = common[:-1]
    return (common if len(common) > len(text) else text), fitting
