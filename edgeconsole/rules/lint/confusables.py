"""Which domain names look alike: a skeleton that look-alike names share, and the scripts of a label.

A small table of our own, made for the letters that IDNA lets into lower-case names: the Cyrillic, Greek, Armenian and
Latin letters that common fonts draw as an ASCII letter, digits and pairs of letters that pass for another letter, and
accents, which are dropped as browsers do for well-known names. It is no replacement for the whole of UTS 39: letters
that look alike within Chinese, Indic or other scripts, whole words in similar glyphs, and fonts of a reader's own are
not covered. No finding therefore does not mean that a name is no imitation.
"""

# ruff: noqa: RUF001 - the ambiguous letters are the subject here

import unicodedata

from edgeconsole.model.names import to_unicode

_LOOKS_LIKE = {
    # Cyrillic
    "а": "a", "ь": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "һ": "h", "і": "i", "ї": "i", "ј": "j", "к": "k",
    "ӏ": "l", "м": "m", "п": "n", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t", "ц": "u", "ѵ": "v",
    "ѡ": "w", "ԝ": "w", "х": "x", "у": "y", "ү": "y", "з": "3", "ӡ": "3", "б": "6", "в": "b", "н": "h", "я": "r",
    # Greek
    "α": "a", "β": "b", "ϲ": "c", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "σ": "o",
    "τ": "t", "υ": "u", "χ": "x", "γ": "y", "ω": "w", "μ": "u",
    # Armenian
    "ո": "n", "օ": "o", "ս": "u", "հ": "h", "ց": "g", "զ": "q", "յ": "j", "ա": "w",
    # Latin letters beside the ASCII ones
    "ı": "i", "ȷ": "j", "ɑ": "a", "ɡ": "g", "ɩ": "i", "ɪ": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h",
    "ŧ": "t", "ƅ": "b", "ƙ": "k", "ɓ": "b", "ɗ": "d", "ɖ": "d", "ʋ": "v", "ʏ": "y", "ɯ": "w", "ᴏ": "o", "ᴄ": "c",
    "ᴠ": "v", "ᴡ": "w", "ᴢ": "z", "ꜱ": "s", "ß": "b", "æ": "ae", "œ": "oe", "þ": "p",
}  # fmt: skip

_LETTERS = str.maketrans(_LOOKS_LIKE)


def skeleton(name: str) -> str:
    """Return what a name in A-labels looks like; two names with one skeleton may be taken for one another."""
    if "xn--" in name:
        letters = unicodedata.normalize("NFKD", to_unicode(name)).casefold()
        letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
        name = letters.translate(_LETTERS)
    # One glyph or two: the pairs and digits that pass for a letter in most fonts.
    return name.replace("rn", "m").replace("vv", "w").replace("0", "o").replace("1", "l")


_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)
"""Scripts that one word may mix: Japanese, Korean, Chinese (UTS 39, highly restrictive)."""

_NO_SCRIPT = frozenset({"DIGIT", "HYPHEN-MINUS", "COMBINING", "MIDDLE", "KATAKANA-HIRAGANA", "ZERO", "IDEOGRAPHIC"})
"""First words of character names that belong to no one script."""


def scripts(label: str) -> frozenset[str]:
    """Return the scripts of a U-label's letters, as Unicode names them (`LATIN`, `CYRILLIC`, `CJK`)."""
    found = {unicodedata.name(letter, "UNKNOWN").partition(" ")[0] for letter in label if not letter.isascii()}
    if any(letter.isascii() and letter.isalpha() for letter in label):
        found.add("LATIN")
    return frozenset(found - _NO_SCRIPT)


def mixes_scripts(label: str) -> bool:
    """Return whether a U-label mixes scripts that no language writes together."""
    found = scripts(label)
    return len(found) > 1 and not any(found <= together for together in _TOGETHER)
