"""Errors on the wire: RFC 9457 problem details, from and to the errors of the model."""

import msgspec

from edgeconsole.model.errors import (
    BadInput,
    Conflict,
    EdgeconsoleError,
    Indeterminate,
    NotPermitted,
    Problem,
    Unreachable,
    Unsupported,
)

MEDIA_TYPE = "application/problem+json"


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is no success."""

    title: str
    status: int
    code: str
    detail: str = ""
    """What to do next."""
    errors: tuple[Problem, ...] = ()
    type: str = "about:blank"


_FORMS: tuple[tuple[type[EdgeconsoleError], int, str], ...] = (
    (BadInput, 422, "bad_input"),
    (Conflict, 409, "conflict"),
    (NotPermitted, 403, "not_permitted"),
    (Unsupported, 501, "unsupported"),
    (Unreachable, 502, "unreachable"),
    (Indeterminate, 500, "indeterminate"),
)


def from_error(error: EdgeconsoleError) -> ProblemDetails:
    """Return the problem details of an error."""
    status, code = next(((s, c) for kind, s, c in _FORMS if isinstance(error, kind)), (500, "error"))
    return ProblemDetails(title=error.message, status=status, code=code, detail=error.remedy, errors=error.problems)


def to_error(details: ProblemDetails) -> EdgeconsoleError:
    """Return the error that problem details describe; unknown codes become the base class."""
    kind = next((kind for kind, _, code in _FORMS if code == details.code), EdgeconsoleError)
    return kind(details.title, remedy=details.detail, problems=details.errors)
