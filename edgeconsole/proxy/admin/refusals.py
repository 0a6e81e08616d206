"""What the admin API refuses for reasons of its own: identity, limits, preconditions; each as problem details."""

from collections.abc import Mapping
from types import MappingProxyType

from edgeconsole.wire.problems import Overtaking, ProblemDetails

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Refused(Exception):
    """An answer that is no success, with the headers that belong to it."""

    def __init__(self, details: ProblemDetails, headers: Mapping[str, str] = _NO_HEADERS) -> None:
        super().__init__(details.title)
        self.details = details
        self.headers = headers


def unauthenticated() -> Refused:
    """Return the refusal of a caller nobody knows; it says the same for no, a wrong, an expired and a revoked token."""
    details = ProblemDetails(
        title="nobody is known by these credentials",
        status=401,
        code="unauthenticated",
        detail="Show a client certificate or send a bearer token; edgeconsole token create makes one",
    )
    return Refused(details, {"WWW-Authenticate": 'Bearer realm="edgeconsole"'})


def too_many(what: str, seconds: int) -> Refused:
    """Return the refusal of a caller who asks too often; `seconds` until it may ask again."""
    details = ProblemDetails(
        title=f"too many {what}",
        status=429,
        code="rate_limited",
        detail=f"The edge goes on, and answers you again in {seconds} s",
    )
    return Refused(details, {"Retry-After": str(seconds)})


def busy(what: str) -> Refused:
    """Return the refusal of something of which too much goes on already."""
    details = ProblemDetails(title=f"too many {what}", status=503, code="busy", detail="Try again in a few seconds")
    return Refused(details, {"Retry-After": "5"})


def not_found(what: str) -> Refused:
    """Return the refusal of something that does not exist."""
    return Refused(ProblemDetails(title=f"there is no {what}", status=404, code="not_found"))


def too_large(limit: int) -> Refused:
    """Return the refusal of a body above the limit, in bytes; the rest of it is not read."""
    details = ProblemDetails(title=f"the body is larger than {limit} bytes", status=413, code="too_large")
    return Refused(details, {"Connection": "close"})


def too_slow(seconds: float) -> Refused:
    """Return the refusal of a body that did not come in time."""
    details = ProblemDetails(title=f"the body did not come within {seconds:.0f} seconds", status=408, code="too_slow")
    return Refused(details, {"Connection": "close"})


def wrong_media(why: str) -> Refused:
    """Return the refusal of a body in a form that is not read."""
    return Refused(
        ProblemDetails(title=why, status=415, code="bad_input", detail="Send application/json, uncompressed")
    )


def from_a_browser() -> Refused:
    """Return the refusal of a web page's request: a page could otherwise use the certificate of who looks at it."""
    return Refused(ProblemDetails(title="web pages may not use this API", status=403, code="not_permitted"))


def precondition_required() -> Refused:
    """Return the refusal of a change that does not say on which revision it was made."""
    details = ProblemDetails(
        title="say on which revision this change was made",
        status=428,
        code="precondition_required",
        detail="Send If-Match with the ETag of what you read, or If-None-Match: * to create only",
    )
    return Refused(details)


def precondition_failed(title: str, tag: str, since: tuple[Overtaking, ...] = ()) -> Refused:
    """Return the refusal of a change on a revision that is not the newest; `tag` is the ETag of the one that is."""
    details = ProblemDetails(
        title=title,
        status=412,
        code="precondition_failed",
        detail="Read the new revision and repeat the change on it",
        since=since,
    )
    return Refused(details, {"ETag": tag})


def key_reused() -> Refused:
    """Return the refusal of an idempotency key that stood for another request."""
    title = "this Idempotency-Key was used for another request"
    return Refused(ProblemDetails(title=title, status=409, code="key_reused", detail="Use a new key"))


def key_in_use() -> Refused:
    """Return the refusal of a request whose first copy is still being answered."""
    title = "a request with this Idempotency-Key is being answered"
    return Refused(ProblemDetails(title=title, status=409, code="key_in_use", detail="Repeat it in a second"))
