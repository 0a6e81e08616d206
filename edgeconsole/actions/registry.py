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
        Action("go.partners", "Partners", "XMPP partners, hosting providers, public IM providers and what has ended."),
        Action("go.policies", "Policies", "Access Edge switches, external access policies, grants, who wins for whom."),
        Action("go.probes", "Probes", "Every target by stage, worst first; every certificate by days left."),
        Action("go.review", "Review", "What is staged: its changes, checks and impact; apply it or leave it out."),
        Action("go.history", "History", "Revisions, restore points and the audit: who, when, what and why."),
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
            "Put the domain on the allow list, one that was only seen first of all; its Access Edge is found by SRV.",
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
            "row.new",
            "New",
            "Type a new record's name. A domain is looked up, then allowed, pinned, for a time, or blocked.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "row.edit",
            "Edit",
            "Edit the record under the cursor in a form; a switch or a field at once.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "row.editor",
            "Editor",
            "Edit the record under the cursor as TOML in $EDITOR; what cannot be taken is told by its line.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "row.remove",
            "Remove",
            "Remove the record under the cursor; a seen domain is dismissed until it is seen again; a switch or a "
            "field goes back to its default.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "form.stage", "Stage form", "Put what the form changes into the draft and leave the form.", changes=True
        ),
        Action(
            "partner.enable",
            "Enable or disable",
            "Turn the provider under the cursor on or off; its record stays.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "partner.negotiation",
            "Negotiation",
            "Pick how the XMPP partner is spoken with: TLS, SASL and dialback as presets, each with what it means.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "policy.flags",
            "Rights",
            "Turn one right of the policy under the cursor: federation, XMPP, public IM, audio and video, outside.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "policy.person",
            "Policy of a person",
            "Type a person: which policy is in force, the chain that led to it, and another one to give them.",
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
        Action("draft.stage", "Stage", "Put a planned change into the draft instead of applying it.", changes=True),
        Action("draft.choose", "Choose", "In a conflict: keep your value, or take theirs or the file's.", changes=True),
        Action("draft.message", "Message", "Say why: the reason stands in history and audit.", changes=True),
        Action(
            "draft.longer", "Longer timer", "Give the change more time before it goes back by itself.", changes=True
        ),
        Action(
            "draft.shorter", "Shorter timer", "Give it less time, or none where the guard asks for none.", changes=True
        ),
        Action("draft.leave-out", "Leave out", "Take the record out of the draft, or of an import.", changes=True),
        Action("draft.undo", "Unstage last", "Take the last staged step back; the edge is not touched.", changes=True),
        Action("draft.redo", "Stage again", "Bring back the step that was taken back last.", changes=True),
        Action(
            "draft.rebase",
            "Rebase draft",
            "Put the draft onto what is saved now: take over what only others changed, choose where both did.",
            changes=True,
        ),
        Action(
            "draft.adopt",
            "Take up",
            "Go on with a draft that a console left behind, or stage again what the timer took back; on History what "
            "the revision under the cursor changed; on an import, the rows that are taken.",
            changes=True,
        ),
        Action(
            "row.copy",
            "Copy",
            "Copy the row's name, edge, TOML, command line or error, by OSC 52. tmux needs: set -s set-clipboard on.",
        ),
        Action(
            "row.raw", "Raw view", "The row and its pane as plain text for the terminal's own selection; a key returns."
        ),
        Action(
            "view.save",
            "Save view",
            "Save this list as it is shown, as .txt, .csv or .json, on Review as .patch; for your eyes only.",
        ),
        Action(
            "handover.write",
            "Hand over",
            "Write one file for who comes next: state, changes, what is broken since when, what waits, and scripts.",
        ),
        Action(
            "import.open",
            "Import",
            "Read a file of rules - CSV, JSON, TOML, exports of Lync and other servers - and review its rows before "
            "any is staged.",
        ),
        Action("draft.discard", "Discard draft", "Throw everything that is staged away.", changes=True),
        Action(
            "change.decide",
            "Keep or take back",
            "Decide about the change that waits: keep it, take it back now, or leave it to its timer.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "history.reverse",
            "Reverse",
            "Take back what the revision under the cursor changed and nothing else, as a new revision or staged.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "history.rollback",
            "Back to",
            "Bring the whole file of the revision or restore point under the cursor back, as a new revision.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "history.point",
            "Restore point",
            "Give the revision under the cursor a name, or take the name away; its text is kept however old it grows.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "config.reload",
            "Reload",
            "Put a file that was edited by hand into force; what that changes is shown and asked about as ever.",
            changes=True,
            capability=_EDIT,
        ),
        Action("row.history", "Who changed it", "Who changed the record under the cursor, when and why."),
        Action(
            "view.tab",
            "Next list",
            "The next list of the screen: revisions, restore points, audit; switches, policies, grants; targets, "
            "certificates.",
        ),
        Action(
            "federate.start",
            "Set up",
            "Set up a partner, a hosting provider or this edge step by step, with live look-ups and a check list.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "federate.checklist",
            "Check list",
            "What must be true for the partner under the cursor, probed now: records, ports, certificates, rules, "
            "traffic.",
        ),
        Action("federate.enter", "Go on", "Take the answer under the cursor and go to the next step."),
        Action("federate.back", "Step back", "One step of the set-up back; no answer is lost."),
        Action(
            "probe.run",
            "Probe now",
            "Probe what is under the cursor now: DNS, ports, TLS, certificate, answer, stage by stage. Again: give up.",
        ),
        Action("probe.failing", "Failing only", "List only the targets that are not well; again lists all."),
        Action(
            "sessions.close",
            "Close connections",
            "Close the connections that serve the partner under the cursor and no others; the next message opens new "
            "ones.",
            changes=True,
            capability=_EDIT,
        ),
        Action(
            "row.why",
            "Why",
            "Why the domain under the cursor can or cannot reach us, what to do next, every step with file and line. "
            "Again: start one of the next steps.",
        ),
        Action(
            "why.ask",
            "Can A reach B",
            "Type who writes to whom; tab completes people and domains. Both ways, by IM, audio and video, with the "
            "policy and what to do next.",
        ),
        Action("row.open", "Open", "Open the row, or go deeper."),
        Action("list.filter", "Filter", "Show only rows that match: words, -without, field:text, :none, field<30d."),
        Action(
            "row.mark",
            "Mark",
            "Mark the row, or take the mark away: block, allow, remove, probe, close and leave out act on all marked. "
            "On History: the revision to compare with.",
        ),
        Action("list.range", "Mark range", "Mark from the last marked row to this one; going back clears all marks."),
        Action("list.columns", "Columns", "Choose which columns of this screen are shown; it is remembered."),
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
        Action("view.refresh", "Refresh", "Read everything again now; what is paused goes on."),
        Action(
            "view.pause",
            "Pause",
            "Hold what is shown still, or let it go on; verbs go by the edge as it is all the same.",
        ),
        Action("pane.full", "Whole pane", "Give the pane the whole screen, or give it back."),
        Action("go.last", "Last screen", "The screen you came from; again goes back."),
        Action(
            "app.command",
            "Command",
            "Type what to do: a screen, block fabrikam.example, discovery on, or any action; tab completes.",
        ),
        Action("app.palette", "Palette", "Everything that can be done here, to search and to run; enter runs it."),
        Action(
            "app.context",
            "Contexts",
            "The edges of console.toml and whether they answer; opening one goes there. A draft stays with its edge.",
        ),
        Action("context.go", "Go there", "Go to the edge under the cursor; this one is left once that one answered."),
        Action(
            "app.log",
            "Log",
            "What this console asked of edges: when, for how long, how it ended, and the command that does the same.",
        ),
        Action("app.help", "Help", "The keys of this screen and what they do."),
        Action("app.back", "Back", "One step back: close the pane, clear the filter, leave the screen."),
        Action("app.quit", "Quit", "Leave the console; the edge goes on."),
    )
}
