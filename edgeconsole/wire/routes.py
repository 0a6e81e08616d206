"""The routes of the admin API and the role each asks for: one table for the server, the client and the tests."""

from enum import Enum
from typing import NamedTuple

PREFIX = "/v1"


class Role(Enum):
    """What a caller may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what the needed one may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Route(NamedTuple):
    """One route."""

    name: str
    method: str
    path: str
    role: Role


ROUTES: tuple[Route, ...] = (
    Route("health", "GET", "/health", Role.VIEWER),
    Route("capabilities", "GET", "/capabilities", Role.VIEWER),
    Route("config", "GET", "/config", Role.VIEWER),
    Route("config_text", "GET", "/config/text", Role.VIEWER),
    Route("history", "GET", "/history", Role.VIEWER),
    Route("counters", "GET", "/counters", Role.VIEWER),
    Route("sessions", "GET", "/sessions", Role.VIEWER),
    Route("discovered", "GET", "/discovered", Role.VIEWER),
    Route("failures", "GET", "/failures", Role.VIEWER),
    Route("events", "GET", "/events", Role.VIEWER),
    Route("explain", "POST", "/explain", Role.VIEWER),
    Route("impact", "POST", "/impact", Role.VIEWER),
    Route("plan", "POST", "/plan", Role.OPERATOR),
    Route("undo", "POST", "/undo", Role.OPERATOR),
    Route("apply", "POST", "/apply", Role.OPERATOR),
    Route("reload", "POST", "/reload", Role.OPERATOR),
    Route("sessions_close", "POST", "/sessions/close", Role.OPERATOR),
)

PATHS: dict[str, str] = {route.name: PREFIX + route.path for route in ROUTES}
