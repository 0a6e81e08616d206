"""One line of text being typed: its cursor, and the keys that move in it and change it. No drawing, no Textual."""

LONGEST = 300
"""Letters of a line."""

_BOUNDS = frozenset(" .@:/")
"""What stands between the parts that ctrl+w takes away and ctrl+left jumps over: labels of a name, words."""


class LineEdit:
    """A text and the place in it where the next letter goes."""

    def __init__(self, text: str = "", at: int | None = None, *, replaced: bool = False) -> None:
        self.text = text
        self.at = len(text) if at is None else max(0, min(at, len(text)))
        """Letters before the cursor."""
        self.replaced = replaced and bool(text)
        """Whether the whole text is merely offered: the next letter takes its place, any other key keeps it."""

    def take(self, key: str, character: str | None) -> bool:
        """Take a key press; whether it means something in a line."""
        offered, self.replaced = self.replaced, False
        match key:
            case "left" | "right":
                self.at = max(0, min(len(self.text), self.at + (1 if key == "right" else -1)))
            case "home":
                self.at = 0
            case "end":
                self.at = len(self.text)
            case "ctrl+left":
                self.at = self._part_before()
            case "ctrl+right":
                self.at = self._part_after()
            case "backspace":
                self._cut(max(0, self.at - 1), self.at)
            case "delete":
                self._cut(self.at, self.at + 1)
            case "ctrl+w":
                self._cut(len(self.text[: self._part_before()].rstrip()), self.at)
            case "ctrl+u":
                self._cut(0, len(self.text))
            case _ if character is not None and character.isprintable():
                if offered:
                    self._cut(0, len(self.text))
                self.put(character)
            case _:
                self.replaced = offered
                return False
        return True

    def put(self, text: str) -> None:
        """Write a text where the cursor is; what is too long is cut."""
        taken = text[: max(0, LONGEST - len(self.text))]
        self.text = self.text[: self.at] + taken + self.text[self.at :]
        self.at += len(taken)

    def _cut(self, start: int, end: int) -> None:
        self.text, self.at = self.text[:start] + self.text[end:], start

    def _part_before(self) -> int:
        place = self.at
        while place and self.text[place - 1] in _BOUNDS:
            place -= 1
        while place and self.text[place - 1] not in _BOUNDS:
            place -= 1
        return place

    def _part_after(self) -> int:
        place = self.at
        while place < len(self.text) and self.text[place] not in _BOUNDS:
            place += 1
        while place < len(self.text) and self.text[place] in _BOUNDS:
            place += 1
        return place
