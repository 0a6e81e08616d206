"""The proxy's log: one record one line, logfmt or JSON, every value escaped to printable ASCII."""

import json
import logging
import sys
from datetime import UTC, datetime
from enum import Enum

from edgeconsole.model.errors import BadInput, Problem

VARIABLE = "EDGECONSOLE_LOG"
"""Environment variable: a format, a level, or both as `json,debug`."""


class LogFormat(Enum):
    """How a record is written."""

    LOGFMT = "logfmt"
    JSON = "json"


_LEVELS = {name: getattr(logging, name.upper()) for name in ("debug", "info", "warning", "error")}


class LogfmtFormatter(logging.Formatter):
    """Formats a record as `time=… level=… from=… message="…"`; line breaks and escapes cannot forge a record.

    What a record carries as `fields` (names of ours, any values) follows as `name="value"`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        found = _fields(self, record)
        plain = " ".join(f"{name}={found.pop(name)}" for name in ("time", "level", "from"))
        return plain + "".join(f" {name}={quoted(value)}" for name, value in found.items())


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object with the same fields as logfmt."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        # ASCII only, so that U+2028 and bidirectional marks are escapes as well.
        return json.dumps(_fields(self, record), ensure_ascii=True)


def _fields(formatter: logging.Formatter, record: logging.LogRecord) -> dict[str, str]:
    found = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "from": record.name,
        "message": record.getMessage(),
    }
    carried: dict[str, object] = getattr(record, "fields", {})
    found |= {name: str(value) for name, value in carried.items() if name not in found}
    if record.exc_info:
        found["trace"] = formatter.formatException(record.exc_info)
    return found


def quoted(text: str) -> str:
    """Return the text in double quotes, printable ASCII only."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.encode("unicode_escape").decode("ascii").replace("\\\\", "\\") + '"'


def understand(wanted: str) -> tuple[LogFormat, int]:
    """Read `logfmt`, `json`, a level, or both with a comma. Raises BadInput."""
    form, level = LogFormat.LOGFMT, logging.INFO
    known = {each.value: each for each in LogFormat}
    for word in wanted.lower().replace(",", " ").split():
        if word in known:
            form = known[word]
        elif word in _LEVELS:
            level = _LEVELS[word]
        else:
            problem = Problem(
                field=VARIABLE,
                message=f"{word!r} is no way to log",
                remedy=f"One of {', '.join((*known, *_LEVELS))}, or a format and a level as in json,debug",
            )
            raise BadInput("the log cannot be opened", problems=(problem,))
    return form, level


def log_to_stderr(wanted: str = "") -> None:
    """Send the records of this program to standard error, where systemd's journal takes them. Raises BadInput."""
    form, level = understand(wanted)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogfmtFormatter() if form is LogFormat.LOGFMT else JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
