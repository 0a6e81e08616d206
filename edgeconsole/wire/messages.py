"""Requests and answers of the admin API that are not values of the model themselves."""

from typing import Generic, TypeVar

import msgspec

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.revision import Revision

Item = TypeVar("Item")

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

    changes: tuple[Change, ...]
    base: Revision | None = None


class UndoRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which revision to reverse; None is the last one that is not undone."""

    number: int | None = None


class ApplyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan to apply, and why."""

    plan_id: str
    why: str = ""
    via: str = ""


class CloseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose sessions to close."""

    domain: str


class CloseAnswer(msgspec.Struct, frozen=True):
    """How many sessions were closed."""

    closed: int
