"""What is left of a crash: a trace in a private file, one line on the terminal. No local variables, no secrets."""

import os
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path

from edgeconsole.model.text import clean

_SECRET = re.compile(
    r"(?i)((?:token|key|password|passwd|secret|authorization|cookie)[\"']?\s*[=:]\s*)(?:bearer\s+)?\S+"
)
_TOKEN = re.compile(r"ec1_[0-9A-Za-z_-]{8,}")
"""A bearer token of the admin API, wherever it stands."""

_LINE = 2000


def report(error: BaseException) -> str:
    """Return the trace: frames and messages, cleaned, what looks like a secret cut out."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=False).format()
    return "".join(f"{_tidy(line)}\n" for chunk in lines for line in chunk.splitlines())


def _tidy(line: str) -> str:
    return _TOKEN.sub("[removed]", _SECRET.sub(r"\1[removed]", clean(line, _LINE)))


def write(error: BaseException, folder: Path) -> Path | None:
    """Write the trace to a new 0600 file; None where the folder cannot be written to."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"crash-{stamp}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError:
        return None
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(report(error))
    return path


def sentence(error: BaseException, path: Path | None) -> str:
    """Return the one line the operator reads."""
    where = f"the trace is in {path}" if path else "no trace could be written"
    return f"edgeconsole: the console failed ({type(error).__name__}); {where}. The edge is not affected."
