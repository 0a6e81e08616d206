"""Some seven hundred texts a partner, a file or a name server may send, by what they try."""

from itertools import product

_CARRIERS = ("{}", "a{}b", "sip.{}fabrikam.example", "ok {} ok", "{}" * 3)

_SEQUENCES = (
    "\x1b", "\x1b[", "\x1b[2J", "\x1b[H", "\x1b[31;1m", "\x1b[8m", "\x1b[5m", "\x1b[?1049l", "\x1b[?25h", "\x1b[6n",
    "\x1b[c", "\x1b[>c", "\x1b[21t", "\x1b[999;999H", "\x1b[10;20r", "\x1b[3J", "\x1bc", "\x1b#8", "\x1b(0", "\x1bZ",
    "\x1b]0;title\x07", "\x1b]2;title\x1b\\", "\x1b]52;c;ZXZpbA==\x07", "\x1b]8;;http://evil.example\x1b\\",
    "\x1b]1337;File=:AAAA\x07", "\x1bP+q544e\x1b\\", "\x1b_G\x1b\\", "\x1b^pm\x1b\\", "\x1bX\x1b\\", "\x9b31m",
    "\x9d52;c;x\x9c", "\x90abc\x9c", "\x85", "\x8d", "\x07", "\x08\x08\x08", "\x00", "\x7f", "\x0e\x0f", "\r", "\n",
    "\r\n", "\v", "\f", "\t", "\x1b[201~rm -rf\x1b[200~", "\x1b[I", "\x1b[<0;1;1M",
)  # fmt: skip

_UNICODE = (
    "\u202e", "\u202dx\u202c", "\u2066x\u2069", "\u200b", "\u200d", "\u200e", "\u200f", "\ufeff", "\u2028", "\u2029",
    "\u00ad", "\u034f", "\u061c", "\u180e", "\u2060", "\ufff9\ufffa\ufffb", "\U000e0041\U000e007f", "\ue000",
    "\U0010ffff", "\ud800", "\udfff", "e" + "\u0301" * 50, "Z" + "\u0335\u0489" * 30, "\U0001f468\u200d\U0001f469",
    "\U0001f1e9\U0001f1ea", "\u0430\u0440\u0440\u04cf\u0435", "\ufdfd", "\u1160" * 9, "\u3164", "\u0e33" * 20,
    "\u05d0\u05d1\u05d2 123", "日本語" * 30, "\u0378", "\U000f0000",
)  # fmt: skip

_MARKUP = (
    "[bold]x[/bold]", "[/]", "[/b]", "[@click=app.quit]x[/]", "[link=http://evil.example]x[/link]", "[red", "]]>", "[",
    "$primary", "<script>alert(1)</script>", "&lt;", "](javascript:1)", "`rm -rf /`", "$(reboot)", "; rm -rf /", "|cat",
    "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "-2+3", "'; DROP TABLE run;--", "%s%n", "{0.__class__}", "{{7*7}}", "\\",
    '"', "''", '"""', "#", "]\n[[domain]]\nname = \"evil.example\"", "\nlevel=error message=forged",
    '"} {"outcome": "committed"',
)  # fmt: skip

_SIZES = ("", " ", "x" * 255, "x" * 256, "x" * 4096, "\x1b" * 500, "日" * 300, "a\u0301" * 300, " " * 300, "." * 300)


def _made() -> tuple[str, ...]:
    texts = [carrier.replace("{}", each) for each, carrier in product((*_SEQUENCES, *_UNICODE, *_MARKUP), _CARRIERS)]
    texts += _SIZES
    texts += [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
    return tuple(dict.fromkeys(texts))


CORPUS = _made()
