"""Why a domain can or cannot reach us, both ways, as lines for the pane."""

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.verdict import Direction, Question
from edgeconsole.present import errors, why
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.store.store import Store

_BLANK = Line(())


async def explained(store: Store, domain: str) -> tuple[Line, ...]:
    """Ask the backend about both directions between the domain and our first SIP domain."""
    ours = store.snapshot.configuration.sip_domains
    if not ours:
        return (Line((Span("none of our own SIP domains is configured, so there is nobody to reach", Style.WARN),)),)
    mine = ours[0].name
    inbound = Question(sender=domain, recipient=mine, direction=Direction.INBOUND)
    outbound = Question(sender=mine, recipient=domain, direction=Direction.OUTBOUND)
    try:
        first, second = await store.explain(inbound), await store.explain(outbound)
    except EdgeconsoleError as error:
        return errors.lines(error)
    return (*why.lines(first), _BLANK, *why.lines(second, store.snapshot.taken_at))
