"""Errors on the wire: RFC 9457 problem details, from and to the errors of the model."""

from datetime import datetime

import msgspec

from edgeconsole.model.errors import (
    BadInput,
    Busy,
    ConfirmPending,
    ConfirmRequired,
    Conflict,
    EdgeconsoleError,
    Indeterminate,
    NotPermitted,
    NotSaved,
    Problem,
    Unreachable,
    Unsupported,
)
from edgeconsole.model.probing import ProbeDone, ProbeProgress

MEDIA_TYPE = "application/problem+json"


class Overtaking(msgspec.Struct, frozen=True, kw_only=True):
    """A revision that was made after the one a caller had seen."""

    revision: int
    who: str
    via: str
    at: datetime
    fields: tuple[str, ...]
    """At most 20, as in `domain "fabrikam.example".action`."""


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every answer that is no success."""

    title: str
    status: int
    code: str
    detail: str = ""
    """What to do next."""
    errors: tuple[Problem, ...] = ()
    since: tuple[Overtaking, ...] = ()
    """What happened meanwhile, where the caller's revision is not the newest any more."""
    instance: str = ""
    """Names this one answer, for the log of the proxy."""
    type: str = "about:blank"


class ProbeProblem(msgspec.Struct, frozen=True, tag="problem"):
    """The last line of a stream of probes that could not go on."""

    problem: ProblemDetails


ProbeLine = ProbeProgress | ProbeDone | ProbeProblem
"""One line of the answer to `POST probe`."""

_FORMS: tuple[tuple[type[EdgeconsoleError], int, str], ...] = (
    (ConfirmRequired, 422, "confirm_required"),
    (ConfirmPending, 409, "pending_confirm"),
    (BadInput, 422, "bad_input"),
    (Conflict, 409, "conflict"),
    (NotPermitted, 403, "not_permitted"),
    (Unsupported, 501, "unsupported"),
    (Unreachable, 502, "unreachable"),
    (Indeterminate, 500, "indeterminate"),
    (NotSaved, 507, "not_saved"),
    (Busy, 503, "busy"),
)

_FURTHER: dict[str, type[EdgeconsoleError]] = {
    "unauthenticated": NotPermitted,
    "not_found": BadInput,
    "precondition_required": BadInput,
    "precondition_failed": Conflict,
    "key_reused": Conflict,
    "key_in_use": Conflict,
    "too_large": BadInput,
    "rate_limited": Busy,
}
"""Codes of the transport itself, and what they are to a client."""


def from_error(error: EdgeconsoleError) -> ProblemDetails:
    """Return the problem details of an error."""
    status, code = next(((s, c) for kind, s, c in _FORMS if isinstance(error, kind)), (500, "error"))
    return ProblemDetails(title=error.message, status=status, code=code, detail=error.remedy, errors=error.problems)


def to_error(details: ProblemDetails) -> EdgeconsoleError:
    """Return the error that problem details describe; unknown codes become the base class."""
    known = {code: kind for kind, _, code in _FORMS} | _FURTHER
    kind = known.get(details.code, EdgeconsoleError)
    return kind(details.title, remedy=details.detail, problems=details.errors)
