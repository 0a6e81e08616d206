"""Makes findings from codes: fills the templates, knows what is expected, and turns findings into a stage's result."""

from collections.abc import Mapping, Sequence

from edgeconsole.model.probe import Finding, Severity, Stage, StageResult, StageState
from edgeconsole.model.probe_settings import Expectation
from edgeconsole.model.text import Untrusted, clean
from edgeconsole.rules.probing.codes import CODES

_LONGEST = 700
"""Characters of a sentence; values inside are shorter already."""

_RANK = (Severity.OK, Severity.INFO, Severity.WARNING, Severity.UNKNOWN, Severity.CRITICAL)
"""A known outage goes before what could not be told, and that before what only might hurt."""

_EXPECTED = {
    Expectation.WORKS: (),
    Expectation.ABSENT: ("srv.missing", "srv.declined", "srv.xmpp_missing", "address.none"),
    Expectation.CLOSED: ("tcp.refused", "tcp.timeout", "tcp.unreachable", "tcp.reset", "stun.no_reply", "stun.refused"),
    Expectation.UNTRUSTED: ("cert.", "name."),
    Expectation.REJECTED: (
        "mtls.", "tls.reset", "tls.alert", "app.closed", "sip.forbidden", "sip.no_reply", "sip.diag.policy",
        "sip.diag.not_federated", "sip.diag.trust",
        "xmpp.stream_error.not-authorized", "xmpp.stream_error.policy-violation", "xmpp.stream_error.host-unknown",
        "xmpp.external_missing", "xmpp.no_method", "xmpp.closed",
    ),
}  # fmt: skip


def rank(severity: Severity) -> int:
    """Return how far up a severity goes when several meet."""
    return _RANK.index(severity)


def worst(severities: Sequence[Severity]) -> Severity:
    """Return the one that decides; OK where there is none."""
    return max(severities, key=rank, default=Severity.OK)


def is_expected(code: str, expectation: Expectation, also: Sequence[str] = ()) -> bool:
    """Return whether a code is what the target's settings call right."""
    for each in (*_EXPECTED[expectation], *also):
        if code == each or (each.endswith(".") and code.startswith(each) and _prevents(code)):
            return True
    return False


def _prevents(code: str) -> bool:
    """Return whether a code means that nothing goes through; a certificate near its end, say, does not."""
    entry = CODES[code]
    return entry.severity is Severity.CRITICAL and not entry.works


class Speaker:
    """Says codes about one target or one of its addresses."""

    def __init__(
        self,
        words: Mapping[str, object],
        *,
        expectation: Expectation = Expectation.WORKS,
        also_expected: Sequence[str] = (),
        endpoint: str = "",
    ) -> None:
        self._words = dict(words)
        self._expectation = expectation
        self._also = tuple(also_expected)
        self.endpoint = endpoint

    def at(self, endpoint: str, **words: object) -> "Speaker":
        """Return the speaker for one address."""
        return Speaker(self._words | words, expectation=self._expectation, also_expected=self._also, endpoint=endpoint)

    def say(self, code: str, **words: object) -> Finding:
        """Return the finding of a code; a KeyError means that a word of its sentences is missing."""
        entry, known = CODES[code], self._words | words
        return Finding(
            code=code,
            severity=entry.severity,
            stage=entry.stage,
            endpoint=self.endpoint,
            what=clean(entry.what.format_map(known), _LONGEST),
            fix=clean(entry.fix.format_map(known), _LONGEST),
            who=entry.who,
            cause=entry.cause,
            reference=entry.reference,
            expected=is_expected(code, self._expectation, self._also),
        )


def result_of(
    stage: Stage,
    findings: Sequence[Finding],
    *,
    milliseconds: float | None = None,
    why: str = "",
    facts: Mapping[str, object] | None = None,
) -> StageResult:
    """Return the result of a stage that was run: its state is that of the worst finding nobody expected."""
    leading = max(findings, key=lambda each: (not each.expected, rank(each.severity)), default=None)
    state, words = StageState.OK, why
    if leading is not None:
        state = StageState.OK if leading.expected else _STATES[leading.severity]
        if state is StageState.FAILED and CODES[leading.code].works:
            state = StageState.WARNING
        words = f"as expected: {leading.what}" if leading.expected else leading.what
        if state is StageState.OK and not leading.expected and why:
            words = why
    return StageResult(
        stage=stage,
        state=state,
        milliseconds=None if milliseconds is None else round(milliseconds, 3),
        code=leading.code if leading is not None else "",
        why=clean(words, _LONGEST),
        facts={name: clean(str(value)) for name, value in (facts or {}).items() if value not in ("", None)},
    )


_STATES = {
    Severity.OK: StageState.OK,
    Severity.INFO: StageState.OK,
    Severity.WARNING: StageState.WARNING,
    Severity.CRITICAL: StageState.FAILED,
    Severity.UNKNOWN: StageState.UNKNOWN,
}


def skipped(stage: Stage, why: str) -> StageResult:
    """Return the result of a stage that was not run."""
    return StageResult(stage=stage, state=StageState.SKIPPED, why=Untrusted(clean(why)))


def stops(findings: Sequence[Finding]) -> bool:
    """Return whether nothing after this can be looked at, expected or not."""
    return any(
        each.severity in (Severity.CRITICAL, Severity.UNKNOWN) and not CODES[each.code].works for each in findings
    )
