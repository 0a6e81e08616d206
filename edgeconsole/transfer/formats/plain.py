"""Plain lists: spam lists, tickets, spreadsheet columns; domains one a line or in a row, comments kept as reasons.

A list does not say whether its domains are wanted or not: `--as plain-allow` or `plain-block` does, or the word allow
or block before each domain, which is what our own plain export writes.
"""

import re

from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, comment_of

_COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|//|;)[ \t]?(.*)$")
_SEPARATORS = re.compile(r"[\s,;]+")
_ACTIONS = frozenset({"allow", "block"})


def read(text: str, action: str | None = None) -> Parsed:
    """Return one entry a domain. Raises BadInput where neither the caller nor the line says what to do with it."""
    form = {None: Format.PLAIN, "allow": Format.PLAIN_ALLOW, "block": Format.PLAIN_BLOCK}[action]
    gathered = Gathering(form)
    for number, line in enumerate(text.split("\n"), 1):
        found = _COMMENT.search(line)
        comment = comment_of(found[1]) if found else None
        words = [word for word in _SEPARATORS.split(line[: found.start()] if found else line) if word]
        said = words.pop(0).lower() if len(words) > 1 and words[0].lower() in _ACTIONS else None
        for word in words:
            gathered.add(_entry(word, action or said, comment, number))
    return gathered.parsed()


SAY_WHICH = "Say it with --as plain-allow or --as plain-block, or write allow or block before each domain"


def _entry(word: str, action: str | None, comment: str | None, line: int) -> Entry:
    if action is None:
        raise BadInput(
            f"line {line}: a plain list does not say whether its domains are to be allowed or blocked",
            remedy=SAY_WHICH,
        )
    fields: dict[str, object] = {"action": action}
    if comment:
        fields["comment"] = comment
    return Entry(table=Table.DOMAIN, key=word, fields=fields, line=line)
