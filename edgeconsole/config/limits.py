"""Bounds that a file must keep before the TOML parser sees it.

Measured: one dotted key of 20,000 parts (40 kB) costs `tomllib` 8 s and 1.5 GB; 200 kB of it took a machine's memory.
Every check here and in `scan` is linear in the size of the text.
"""

MAX_BYTES = 32 * 1024 * 1024
"""Largest file read; 100,000 domains with four keys each are 11 MB."""

MAX_DOTS = 32
"""Dots outside strings and comments in one line; bounds the depth of dotted keys."""

MAX_HEADER_PARTS = 16
"""Parts of a table header such as `[a.b.c]`."""

MAX_NESTING = 32
"""Brackets and braces open at the same time."""

MAX_HEADERS = 5_000
"""Different table headers; each may cost the parser a dictionary per part, twice."""

MAX_TABLES = 250_000
"""Table headers, inline tables and parts of dotted keys; each costs the parser a dictionary."""

MAX_KEYS = 500
"""Keys of one table; no table has that many, and a dictionary of a million unknown keys is memory for nothing."""

MAX_ELEMENTS = 1_000_000
"""Commas outside strings in the whole text."""

MAX_STATEMENTS = 1_000_000
"""Statements that need the tokenizer; keeps the scan of any text below some seconds."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class OverLimit(ValueError):
    """A text that is refused before it is parsed; `offset` says where, in characters."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class NotText(ValueError):
    """Bytes that are no UTF-8 text of a size we read; `line` and `column` are 1-based, the column in bytes."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.remedy = remedy


def decode(content: bytes) -> str:
    """Return the text of a file, without a byte order mark. Raises NotText when it is too large or not UTF-8."""
    if len(content) > MAX_BYTES:
        raise NotText(
            f"the file has {len(content):,} bytes; at most {MAX_BYTES:,} are read",
            remedy="Split the list or remove what is not needed",
        )
    body = content.removeprefix(BYTE_ORDER_MARK)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        column = error.start - (body.rfind(b"\n", 0, error.start) + 1) + 1
        raise NotText(
            f"byte {column} of line {line} (0x{body[error.start]:02x}) is not UTF-8",
            line,
            column,
            "Save the file as UTF-8",
        ) from None
