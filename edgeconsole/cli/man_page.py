"""The manual page edgeconsole(1), made from the table of verbs; with the standard library only: the build makes it."""

import argparse
from collections.abc import Iterator

from edgeconsole import __version__
from edgeconsole.cli.arguments import VERBS, Verb
from edgeconsole.cli.parser import build_parser

_FILES = (
    ("/etc/edgeconsole/federation.toml", "what the edge enforces"),
    ("~/.config/edgeconsole/console.toml", "edges by name"),
    ("/run/edgeconsole/admin.sock", "the proxy's admin socket"),
    ("~/.local/state/edgeconsole", "drafts, log and crash reports of the console"),
)
_ENVIRONMENT = (
    ("EDGECONSOLE_SOCKET", "admin socket to use where no option names an edge"),
    ("EDGECONSOLE_LOG", "what the proxy logs, as --log"),
    ("EDGECONSOLE_AUDIT_KEY", "where the key of the audit is: file:PATH or cred:NAME"),
    ("EDGECONSOLE_ASCII", "set: draw ASCII only"),
    ("NO_COLOR", "set: no colour"),
)
_EXITS = ("yes or done", "no", "usage or bad input", "conflict", "backend unreachable", "not permitted",
          "indeterminate")  # fmt: skip


def man_page() -> str:
    """Return the page in man(7) macros."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH EDGECONSOLE 1 "" "edgeconsole {__version__}" "User Commands"'
    yield from (".SH NAME", "edgeconsole \\- operations console for a SIP and XMPP federation edge")
    yield from (".SH SYNOPSIS", ".B edgeconsole", "[\\fIOPTION\\fR]... [\\fIVERB\\fR ...]")
    yield from (".SH DESCRIPTION", "Without a verb the console opens; ? in it lists the keys.")
    yield ".SH OPTIONS"
    for action in build_parser()._actions:
        if action.option_strings:
            yield from _entry(_option(action), action.help or "")
    yield ".SH VERBS"
    for verb in VERBS:
        yield from _verb(verb)
    yield ".SH EXIT STATUS"
    for code, meaning in enumerate(_EXITS):
        yield from _entry(str(code), meaning)
    yield ".SH FILES"
    for name, meaning in _FILES:
        yield from _entry(_plain(name), meaning)
    yield ".SH ENVIRONMENT"
    for name, meaning in _ENVIRONMENT:
        yield from _entry(_plain(name), meaning)


def _verb(verb: Verb) -> Iterator[str]:
    parser = argparse.ArgumentParser(add_help=False)
    for take in verb.takes:
        take(parser)
    operands = " ".join(_operand(action) for action in parser._actions if not action.option_strings)
    yield f".SS {_plain(' '.join(('edgeconsole', *verb.words)))} {operands}".rstrip()
    yield _plain(verb.help)
    for action in parser._actions:
        if action.option_strings or action.help:
            name = _option(action) if action.option_strings else _operand(action)
            yield from _entry(name, action.help or "")


def _operand(action: argparse.Action) -> str:
    name = _value(action)
    shown = f"\\fI{_plain(name)}\\fR" + ("..." if action.nargs in ("*", "+") else "")
    return f"[{shown}]" if action.nargs in ("?", "*") else shown


def _option(action: argparse.Action) -> str:
    names = ", ".join(f"\\fB{_plain(option)}\\fR" for option in action.option_strings)
    return names if action.nargs == 0 else f"{names} \\fI{_plain(_value(action))}\\fR"


def _value(action: argparse.Action) -> str:
    if action.metavar is None and action.choices is not None:
        return "|".join(str(choice) for choice in action.choices)
    return str(action.metavar or action.dest.upper())


def _entry(name: str, meaning: str) -> tuple[str, ...]:
    return (".TP", f"\\fB{name}\\fR" if "\\f" not in name else name, _plain(meaning.replace("%%", "%")))


def _plain(text: str) -> str:
    """Return text that no macro and no escape is read from."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
