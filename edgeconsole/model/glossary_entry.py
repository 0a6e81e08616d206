"""One entry of the glossary: what a thing is called now, what it was called, and what became of it."""

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One term."""

    name: str
    meaning: str
    """One or two sentences, without a full stop at the end."""
    old_names: tuple[str, ...] = ()
    """Names in earlier products, with the product in brackets."""
    aliases: tuple[str, ...] = ()
    """Other spellings: keys of the file, cmdlet parameters, abbreviations, hosts."""
    wire: str = ""
    """How it is called in headers and scripts (ms-source-type, MSPL ExternalSourceType)."""
    here: str = ""
    """How it is set in federation.toml."""
    history: tuple[str, ...] = ()
    """What happened to it, the oldest first, each with its date."""
    tested: str = ""
    """What was ever tested, or works between the two sides."""
    see: tuple[str, ...] = ()
    source: str = ""
    """Sections of docs/rules.md and the pages it names."""
