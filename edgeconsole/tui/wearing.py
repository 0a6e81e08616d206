"""Themes changed while the console runs, by name."""

from collections.abc import Sequence

from edgeconsole.model.errors import BadInput
from edgeconsole.present.table import Style
from edgeconsole.tui import themes
from edgeconsole.tui.dialogue import Dialogue
from edgeconsole.tui.house import Lease


class Wearing:
    """It lasts as long as the console does; console.toml says what the next one wears."""

    def __init__(self, lease: Lease, dialogue: Dialogue) -> None:
        self._lease = lease
        self._dialogue = dialogue

    def names(self) -> Sequence[str]:
        """Return the themes there are."""
        return themes.available(self._lease.wardrobe.places)

    def change(self, name: str) -> None:
        """Wear a theme; without a name say which there are. Raises BadInput with file, line and reason."""
        if not name:
            self._dialogue.say(f"themes: {', '.join(self.names())}; :theme NAME", Style.MUTED)
            return
        if not self._lease.wardrobe.colour and name != themes.MONO:
            raise BadInput(f"this terminal shows no colour, so {themes.MONO} stays", remedy="See NO_COLOR and TERM")
        self._lease.wear(themes.load(name, self._lease.wardrobe.places))
        self._dialogue.say(f'{name} until the console ends; theme = "{name}" of a context keeps it', Style.OK)
