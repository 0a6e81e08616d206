"""What lies on the operator's desk beside the edge's picture: the draft under review, the past, who else is here."""

from typing import TYPE_CHECKING, NamedTuple

from edgeconsole.present.contexts import NO_CONTEXTS, ContextsView
from edgeconsole.present.form import NO_FORM, FormView
from edgeconsole.present.import_standing import NO_IMPORT, ImportStanding
from edgeconsole.present.past import NO_PAST, Past
from edgeconsole.present.review import NO_STANDING, Standing
from edgeconsole.present.staged import Staged
from edgeconsole.present.table import Line
from edgeconsole.present.watch import NO_WATCH, Watch
from edgeconsole.present.wizard import NO_WIZARD, WizardView

if TYPE_CHECKING:
    from edgeconsole.present.calls import LogEntry
    from edgeconsole.rules.lint.finding import Finding

NOBODY = Line(())


class Desk(NamedTuple):
    """Immutable, like a snapshot: a screen is drawn from the two."""

    standing: Standing = NO_STANDING
    staged: Staged = {}
    past: Past = NO_PAST
    company: Line = NOBODY
    """Who else looks at or edits this edge."""
    form: FormView = NO_FORM
    wizard: WizardView = NO_WIZARD
    watch: Watch = NO_WATCH
    imports: ImportStanding = NO_IMPORT
    contexts: ContextsView = NO_CONTEXTS
    log: "tuple[LogEntry, ...]" = ()
    """What was asked of edges, as of when the log was last in front."""
    findings: "tuple[Finding, ...]" = ()
    """What lint finds in what is saved, errors and warnings, once it was looked at."""


EMPTY_DESK = Desk()
