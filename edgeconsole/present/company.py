"""Who else is here and what they edit, in a few words for the crumb bar."""

from collections.abc import Sequence

from edgeconsole.model.text import clean
from edgeconsole.present.table import Line, Span, Style

_NAME, _ABOUT = 12, 30
"""Characters of a name and of what is edited: the bar has other things to say too."""


def line(editors: Sequence[tuple[str, str]], lookers: Sequence[str], staged: Sequence[str]) -> Line:
    """Return one line; an editor of a record that is staged here too comes first and stands out."""
    if editors:
        who, about = next((each for each in editors if _shared(each[1], staged)), editors[0])
        more = f" +{len(editors) - 1}" if len(editors) > 1 else ""
        style = Style.WARN if _shared(about, staged) else Style.PLAIN
        return Line((Span(f"{clean(who, _NAME)} edits {clean(about, _ABOUT)}{more}", style),))
    if lookers:
        more = f" +{len(lookers) - 1}" if len(lookers) > 1 else ""
        return Line((Span(f"{clean(lookers[0], _NAME)}{more} here too", Style.MUTED),))
    return Line(())


def _shared(about: str, staged: Sequence[str]) -> bool:
    return any(name in about.split(", ") for name in staged)
