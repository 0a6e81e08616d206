"""Which columns the operator wants on each screen, kept in the state directory from one console to the next."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.text import clean
from edgeconsole.tui.widgets.columns import NO_CHOICE, Choice

_LARGEST = 64 * 1024


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """columns.json."""

    columns: dict[str, dict[str, bool]] = {}


class ColumnChoices:
    """One file, read when the first list is drawn; consoles that run beside each other keep what the others chose."""

    def __init__(self, place: Callable[[], Path] | None = None) -> None:
        self._place = place
        self._known: Mapping[str, Choice] | None = None
        self.problem = ""
        """Why the file could not be read; the columns are then as the lists have them."""

    def of(self, screen: str) -> Choice:
        """Return what was chosen for a screen."""
        if self._known is None:
            self._known = self._read()
        return self._known.get(screen, NO_CHOICE)

    def choose(self, screen: str, choice: Choice) -> str:
        """Remember what is chosen for a screen; why it will be forgotten, where it cannot be written."""
        known = {**self._read(), screen: dict(choice)}
        self._known = known = {name: chosen for name, chosen in known.items() if chosen}
        if self._place is None:
            return ""
        # Late: what writes files safely is not needed for the start.
        from edgeconsole.config.save import save

        path = self._place()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(path, msgspec.json.encode({"columns": known}) + b"\n", previous_link=None)
        except (OSError, EdgeconsoleError) as error:
            return f"not remembered: {clean(str(error))}"
        return ""

    def _read(self) -> Mapping[str, Choice]:
        if self._place is None:
            return self._known or {}
        path = self._place()
        try:
            with path.open("rb") as file:
                return msgspec.json.decode(file.read(_LARGEST), type=_File).columns
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self.problem = f"{path.name} in {path.parent} cannot be read, columns are as shipped: {clean(str(error))}"
            return {}
