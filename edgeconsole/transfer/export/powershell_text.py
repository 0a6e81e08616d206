"""PowerShell source: literals, comments and the frame of a change script; nothing that is quoted can end its quotes."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from edgeconsole.model.text import clean

LIMIT = 4096

_BREAKS = re.compile(r"[\r\n\t\v\f\x85\u2028\u2029]+")
_SINGLE_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
"""PowerShell ends a single-quoted text at a typographic quotation mark as well; each is doubled with itself."""


class Heading(NamedTuple):
    """What a script says about itself."""

    title: str = "the whole configuration"
    by: str = ""
    at: str = ""
    why: str = ""


NO_HEADING = Heading()


class Script(NamedTuple):
    """A change script, the script that takes it back, and what neither can say."""

    change: str
    revert: str
    omitted: tuple[str, ...]


class Step(NamedTuple):
    """One change: what must be so before, what is run, what must be so after."""

    phase: int
    """Order among the steps: lower runs first."""
    before: tuple[str, ...]
    run: tuple[str, ...]
    after: tuple[str, ...] = ()


def literal(value: Any) -> str:
    """Return a value as PowerShell literal: single-quoted text on one line, `$true`, a number, `$null`, `@(…)`."""
    if value is None:
        return "$null"
    if isinstance(value, bool):
        return "$true" if value else "$false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return "@(" + ",".join(literal(element) for element in value) + ")"
    return "'" + _SINGLE_QUOTES.sub(r"\1\1", one_line(str(value))) + "'"


def one_line(text: str) -> str:
    """Return a text without line breaks, other hidden characters made visible."""
    return str(clean(_BREAKS.sub(" ", text), LIMIT))


def comment(text: str) -> str:
    """Return a comment line; no line break and no comment mark in the text gets out of it."""
    return "# " + one_line(text).replace("#>", "# >").replace("<#", "< #")


def refuse_unless(condition: str, message: str) -> str:
    """Return a line that stops the script unless a condition holds."""
    return f"if (-not ({condition})) {{ throw {literal('precondition failed: ' + message)} }}"


def refuse_if(condition: str, message: str) -> str:
    """Return a line that stops the script if a condition holds."""
    return f"if ({condition}) {{ throw {literal('precondition failed: ' + message)} }}"


def framed(heading: Heading, parameters: str, steps: Sequence[Step], closing: Sequence[str], kind: str) -> str:
    """Return a whole script: head, preconditions, changes in their order, verification."""
    ordered = sorted(steps, key=lambda step: step.phase)
    about = " ".join(part for part in (f"by {heading.by}" if heading.by else "", heading.at) if part)
    lines = [
        "#requires -Version 3",
        comment(f"edgeconsole {kind} of {heading.title} {about}".rstrip()),
        *([comment(f"reason: {heading.why}")] if heading.why else []),
        comment("try it first with -WhatIf; it stops at the first error, and nothing behind that is done"),
        f"param({parameters})",
        "$ErrorActionPreference = 'Stop'",
        "# 1 preconditions: stop if the world is not what the plan saw",
        *(line for step in ordered for line in step.before),
        "# 2 change",
        *((line for step in ordered for line in step.run) if ordered else ["# nothing to change"]),
        *closing,
    ]
    return "\n".join(lines) + "\n"
