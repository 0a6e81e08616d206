"""The verbs of the product as data: the key map, the help, the palette and the commands are made from these."""

from collections.abc import Mapping
from typing import NamedTuple

from edgeconsole.model.capability import Capability


class Action(NamedTuple):
    """One verb."""

    id: str
    title: str
    help: str
    changes: bool = False
    """Whether it changes the configuration; hidden where the console is read-only."""
    capability: Capability | None = None
    """What the backend must be able to do."""


_EDIT = Capability.EDIT

ACTIONS: Mapping[str, Action] = {
    action.id: action
    for action in (
        Action("go.overview", "Overview", "The fleet in numbers and what needs attention, worst first."),
        Action("go.domains", "Domains", "Federated domains: allowed, blocked, and seen but not listed."),
        Action(
            "access-edge.discovery",
            "Partner discovery",
            "Turn partner discovery on or off. On: domains that are not listed may federate if they publish SRV.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "domain.block",
            "Block",
            "Block the domain: nothing passes in or out, live connections are closed. On a blocked domain: allow "
            "it or remove the rule.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "domain.allow",
            "Allow",
            "Put the domain on the allow list; its Access Edge is found by SRV.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "domain.remove",
            "Remove",
            "Remove the domain's rule; what then happens depends on broader rules and on partner discovery.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "history.undo",
            "Undo",
            "Reverse the last change that is not undone yet, as a new revision.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "draft.apply",
            "Apply draft",
            "Plan everything that is staged, show it, and apply it as one revision.",
            changes=True,
            capability=_EDIT,
        ),
        Action("draft.leave-out", "Leave out", "Take the record under the cursor out of the draft.", changes=True),
        Action("draft.undo", "Unstage last", "Take the last staged step back; the edge is not touched.", changes=True),
        Action("draft.redo", "Stage again", "Bring back the step that was taken back last.", changes=True),
        Action(
            "draft.rebase",
            "Rebase draft",
            "Put the draft onto what is saved now: take over what only others changed, choose where both did.",
            changes=True,
        ),
        Action("draft.adopt", "Adopt draft", "Go on with a draft that a console left behind.", changes=True),
        Action("draft.discard", "Discard draft", "Throw everything that is staged away.", changes=True),
        Action("row.why", "Why", "Every step of the decision for the domain under the cursor, with file and line."),
        Action("row.open", "Open", "Open the row, or go deeper."),
        Action("list.filter", "Filter", "Show only rows that contain all the words typed."),
        Action("list.sort", "Sort", "Sort by the next column."),
        Action("list.sort-reverse", "Reverse", "Reverse the order."),
        Action("list.down", "Down", "One row down."),
        Action("list.up", "Up", "One row up."),
        Action("list.page-down", "Page down", "One page down."),
        Action("list.page-up", "Page up", "One page up."),
        Action("list.half-down", "Half page down", "Half a page down."),
        Action("list.half-up", "Half page up", "Half a page up."),
        Action("list.top", "Top", "To the first row."),
        Action("list.bottom", "Bottom", "To the last row."),
        Action("view.refresh", "Refresh", "Read everything again now."),
        Action("app.help", "Help", "The keys of this screen and what they do."),
        Action("app.back", "Back", "One step back: close the pane, clear the filter, leave the screen."),
        Action("app.quit", "Quit", "Leave the console; the edge goes on."),
    )
}
