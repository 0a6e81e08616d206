"""The list in front saved to a file: as text, CSV or JSON by the name's ending, on Review as a patch too."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.text import clean
from edgeconsole.present import errors, listing
from edgeconsole.present.ages import plural
from edgeconsole.present.listing import Listing
from edgeconsole.present.review import Standing
from edgeconsole.present.table import Style
from edgeconsole.transfer.files import write_private
from edgeconsole.tui.copying import shown
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.paths import PathPrompt
from edgeconsole.tui.screens.base import ConsoleScreen

_FORMS: dict[str, Callable[[Listing], str]] = {
    ".txt": listing.text,
    ".csv": listing.comma_separated,
    ".json": listing.objects,
}
_PATCHES = (".patch", ".diff")


class Saving:
    """One file at a time; one that is there is asked about."""

    def __init__(
        self, dialogue: Dialogue, stage: Stage, clock: Callable[[], datetime], standing: Callable[[], Standing]
    ) -> None:
        self._dialogue = dialogue
        self._stage = stage
        self._clock = clock
        self._standing = standing
        self._paths = PathPrompt(dialogue, stage)

    def ask(self, screen: ConsoleScreen) -> None:
        """Let the path be typed; its ending says the form."""
        ending = ".patch" if screen.NAME == "review" else ".txt"
        usual = Path.home() / f"edgeconsole-{screen.NAME}-{self._clock():%Y%m%d-%H%M}{ending}"
        forms = ", ".join([*_FORMS, *(_PATCHES[:1] if screen.NAME == "review" else ())])
        self._paths.ask(f"save this view ({forms}) as:", lambda name: self._named(screen, name), str(usual))

    def _named(self, screen: ConsoleScreen, name: str) -> None:
        if not name:
            self._dialogue.say("no file was named; nothing was written")
            return
        path = Path(name).expanduser().absolute()
        try:
            made = self._maker(screen, path.suffix.lower())
        except BadInput as error:
            self._dialogue.say(errors.sentence(error), Style.WARN)
            return
        if path.exists():
            self._dialogue.ask(
                f"{clean(str(path))} is there already. Put this view in its place?",
                {"y": Answer("replace", lambda: self._start(path, made, replace=True))},
            )
        else:
            self._start(path, made, replace=False)

    def _maker(self, screen: ConsoleScreen, ending: str) -> Callable[[], tuple[str, str]]:
        """Return what makes the text and says what it is. Raises BadInput for a form that the view does not have."""
        if ending in _PATCHES and screen.NAME == "review":
            checked = self._standing().checked
            if checked is None or checked.plan is None:
                raise BadInput("there is no patch yet", remedy="The draft is checked first; try again in a moment")
            diff = checked.plan.toml_diff
            return lambda: (diff, "the patch")
        form = _FORMS.get(ending)
        if form is None:
            raise BadInput(f"{ending or 'no ending'} is no form to save in", remedy=f"End it in {', '.join(_FORMS)}")
        listed = shown(screen)
        return lambda: (form(listed), plural(len(listed.order), "row"))

    def _start(self, path: Path, made: Callable[[], tuple[str, str]], *, replace: bool) -> None:
        self._dialogue.wait("saving…")
        self._stage.spawn(self._save(path, made, replace), "save")

    async def _save(self, path: Path, made: Callable[[], tuple[str, str]], replace: bool) -> None:
        def put() -> str:
            text, what = made()
            write_private(path, text.encode(), replace=replace)
            return what

        try:
            what = await asyncio.to_thread(put)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
        else:
            self._dialogue.finish(f"{what} saved in {clean(str(path))}, readable by you alone", Style.OK)
