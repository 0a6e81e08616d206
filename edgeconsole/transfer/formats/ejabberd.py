"""ejabberd.yml: the access control lists that `s2s_access` really reaches, in the order its rule asks them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from edgeconsole.model.configuration import Table
from edgeconsole.model.text import clean
from edgeconsole.transfer.formats.yaml_subset import NotUnderstood, Scalar, sections, value_of
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, Standing

_MISPLACED = re.compile(r"^[ \t]+s2s_access[ \t]*:", re.MULTILINE)
_EVERYBODY = "all"


def read(text: str) -> Parsed:
    """Return the entries; what is not understood becomes a row that needs review, with its line."""
    reading = _Reading()
    try:
        reading.take(text)
    except NotUnderstood as error:
        reading.review("", error.line, f"not understood, so none of the lists was taken: {error.message}")
    return reading.gathered.parsed()


class _Reading:
    def __init__(self) -> None:
        self.gathered = Gathering(Format.EJABBERD)
        self._decided: set[tuple[str, str]] = set()
        self._entries: list[Entry] = []

    def review(self, key: str, line: int, reason: str, *, allow: bool = False) -> None:
        """Add a row for the operator to decide."""
        table = Table.XMPP_PARTNER if allow else Table.DOMAIN
        self.gathered.add(
            Entry(
                table=table,
                key=str(clean(key)),
                fields={},
                line=line,
                standing=Standing.NEEDS_REVIEW,
                reason=str(clean(reason)),
            )
        )

    def take(self, text: str) -> None:
        """Follow s2s_access to its rule and the rule to its lists."""
        found = sections(text)
        lists = self._section(found, "acl")
        rules = self._section(found, "access_rules")
        for name in ("host_config", "append_host_config"):
            if name in found:
                self.review("", found[name][0].number, f"{name} may change lists for one host; it is not read")
        misplaced = _MISPLACED.search(text)
        if "s2s_access" not in found:
            where = text.count("\n", 0, misplaced.start()) + 1 if misplaced else 0
            self.gathered.warn(
                "s2s_access is not set at the top level, so none of the lists is in force"
                + (f": line {where} has it indented, where it does nothing" if where else "")
            )
            return
        named = value_of(found["s2s_access"])
        line = found["s2s_access"][0].number
        rule = rules.get(named) if isinstance(named, str) else named
        if isinstance(named, str) and rule is None and named not in (_EVERYBODY, "none"):
            self.review("", line, f"s2s_access names the rule {named!r}, which access_rules does not have")
            return
        reached = self._follow(rule, lists, line)
        for name in lists.keys() - reached:
            self.gathered.warn(f"acl {name} is not reached by s2s_access; it was not taken")
        if not self._entries:
            self.gathered.warn("s2s_access names no single server")
        for entry in self._entries:
            self.gathered.add(entry)

    def _section(self, found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = value_of(found[name]) if name in found else None
        if value is not None and not isinstance(value, Mapping):
            raise NotUnderstood(f"{name} is no map", found[name][0].number)
        return value or {}

    def _follow(self, rule: Any, lists: Mapping[str, Any], line: int) -> set[str]:
        """Ask the rule's lines in order, as ejabberd does; return the names of the lists it reaches."""
        reached: set[str] = set()
        for verb, what in _rule_lines(rule, line):
            if verb not in ("allow", "deny"):
                self.review("", line, f"the rule says {verb!r}, which is neither allow nor deny")
                continue
            if what in (None, _EVERYBODY):
                self._everybody(verb)
                break
            for one in what if isinstance(what, list) else [what]:
                inner = one.get("acl", one) if isinstance(one, Mapping) else one
                if isinstance(inner, str):
                    reached.add(inner)
                    if inner not in lists and inner != "none":
                        self.review("", line, f"the rule names acl {inner!r}, which is not defined")
                    inner = lists.get(inner)
                for kind, name, at in _names(inner, line):
                    self._name(verb, kind, name, at)
        return reached

    def _everybody(self, verb: str) -> None:
        if verb == "allow":
            self.gathered.warn("there every other server is allowed; here only listed XMPP partners are")

    def _name(self, verb: str, kind: str, name: str, line: int) -> None:
        if kind != "server":
            self.review(name, line, f"{kind} is a pattern, not one domain", allow=verb == "allow")
            return
        if ("server", name) in self._decided:
            self.gathered.warn(f"line {line}: {name} was decided by an earlier line of the rule")
            return
        self._decided.add(("server", name))
        if verb == "deny":
            self._entries.append(Entry(table=Table.DOMAIN, key=name, fields={"action": "block"}, line=line))
        else:
            self._entries.append(Entry(table=Table.XMPP_PARTNER, key=name, fields={}, line=line))


def _rule_lines(rule: Any, line: int) -> Iterator[tuple[str, Any]]:
    """Yield verb and subject of each line of a rule, in any of the forms ejabberd takes."""
    if isinstance(rule, str):
        yield rule, None
    elif isinstance(rule, Mapping):
        yield from rule.items()
    elif isinstance(rule, list):
        for element in rule:
            yield from _rule_lines(element, line)
    elif rule is not None:
        raise NotUnderstood("the rule has a form that is not understood here", line)


def _names(definition: Any, line: int) -> Iterator[tuple[str, str, int]]:
    """Yield kind, text and line of everything a list names."""
    if isinstance(definition, list):
        for element in definition:
            yield from _names(element, line)
    elif isinstance(definition, Mapping):
        for kind, value in definition.items():
            for one in value if isinstance(value, list) else [value]:
                text = one if isinstance(one, str) else ""
                yield str(kind), text, one.line if isinstance(one, Scalar) else line
