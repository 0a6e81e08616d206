"""The routes of the admin API: one table for the server, the client, the manual and the tests."""

from typing import Any, NamedTuple

from edgeconsole.model.audit import AuditRecord, AuditVerification
from edgeconsole.model.change import FieldValue
from edgeconsole.model.observed import DiscoveredPartner, Failure, Health, PartnerCounters, Session, WatchedPeer
from edgeconsole.model.plan import ApplyResult, Impact, Plan
from edgeconsole.model.probing import CertificateRow, ProbeHistory, Probes
from edgeconsole.model.revision import RestorePoint, RevisionRecord
from edgeconsole.model.verdict import Explanation, Question
from edgeconsole.wire import messages
from edgeconsole.wire.messages import Items
from edgeconsole.wire.roles import Role

__all__ = ["PATHS", "PREFIX", "ROUTES", "VIA", "Query", "Role", "Route"]

PREFIX = "/v1"

VIA = "Edgeconsole-Via"
"""Header that names the program a caller uses, as `console` or `command`, for the history and the audit."""

Record = dict[str, FieldValue]
"""One record as federation.toml writes it: keys of its table, defaults left out."""


class Query(NamedTuple):
    """A parameter of the query string."""

    name: str
    kind: Any
    """`int` or `str`."""
    help: str


class Route(NamedTuple):
    """One route. A new one needs a row here and a handler of the same name; everything else follows."""

    name: str
    method: str
    path: str
    role: Role
    help: str = ""
    takes: Any = None
    """Type of the body; None where there is none."""
    gives: Any = None
    """Type of the answer; None where the handler writes it itself."""
    query: tuple[Query, ...] = ()
    bulk: bool = False
    """Whether the body may be as long as the longest configuration."""
    guarded: bool = False
    """Whether `If-Match` or `If-None-Match: *` is asked for."""
    tagged: bool = False
    """Whether answers carry the revision as their ETag."""
    secret: bool = False
    """Whether the answer holds a secret, so that it is not kept for an `Idempotency-Key`."""
    media: str = "application/json"

    @property
    def replays(self) -> bool:
        """Whether a repeated `Idempotency-Key` gets the first answer again."""
        streams = self.media != "application/json"
        return self.method == "POST" and self.role is not Role.VIEWER and not self.secret and not streams


_VIEWER, _OPERATOR, _ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN
_WHY = Query("why", str, "Reason, kept in the history.")
_CONFIRM = Query("confirm", int, "Seconds, 10 to 3600, after which it goes back unless somebody confirms it.")
_LIMIT = Query("limit", int, "Most records in the answer.")
_OFFSET = Query("offset", int, "Domains to pass over: `next` of the page before.")
_AFTER = Query("after", int, "Id of the last event seen; `Last-Event-ID` goes before it.")
_CURSOR = Query("after", int, "`cursor` of an earlier answer: what moved since.")
_HEAD = Query("head", str, "`SEQ:HASH` noted earlier, as the log and `health` show it.")
_DOMAIN, _PARTNER, _POLICY = "/domains/{domain}", "/partners/{kind}/{name}", "/policies/{policy}"


