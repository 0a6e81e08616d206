"""A file of rules on its way into the draft: read and judged beside the keys, chosen row by row, staged as one step."""

import asyncio
from pathlib import Path
from typing import Protocol

from edgeconsole.actions import imports
from edgeconsole.model.capability import Capability
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.text import clean
from edgeconsole.present import errors
from edgeconsole.present.ages import plural
from edgeconsole.present.import_standing import NO_IMPORT, ImportKeys, ImportStanding
from edgeconsole.present.imports import counts
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.transfer.detect import Read
from edgeconsole.transfer.formats.plain import SAY_WHICH
from edgeconsole.transfer.parsed import NAME_THE_KIND, Format
from edgeconsole.transfer.review import ConflictPolicy, Review, State, changes, with_taken
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.keys import KeyMap, label
from edgeconsole.tui.paths import PathPrompt
from edgeconsole.tui.screens.base import ConsoleScreen

_KEYS = {
    "open": "import.open",
    "accept": "draft.adopt",
    "leave_out": "draft.leave-out",
    "choose": "draft.choose",
    "again": "view.refresh",
}

_SCREEN = "import"


class ImportStage(Stage, Protocol):
    """What an import needs of the console."""

    @property
    def keys(self) -> KeyMap: ...
    @property
    def front(self) -> ConsoleScreen | None: ...
    def go(self, name: str = "") -> None: ...


