"""The edges a running console can be taken to: those of console.toml, and the one it was started on."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from edgeconsole.backends.base import Backend
from edgeconsole.cli.reach import Place, now, open_backend, open_place, settings_path
from edgeconsole.config.settings import Context, load_settings
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.present.contexts import Answered, ContextRow
from edgeconsole.store.calls import CallLog
from edgeconsole.store.drafts import DraftBox
from edgeconsole.store.store import Store

AS_STARTED = "as-started"
"""Name of the edge that the command line named without a context."""


class Places:
    """Where the console is, and where it goes when it ends."""

    def __init__(self, start: Place, *, readonly: bool | None, calls: CallLog) -> None:
        self._start = start
        self._readonly = readonly
        self._calls = calls
        self._before: Place | None = None
        self._next: Place | None = None
        self._left: dict[str, str] = {}
        """Drafts that this process left, by place: taken up when it comes back."""
        self._box: DraftBox | None = None
        self.here = start
        self.notice = ""
        """What the console says first."""

    @property
    def readonly(self) -> bool | None:
        """What the command line asks for here: `--no-readonly` was said of the edge it named, and of no other."""
        return self._readonly if self.here is self._start or self._readonly else None

    def known(self) -> Sequence[ContextRow]:
        """Return the edges that can be gone to. Raises BadInput for a console.toml that cannot be read."""
        rows = [self._row(context) for context in load_settings(settings_path()).contexts]
        if self._start.context is None:
            on_file = self._start.config is not None
            address = self._start.config or self._start.socket or ""
            here = self.here is self._start
            rows.insert(0, ContextRow(AS_STARTED, "file" if on_file else "local", address, here=here))
        return rows

    def _row(self, context: Context) -> ContextRow:
        return ContextRow(
            context.name,
            context.backend.value,
            context.address,
            context.readonly,
            context.confirm,
            context.theme or "",
            here=self.here.name == context.name,
        )

    def _place(self, name: str) -> Place:
        found = load_settings(settings_path()).find(name)
        if found is not None:
            return Place(context=found)
        if name == AS_STARTED and self._start.context is None:
            return self._start
        raise BadInput(f"there is no context {name}", remedy="edgeconsole context list has those there are")

    async def reach(self, name: str) -> Answered:
        """Ask an edge whether it is there. Raises EdgeconsoleError where it is not."""
        # A file is read whole when it is opened, and the keys shall not wait for that.
        backend: Backend = await asyncio.to_thread(open_backend, self._place(name), via="console")
        try:
            started = time.monotonic()
            await backend.health()
            return Answered(round((time.monotonic() - started) * 1000))
        finally:
            await backend.aclose()

    def go(self, name: str) -> None:
        """Be there from when the console has ended."""
        self._next = self._place(name)

    def moved(self) -> bool:
        """Go where the console was told to go; False where it was told to end."""
        self._keep_draft()
        if self._next is None:
            return False
        self._before, self.here, self._next = self.here, self._next, None
        self.notice = ""
        # Who listened has ended.
        self._calls.changed = lambda: None
        return True

    def went_back(self, why: str) -> bool:
        """Return to the edge that was left for one that cannot be opened; False where none was left."""
        if self._before is None:
            return False
        self.notice = f"{self.here.name or AS_STARTED} cannot be opened: {why}"
        self.here, self._before = self._before, None
        return True

    def store(self) -> Store:
        """Open the edge; nothing is sent yet."""
        return open_place(self.here, readonly=self.readonly, via="console", calls=self._calls)

    def drafts(self) -> DraftBox:
        """Open the draft of the edge, the one this process left there before at once."""
        from edgeconsole.cli.verbs.draft import drafts_for

        self._box = drafts_for(self.here)
        left = self._left.pop(self.here.options, "")
        if left:
            # It may have been taken up elsewhere, or thrown away.
            with contextlib.suppress(EdgeconsoleError):
                self._box.adopt(left)
        return self._box

    def directory(self) -> Path:
        """Return where unfinished set-ups of the edge are kept."""
        from edgeconsole.cli.verbs.draft import directory_of

        return directory_of(self.here)

    def _keep_draft(self) -> None:
        if self._box is not None and self._box.view.draft is not None and self._box.view.edits:
            self._left[self.here.options] = self._box.view.draft.id
        self._box = None


def places(start: Place, readonly: bool | None) -> Places:
    """Return the places of a console that starts on one of them."""
    return Places(start, readonly=readonly, calls=CallLog(now))
