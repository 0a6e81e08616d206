"""check: would an edge start with this file, and if not, why, where, and what to do."""

from pathlib import Path

from edgeconsole.cli.command import Exit
from edgeconsole.cli.output import json_text
from edgeconsole.config.read import load
from edgeconsole.model.errors import BadInput, Problem


def check(path: Path, *, json: bool) -> int:
    """Read the file and open the certificates and keys it names; bind nothing."""
    try:
        loaded = load(path)
        warnings = _start_up_warnings(path) if loaded.configuration.edge else ("there is no [edge] table",)
    except BadInput as error:
        if not json:
            raise
        print(json_text({"ok": False, "message": error.message, "problems": error.problems}))
        return error.exit_code
    if json:
        problems = tuple(Problem(message=warning) for warning in warnings)
        print(json_text({"ok": True, "etag": loaded.etag, "warnings": problems}))
        return Exit.YES
    counts = loaded.configuration
    print(f"{path}: no errors ({len(counts.domains)} domains, {len(counts.sip_domains)} SIP domains of ours)")
    for warning in warnings:
        print(f"warning: {warning}")
    return Exit.YES


def _start_up_warnings(path: Path) -> tuple[str, ...]:
    # Late: the proxy's imports take longer than reading most files.
    from edgeconsole.proxy.process import check_start

    return check_start(path)
