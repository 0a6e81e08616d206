"""A model of a disk that loses power: what was never brought to it may be gone, in any combination it allows.

Promised is what POSIX promises and no more: fsync of a file keeps its bytes, fsync of a directory the names in it.
Between two such calls names may be there as far as any point of their order, and bytes may be lost, torn or kept.
"""

import hashlib
import os
import pickle
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.reliability.invariants import check
from tests.reliability.scenarios import Scenario, Told, opened, prepare

DATA = ("lost", "torn", "kept")

_FIRST_FRESH = 1 << 60

skipped: set[str] = set()
"""Of what fsync does nothing at this moment: `content`, `names`."""


class Step(NamedTuple):
    """One thing done to the disk."""

    kind: str
    """`content` or `sync` of a file, `names` or `sync names` of a directory, `told`."""
    inode: int = 0
    content: bytes = b""
    names: tuple[tuple[str, int], ...] = ()
    """Names that come to stand for an inode, 0 for none; all of them at once."""
    directory: str = ""


class Recorder:
    """Takes down what this process does to the disk, by wrapping `os`; for processes that were forked for it only."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steps: list[Step] = []
        self._real: dict[str, Callable[..., Any]] = {}
        self._fresh: dict[int, int] = {}
        """Numbers of our own for new files: the file system uses those of removed ones again."""

    def install(self) -> None:
        for name in ("open", "write", "pwrite", "ftruncate", "fsync", "link", "replace", "unlink", "mkdir"):
            self._real[name] = getattr(os, name)
            setattr(os, name, getattr(self, f"_{name}"))

    def told(self, said: Told) -> None:
        self.steps.append(Step("told", content=said.line))

    def _name(self, path: Any) -> str:
        return os.path.relpath(os.fspath(path), self.root)

    def _number(self, found: os.stat_result) -> int:
        return self._fresh.get(found.st_ino, found.st_ino)

    def _content(self, descriptor: int) -> None:
        found = Path(f"/proc/self/fd/{descriptor}").read_bytes()
        self.steps.append(Step("content", self._number(os.fstat(descriptor)), found))

    def _names(self, *names: tuple[str, int]) -> None:
        self.steps.append(Step("names", names=names))

    def _open(self, path: Any, flags: int, *args: Any, **options: Any) -> int:
        new = bool(flags & os.O_CREAT) and not os.path.lexists(path)
        descriptor: int = self._real["open"](path, flags, *args, **options)
        if new:
            found = os.fstat(descriptor)
            self._fresh[found.st_ino] = _FIRST_FRESH + len(self.steps)
            self._content(descriptor)
            self._names((self._name(path), self._number(found)))
        return descriptor

    def _write(self, descriptor: int, content: Any) -> int:
        done: int = self._real["write"](descriptor, content)
        self._content(descriptor)
        return done

    def _pwrite(self, descriptor: int, content: Any, offset: int) -> int:
        done: int = self._real["pwrite"](descriptor, content, offset)
        self._content(descriptor)
        return done

    def _ftruncate(self, descriptor: int, size: int) -> None:
        self._real["ftruncate"](descriptor, size)
        self._content(descriptor)

    def _fsync(self, descriptor: int) -> None:
        self._real["fsync"](descriptor)
        if skipped:
            kind = "names" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "content"
            if kind in skipped:
                return
        named = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if named.is_dir():
            self.steps.append(Step("sync names", directory=self._name(named)))
        else:
            self.steps.append(Step("sync", self._number(os.fstat(descriptor))))

    def _link(self, source: Any, target: Any, **options: Any) -> None:
        self._real["link"](source, target, **options)
        self._names((self._name(target), self._number(os.lstat(target))))

    def _replace(self, source: Any, target: Any) -> None:
        inode = self._number(os.lstat(source))
        self._real["replace"](source, target)
        if not os.path.lexists(source):
            self._names((self._name(target), inode), (self._name(source), 0))

    def _unlink(self, path: Any, **options: Any) -> None:
        self._real["unlink"](path, **options)
        self._names((self._name(path), 0))

    def _mkdir(self, path: Any, *args: Any, **options: Any) -> None:
        self._real["mkdir"](path, *args, **options)
        self._names((self._name(path), -1))


def recorded(path: Path, scenario: Scenario) -> list[Step]:
    """Run a scenario in a fork; return what it did to the disk."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as out:
                recorder = Recorder(path.parent)
                revisions = None if scenario.opening else opened(path)
                recorder.install()
                scenario.act(revisions or opened(path), recorder.told)
                pickle.dump(recorder.steps, out)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        content = said.read()
    os.waitpid(child, 0)
    assert content, "the scenario does not work at all"
    steps: list[Step] = pickle.loads(content)
    return steps


