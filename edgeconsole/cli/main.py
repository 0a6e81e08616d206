"""The entry point: find the verb, run it, turn every error into words and an exit code."""

import asyncio
import gc
import importlib
import os
import sys
from collections.abc import Sequence

from edgeconsole.cli.output import complain, json_text
from edgeconsole.cli.parser import build_parser
from edgeconsole.model.errors import EdgeconsoleError, Indeterminate

_ASYNC_VERBS: dict[tuple[str, ...], tuple[str, str]] = {
    ("status",): ("status", "status"),
    ("info",): ("status", "info"),
    ("presence",): ("presence", "presence"),
    ("domains", "list"): ("domains", "list_domains"),
    ("domains", "show"): ("domains", "show"),
    ("domains", "allow"): ("domains", "allow"),
    ("domains", "block"): ("domains", "block"),
    ("domains", "remove"): ("domains", "remove"),
    ("partners", "list"): ("partners", "list_partners"),
    ("partners", "show"): ("partners", "show"),
    ("partners", "add"): ("partners", "add"),
    ("partners", "set"): ("partners", "set_fields"),
    ("partners", "remove"): ("partners", "remove"),
    ("policies", "list"): ("policies", "list_policies"),
    ("policies", "show"): ("policies", "show"),
    ("policies", "set"): ("policies", "set_fields"),
    ("policies", "remove"): ("policies", "remove"),
    ("policies", "grant"): ("policies", "grant"),
    ("policies", "revoke"): ("policies", "revoke"),
    ("policies", "effective"): ("policies", "effective"),
    ("federate",): ("federate", "federate"),
    ("settings", "show"): ("settings", "show"),
    ("settings", "set"): ("settings", "set_fields"),
    ("sip-domains", "list"): ("settings", "list_records"),
    ("sip-domains", "set"): ("settings", "set_record"),
    ("sip-domains", "remove"): ("settings", "remove_record"),
    ("sites", "list"): ("settings", "list_records"),
    ("sites", "set"): ("settings", "set_record"),
    ("sites", "remove"): ("settings", "remove_record"),
    ("discovery", "on"): ("discovery", "turn_on"),
    ("discovery", "off"): ("discovery", "turn_off"),
    ("discovery", "status"): ("discovery", "status"),
    ("discovered", "list"): ("discovery", "list_discovered"),
    ("discovered", "watch-list"): ("discovery", "watch_list"),
    ("discovered", "promote"): ("domains", "allow"),
    ("discovered", "block"): ("domains", "block"),
    ("discovered", "dismiss"): ("discovery", "dismiss"),
    ("sessions", "list"): ("sessions", "list_sessions"),
    ("sessions", "close"): ("sessions", "close"),
    ("explain",): ("explain", "explain"),
    ("requirements", "dns"): ("requirements", "dns"),
    ("requirements", "ports"): ("requirements", "ports"),
    ("requirements", "certificates"): ("requirements", "certificates"),
    ("probe",): ("probe", "probe"),
    ("certificates",): ("requirements", "own_certificates"),
    ("plan",): ("plan", "plan"),
    ("diff",): ("plan", "diff"),
    ("apply",): ("plan", "apply"),
    ("draft", "list"): ("draft", "list_drafts"),
    ("draft", "show"): ("draft", "show"),
    ("draft", "discard"): ("draft", "discard"),
    ("draft", "adopt"): ("draft", "adopt"),
    ("history",): ("history", "history"),
    ("undo",): ("history", "undo"),
    ("reload",): ("history", "reload"),
    ("rollback",): ("history", "rollback"),
    ("restore-point", "add"): ("history", "add_point"),
    ("restore-point", "list"): ("history", "list_points"),
    ("restore-point", "remove"): ("history", "remove_point"),
    ("confirm",): ("confirm", "confirm"),
    ("audit",): ("audit", "audit"),
    ("token", "create"): ("token", "create"),
    ("token", "list"): ("token", "list_tokens"),
    ("token", "revoke"): ("token", "revoke"),
    ("import",): ("transfer", "import_file"),
    ("export",): ("transfer", "export"),
    ("handover",): ("handover", "hand_over"),
}
"""Verb to the module and function that run it; the module is imported only when it is the verb."""


_SELDOM = 100_000
"""Objects more than before at which garbage is looked for in a command that asks the edge: it ends in a moment."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, or the console where there is no verb; return the exit code."""
    typed = tuple(sys.argv[1:] if argv is None else argv)
    arguments = build_parser(typed).parse_args(typed)
    arguments.typed = typed
    try:
        return _run(arguments)
    except EdgeconsoleError as error:
        return _report(arguments.json, error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does.
        sys.stderr.close()
        return 0
    except Exception as error:
        # The one boundary of a command: what nobody foresaw is a line for the operator and a trace in a private file.
        return _crashed(error)


def _run(arguments) -> int:  # type: ignore[no-untyped-def]
    words = getattr(arguments, "words_of_verb", ())
    if words in _ASYNC_VERBS:
        if not gc.isenabled():
            gc.set_threshold(_SELDOM)
            gc.enable()
        return asyncio.run(_on_store(arguments, *_ASYNC_VERBS[words]))
    if words:
        # The console does so itself, once it has something to show.
        gc.enable()
    from edgeconsole.cli import run

    match words:
        case ("check",):
            return run.check(arguments)
        case ("glossary",):
            return run.glossary(arguments)
        case ("context", _):
            from edgeconsole.cli.verbs import context

            return context.run(arguments)
        case ("proxy",):
            return run.proxy(arguments)
        case ("units",):
            from edgeconsole.cli.verbs import units

            return units.run(arguments)
        case ("keys",):
            from edgeconsole.cli.verbs.keys import keys

            return keys(arguments)
        case ("theme",):
            return run.theme(arguments)
        case ("schema",):
            return run.schema()
        case ("completion",):
            return run.completion(arguments)
        case ("lab",):
            return run.lab(arguments)
        case _:
            return run.console(arguments)


async def _on_store(arguments, module: str, function: str) -> int:  # type: ignore[no-untyped-def]
    from edgeconsole.cli.command import Command
    from edgeconsole.cli.reach import open_store

    verb = getattr(importlib.import_module(f"edgeconsole.cli.verbs.{module}"), function)
    store = open_store(
        config=arguments.config,
        socket=arguments.socket,
        context=arguments.context,
        readonly=arguments.readonly,
        via="command",
    )
    store.rewrite = getattr(arguments, "rewrite", False)
    try:
        return int(await verb(Command(arguments, store)))
    finally:
        await store.aclose()


def _crashed(error: Exception) -> int:
    from edgeconsole.tui import crash
    from edgeconsole.tui.launch import state_folder

    path = crash.write(error, state_folder(os.environ))
    where = f"the trace is in {path}" if path else "no trace could be written"
    complain(
        f"edgeconsole: this command failed in a way nobody foresaw ({type(error).__name__}); {where}. "
        "The edge goes on; whether something was changed is told by: edgeconsole history"
    )
    return Indeterminate.exit_code


def _report(json: bool, error: EdgeconsoleError) -> int:
    if json:
        print(json_text({"error": error.message, "remedy": error.remedy, "problems": error.problems}))
        return error.exit_code
    complain(f"edgeconsole: {error}")
    for problem in error.problems:
        # The sentence of an error with one problem may be that problem.
        if str(problem) not in str(error):
            complain(f"  {problem}")
    return error.exit_code
