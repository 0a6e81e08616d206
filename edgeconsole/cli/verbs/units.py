"""units: the systemd unit of the proxy, printed or put where systemd looks for it."""

import argparse
import sys
from pathlib import Path

from edgeconsole import units
from edgeconsole.cli.output import complain, json_text
from edgeconsole.model.errors import BadInput

_NEXT = "systemctl daemon-reload && systemctl enable --now edgeconsole"


def run(arguments: argparse.Namespace) -> int:
    """Print the units, or write them into a directory and say what to do next."""
    command = units.program()
    texts = {name: units.unit(name, command) for name in units.NAMES}
    if units.hidden(command):
        complain(
            f"warning: {command[0]} lies in a home directory, which the unit closes to the service; "
            "install elsewhere: python3 -m venv /opt/edgeconsole && /opt/edgeconsole/bin/pip install edgeconsole"
        )
    if arguments.write is None:
        if arguments.json:
            print(json_text({"units": texts}))
        else:
            sys.stdout.write("\n".join(texts.values()))
        return 0
    written = [_write(Path(arguments.write) / name, text) for name, text in texts.items()]
    if arguments.json:
        print(json_text({"written": written, "next": _NEXT}))
    else:
        print(f"wrote {', '.join(written)}; next: {_NEXT}")
    return 0


def _write(path: Path, text: str) -> str:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}",
            remedy="As root: edgeconsole units --write /etc/systemd/system",
        ) from None
    return str(path)
