"""Lint of names that may deceive: look-alikes of known partners and of ourselves, mixed scripts (reliability T7)."""

from collections.abc import Iterator

from edgeconsole.model.configuration import Table
from edgeconsole.model.names import to_unicode
from edgeconsole.rules.lint.confusables import mixes_scripts, scripts, skeleton
from edgeconsole.rules.lint.finding import Hit, Inspection, LintRule, Severity


def _trusted(view: Inspection) -> Iterator[tuple[Table, str, str]]:
    """Table, key and name of everything that is let in; a block of a look-alike is a defence and no finding."""
    for name in view.index.allow:
        yield Table.DOMAIN, name, name
    for partner in view.configuration.xmpp_partners:
        for name in partner.domains:
            yield Table.XMPP_PARTNER, partner.name, name


def _both(name: str) -> str:
    """A name with its U-label beside it, where it has one."""
    shown = to_unicode(name)
    return name if shown == name else f"{name} ({shown})"


def _looks_like_a_partner(view: Inspection) -> Iterator[Hit]:
    first: dict[str, str] = {}
    for table, key, name in _trusted(view):
        other = first.setdefault(skeleton(name), name)
        if other != name:
            yield Hit(
                table, key, "name",
                f"{_both(name)} looks like {_both(other)}, which is listed too",
                "Make sure that both are who they seem to be; block the one that is not",
            )  # fmt: skip


def _looks_like_us(view: Inspection) -> Iterator[Hit]:
    ours = {skeleton(domain.name): domain.name for domain in view.configuration.sip_domains}
    for table, key, name in _trusted(view):
        own = ours.get(skeleton(name))
        if own is not None and own != name:
            yield Hit(
                table, key, "name",
                f"{_both(name)} looks like our own {_both(own)}: its people can pass for colleagues",
                "Make sure who it is; block it if that is not known",
            )  # fmt: skip


def _mixed_scripts(view: Inspection) -> Iterator[Hit]:
    for table, key, name in _trusted(view):
        if "xn--" not in name:
            continue
        for label in to_unicode(name).split("."):
            if mixes_scripts(label):
                found = " and ".join(sorted(script.capitalize() for script in scripts(label)))
                yield Hit(
                    table, key, "name",
                    f"{_both(name)} mixes {found} letters in one word, as imitations do",
                    "Make sure who it is",
                )  # fmt: skip


def _no_valid_name(view: Inspection) -> Iterator[Hit]:
    for table, key, name in _trusted(view):
        if "xn--" in name and to_unicode(name) == name:
            yield Hit(
                table, key, "name",
                f"{name} is no valid internationalised name (IDNA 2008): it cannot be shown in letters, and may hold "
                "characters that are not to be seen",
                "Ask the partner for the right name",
            )  # fmt: skip


_W = Severity.WARNING

RULES: tuple[LintRule, ...] = (
    LintRule("EC801", _W, "partner looks like another partner", "reliability T7", _looks_like_a_partner),
    LintRule("EC802", _W, "partner looks like our own domain", "reliability T7", _looks_like_us),
    LintRule("EC803", _W, "name mixes scripts", "reliability T7", _mixed_scripts),
    LintRule("EC804", _W, "name that IDNA does not allow", "reliability T7", _no_valid_name),
)
