"""What the help teaches: state words, probe codes with their causes, lint codes with what they found; no I/O."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from edgeconsole.model.probe import ProbeResult, Severity, WhoActs
from edgeconsole.model.text import clean
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.rules.lint import RULES, Finding
from edgeconsole.rules.lint import Severity as LintSeverity
from edgeconsole.rules.probing.causes import CAUSES
from edgeconsole.rules.probing.codes import CODES

STATES: Mapping[str, str] = {
    ". ok": "It works: something passed lately, or the last look found nothing wrong.",
    ". idle": "Allowed, and nothing has passed since the edge started; a probe tells whether it would.",
    ". passes": "Not listed, and let in by partner discovery within its limits.",
    ". listed": "The record is there; nothing has passed and nothing was probed yet.",
    ". enabled": "The provider's record is switched on.",
    ". running": "This revision is what the edge enforces now.",
    ". in force": "The grant names a policy that exists.",
    ". set": "The file carries this field.",
    ". yes": "The policy allows it.",
    "- no": "The policy does not allow it.",
    "- off": "Switched off by the configuration.",
    "- blocked": "A rule of ours keeps it out; what came is counted as denied. The block key offers to lift it.",
    "- disabled": "The provider's record is switched off; its rules count for nothing.",
    "- expired": "The record's end has passed: it counts for nothing until it gets a new one or none.",
    "- default": "The file does not carry this field; the default counts.",
    "- remove": "The draft removes the record.",
    "- not used": "Nothing in the configuration needs this record.",
    "- replaced": "Another record does this one's work.",
    "! refused": "It is not listed and partner discovery is off, so its messages are refused. Allow it, or block it.",
    "! throttled": "A discovered partner sends more than it may in a second: what comes too fast is refused.",
    "! suspicious": "Most of what this discovered partner sends fails, so it is held to a lower rate.",
    "! contacts": "A discovered partner addressed as many of our people as it may; allowing it lifts that.",
    "! warning": "It works, with something that will break or looks wrong; nothing is refused for it.",
    "! checking": "Seen failing once; it is looked at again at once before it is believed.",
    "! better": "It failed and the last look was good; it is believed when the next one is good as well.",
    "X better": "It failed and is recovering; it is believed when the next look is good as well.",
    "! check": "Something about the record needs a look: the pane says what.",
    "! ending": "The certificate ends within 30 days: renew it on every member of the pool.",
    "! doubt": "Something is wrong with the certificate besides its dates: the pane says what.",
    "! needed": "The record cannot be saved without this field.",
    "! choose": "Somebody else changed the same field: keep yours or take theirs.",
    "! waits": "Applied with a timer: it goes back by itself unless it is kept.",
    "! edited by hand": "The file was changed outside; it is not enforced before it is reloaded.",
    "! WARN": "Worth doing soon; nothing is refused for it yet.",
    "~ flapping": "It comes and goes too often to be called well or broken; look at the last rounds.",
    "~ change": "The draft changes the record.",
    "+ add": "The draft makes this record.",
    "* staged": "The draft changes it; nothing has reached the edge. Review applies or leaves it out.",
    "* changed": "Changed in this form; stage it to put it into the draft.",
    "? stale": "No result for two and a half intervals: what is shown may be over.",
    "? pending": "Not looked at yet.",
    "? unknown": "It could not be found out: nothing is said about it, for better or worse.",
    "? not linted": "Nothing was looked for: edgeconsole check does it.",
    "? not asked": "DNS was not asked.",
    "? not read": "The file was not read.",
    "! failed": "A connection failed before it said for whom it was: a scanner as likely as a partner.",
    "X FAIL": "It does not work: the last message failed within 15 minutes, or a probe found a critical fault.",
    "X critical": "A probe found a fault that stops traffic, twice in a row.",
    "X expired": "The certificate has ended: strict partners refuse every connection.",
    "X ending": "The certificate ends within 7 days: renew it now.",
    "X impossible": "These settings leave no way to prove who speaks; take a preset.",
    "X no policy": "The grant names a policy that does not exist: the next wider one counts.",
    "X missing": "The record is needed and is not there.",
    "X differs": "The record is there and says something else than is needed.",
    "X bad": "The value cannot be taken: the pane says why.",
    "X by timer": "Nobody kept it in time, so it went back by itself.",
    ". done": "The edge answered what was asked of it.",
    "- read": "Something was read; nothing was changed.",
    "X failed": "It was refused or not answered: the pane says why.",
    ". here": "This is the edge the console looks at now.",
    "X no answer": "The edge did not answer when it was asked a moment ago.",
    "? asking…": "The edge was asked and has not answered yet.",
    "+ new": "The file has a record that is not here yet.",
    ". same": "The file's record says what is here already.",
    "~ changes": "The file's record changes one that is here.",
    "= duplicate": "The same record stands in the file before; the first one counts.",
    "! conflict": "The file says of a record what contradicts the one that is here: choose one.",
    "? decide": "Its meaning differs here or is not certain; it is taken only if you take it in.",
    "? proposal": "A suggestion made from what the file tells, not a record of it; it is taken only if you take it in.",
    "X invalid": "The row cannot be read as a record: the pane says why.",
    "= expected": "Found, and said to be right by the target's settings; it counts as ok.",
    ". note": "Found and told; nothing need be done.",
    ". info": "Found and told; nothing need be done.",
    "X error": "Something that cannot work, or contradicts something else.",
}
"""What a state that a list shows means, by glyph and word."""

_SEVERITIES = {
    Severity.OK: "nothing need be done",
    Severity.INFO: "a note: nothing need be done",
    Severity.WARNING: "warning: it works, and will not for ever or not for everybody",
    Severity.CRITICAL: "critical: traffic is stopped or about to be",
    Severity.UNKNOWN: "unknown: it could not be looked at",
}

_WHO = {
    WhoActs.US: "we mend it",
    WhoActs.PARTNER: "the partner mends it",
    WhoActs.FIREWALL: "whoever runs the firewall mends it",
    WhoActs.AUTHORITY: "the certificate authority mends it",
    WhoActs.NOBODY: "there is nothing to mend",
}

_LINT_SEVERITIES = {
    LintSeverity.ERROR: "error: two settings contradict one another, or something configured cannot work",
    LintSeverity.WARNING: "warning: it works otherwise than it reads, or carries a risk",
    LintSeverity.INFORMATION: "information: worth knowing, nothing need be done",
}

_RULES = {rule.code: rule for rule in RULES}
_MOST = 5
"""Findings of one code the help names."""


def state_lines(cells: Iterable[str]) -> Iterator[Line]:
    """Yield what the states among the cells of a row mean, each once."""
    for text in dict.fromkeys(cells):
        meaning = STATES.get(text, "") or _BY_STAGE.get(text, "")
        if meaning:
            yield Line((Span(f"{text}  ", Style.STRONG), Span(meaning)))


_BY_STAGE = {
    f"X {word}": f"A probe fails at {what}; the codes below say how it is mended."
    for word, what in {
        "dns": "DNS", "address": "the address", "tcp": "the TCP connection", "starttls": "STARTTLS",
        "tls": "the TLS handshake", "cert": "the certificate", "name": "the name in the certificate",
        "our cert": "our own certificate, which the other side does not take", "answer": "the answer",
    }.items()
}  # fmt: skip


def probe_lines(code: str, *, what: str = "", fix: str = "") -> Iterator[Line]:
    """Yield the runbook of a probe code: what was found, what to do, who does it, and the cause behind it.

    `what` and `fix` are those of a finding; without, the names in braces stand for what would be found.
    """
    entry = CODES[code]
    yield Line((Span(f"{code}  ", Style.STRONG), Span(_SEVERITIES[entry.severity], Style.MUTED)))
    yield _told("found", what or entry.what)
    yield _told("to do", fix or entry.fix)
    yield _told("who", _WHO[entry.who])
    if entry.cause is not None:
        yield from cause_lines(entry.cause)
    if entry.reference:
        yield _told("source", entry.reference)


def result_topics(result: ProbeResult) -> Iterator[Line]:
    """Yield the runbook of everything a run found that is not well, each code once."""
    seen: set[str] = set()
    for finding in result.findings:
        bad = finding.severity in (Severity.WARNING, Severity.CRITICAL, Severity.UNKNOWN) and not finding.expected
        if bad and finding.code not in seen and finding.code in CODES:
            seen.add(finding.code)
            yield from probe_lines(finding.code, what=str(finding.what), fix=str(finding.fix))


def cause_lines(number: int) -> Iterator[Line]:
    """Yield one of the twenty causes (docs/causes.md)."""
    cause = CAUSES[number]
    yield _told("cause", f"{number}. {cause.title}")
    yield _told("seen as", cause.seen)
    yield _told("mend", cause.fix)


def lint_lines(code: str, findings: Sequence[Finding] = ()) -> Iterator[Line]:
    """Yield what a lint code means, and where it was found with the fix of each place."""
    rule = _RULES[code]
    yield Line((Span(f"{code}  ", Style.STRONG), Span(rule.title)))
    yield _told("means", _LINT_SEVERITIES[rule.severity])
    here = [finding for finding in findings if finding.code == code]
    for finding in here[:_MOST]:
        yield _told("found", f"{finding.where}  {finding.reason}")
        yield _told("to do", finding.fix + (" (edgeconsole check --fix does it)" if finding.safe else ""))
    if len(here) > _MOST:
        yield _told("", f"and {len(here) - _MOST} more; edgeconsole check lists them")
    if not here:
        yield _told("to do", "edgeconsole check names every place with its line, the reason and the fix")
    yield _told("source", f"docs/rules.md {rule.source}")


def _told(name: str, text: str) -> Line:
    return Line((Span(f"  {name:<8} ", Style.MUTED), Span(clean(text, 900))))
