"""What a hand edit of the file changes, weighed like every other change before it comes into force."""

from collections.abc import Iterable
from datetime import datetime

from edgeconsole.config.diff import unified_diff
from edgeconsole.config.edit import differences
from edgeconsole.config.revisions import PLAN_LIFE, Revisions
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput
from edgeconsole.model.observed import Session
from edgeconsole.model.plan import Plan
from edgeconsole.model.revision import Revision
from edgeconsole.rules.guard import guard
from edgeconsole.rules.impact import changed_domains, impact
from edgeconsole.rules.index import RuleIndex


def plan_reload(
    revisions: Revisions,
    running: Revision,
    before: Configuration,
    *,
    moment: datetime,
    domains: Iterable[str] = (),
    sessions: Iterable[Session] = (),
) -> Plan:
    """Return what the saved file would change of what runs: fields, text, impact, and whether it must be confirmed.

    It is no plan to commit, since its revision stands already: `plan_id` is empty, and `base` says which revision it
    speaks of. `before` is what runs. The text is left out where that of the running revision is not kept.
    """
    loaded = revisions.loaded
    after = loaded.configuration
    steps = differences(before, after)
    touched = {*changed_domains(before, after), *domains}
    if before.access_edge.federation != after.access_edge.federation:
        # The master switch opens or closes every domain that is listed.
        touched.update(domain.name for domain in (*before.domains, *after.domains))
    effect = impact(RuleIndex.compile(before, moment), RuleIndex.compile(after, moment), touched, sessions)
    try:
        shown = unified_diff(revisions.points.text_at(running).layout, loaded.layout, "federation.toml")
    except BadInput:
        shown = ""
    return Plan(
        plan_id="",
        base=revisions.head,
        changes=(),
        differences=steps,
        toml_diff=shown,
        impact=effect,
        expires=moment + PLAN_LIFE,
        guard=guard(before, after, steps, effect),
    )
