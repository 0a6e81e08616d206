"""Objects that a Get-Cs… cmdlet printed, in whatever form, turned into entries by the table of PowerShell names."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, get_origin

from edgeconsole.model.configuration import Table
from edgeconsole.transfer import records
from edgeconsole.transfer.formats import teams
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, Standing, comment_of
from edgeconsole.transfer.powershell import BOOKKEEPING, NOUNS, VERIFICATION, Noun, Property

_DOTNET_NAME = re.compile(r"(?:System|Microsoft|Deserialized)(?:\.[A-Za-z]\w*)+(?:`\d+.*|\[.*)?", re.DOTALL)
_CUT_LIST = re.compile(r"(?:\.\.\.|…)\s*\}?$")


class PrintedObject(NamedTuple):
    """One object: its .NET type where the form tells it, its properties, and where it stands."""

    type_name: str
    properties: Mapping[str, Any]
    line: int


class Unreadable(ValueError):
    """A value that the property cannot have."""


def parsed(form: Format, objects: Iterable[PrintedObject], unit: str = "line") -> Parsed:
    """Return the entries of all objects; those of no known kind become invalid rows."""
    gathered = Gathering(form, unit)
    for printed in objects:
        if teams.is_tenant(printed.properties):
            teams.gather(printed.properties, printed.line, gathered)
            continue
        noun = noun_of(printed)
        if noun is None:
            gathered.add(_unknown(printed))
        else:
            gathered.add(_entry(noun, printed, gathered))
    return gathered.parsed()


def noun_of(printed: PrintedObject) -> Noun | None:
    """Return what an object is, by its type, else by its properties."""
    name = printed.type_name.rpartition(".")[2].partition("#")[0].removeprefix("Display").lower()
    for noun in NOUNS:
        if name == noun.type_name.lower():
            return noun
    present = {prop.lower() for prop in printed.properties}
    return next((noun for noun in NOUNS if present.issuperset(prop.lower() for prop in noun.telling)), None)


def _unknown(printed: PrintedObject) -> Entry:
    named = records.shown(printed.type_name) if printed.type_name else "of no known type"
    return Entry(
        table=Table.DOMAIN,
        key=_identity({name.lower(): value for name, value in printed.properties.items()}),
        fields={},
        line=printed.line,
        standing=Standing.INVALID,
        reason=f"an object {named} that Get-Cs… prints for no federation rule",
    )


def _identity(properties: Mapping[str, Any]) -> str:
    for name in ("identity", "domain", "name"):
        value = properties.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _entry(noun: Noun, printed: PrintedObject, gathered: Gathering) -> Entry:
    given = {name.lower(): value for name, value in printed.properties.items()}
    known = noun.by_name()
    fields: dict[str, Any] = dict(noun.constant)
    notes: list[str] = []
    wrong = ""
    for name, value in given.items():
        prop = known.get(name)
        if prop is None:
            if name not in BOOKKEEPING:
                original = next(text for text in printed.properties if text.lower() == name)
                gathered.warn(f"{noun.noun}: the column {records.shown(original)} has no counterpart and is left out")
            continue
        try:
            _take(noun, prop, value, fields, notes)
        except Unreadable as error:
            wrong = wrong or f"{prop.name} {error}"
    for note in notes:
        gathered.warn(f"{noun.noun}: {note}")
    return Entry(
        table=noun.table,
        key=_key(noun, _identity(given)),
        fields=fields,
        line=printed.line,
        standing=Standing.INVALID if wrong else Standing.RULE,
        reason=wrong,
        notes=tuple(notes),
    )


def _key(noun: Noun, identity: str) -> str:
    """Return our natural key: `Tag:Sales` is our `user:Sales`, a configuration that exists once has none."""
    if not records.KEPT[noun.table].key:
        return ""
    if noun.table is not Table.POLICY:
        return identity
    scope, colon, name = identity.partition(":")
    if not colon:
        return "global" if identity.lower() == "global" else f"user:{identity}"
    return f"site:{name}" if scope.lower() == "site" else f"user:{name}"


def _take(noun: Noun, prop: Property, value: Any, fields: dict[str, Any], notes: list[str]) -> None:
    kind = records.fields_of(noun.table)[prop.field].type
    if prop.field == "comment":
        fields["comment"] = comment_of(value)
    elif isinstance(value, str) and _DOTNET_NAME.fullmatch(value.strip()):
        notes.append(f"{prop.name} holds the name of a .NET type: its values were lost, export with Clixml or JSON")
    elif get_origin(kind) is tuple:
        fields[prop.field] = _list(prop, value, notes)
    elif value is None or (isinstance(value, str) and not value.strip()):
        fields[prop.field] = None
    elif prop.words is not None:
        fields[prop.field] = _word(prop, value, notes)
    elif kind is bool:
        fields[prop.field] = _switch(value)
    elif kind is timedelta:
        fields[prop.field] = f"{_number(value)}{prop.unit}"
    elif kind is int:
        fields[prop.field] = _number(value)
    else:
        fields[prop.field] = _plain_text(value)


def _list(prop: Property, value: Any, notes: list[str]) -> list[str]:
    if isinstance(value, str):
        text = value.strip()
        if _CUT_LIST.search(text):
            notes.append(f"{prop.name} is cut off (…): set $FormatEnumerationLimit = -1, or export with JSON")
            text = _CUT_LIST.sub("", text)
        return [part.strip() for part in text.strip("{}").split(",") if part.strip()]
    if isinstance(value, list | tuple):
        return [_plain_text(part) for part in value]
    if not value:
        return []
    raise Unreadable(f"needs a list, not {records.shown(value)}")


def _word(prop: Property, value: Any, notes: list[str]) -> str:
    assert prop.words is not None
    if isinstance(value, int) or (isinstance(value, str) and value.strip().isdecimal()):
        number = _number(value)
        if not 0 <= number < len(prop.words):
            raise Unreadable(f"is the number {number}, which names none of {', '.join(prop.words)}")
        word = list(prop.words)[number]
        exported = "VerificationLevel" if prop.words is VERIFICATION else prop.name
        notes.append(f"{exported} {number} is a number, read as {word} by the order in its help: check it")
        return prop.words[word]
    for word, ours in prop.words.items():
        if isinstance(value, str) and value.strip().lower() == word.lower():
            return ours
    raise Unreadable(f"needs one of {', '.join(prop.words)}, not {records.shown(value)}")


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in ("true", "false"):
        raise Unreadable(f"needs True or False, not {records.shown(value)}")
    return word == "true"


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Unreadable(f"needs a whole number, not {records.shown(value)}")
    return int(text)


def _plain_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"needs text, not {records.shown(value)}")
    return value.strip()
