"""The lexical elements of TOML that decide where a statement ends: strings, comments, brackets, keys."""

import re
import tomllib

_WS = r"[ \t]*+"
_BARE = r"[A-Za-z0-9_-]++"
# No value of the file may have more than 1,024 characters; the bound keeps a hostile string from costing memory. The
# groups are atomic, not possessive: Python before 3.11.5 matches possessive groups wrongly.
_TIMES = "{0,4096}"
_BASIC = rf'"[^"\\\n]*+(?>(?:\\[^\n][^"\\\n]*+){_TIMES})"'
_LITERAL = r"'[^'\n]*+'"
_KEY = rf"(?:{_BARE}|{_BASIC}|{_LITERAL})"

STRING = rf"(?:{_BASIC}|{_LITERAL})"
"""A string on one line, as a regular expression without groups."""

KEYS = rf"{_KEY}(?>(?:{_WS}\.{_WS}{_KEY}){_TIMES})"
"""A key of one or more parts, as a regular expression without groups."""

TOKEN = re.compile(
    rf'(?P<string>"""[^"\\]*+(?>(?:(?:\\.|"(?!""))[^"\\]*+){_TIMES})"{{3,5}}'
    rf"|'''[^']*+(?>(?:'(?!'')[^']*+){_TIMES})'{{3,5}}"
    rf"|{_BASIC}|{_LITERAL})"
    r"|(?P<comment>\#[^\n]*+)"
    r"|(?P<newline>\n)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])"
    # The single character is a quote that opens a string which never ends; the parser will say so.
    r"|(?P<other>[^\"'#\n\[\]{}]++|.)",
    re.DOTALL,
)

_PART = re.compile(rf"{_WS}({_KEY}){_WS}\.?")


def key_path(shown: str) -> tuple[str, ...]:
    """Return the parts of a key as written in a text, quotes and escapes undone."""
    return tuple(_unquoted(part[1]) for part in _PART.finditer(shown))


def _unquoted(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] != '"':
        return part
    if "\\" not in part:
        return part[1:-1]
    try:
        value: str = tomllib.loads(f"x = {part}")["x"]
    except ValueError:
        # A bad escape: the parser reports it, here only the extent matters.
        return part
    return value
