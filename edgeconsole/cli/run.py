"""The verbs that start something long: the console, the proxy, the lab; each imports its part only here."""

import argparse
import json
import os
from pathlib import Path

from edgeconsole.cli.reach import find_place, settings_path
from edgeconsole.model.errors import BadInput, EdgeconsoleError


def check(arguments: argparse.Namespace) -> int:
    """Check a file, or what a running edge has saved."""
    from edgeconsole.cli.verbs.check import check as run_check

    return run_check(arguments)


def glossary(arguments: argparse.Namespace) -> int:
    """Say what a term means."""
    from edgeconsole.cli.verbs.glossary import glossary as look_up

    return look_up(" ".join(arguments.term), json=arguments.json)


def proxy(arguments: argparse.Namespace) -> int:
    """Run the edge until it is told to stop."""
    import os

    from edgeconsole.proxy.logs import VARIABLE, log_to_stderr
    from edgeconsole.proxy.process import run

    if arguments.config is None:
        raise BadInput("the proxy needs its file", remedy="edgeconsole proxy --config /etc/edgeconsole/federation.toml")
    log_to_stderr(arguments.log or os.environ.get(VARIABLE, ""))
    return run(Path(arguments.config), announce=arguments.announce, exit_with_parent=arguments.exit_with_parent)


def theme(arguments: argparse.Namespace) -> int:
    """List the themes, or check a theme's file."""
    from edgeconsole.cli.verbs.theme import theme as list_or_check

    return list_or_check(arguments)


def schema() -> int:
    """Print the JSON Schema of the file."""
    from edgeconsole.config.json_schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0


def completion(arguments: argparse.Namespace) -> int:
    """Print a shell's completion script."""
    from edgeconsole.cli.completion import script

    print(script(arguments.shell), end="")
    return 0


def lab(arguments: argparse.Namespace) -> int:
    """Run the lab, with the console on it unless --headless."""
    directory = Path(arguments.dir) if arguments.dir else None
    if arguments.headless:
        from edgeconsole.lab.run import run_headless

        return run_headless(directory)
    from edgeconsole.lab.run import start_background

    with start_background(directory) as running:
        arguments.socket = running.description.socket
        return console(arguments, tour=arguments.tour)


def console(arguments: argparse.Namespace, *, tour: bool | None = None) -> int:
    """Open the console, with a draft of its own unless it is read-only; `tour` as for `launch.run`."""
    from edgeconsole.tui.launch import run

    if arguments.ascii:
        os.environ["EDGECONSOLE_ASCII"] = "1"
    if arguments.driver is not None:
        os.environ["EDGECONSOLE_DRIVER"] = arguments.driver
    from edgeconsole.cli.places import places

    start = find_place(config=arguments.config, socket=arguments.socket, context=arguments.context)
    there = places(start, arguments.readonly)
    while True:
        here, readonly = there.here, there.here.readonly(there.readonly)
        try:
            status = run(
                there.store,
                theme=arguments.theme or here.theme,
                context=here.name,
                settings=settings_path(),
                drafts=None if readonly else there.drafts,
                directory=None if readonly else there.directory,
                places=there,
                notice=there.notice,
                tour=tour if here is start else None,
            )
        except EdgeconsoleError as error:
            if not there.went_back(str(error)):
                raise
            continue
        tour = None if tour is None else False
        if not there.moved():
            return status
