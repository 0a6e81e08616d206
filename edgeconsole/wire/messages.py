"""Requests and answers of the admin API that are not values of the model themselves."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Generic, TypeVar

import msgspec

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.revision import Revision
from edgeconsole.wire.roles import Role

Item = TypeVar("Item")

MOST_CHANGES = 250_000
"""Changes in one plan: two and a half times the largest list the edge is measured with."""

Changes = Annotated[tuple[Change, ...], msgspec.Meta(max_length=MOST_CHANGES)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@-]*(?![\s\S])")]
"""What a person calls a token."""

PAGE_SIZE = 5000
"""Domains in one page of `GET config`: about 0.5 MB and a few milliseconds of decoding."""


class Items(msgspec.Struct, Generic[Item], frozen=True):
    """A collection."""

    items: tuple[Item, ...]


class ConfigurationPage(msgspec.Struct, frozen=True, kw_only=True):
    """The saved configuration with one page of its domains."""

    revision: Revision
    configuration: Configuration
    next: int | None = None
    """Offset of the next page of domains; None on the last."""


class CapabilitiesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller may do and the edge can do."""

    role: str
    supported: tuple[str, ...]
    missing: dict[str, str] = {}


class PlanRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to plan, on a base revision where the caller saw one."""

    changes: Changes
    base: Revision | None = None
    rewrite: bool = False
    """Whether the file may be written anew, without its comments, where the change cannot be made otherwise."""


class UndoRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which revision to reverse; None is the last one that is not undone."""

    number: int | None = None
    rewrite: bool = False
    """Whether the file may be written anew, without its comments, where the change cannot be made otherwise."""


class ApplyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan to apply, and why."""

    plan_id: str
    why: str = ""
    via: str = ""
    confirm: Annotated[float, msgspec.Meta(gt=0, le=3600)] | None = None
    """Seconds, 10 at least, after which it goes back unless somebody confirms it."""
    emergency: bool = False
    """Blocks one domain even where the audit cannot be written; then the log alone has it."""


class ReloadRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which saved revision to enforce, and why."""

    base: Revision | None = None
    """The saved revision that was looked at; where another one is saved by now, nothing is done."""
    why: str = ""
    confirm: Annotated[float, msgspec.Meta(gt=0, le=3600)] | None = None
    """Seconds, 10 at least, after which the file goes back to what ran before unless somebody confirms it."""


class ConfirmRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which change to keep, or to take back now."""

    token: str


class ConfirmAnswer(msgspec.Struct, frozen=True):
    """The revision that stays."""

    revision: Revision


class RollbackRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to go back to: a revision, a restore point, or with neither the revision before the last one."""

    number: int | None = None
    name: str | None = None


class RestorePointRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which revision to name; None is the saved one."""

    number: int | None = None
    why: str = ""


class CloseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sessions to close: those of a domain, those with a peer, or one by its id; exactly one of the three."""

    domain: str = ""
    session: str = ""
    """Its id, as `sessions list` shows it."""
    peer: str = ""
    """Remote address, or address and port."""


class CloseAnswer(msgspec.Struct, frozen=True):
    """How many sessions were closed."""

    closed: int


class ProbeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to probe now: targets as an operator types them, or all of the configuration, or those that fail."""

    targets: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=512)], ...], msgspec.Meta(max_length=1_000)
    ] = ()
    all: bool = False
    failing: bool = False


class PromoteRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Allow a discovered partner, pinned to its Access Edge where one is named."""

    access_edge: str | None = None
    comment: str | None = None
    why: str = ""
    confirm: Annotated[float, msgspec.Meta(gt=0, le=3600)] | None = None
    """Seconds, 10 at least, after which it goes back unless somebody confirms it."""


class DismissAnswer(msgspec.Struct, frozen=True):
    """Whether the domain was on the list of discovered partners."""

    dismissed: bool


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bearer token to make."""

    name: Name
    role: Role
    expires: str
    """How long it lives, at most 366 days: `12h`, `30d`."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a bearer token; never the token."""

    id: str
    name: str
    role: str
    created: datetime
    expires: datetime
    created_by: str
    last_used: datetime | None = None
    """To the hour."""


class TokenCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A token just made; `secret` is shown this once and kept nowhere."""

    secret: str
    token: Token


class RevokeAnswer(msgspec.Struct, frozen=True):
    """Whether there was such a token."""

    revoked: bool


class Doing(Enum):
    """What somebody has on screen."""

    LOOKING = "looking"
    EDITING = "editing"
    AWAY = "away"
    """Takes the note back."""


class PresenceNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the caller does now; holds for 60 seconds and blocks nobody."""

    doing: Doing
    about: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """What is looked at or edited, as in `domain "fabrikam.example"`."""
    console: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """Tells the consoles of one person apart."""


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks at or edits what, as far as their consoles say."""

    who: str
    doing: Doing
    about: str
    console: str
    since: datetime
    """When this began; repeating the note does not move it."""
    seen: datetime
