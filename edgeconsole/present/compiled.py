"""The configuration on screen, prepared once for all presenters that draw it: rules, names, texts to filter by."""

from functools import cached_property

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.names import to_unicode
from edgeconsole.present.facets import moment_of, of_record
from edgeconsole.present.words import CLASS_WORDS
from edgeconsole.rules.classify import classify
from edgeconsole.rules.index import RuleIndex


class Compiled:
    """What every frame needs of a configuration and only a new configuration changes."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.index = RuleIndex.compile(configuration)
        self._told: dict[str, list[str]] = {}
        self._moments: dict[str, list[float | None]] = {}

    def told(self, field: str) -> list[str]:
        """Return what a filter finds of a field of each listed domain's record."""
        if field not in self._told:
            self._told[field] = [of_record(record, field) for record in self.configuration.domains]
        return self._told[field]

    def moments(self, field: str) -> list[float | None]:
        """Return a moment of each listed domain's record, in seconds since 1970."""
        if field not in self._moments:
            self._moments[field] = [moment_of(record, field) for record in self.configuration.domains]
        return self._moments[field]

    def knows(self, domain: str) -> bool:
        """Return whether a record names the domain, or it is ours."""
        return domain in self.index.allow or domain in self.index.block or domain in self.index.local

    @cached_property
    def listed(self) -> list[str]:
        """Names of the `[[domain]]` records, in the order of the file."""
        return [domain.name for domain in self.configuration.domains]

    @cached_property
    def pinned(self) -> int:
        """How many allowed domains have an Access Edge of their own."""
        return sum(1 for record in self.index.allow.values() if record.access_edge)

    @cached_property
    def words(self) -> list[str]:
        """The word for the federation type of each listed domain."""
        index = self.index
        return [CLASS_WORDS[classify(index, name).partner_class] for name in self.listed]

    @cached_property
    def search(self) -> list[str]:
        """What the filter looks in for each listed domain: the name, its U-label form and its type."""
        return [search_text(name, word) for name, word in zip(self.listed, self.words, strict=True)]


def search_text(name: str, word: str) -> str:
    """Return the lower-cased text a filter looks in."""
    if "xn--" in name:
        return f"{name} {to_unicode(name).lower()} {word.lower()}"
    return f"{name} {word.lower()}"


_latest: Compiled | None = None


def compiled(configuration: Configuration) -> Compiled:
    """Return what is prepared of a configuration; the last one's is kept, since every frame asks for it."""
    global _latest
    if _latest is None or _latest.configuration is not configuration:
        _latest = Compiled(configuration)
    return _latest
