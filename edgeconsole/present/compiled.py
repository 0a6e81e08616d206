"""The rules of the configuration on screen, compiled once for all presenters that draw it."""

from edgeconsole.model.configuration import Configuration
from edgeconsole.rules.index import RuleIndex

_latest: tuple[Configuration, RuleIndex] | None = None


def index_of(configuration: Configuration) -> RuleIndex:
    """Return the compiled rules; the last configuration's are kept, since every presenter of a frame asks for them."""
    global _latest
    if _latest is None or _latest[0] is not configuration:
        _latest = (configuration, RuleIndex.compile(configuration))
    return _latest[1]
