"""The errors of edgeconsole: each says what, where, why, what still works and what to do next.

EdgeconsoleError
├── BadInput        a file, an argument or a request that cannot be taken; carries problems
│   └── ConfirmRequired   a change this large is applied with a time to confirm it in
├── Conflict        somebody else changed the same thing first
│   └── ConfirmPending    another change waits to be confirmed
├── Unreachable     the backend does not answer
├── Busy            the backend is there, and lets this caller wait
├── NotSaved        the disk refused; nothing was changed
├── NotPermitted    the caller's role does not cover it
├── Unsupported     this backend cannot do it
└── Indeterminate   it may or may not have happened; read again before retrying
"""

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, and where."""

    message: str
    """What is wrong and why, one sentence."""
    file: str = ""
    line: int | None = None
    column: int | None = None
    field: str = ""
    """Table and key, as in `domain "fabrikam.example".access_edge`."""
    remedy: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        parts = (place, self.field, self.message)
        text = ": ".join(part for part in parts if part)
        return f"{text}. {self.remedy}" if self.remedy else text


class EdgeconsoleError(Exception):
    """Base of all errors a user sees."""

    exit_code = 1
    """Exit code of the commands (design, section 7)."""

    def __init__(self, message: str, *, remedy: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.problems = problems

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class BadInput(EdgeconsoleError):
    """Input that cannot be taken; nothing was changed."""

    exit_code = 2


class Conflict(EdgeconsoleError):
    """The base of a change is not the saved revision any more; nothing was changed."""

    exit_code = 3


class ConfirmRequired(BadInput):
    """The change is above the guard and was asked for without a time to confirm it in; nothing was changed."""


class ConfirmPending(Conflict):
    """Another change waits to be confirmed; the message says whose, and how long; nothing was changed."""


class Unreachable(EdgeconsoleError):
    """The backend does not answer."""

    exit_code = 4


class Busy(EdgeconsoleError):
    """The backend is there and answers others; this caller asked too often, or too much goes on already."""

    exit_code = 4


class NotSaved(EdgeconsoleError):
    """A save that did not happen; the file is as it was."""


class NotPermitted(EdgeconsoleError):
    """The caller may not do this."""

    exit_code = 5


class Unsupported(EdgeconsoleError):
    """This backend cannot do it; says which one can."""

    exit_code = 2


class Indeterminate(EdgeconsoleError):
    """The request may have taken effect; its outcome is not known."""

    exit_code = 6
