"""The hand-over file from the console: its path typed, what is asked of the edge, and where it was written."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from edgeconsole.actions import handover
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.text import clean
from edgeconsole.present import errors
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.transfer.export.handover import Staged
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.paths import PathPrompt


class HandingOver:
    """One file at a time; nothing of the edge or the draft is changed by it."""

    def __init__(
        self, store: Store, dialogue: Dialogue, stage: Stage, clock: Callable[[], datetime], context: str
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._clock = clock
        self._named = context
        self._paths = PathPrompt(dialogue, stage)

    def ask(self) -> None:
        """Let the path be typed; the usual one stands there."""
        if self._store.snapshot.taken_at is None:
            self._dialogue.say("nothing is known of the edge yet, so there is nothing to hand over", Style.WARN)
            return
        usual = Path.home() / handover.file_name(self._store.snapshot, self._clock())
        self._paths.ask("hand-over into which file?", self.into, str(usual))

    def into(self, name: str) -> None:
        """Write it; a file that is there is asked about."""
        if not name:
            self._dialogue.say("no file was named; nothing was written")
            return
        path = Path(name).expanduser().absolute()
        if path.is_dir():
            path = path / handover.file_name(self._store.snapshot, self._clock())
        if path.exists():
            self._dialogue.ask(
                f"{clean(str(path))} is there already. Put the hand-over in its place?",
                {"y": Answer("replace", lambda: self._start(path, replace=True))},
            )
        else:
            self._start(path, replace=False)

    def _start(self, path: Path, *, replace: bool) -> None:
        self._dialogue.wait("putting the hand-over together…")
        self._stage.spawn(self._written(path, replace), "handover")

    async def _written(self, path: Path, replace: bool) -> None:
        try:
            told = await handover.gather(self._store, self._clock(), context=self._named, staged=self._staged())
            handover.save(path, told, replace=replace)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        without = f"; no scripts: {told.missing}" if told.missing else ""
        self._dialogue.finish(f"handed over in {clean(str(path))}, readable by you alone{without}", Style.OK)

    def _staged(self) -> tuple[Staged, ...]:
        """Return what is staged in this console."""
        view = self._store.drafts.view if self._store.drafts is not None else None
        if view is None or view.draft is None or not view.edits:
            return ()
        changes = tuple(edit.change for edit in view.edits)
        return (Staged(name="the console that wrote this", updated=view.draft.updated, changes=changes),)
