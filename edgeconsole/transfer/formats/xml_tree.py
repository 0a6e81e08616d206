"""XML of outside files by expat alone: no DTD, no entities, bounded depth and size, one top-level element at a time."""

from collections.abc import Callable
from xml.parsers import expat

from edgeconsole.transfer.parsed import Format, damaged

MAX_DEPTH = 32
MAX_ELEMENTS = 1_000_000
"""Elements of one file: ten for each of 100,000 rows."""

MAX_ELEMENTS_OF_ONE = 20_000
"""Elements of one top-level object, the most that is in memory at a time."""

MAX_ATTRIBUTES = 32


class Node:
    """One element: its name without prefix, its attributes, its text, its children."""

    __slots__ = ("attributes", "children", "line", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.text = ""
        self.children: list[Node] = []

    def child(self, name: str) -> "Node | None":
        """Return the first child of that name."""
        return next((node for node in self.children if node.name == name), None)


def read(text: str, form: Format, take: Callable[[Node], None]) -> str:
    """Call `take` with each child of the root as it is complete, and return the root's name.

    Raises BadInput, naming the line, for anything that is not well-formed, declares a DTD or an entity, or is too
    deep or too large.
    """
    return _Reader(form, take).run(text)


class _Reader:
    def __init__(self, form: Format, take: Callable[[Node], None]) -> None:
        self._form = form
        self._take = take
        self._stack: list[Node] = []
        self._pieces: list[list[str]] = []
        self._elements = 0
        self._of_one = 0
        self._root = ""
        # The text is decoded already, whatever encoding its declaration still names.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse
        self._parser.SkippedEntityHandler = self._refuse

    def run(self, text: str) -> str:
        try:
            # In one piece: expat 2.5 takes quadratic time over one long attribute fed in small ones.
            self._parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            raise damaged(self._form, f"column {error.offset}: {expat.ErrorString(error.code)}", error.lineno) from None
        return self._root

    def _line(self) -> int:
        return int(self._parser.CurrentLineNumber)

    def _refuse(self, *_: object) -> int:
        raise damaged(self._form, "it declares a document type or entities, which are not taken", self._line())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._of_one += 1
        if len(self._stack) >= MAX_DEPTH:
            raise damaged(self._form, f"nested deeper than {MAX_DEPTH} levels", self._line())
        if self._elements > MAX_ELEMENTS or self._of_one > MAX_ELEMENTS_OF_ONE or len(attributes) > MAX_ATTRIBUTES:
            raise damaged(self._form, f"it has more than {MAX_ELEMENTS:,} elements, or too many in one", self._line())
        node = Node(name.rpartition(":")[2], attributes, self._line())
        self._root = self._root or node.name
        if len(self._stack) > 1:
            self._stack[-1].children.append(node)
        self._stack.append(node)
        self._pieces.append([])

    def _characters(self, text: str) -> None:
        if self._pieces:
            self._pieces[-1].append(text)

    def _end(self, _: str) -> None:
        node = self._stack.pop()
        node.text = "".join(self._pieces.pop())
        if len(self._stack) == 1:
            self._of_one = 0
            self._take(node)