def _record(name: str, path: str, what: str) -> tuple[Route, ...]:
    return (
        Route(name, "GET", path, _VIEWER, f"One {what}.", gives=Record, tagged=True),
        Route(
            f"{name}_put", "PUT", path, _OPERATOR, f"Set a {what} whole: plan and apply in one call.",
            takes=Record, gives=ApplyResult, query=(_WHY, _CONFIRM), guarded=True, tagged=True,
        ),
        Route(
            f"{name}_delete", "DELETE", path, _OPERATOR, f"Remove a {what}: plan and apply in one call.",
            gives=ApplyResult, query=(_WHY, _CONFIRM), guarded=True, tagged=True,
        ),
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    Route("health", "GET", "/health", _VIEWER, "How the edge is, and which revision it enforces.", gives=Health),
    Route("capabilities", "GET", "/capabilities", _VIEWER, "What the caller may do.",
          gives=messages.CapabilitiesAnswer),
    Route(
        "config", "GET", "/config", _VIEWER, "The saved configuration, a page of domains at a time.",
        gives=messages.ConfigurationPage, query=(_OFFSET, _LIMIT), tagged=True,
    ),
    Route("config_text", "GET", "/config/text", _VIEWER, "The saved file, byte for byte.", tagged=True,
          media="application/toml"),
    Route("history", "GET", "/history", _VIEWER, "The latest revisions, newest first.", gives=Items[RevisionRecord],
          query=(_LIMIT,)),
    Route("history_one", "GET", "/history/{number}", _VIEWER, "One revision.", gives=RevisionRecord),
    Route("history_text", "GET", "/history/{number}/text", _VIEWER, "The whole file as it was at a revision.",
          media="application/toml"),
    Route("counters", "GET", "/counters", _VIEWER, "Counts for each partner.", gives=Items[PartnerCounters]),
    Route("sessions", "GET", "/sessions", _VIEWER, "Live connections with partners.", gives=Items[Session]),
    Route("discovered", "GET", "/discovered", _VIEWER, "Unlisted domains seen in traffic.",
          gives=Items[DiscoveredPartner]),
    Route("watch_list", "GET", "/discovered/watch-list", _VIEWER,
          "Edges of discovered partners by certificate, the restricted ones first.", gives=Items[WatchedPeer]),
    Route("metrics", "GET", "/metrics", _VIEWER, "What the edge counts, as OpenMetrics.",
          media="application/openmetrics-text"),
    Route("failures", "GET", "/failures", _VIEWER, "The latest refusals and failures.", gives=Items[Failure]),
    Route("presence", "GET", "/presence", _VIEWER, "Who looks at or edits what.", gives=Items[messages.Presence]),
    Route("presence_put", "PUT", "/presence", _VIEWER, "Tell what the caller does; holds 60 seconds, blocks nobody.",
          takes=messages.PresenceNote, gives=Items[messages.Presence]),
    Route("events", "GET", "/events", _VIEWER, "Server-sent events: hints that something moved.", query=(_AFTER,),
          media="text/event-stream"),
    Route("openapi", "GET", "/openapi.json", _VIEWER, "This description.", gives=dict[str, Any]),
    Route("explain", "POST", "/explain", _VIEWER, "May one address reach another, and why.",
          takes=Question, gives=Explanation),
    Route("impact", "POST", "/impact", _VIEWER, "What changes would open and close.", takes=messages.PlanRequest,
          gives=Impact, bulk=True),
    Route("plan", "POST", "/plan", _OPERATOR, "Plan changes; nothing is written.", takes=messages.PlanRequest,
          gives=Plan, bulk=True),
    Route("undo", "POST", "/undo", _OPERATOR, "Plan the reverse of a revision.", takes=messages.UndoRequest,
          gives=Plan),
    Route("apply", "POST", "/apply", _OPERATOR, "Save and enforce a plan.", takes=messages.ApplyRequest,
          gives=ApplyResult, tagged=True),
    Route("rollback", "POST", "/rollback", _OPERATOR, "Plan the whole file as it was at a revision or restore point.",
          takes=messages.RollbackRequest, gives=Plan),
    Route("confirm", "POST", "/confirm", _OPERATOR, "Keep the change that goes back by itself otherwise.",
          takes=messages.ConfirmRequest, gives=messages.ConfirmAnswer),
    Route("confirm_cancel", "POST", "/confirm/cancel", _OPERATOR, "Take the change that waits back now.",
          takes=messages.ConfirmRequest, gives=ApplyResult, tagged=True),
    Route("restore_points", "GET", "/restore-points", _VIEWER, "Revisions that have names.",
          gives=Items[RestorePoint]),
    Route("restore_point_put", "PUT", "/restore-points/{name}", _OPERATOR, "Name a revision; its text is kept.",
          takes=messages.RestorePointRequest, gives=RestorePoint),
    Route("restore_point_delete", "DELETE", "/restore-points/{name}", _OPERATOR, "Take a name away.",
          gives=RestorePoint),
    Route("audit", "GET", "/audit", _VIEWER, "What was done, newest first.", gives=Items[AuditRecord],
          query=(_LIMIT,)),
    Route("audit_verify", "GET", "/audit/verify", _VIEWER, "Whether the audit was tampered with.",
          gives=AuditVerification, query=(_HEAD,)),
    Route("reload_plan", "POST", "/reload/plan", _OPERATOR, "What enforcing the saved file would change.", gives=Plan),
    Route("reload", "POST", "/reload", _OPERATOR, "Enforce the saved file, a hand edit included.",
          takes=messages.ReloadRequest, gives=ApplyResult, tagged=True),
    Route("sessions_close", "POST", "/sessions/close", _OPERATOR,
          "Close the sessions of a domain, with a peer, or one by its id.",
          takes=messages.CloseRequest, gives=messages.CloseAnswer),
    Route("probes", "GET", "/probes", _VIEWER, "What is known of each target by probes, or what moved since a cursor.",
          gives=Probes, query=(_CURSOR,)),
    Route("probe_history", "GET", "/probes/{target}", _VIEWER, "All that is kept of one target: `NAME` or `KIND NAME`.",
          gives=ProbeHistory),
    Route("probe", "POST", "/probe", _OPERATOR, "Probe now: one JSON line for each stage and each result.",
          takes=messages.ProbeRequest, media="application/x-ndjson"),
    Route("certificates", "GET", "/certificates", _VIEWER, "Every certificate of partners and of ours, by days left.",
          gives=Items[CertificateRow]),
    Route("promote", "POST", "/discovered/{domain}/promote", _OPERATOR, "Allow a discovered partner.",
          takes=messages.PromoteRequest, gives=ApplyResult, tagged=True),
    Route("dismiss", "POST", "/discovered/{domain}/dismiss", _OPERATOR, "Forget a discovered partner until seen again.",
          gives=messages.DismissAnswer),
    *_record("domain", _DOMAIN, "federated domain"),
    *_record("partner", _PARTNER, "partner; `kind` is xmpp, hosting or public"),
    *_record("policy", _POLICY, "policy"),
    Route("tokens", "GET", "/tokens", _ADMIN, "The bearer tokens.", gives=Items[messages.Token]),
    Route("tokens_create", "POST", "/tokens", _ADMIN, "Make a bearer token; the answer shows it once.",
          takes=messages.TokenRequest, gives=messages.TokenCreated, secret=True),
    Route("tokens_revoke", "DELETE", "/tokens/{id}", _ADMIN, "Revoke a bearer token, from the next request on.",
          gives=messages.RevokeAnswer),
)  # fmt: skip

PATHS: dict[str, str] = {route.name: PREFIX + route.path for route in ROUTES}
