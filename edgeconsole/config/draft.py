"""The pieces of a text while tables are put in, replaced and removed; takes care of blank lines and line ends."""

import re

from edgeconsole.config.scan import PREAMBLE, Header, Layout, header_start, own_end

_LEADING_BLANKS = re.compile(r"(?:[ \t]*\r?\n)+")
_TRAILING_BLANKS = re.compile(r"(?<=\n)(?:[ \t]*\r?\n)+\Z")
_ENDS_IN_COMMENT = re.compile(r"(?:\A|\n)[ \t]*\#[^\n]*\n\Z")
_ENDS_BLANK = re.compile(r"(?:\A|\n)[ \t]*\r?\n\Z")


class Draft:
    """A text being rewritten piece by piece; indexes are those of the layout it started from."""

    def __init__(self, layout: Layout) -> None:
        self.base = layout
        self.newline = layout.newline
        self._replaced: dict[int, str] = {}
        self._removed: set[int] = set()
        self._new: dict[int, list[tuple[Header, str]]] = {}

    def replace(self, index: int, piece: str) -> None:
        """Put another text in the place of a piece."""
        self._replaced[index] = piece

    def remove(self, index: int) -> None:
        """Take a table out, with the comments right above it; comment blocks that stand by themselves stay."""
        self._removed.add(index)

    def put_in(self, index: int, header: Header, table: str) -> None:
        """Put a new table behind an existing piece, before comment blocks that stand by themselves."""
        self._new.setdefault(index, []).append((header, table))

    def layout(self) -> Layout:
        """Return the finished text, cut into its pieces."""
        base = self.base
        if not self._removed and not self._new:
            pieces, plain = list(base.pieces), list(base.plain)
            for index, piece in self._replaced.items():
                pieces[index], plain[index] = piece, False
            return Layout(pieces, base.headers, plain)
        done = Layout([], [], [])
        for index, header in enumerate(base.headers):
            piece = self._replaced.get(index, base.pieces[index])
            if index in self._removed or index in self._new:
                self._rebuild(done, index, piece)
            else:
                done.pieces.append(piece)
                done.headers.append(header)
                done.plain.append(base.plain[index] and index not in self._replaced)
        return done

    def _rebuild(self, done: Layout, index: int, piece: str) -> None:
        """Put what takes the place of one piece behind those that are done."""
        new = self._new.get(index, [])
        last = index == len(self.base.pieces) - 1
        end = own_end(piece)
        own, tail = piece[:end], piece[end:]
        if index in self._removed and not new:
            self._close_gap(done, piece, tail, last)
            return
        unended = last and bool(piece) and not piece.endswith("\n")
        between = "" if self._compact(done, index, tail) else self.newline
        if index not in self._removed:
            if own and not own.endswith("\n"):
                own += self.newline
            if not tail and not last:
                tail = between
            # A comment right above the new table would from now on be taken for the new table's own.
            gap = between or (self.newline if _ENDS_IN_COMMENT.search(own) else "")
            done.pieces.append(own if not own or _ENDS_BLANK.search(own) else own + gap)
            done.headers.append(self.base.headers[index])
            done.plain.append(False)
        done.pieces.extend(self._spaced([table for _, table in new], between, tail, unended))
        done.headers.extend(header for header, _ in new)
        done.plain.extend([False] * len(new))

    @staticmethod
    def _spaced(tables: list[str], between: str, tail: str, unended: bool) -> list[str]:
        spaced = [table + between for table in tables[:-1]] + [tables[-1] + tail]
        if unended:
            spaced[-1] = spaced[-1].removesuffix("\n").removesuffix("\r")
        return spaced

    def _compact(self, done: Layout, index: int, tail: str) -> bool:
        """Return whether tables follow one another without a blank line here."""
        if self.base.headers[index] is PREAMBLE:
            return False
        if index + 1 < len(self.base.pieces):
            return not tail
        alike = bool(done.headers) and done.headers[-1] == self.base.headers[index]
        return alike and not _ENDS_BLANK.search(done.pieces[-1])

    def _close_gap(self, done: Layout, piece: str, tail: str, last: bool) -> None:
        """Leave what followed a removed table to the piece before it, without doubling the blank line between."""
        before = done.pieces[-1]
        if len(done.pieces) == 1 and not before:
            # Comments at the very start of a file are about the file.
            before = piece[: header_start(piece)]
        above, below = _TRAILING_BLANKS.search(before), _LEADING_BLANKS.match(tail)
        if above and (last and not tail.strip()):
            before = before[: above.start()]
        elif above and below:
            # Of the two gaps around the table the larger one stays.
            if below[0].count("\n") > above[0].count("\n"):
                before = before[: above.start()]
            else:
                tail = tail[below.end() :]
        elif below and not before:
            tail = tail[below.end() :]
        done.pieces[-1] = before + tail
