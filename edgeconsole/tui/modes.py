"""The screens by name: what the tab bar calls each, and how it is made, imported when it is first shown."""

from collections.abc import Callable
from typing import NamedTuple

from edgeconsole.tui.screens.base import ConsoleScreen
from edgeconsole.tui.screens.domains import DomainsScreen
from edgeconsole.tui.screens.overview import OverviewScreen


class Mode(NamedTuple):
    """One screen: its id, its title, and what makes it."""

    name: str
    title: str
    make: Callable[[], ConsoleScreen]
    tab: bool = True
    """Whether a digit leads to it; a form is opened from a row instead."""


def _partners() -> ConsoleScreen:
    from edgeconsole.tui.screens.partners import PartnersScreen

    return PartnersScreen()


def _policies() -> ConsoleScreen:
    from edgeconsole.tui.screens.policies import PoliciesScreen

    return PoliciesScreen()


def _probes() -> ConsoleScreen:
    from edgeconsole.tui.screens.probes import ProbesScreen

    return ProbesScreen()


def _review() -> ConsoleScreen:
    from edgeconsole.tui.screens.review import ReviewScreen

    return ReviewScreen()


def _history() -> ConsoleScreen:
    from edgeconsole.tui.screens.history import HistoryScreen

    return HistoryScreen()


def _form() -> ConsoleScreen:
    from edgeconsole.tui.screens.form import FormScreen

    return FormScreen()


def _wizard() -> ConsoleScreen:
    from edgeconsole.tui.wizard.screen import WizardScreen

    return WizardScreen()


def _import() -> ConsoleScreen:
    from edgeconsole.tui.screens.imports import ImportScreen

    return ImportScreen()


def _log() -> ConsoleScreen:
    from edgeconsole.tui.screens.log import LogScreen

    return LogScreen()


def _contexts() -> ConsoleScreen:
    from edgeconsole.tui.screens.contexts import ContextsScreen

    return ContextsScreen()


SCREENS: tuple[Mode, ...] = (
    Mode("overview", "Overview", OverviewScreen),
    Mode("domains", "Domains", DomainsScreen),
    Mode("partners", "Partners", _partners),
    Mode("policies", "Policies", _policies),
    Mode("probes", "Probes", _probes),
    Mode("review", "Review", _review),
    Mode("history", "History", _history),
    Mode("form", "Form", _form, tab=False),
    Mode("wizard", "Set-up", _wizard, tab=False),
    Mode("import", "Import", _import, tab=False),
    Mode("contexts", "Contexts", _contexts, tab=False),
    Mode("log", "Log", _log, tab=False),
)
"""In the order of the tab bar."""
