"""A body for each route that takes one: shown in the OpenAPI description, and tried by the tests."""

from typing import Any

_BLOCK: dict[str, Any] = {"table": "domain", "key": "fabrikam.example", "fields": {"action": "block"}}

EXAMPLES: dict[str, Any] = {
    "explain": {"from": "alice@contoso.example", "to": "bob@fabrikam.example"},
    "impact": {"changes": [_BLOCK]},
    "plan": {"changes": [_BLOCK]},
    "undo": {},
    "apply": {"plan_id": "0b6f5f3e-6f0e-4a43-9f52-6f4c2f6f5d0e", "why": "INC-1"},
    "rollback": {"number": 1},
    "confirm": {"token": "0a1b2c3d"},
    "confirm_cancel": {"token": "0a1b2c3d"},
    "restore_point_put": {"why": "before the migration"},
    "sessions_close": {"domain": "fabrikam.example"},
    "probe": {"targets": ["fabrikam.example"]},
    "reload": {"why": "INC-1", "confirm": 120},
    "promote": {"comment": "Supplier", "why": "INC-1"},
    "presence_put": {"doing": "editing", "about": 'domain "fabrikam.example"', "console": "a1"},
    "domain_put": {"action": "allow", "access_edge": "sip.fabrikam.example", "comment": "Supplier"},
    "partner_put": {"tls": "required", "sasl": "required"},
    "policy_put": {"federation": True},
    "tokens_create": {"name": "monitoring", "role": "viewer", "expires": "90d"},
}