class Disk:
    """What is on the disk for sure, and what may be."""

    def __init__(self, root: Path) -> None:
        self._sure_content: dict[int, bytes] = {}
        self._sure_names: dict[str, int] = {}
        self._open_names: list[list[tuple[str, int]]] = []
        self.told: Told | None = None
        for file in root.rglob("*"):
            self._sure_names[str(file.relative_to(root))] = -1 if file.is_dir() else file.stat().st_ino
            if file.is_file():
                self._sure_content[file.stat().st_ino] = file.read_bytes()
        self._content = dict(self._sure_content)

    def doubt(self, name: str) -> None:
        """Let a file be one whose writer never brought it to the disk."""
        self._sure_content[self._sure_names[name]] = b""

    def do(self, step: Step) -> None:
        match step.kind:
            case "content":
                self._content[step.inode] = step.content
            case "sync":
                self._sure_content[step.inode] = self._content[step.inode]
            case "names":
                self._open_names.append(list(step.names))
            case "sync names":
                self._sync_names(step.directory)
            case "told":
                self.told = Told.last_in(step.content)

    def _sync_names(self, directory: str) -> None:
        for group in self._open_names:
            for named in list(group):
                if os.path.dirname(named[0]) == directory.removeprefix("."):
                    self._set(self._sure_names, named)
                    group.remove(named)
        self._open_names = [group for group in self._open_names if group]

    @staticmethod
    def _set(names: dict[str, int], named: tuple[str, int]) -> None:
        path, inode = named
        if inode:
            names[path] = inode
        else:
            names.pop(path, None)

    def after_a_cut(self) -> Iterator[tuple[dict[str, int], dict[int, bytes]]]:
        """Yield the names and contents that may be found."""
        for most in range(len(self._open_names) + 1):
            names = dict(self._sure_names)
            for group in self._open_names[:most]:
                for named in group:
                    self._set(names, named)
            for way in DATA:
                yield names, {inode: self._kept(inode, way) for inode in names.values() if inode > 0}

    def _kept(self, inode: int, way: str) -> bytes:
        sure, now = self._sure_content.get(inode, b""), self._content[inode]
        if way == "lost" or sure == now:
            return sure
        if way == "kept":
            return now
        middle = (len(sure) + len(now)) // 2 if now.startswith(sure) else len(now) // 2
        return now[:middle]


def lay_out(root: Path, names: dict[str, int], contents: dict[int, bytes]) -> None:
    """Make the files that were found after a cut."""
    root.mkdir(mode=0o700)
    first: dict[int, Path] = {}
    for name, inode in sorted(names.items(), key=lambda item: (item[1] > 0, item[0])):
        path = root / name
        if inode < 0:
            path.mkdir(mode=0o700)
        elif not path.parent.is_dir():
            continue  # the directory it stood in is gone
        elif inode in first:
            os.link(first[inode], path)
        else:
            path.write_bytes(contents[inode])
            path.chmod(0o600)
            first[inode] = path


class Cuts(NamedTuple):
    tried: int
    broken: list[str]


def cut_everywhere(
    directory: Path,
    scenario: Scenario,
    *,
    unsure: Sequence[str] = (),
    stop_at_first: bool = False,
) -> Cuts:
    """Cut the power after every step of a scenario, and look at every disk that may be found then.

    The contents of the files `unsure` were never brought to the disk; only what was told is looked at then.
    """
    path = prepare(directory / "run", scenario)
    disk = Disk(path.parent)
    for name in unsure:
        disk.doubt(name)
    seen: set[bytes] = set()
    broken: list[str] = []
    tried = 0
    for number, step in enumerate([Step("nothing"), *recorded(path, scenario)]):
        disk.do(step)
        if unsure and disk.told is None:
            continue
        for names, contents in disk.after_a_cut():
            found = sorted((name, contents.get(inode, b"")) for name, inode in names.items())
            mark = hashlib.sha256(pickle.dumps((found, disk.told))).digest()
            if mark in seen:
                continue
            seen.add(mark)
            tried += 1
            root = directory / f"cut-{tried}"
            lay_out(root, names, contents)
            try:
                check(root / "federation.toml", disk.told, guarded=scenario.guarded)
            except Exception as error:
                broken.append(f"{scenario.act.__name__}, cut after step {number} ({step.kind}): {error!r}")
                if stop_at_first:
                    return Cuts(tried, broken)
            finally:
                shutil.rmtree(root)
    return Cuts(tried, broken)
