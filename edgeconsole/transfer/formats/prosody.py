"""Prosody's Lua configuration, never run: its tokens are read for the few list literals that admit or refuse servers.

Anything else than a list of texts (a variable, a call, a concatenation) is told as a row that needs review.
"""

import re
from typing import Any, NamedTuple

from edgeconsole.model.configuration import Table
from edgeconsole.model.text import clean
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, Standing, damaged

_TOKEN = re.compile(
    r"""
    (?P<blank>\s++|--(?!\[=*+\[)[^\n]*+)
  | (?P<long>(?>(?:--)?)\[(?P<level>=*+)\[)
  | (?P<text>"(?>(?:[^"\\\n]|\\.)*)"|'(?>(?:[^'\\\n]|\\.)*)')
  | (?P<name>[A-Za-z_]\w*+)
  | (?P<number>\d[\w.]*+)
  | (?P<mark>[^\s\w"'])
    """,
    re.VERBOSE | re.DOTALL,
)

MAX_TOKENS = 300_000
"""Words and marks of one file: fifteen for each of 20,000 rows."""

_LISTS = {"s2s_whitelist": "allow", "s2s_blacklist": "block"}
_TRUST_LISTS = frozenset({"s2s_secure_domains", "s2s_insecure_domains"})
_OVERRIDE = "s2sout_override"
_TARGET = re.compile(r"(?:tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[^/:\s]+)(?::(\d{1,5}))?/?")


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def read(text: str) -> Parsed:
    """Return the entries of all lists. Raises BadInput for text that is no Lua."""
    reading = _Reading(_tokens(text))
    reading.run()
    return reading.gathered.parsed()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    line, place = 1, 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise damaged(Format.PROSODY, "a text is not closed", line)
        kind, content, end = found.lastgroup or "", found[0], found.end()
        if found["long"]:
            kind, content, end = _long(text, found, line)
        elif kind == "text":
            content = re.sub(r"\\(.)", r"\1", content[1:-1], flags=re.DOTALL)
        if kind != "blank":
            if len(tokens) >= MAX_TOKENS:
                raise damaged(Format.PROSODY, f"it has more than {MAX_TOKENS:,} words", line)
            tokens.append(_Token(kind, content, line))
        line += text.count("\n", place, end)
        place = end
    return tokens


def _long(text: str, opening: re.Match[str], line: int) -> tuple[str, str, int]:
    """Return kind, content and end of a `[==[` text or comment; one that is open to the end of the file is damage."""
    closing = f"]{opening['level']}]"
    end = text.find(closing, opening.end())
    if end < 0:
        raise damaged(Format.PROSODY, "a long text or comment is not closed", line)
    kind = "blank" if opening[0].startswith("--") else "long"
    return kind, text[opening.end() : end], end + len(closing)


class _Reading:
    """One pass over the tokens of a file."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.gathered = Gathering(Format.PROSODY)
        self._tokens = tokens
        self._place = 0
        self._host = ""
        self._overrides: dict[str, tuple[str, int]] = {}
        self._allowed: dict[str, int] = {}

    def run(self) -> None:
        """Find the lists, then join allow list and routes."""
        while self._place < len(self._tokens):
            token = self._take()
            if token.kind != "name":
                continue
            if token.text in ("VirtualHost", "Component"):
                self._host = self._text_after_call() or self._host
            elif self._peek("=") and token.text in (*_LISTS, *_TRUST_LISTS, _OVERRIDE):
                self._take()
                self._assignment(token)
        for domain, line in self._allowed.items():
            fields = {"proxy_fqdn": self._overrides.pop(domain)[0]} if domain in self._overrides else {}
            self.gathered.add(Entry(table=Table.XMPP_PARTNER, key=domain, fields=fields, line=line))
        for domain, (target, line) in self._overrides.items():
            self._review(domain, line, "s2sout_override routes it but admits nobody", {"proxy_fqdn": target})

    def _take(self) -> _Token:
        token = self._tokens[self._place]
        self._place += 1
        return token

    def _peek(self, text: str, ahead: int = 0) -> bool:
        place = self._place + ahead
        return place < len(self._tokens) and self._tokens[place][:2] == ("mark", text)

    def _text_after_call(self) -> str:
        ahead = 1 if self._peek("(") else 0
        place = self._place + ahead
        if place < len(self._tokens) and self._tokens[place].kind in ("text", "long"):
            return self._tokens[place].text
        return ""

    def _assignment(self, name: _Token) -> None:
        values = self._table() if self._peek("{") else None
        if values is None:
            self._review("", name.line, f"{name.text} is not a plain list of texts; Lua is not run", {})
        elif name.text in _TRUST_LISTS:
            self.gathered.warn(
                f"line {name.line}: {name.text} names {len(values)} servers; set tls, sasl and dialback of those"
            )
        elif name.text == _OVERRIDE:
            for domain, value, line in values:
                self._override(domain, value, line)
        else:
            for _, domain, line in values:
                self._listed(name.text, domain, line)

    def _listed(self, name: str, domain: str, line: int) -> None:
        fields: dict[str, Any] = {"action": "block"} if _LISTS[name] == "block" else {}
        if self._host:
            reason = f"{name} stands under {self._host} only; here a rule counts for all our domains"
            self._review(domain, line, reason, fields)
        elif _LISTS[name] == "block":
            self.gathered.add(Entry(table=Table.DOMAIN, key=domain, fields=fields, line=line))
        else:
            self._allowed[domain] = line

    def _override(self, domain: str, target: str, line: int) -> None:
        found = _TARGET.fullmatch(target)
        if found is None or domain.startswith("*"):
            self._review(domain, line, "s2sout_override names no tcp://host:port for one domain", {})
        else:
            self._overrides[domain] = (f"{found[1]}:{found[2] or 5269}", line)

    def _review(self, domain: str, line: int, reason: str, fields: dict[str, Any]) -> None:
        table = Table.DOMAIN if "action" in fields else Table.XMPP_PARTNER
        self.gathered.add(
            Entry(
                table=table,
                key=domain,
                fields=fields,
                line=line,
                standing=Standing.NEEDS_REVIEW,
                reason=str(clean(reason)),
            )
        )

    def _table(self) -> list[tuple[str, str, int]] | None:
        """Return key, text and line of each element of a table literal; None where there is more than texts in it."""
        opened = self._take().line
        values: list[tuple[str, str, int]] = []
        plain = True
        while not self._peek("}"):
            if self._place >= len(self._tokens):
                raise damaged(Format.PROSODY, "a list is not closed", opened)
            key = self._key()
            token = self._take()
            if token.kind in ("text", "long"):
                values.append((key, token.text, token.line))
            else:
                plain = False
            if self._peek(",") or self._peek(";"):
                self._take()
            elif not self._peek("}"):
                plain = False
        self._take()
        return values if plain else None

    def _key(self) -> str:
        """Return the key before an element, `["a.example"] =` or `name =`; empty where it has none."""
        rest = self._tokens[self._place : self._place + 4]
        kinds = [token.kind for token in rest]
        if kinds[:3] == ["mark", "text", "mark"] and rest[0].text == "[" and self._peek("=", 3):
            self._place += 4
            return rest[1].text
        if kinds[:1] == ["name"] and self._peek("=", 1):
            self._place += 2
            return rest[0].text
        return ""
