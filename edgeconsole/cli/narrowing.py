"""Lists of commands narrowed by the filter's language: the same words and fields as `/` in the console."""

from collections.abc import Sequence

from edgeconsole.cli import output
from edgeconsole.cli.command import Exit
from edgeconsole.model.errors import BadInput
from edgeconsole.present.filtering import fields_of, positions, understood
from edgeconsole.present.table import ListView


def narrowed(view: ListView, words: Sequence[str]) -> Sequence[int]:
    """Return the positions of the rows that match. Raises BadInput for a field or a value that there is not."""
    wanted = understood(words, view)
    if wanted.problem:
        raise BadInput(wanted.problem, remedy=f"Fields of this list: {', '.join(fields_of(view))}")
    return positions(view, view.search, wanted)


def print_narrowed(view: ListView, words: Sequence[str], found: Sequence[int]) -> int:
    """Print the rows that match; return 1 where words were given and nothing matches them."""
    if words and not found:
        output.say(f"0 of {len(view.keys)} match {' '.join(words)}")
        return Exit.NO
    output.print_list(view._replace(keys=[view.keys[place] for place in found], row=lambda at: view.row(found[at])))
    return Exit.YES
