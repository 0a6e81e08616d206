"""Mutants that change nothing anybody can see: by the line's text and the change, the reason as read from the code.

A reading, not a proof. Only a survivor is looked up here.
"""

Line = tuple[str, str]
"""The text of the line, and the change."""

_LETTER = "the code point between is a letter, and letters are never escaped"
_NEVER_FIRST = "the end of a head is never the first byte: line ends before it are taken off beforehand"
_EARLIER = "the search begins earlier, among bytes that hold no end of a head"

EQUAL: dict[str, dict[Line, str]] = {
    "sanitiser": {
        ("shortened = text[: limit + 1]", "1 is 2"): "what is beyond the limit is cut either way",
        ("if code < 0x100:", "Lt is LtE"): _LETTER,
        ("if code < 0x100:", "256 is 257"): _LETTER,
        ('return f"\\\\u{code:04x}" if code < 0x10000 else f"\\\\U{code:08x}"', "Lt is LtE"): _LETTER,
        ('return f"\\\\u{code:04x}" if code < 0x10000 else f"\\\\U{code:08x}"', "65536 is 65537"): _LETTER,
    },
    "framer": {
        ("self._searched = 0", "0 is 1"): "three bytes are searched again",
        (
            'return self._message is not None or (len(self._rest) > 0 and bool(self._rest.strip(b"\\r\\n")))',
            "Gt is GtE",
        ): "nothing has nothing left when it is stripped",
        ("self._missing = 0", "0 is 1"): "set with every head before it is read",
        ("elif offset < len(source):", "Lt is LtE"): "nothing is kept of nothing",
        ("self._searched = max(0, self._searched - offset)", "0 is 1"): "three bytes are searched again",
        ("return 0", "returns None"): "only asked whether it is none",
        ("end = source.find(_END, max(offset, self._searched - 3))", "3 is 4"): _EARLIER,
        ("length = (len(source) if end < 0 else end) - offset", "Lt is LtE"): _NEVER_FIRST,
        ("length = (len(source) if end < 0 else end) - offset", "0 is 1"): _NEVER_FIRST,
        ("if length > self._limits.header_block + (3 if end < 0 else 0):", "Lt is LtE"): _NEVER_FIRST,
        ("if end < 0:", "Lt is LtE"): _NEVER_FIRST,
        ("if end < 0:", "0 is 1"): _NEVER_FIRST,
    },
    "callers": {
        ("return False", "returns None"): "only asked whether it is so",
    },
    "confirm": {
        ("self._restarted = False", "False is True"): "set whenever something waits, and read only then",
        ("return False", "returns None"): "only asked whether it is so",
        ("deadline_wall=datetime.fromtimestamp(0).astimezone(),", "0 is 1"): "one second after 1970 is over as well",
    },
    "confirmation": {
        ("return False", "returns None"): "only asked whether it is so",
    },
}
