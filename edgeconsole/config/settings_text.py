"""Changes of console.toml that keep every other line, comments included; each is read again before it counts."""

from pathlib import Path

import msgspec

from edgeconsole.config.render import line_text, table_text, value_text
from edgeconsole.config.save import save
from edgeconsole.config.scan import Header, own_end, scan, statements
from edgeconsole.config.settings import Context, Settings, parse_settings, read_text, to_raw
from edgeconsole.model.errors import BadInput
from edgeconsole.model.revision import WriteOutcome

_HEADER = "[[context]]"
_DEFAULT = "default_context"


def add_context(path: Path, context: Context) -> None:
    """Write a context at the end of the file, which is made where there is none. Raises BadInput."""
    text = read_text(path)
    before = parse_settings(text, path)
    if before.find(context.name) is not None:
        remedy = f"Remove it first: edgeconsole context remove {context.name}"
        raise BadInput(f"there is a context {context.name} already", remedy=remedy)
    newline = scan(text).newline
    ended = text if not text or text.endswith("\n") else text + newline
    gap = newline if ended else ""
    after = msgspec.structs.replace(before, contexts=(*before.contexts, context))
    _write(path, ended + gap + table_text(_HEADER, to_raw(context), newline), after)


def use_context(path: Path, name: str | None) -> None:
    """Make a context the one that is meant when none is named; None means none. Raises BadInput."""
    text = read_text(path)
    before = parse_settings(text, path)
    if name is not None and before.find(name) is None:
        known = ", ".join(context.name for context in before.contexts) or "none yet; edgeconsole context add makes one"
        raise BadInput(f"there is no context {name}", remedy=f"Known are: {known}")
    _write(path, _with_default(text, name), msgspec.structs.replace(before, default_context=name))


def remove_context(path: Path, name: str) -> None:
    """Take a context out, and the default with it where it is the default. Raises BadInput."""
    text = read_text(path)
    before = parse_settings(text, path)
    if before.find(name) is None:
        raise BadInput(f"there is no context {name}", remedy="edgeconsole context list has those there are")
    layout = scan(text)
    ordinal = -1
    kept: list[str] = []
    for piece, header in zip(layout.pieces, layout.headers, strict=True):
        ordinal += header == Header(("context",), True)
        mine = header == Header(("context",), True) and before.contexts[ordinal].name == name
        kept.append(piece[own_end(piece) :].lstrip("\r\n") if mine else piece)
    default = None if before.default_context == name else before.default_context
    contexts = tuple(context for context in before.contexts if context.name != name)
    changed = "".join(kept)
    _write(
        path,
        changed if default == before.default_context else _with_default(changed, default),
        Settings(contexts=contexts, default_context=default),
    )


def _with_default(text: str, name: str | None) -> str:
    layout = scan(text)
    first = layout.pieces[0]
    rest = text[len(first) :]
    for found in statements(first):
        if found.key == (_DEFAULT,):
            if name is None:
                return first[: found.start] + first[found.end :] + rest
            return first[: found.value_start] + value_text(name) + first[found.value_end :] + rest
    if name is None:
        return text
    # Keys of the file itself end where the first table begins, so the new one goes before it.
    ended = first if not first or first.endswith("\n") else first + layout.newline
    between = layout.newline if rest else ""
    return ended + line_text(_DEFAULT, name) + layout.newline + between + rest


def _write(path: Path, text: str, meant: Settings) -> None:
    try:
        said = parse_settings(text, path)
    except BadInput as error:
        raise _by_hand(path) from error
    if said != meant:
        raise _by_hand(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if save(path, text.encode(), previous_link=None) is WriteOutcome.INDETERMINATE:
        raise BadInput(f"{path} was written, but may not survive a power cut", remedy="Look at the disk")


def _by_hand(path: Path) -> BadInput:
    return BadInput(f"{path} is laid out so that this change is not safe", remedy="Make it by hand in an editor")
