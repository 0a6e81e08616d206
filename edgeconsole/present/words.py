"""The words and glyphs that state is shown with: one place, so that a state reads the same everywhere."""

from edgeconsole.model.verdict import PartnerClass, StepResult, VerdictKind
from edgeconsole.present.table import Span, Style

CLASS_WORDS: dict[PartnerClass, str] = {
    PartnerClass.INTERNAL: "ours",
    PartnerClass.ALLOWED_SERVER: "allowed server",
    PartnerClass.ALLOWED_DOMAIN: "allowed",
    PartnerClass.DISCOVERED: "discovered",
    PartnerClass.BLOCKED: "blocked",
    PartnerClass.NOT_LISTED: "not listed",
    PartnerClass.SPLIT_DOMAIN: "split domain",
    PartnerClass.HOSTED: "hosted",
    PartnerClass.PUBLIC_IM: "public IM",
    PartnerClass.XMPP: "XMPP",
    PartnerClass.DEFAULT_ROUTE: "default route",
}

OK = Span(". ok", Style.OK)
IDLE = Span(". idle", Style.MUTED)
OFF = Span("- off", Style.OFF)
BLOCKED = Span("- blocked", Style.OFF)
WARN = Span("! refused", Style.WARN)
FAIL = Span("X FAIL", Style.FAIL)
UNNAMED = Span("! failed", Style.WARN)
"""A connection failed before anybody knew for whom it was: a scanner as likely as a partner."""
STALE = Span("? stale", Style.STALE)

STEP_SPANS: dict[StepResult, Span] = {
    StepResult.PASS: Span(". pass", Style.OK),
    StepResult.DENY: Span("X deny", Style.FAIL),
    StepResult.FAIL: Span("X fail", Style.FAIL),
    StepResult.NOT_RUN: Span("? not run", Style.STALE),
    StepResult.NOT_NEEDED: Span("- skip", Style.MUTED),
}

VERDICT_SPANS: dict[VerdictKind, Span] = {
    VerdictKind.ALLOWED: Span(". allowed", Style.OK),
    VerdictKind.DENIED: Span("X denied", Style.FAIL),
    VerdictKind.FAILED: Span("X failed", Style.FAIL),
}


def switch(on: bool) -> str:
    """Return ON or OFF."""
    return "ON" if on else "OFF"
