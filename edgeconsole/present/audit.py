"""The audit in words: one line for each record."""

from edgeconsole.model.audit import AuditAct, AuditRecord, AuditVerification
from edgeconsole.model.revision import Origin, WriteOutcome
from edgeconsole.present.ages import plural

_ORIGINS = {
    Origin.CREATED: "file taken over",
    Origin.APPLIED: "changed",
    Origin.UNDONE: "undone",
    Origin.ROLLED_BACK: "rolled back",
    Origin.EXTERNAL: "edited by hand",
}

_OUTCOMES = {
    WriteOutcome.COMMITTED: "done",
    WriteOutcome.NOT_COMMITTED: "not done",
    WriteOutcome.INDETERMINATE: "done, not known to survive a power cut",
}


def act(record: AuditRecord) -> str:
    """Return what was done."""
    match record.act:
        case AuditAct.REVISION:
            return _ORIGINS[record.origin] if record.origin else "changed"
        case AuditAct.CONFIRMED:
            return "confirmed"
        case AuditAct.RELOADED:
            return "reloaded"
        case AuditAct.POINT_SET:
            return f"restore point {record.subject} set"
        case AuditAct.POINT_REMOVED:
            return f"restore point {record.subject} removed"


def outcome(record: AuditRecord) -> str:
    """Return how it ended."""
    if record.act is not AuditAct.REVISION:
        return "done"
    return _OUTCOMES[record.outcome] if record.outcome else "not known yet"


def verified(found: AuditVerification) -> list[str]:
    """Return what checking the audit found."""
    if found.intact:
        head = f"; head {found.head}" if found.head else ""
        return [f"intact: {plural(found.lines, 'line')}{head}"]
    lines = [f"line {each.line}: {each.message}" if each.line else each.message for each in found.problems]
    signs = f"{plural(len(found.problems), 'sign')} in {plural(found.lines, 'line')}"
    return [f"TAMPERED WITH, or damaged: {signs}", *lines]
