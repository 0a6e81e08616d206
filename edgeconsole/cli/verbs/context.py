"""context add|use|list|test|remove: the edges an operator goes to, by name."""

import argparse
import asyncio
import time
from typing import Any

from edgeconsole.cli import output
from edgeconsole.cli.command import Exit
from edgeconsole.cli.reach import Place, open_backend, settings_path
from edgeconsole.config.settings import Context, check_context, load_settings, to_raw
from edgeconsole.config.settings_text import add_context, remove_context, use_context
from edgeconsole.model.errors import BadInput, Problem

_OPTIONS = ("backend", "address", "token", "certificate", "private_key", "ca", "pin", "theme", "confirm")


def run(arguments: argparse.Namespace) -> int:
    """Run the verb that was typed."""
    verb = {"add": _add, "use": _use, "list": _list, "test": _test, "remove": _remove}[arguments.words_of_verb[1]]
    return verb(arguments)


def _add(arguments: argparse.Namespace) -> int:
    raw: dict[str, Any] = {"name": arguments.name}
    raw |= {name: getattr(arguments, name) for name in _OPTIONS if getattr(arguments, name) is not None}
    raw.setdefault("backend", _guessed(arguments.address))
    if arguments.readonly:
        raw["readonly"] = True
    found = check_context(raw)
    if not isinstance(found, Context):
        problems = tuple(
            Problem(field=problem.field, message=problem.message, remedy=problem.remedy) for problem in found
        )
        raise BadInput("this is no context", problems=problems)
    add_context(settings_path(), found)
    return _done(arguments, f"added {found.name}; edgeconsole context use {found.name} makes it the default")


def _guessed(address: str) -> str:
    if address.startswith("https://"):
        return "remote"
    return "file" if address.endswith(".toml") else "local"


def _use(arguments: argparse.Namespace) -> int:
    name = None if arguments.name == "none" else arguments.name
    use_context(settings_path(), name)
    return _done(arguments, f"the default is {name}" if name else "there is no default now")


def _remove(arguments: argparse.Namespace) -> int:
    remove_context(settings_path(), arguments.name)
    return _done(arguments, f"removed {arguments.name}")


def _done(arguments: argparse.Namespace, sentence: str) -> int:
    if arguments.json:
        print(output.json_text({"done": sentence}))
    else:
        print(sentence)
    return Exit.YES


def _list(arguments: argparse.Namespace) -> int:
    settings = load_settings(settings_path())
    if arguments.json:
        contexts = [to_raw(context) for context in settings.contexts]
        print(output.json_text({"default": settings.default_context, "contexts": contexts}))
        return Exit.YES
    if not settings.contexts:
        print(f"no contexts yet in {settings_path()}; edgeconsole context add NAME --address ADDRESS makes one")
        return Exit.YES
    rows = [
        [
            "*" if context.name == settings.default_context else "",
            context.name,
            context.backend.value,
            context.address,
            context.token or context.certificate or "-",
            "read-only" if context.readonly else "-",
            str(to_raw(context).get("confirm", "-")),
        ]
        for context in settings.contexts
    ]
    output.print_columns(["", "NAME", "BACKEND", "ADDRESS", "CREDENTIAL", "CARE", "CONFIRM"], rows)
    return Exit.YES


def _test(arguments: argparse.Namespace) -> int:
    settings = load_settings(settings_path())
    name = arguments.name or settings.default_context
    context = settings.find(name) if name else None
    if context is None:
        known = ", ".join(each.name for each in settings.contexts) or "none yet"
        raise BadInput(f"there is no context {name}" if name else "no context is named", remedy=f"Known are: {known}")
    return asyncio.run(_tried(context, json=arguments.json))


async def _tried(context: Context, *, json: bool) -> int:
    backend = open_backend(Place(context=context), via="command")
    try:
        started = time.monotonic()
        health = await backend.health()
        milliseconds = round((time.monotonic() - started) * 1000)
        capabilities = await backend.capabilities()
    finally:
        await backend.aclose()
    may_edit = any(capability.value == "edit" for capability in capabilities.supported)
    if json:
        told = {"context": context.name, "health": health, "may_change": may_edit, "milliseconds": milliseconds}
        print(output.json_text(told))
        return Exit.YES
    print(f"{context.name}: {context.address} answers in {milliseconds} ms")
    print(f"edge        version {health.version}, revision {health.saved}, running {health.running or 'nothing'}")
    print(f"you may     {_allowed(context, may_edit)}")
    return Exit.YES


def _allowed(context: Context, may_edit: bool) -> str:
    """Say what the edge lets this caller do, and what of it the context holds back."""
    if not may_edit:
        return "look; the edge gives you no right to change anything"
    said = "look; --no-readonly to change" if context.readonly else "look and change"
    return said + (f"; changes go back after {to_raw(context)['confirm']} unless confirmed" if context.confirm else "")
