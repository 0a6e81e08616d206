"""What comes into the console and what leaves it as a file or a copy; each part is imported when it is first used."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from edgeconsole.present.import_standing import NO_IMPORT, ImportStanding
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Dialogue

if TYPE_CHECKING:
    from edgeconsole.present.review import Standing
    from edgeconsole.tui.controls import Verb
    from edgeconsole.tui.copying import Copying, CopyStage
    from edgeconsole.tui.handing_over import HandingOver
    from edgeconsole.tui.importing import Importing, ImportStage
    from edgeconsole.tui.saving import Saving
    from edgeconsole.tui.screens.base import ConsoleScreen

    class ExchangeStage(ImportStage, CopyStage, Protocol):
        """What everything here needs of the console."""


SCREEN = "import"
"""The screen on which keys of the draft speak of the file under review."""

ON_IMPORT = ("draft.adopt", "draft.leave-out", "draft.choose")
"""Those keys."""


class Exchange:
    """Import, hand-over, copies and saved views on one store and one prompt."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        stage: "ExchangeStage",
        clock: Callable[[], datetime],
        review: "Callable[[], Standing]",
    ) -> None:
        self._clock = clock
        self._review = review
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._importing: Importing | None = None
        self._handing_over: HandingOver | None = None
        self._copying: Copying | None = None
        self._saving: Saving | None = None

    @property
    def standing(self) -> ImportStanding:
        """What the import screen shows."""
        return self._importing.standing if self._importing is not None else NO_IMPORT

    @property
    def importing(self) -> "Importing":
        """The file under review."""
        if self._importing is None:
            from edgeconsole.tui.importing import Importing

            self._importing = Importing(self._store, self._dialogue, self._stage)
        return self._importing

    @property
    def handing_over(self) -> "HandingOver":
        """The hand-over file."""
        if self._handing_over is None:
            from edgeconsole.tui.handing_over import HandingOver

            self._handing_over = HandingOver(
                self._store, self._dialogue, self._stage, self._clock, self._stage.edge_name
            )
        return self._handing_over

    @property
    def copying(self) -> "Copying":
        """The copy menu and the raw view."""
        if self._copying is None:
            from edgeconsole.tui.copying import Copying

            self._copying = Copying(self._store, self._dialogue, self._stage)
        return self._copying

    @property
    def saving(self) -> "Saving":
        """Lists saved to files."""
        if self._saving is None:
            from edgeconsole.tui.saving import Saving

            self._saving = Saving(self._dialogue, self._stage, self._clock, self._review)
        return self._saving

    def verbs(self) -> "Mapping[str, Verb]":
        """Return what each of the keys starts."""
        return {
            "import.open": lambda _: self.importing.ask(),
            "handover.write": lambda _: self.handing_over.ask(),
            "row.copy": lambda screen: self.copying.menu(screen),
            "row.raw": lambda screen: self.copying.raw(screen),
            "view.save": lambda screen: self.saving.ask(screen),
        }

    def files(self) -> "Mapping[str, Callable[[str], None]]":
        """Return what the commands do that take a path."""
        return {
            "import": lambda path: self.importing.open(path),
            "handover": lambda path: self.handing_over.into(path),
        }

    def take_up(self, screen: "ConsoleScreen", otherwise: Callable[[], object]) -> None:
        """Stage the rows that are taken; on other screens do what the key does there."""
        if screen.NAME == SCREEN:
            self.importing.accept()
        else:
            otherwise()

    def leave_out(self, screen: "ConsoleScreen", otherwise: Callable[[str], object]) -> None:
        """Take a row out or in; on other screens do what the key does there."""
        key = screen.table.cursor_key or ""
        if screen.NAME == SCREEN:
            self.importing.toggle(key)
        else:
            otherwise(key)

    def choose(self, screen: "ConsoleScreen", otherwise: Callable[[str], object]) -> None:
        """Settle the conflicts of the file; on other screens do what the key does there."""
        if screen.NAME == SCREEN:
            self.importing.settle()
        else:
            otherwise(screen.table.cursor_key or "")
