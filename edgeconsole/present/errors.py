"""An error as lines: what, where, why, what to do next."""

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.present.table import Line, Span, Style


def lines(error: EdgeconsoleError) -> tuple[Line, ...]:
    """Return the error's sentence and a line for each problem."""
    shown = [Line((Span(str(error), Style.FAIL),))]
    shown += [Line((Span(f"  {problem}"),)) for problem in error.problems]
    return tuple(shown)


def sentence(error: EdgeconsoleError) -> str:
    """Return the error in one line for the flash row."""
    if not error.problems:
        return str(error)
    more = f" (+{len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
    return f"{error.message}: {error.problems[0]}{more}"
