"""The proxy's log: one record one line, logfmt, every value escaped to printable ASCII."""

import logging
import sys
from datetime import UTC, datetime


class LogfmtFormatter(logging.Formatter):
    """Formats a record as `time=… level=… from=… message="…"`; line breaks and escapes cannot forge a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = (
            f"time={moment} level={record.levelname.lower()} from={record.name} message={quoted(record.getMessage())}"
        )
        if record.exc_info:
            line += f" trace={quoted(self.formatException(record.exc_info))}"
        return line


def quoted(text: str) -> str:
    """Return the text in double quotes, printable ASCII only."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.encode("unicode_escape").decode("ascii").replace("\\\\", "\\") + '"'


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send the records of this program to standard error, where systemd's journal takes them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogfmtFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