class Importing:
    """One file at a time; a later one takes its place once it could be read."""

    def __init__(self, store: Store, dialogue: Dialogue, stage: ImportStage) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage
        self._paths = PathPrompt(dialogue, stage)
        self._standing = NO_IMPORT._replace(keys=ImportKeys(*(label(stage.keys.of(each)) for each in _KEYS.values())))
        self._path = ""
        self._kind: Format | None = None
        self._read: Read | None = None
        self._against: Configuration | None = None
        """What the rows were judged against."""
        self._conflict = ConflictPolicy.KEEP_MINE
        self._judged = 0
        self._turn = 0
        """Counts files, so that a slow one never replaces a later one."""

    @property
    def standing(self) -> ImportStanding:
        """What the screen shows; the same object as long as nothing moved."""
        if self._judged and self._standing.working:
            rows = len(self._read.parsed.entries) if self._read is not None else 0
            working = f"judging {self._standing.name}: {self._judged:,} of {rows:,} rows…"
            if working != self._standing.working:
                self._standing = self._standing._replace(working=working)
        return self._standing

    def reason_against(self, identifier: str) -> str | None:
        """Return why a key of the screen means nothing now."""
        standing = self._standing
        if standing.working:
            return "the file is still being read"
        if standing.review is None:
            return "no file is under review"
        if identifier == "draft.choose" and not _torn(standing.review):
            return "nothing is in conflict"
        if identifier == "draft.adopt":
            if self._store.readonly or self._store.drafts is None:
                return self._store.reason_against(Capability.EDIT) or "this console keeps no draft"
            return None if standing.taken else "no row is taken"
        return None

    def ask(self) -> None:
        """Go back to the file under review; where there is none, or on its screen, let a path be typed."""
        standing, front = self._standing, self._stage.front
        if (standing.review is not None or standing.working) and front is not None and front.NAME != _SCREEN:
            self._stage.go(_SCREEN)
            self._dialogue.say(
                f"{standing.name} is under review; {standing.keys.open} again reads another", Style.MUTED
            )
        else:
            self._paths.ask("import which file?", self.open, self._path)

    def open(self, name: str, kind: Format | None = None) -> None:
        """Read a file, judge its rows and show them."""
        if not name:
            self._dialogue.say("no file was named; nothing was read")
            return
        if self._store.snapshot.taken_at is None:
            self._dialogue.say("rows are judged against the configuration, which has not been read yet", Style.WARN)
            return
        self._path, self._kind = name, kind
        self._start()

    def again(self) -> None:
        """Read the same file again, as it is now."""
        if self._path:
            self._start()
        else:
            self._dialogue.say("no file was read yet", Style.MUTED)

    def _start(self) -> None:
        self._turn += 1
        name = clean(Path(self._path).name or self._path)
        working = f"reading {name}…"
        self._judged, self._standing = 0, self._standing._replace(working=working)
        self._dialogue.say(working, Style.STALE)
        self._stage.go(_SCREEN)
        self._stage.spawn(self._open(self._turn, name), "import")

    async def _open(self, turn: int, name: str) -> None:
        path = str(Path(self._path).expanduser())
        try:
            found = await asyncio.to_thread(imports.read, path, self._kind)
            if turn == self._turn:
                await self._judge(turn, name, found)
        except EdgeconsoleError as error:
            if turn == self._turn:
                self._standing = self._standing._replace(working="")
                self._refused(error)

    def _refused(self, error: EdgeconsoleError) -> None:
        """Say why a file cannot be taken; what only its kind would settle is asked."""
        if error.remedy == SAY_WHICH:
            self._dialogue.ask(
                f"{clean(Path(self._path).name)} is a plain list of domains: are they to be allowed or blocked?",
                {
                    "a": Answer("allow", lambda: self.open(self._path, Format.PLAIN_ALLOW)),
                    "b": Answer("block", lambda: self.open(self._path, Format.PLAIN_BLOCK)),
                },
            )
            return
        if error.remedy != NAME_THE_KIND:
            again = self._standing.keys.open
            self._dialogue.finish(f"{errors.sentence(error)} ({again} asks for the file again)", Style.FAIL)
            return
        kinds = [each.value for each in Format]
        self._dialogue.enter(
            f"{error.message}. Its kind:",
            self._kind_typed,
            keys=frozenset({"tab"}),
            pressed=lambda _: self._complete_kind(kinds),
        )
        self._dialogue.retype("", f"tab completes: {', '.join(kinds)}")

    def _complete_kind(self, kinds: list[str]) -> None:
        fitting = [each for each in kinds if each.startswith(self._dialogue.text)]
        self._dialogue.retype(fitting[0] if len(fitting) == 1 else self._dialogue.text, "  ".join(fitting or kinds))

    def _kind_typed(self, text: str) -> None:
        kind = next((each for each in Format if each.value == text), None)
        if kind is None:
            self._dialogue.say(f"there is no kind {clean(text, 40)!r}; nothing was read", Style.WARN)
        else:
            self.open(self._path, kind)

    async def _judge(self, turn: int, name: str, found: Read) -> None:
        configuration = self._configuration
        self._read, self._standing = found, self._standing._replace(name=name)
        review = await asyncio.to_thread(imports.judge, found, configuration, self._conflict, self._tell)
        if turn != self._turn:
            return
        self._against = configuration
        taken = frozenset(
            place for place, row in enumerate(review.rows) if row.selected and row.state is not State.INVALID
        )
        self._judged = 0
        self._standing = self._standing._replace(review=review, taken=taken, working="")
        accept = self._standing.keys.accept
        self._dialogue.finish(f"{accept} stages the {len(taken)} taken: {counts(review)}", Style.OK)

    def _tell(self, judged: int) -> None:
        # From the thread that judges: the bars are drawn each second anyway.
        self._judged = judged

    @property
    def _configuration(self) -> Configuration:
        """What an import goes onto: what is saved with what is staged."""
        drafts = self._store.drafts
        return self._store.snapshot.configuration if drafts is None else drafts.view.configuration

    def toggle(self, *keys: str) -> None:
        """Leave rows out; where none of them is taken, take them in."""
        review, taken = self._standing.review, self._standing.taken
        places = [int(key) for key in keys if key.isdigit()]
        rows = {place: review.rows[place] for place in places if place < len(review.rows)} if review is not None else {}
        if not rows:
            return
        able = {place: row for place, row in rows.items() if row.change is not None}
        first = next(iter((able or rows).values()))
        if not able:
            self._dialogue.say(f"there is nothing to take: {first.reason or 'it is so already'}", Style.MUTED)
            return
        out = not taken.isdisjoint(able)
        self._standing = self._standing._replace(taken=taken.difference(able) if out else taken.union(able))
        what = first.key if len(rows) == 1 else plural(len(able), "row")
        less = f"; {len(rows) - len(able)} have nothing to take" if len(able) < len(rows) else ""
        self._dialogue.say(f"{'left out' if out else 'taken in'}: {what}{less}", Style.OK)

    def settle(self) -> None:
        """Ask who is right where the file and the configuration contradict each other."""
        review = self._standing.review
        if review is None:
            return
        self._dialogue.ask(
            f"{plural(_torn(review), 'conflict')}: whose rules hold?",
            {
                "m": Answer("mine", lambda: self._settled(ConflictPolicy.KEEP_MINE)),
                "t": Answer("the file's", lambda: self._settled(ConflictPolicy.TAKE_FILE)),
                "s": Answer("the stricter", lambda: self._settled(ConflictPolicy.STRICTEST)),
            },
        )

    def _settled(self, conflict: ConflictPolicy) -> None:
        self._conflict = conflict
        self._judge_again()

    def _judge_again(self) -> None:
        found = self._read
        if found is None:
            return
        self._turn += 1
        self._standing = self._standing._replace(working=f"judging {self._standing.name}…")
        self._dialogue.say(self._standing.working, Style.STALE)
        self._stage.spawn(self._judge(self._turn, self._standing.name, found), "import")

    def accept(self) -> None:
        """Ask about staging the rows that are taken; what moved meanwhile is judged first."""
        review = self._standing.review
        if review is None:
            return
        if self._configuration is not self._against and self._configuration != self._against:
            self._judge_again()
            return
        try:
            wanted = changes(with_taken(review, self._standing.taken))
        except BadInput as error:
            self._dialogue.say(errors.sentence(error), Style.WARN)
            return
        left = sum(row.change is not None for row in review.rows) - len(wanted)
        invalid = sum(row.state is State.INVALID for row in review.rows)
        out = ", ".join(
            [f"{plural(left, 'row')} left out"] * bool(left)
            + [f"{plural(invalid, 'invalid row')} left out"] * bool(invalid)
        )
        self._dialogue.ask(
            f"Stage {plural(len(wanted), 'record')} of {self._standing.name}{f' ({out})' if out else ''}? "
            "The edge is not touched before you apply the draft.",
            {"y": Answer("stage", lambda: self._stage_all(wanted))},
        )

    def _stage_all(self, wanted: tuple[Change, ...]) -> None:
        # The draft is one thread's only and takes its seconds for 100,000 records: the row says so first.
        self._dialogue.wait(f"staging {plural(len(wanted), 'record')}…")
        self._stage.redraw()
        self._stage.once_shown(lambda: self._staged(wanted))

    def _staged(self, wanted: tuple[Change, ...]) -> None:
        drafts = self._store.drafts
        assert drafts is not None
        try:
            moved = drafts.stage(wanted)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        if not moved:
            self._dialogue.finish("it is all so already: nothing was staged", Style.MUTED)
            return
        told, name = plural(len(wanted), "record"), self._standing.name
        self._standing = NO_IMPORT._replace(keys=self._standing.keys)
        self._path, self._kind, self._read, self._against = "", None, None, None
        self._conflict = ConflictPolicy.KEEP_MINE
        self._stage.go("review")
        apply, undo = (label(self._stage.keys.of(each)) for each in ("draft.apply", "history.undo"))
        self._dialogue.finish(f"staged {told} of {name}: {apply} applies with a timer, {undo} takes it back", Style.OK)


def _torn(review: Review) -> int:
    return sum(row.state is State.CONFLICT and row.change is not None for row in review.rows)
