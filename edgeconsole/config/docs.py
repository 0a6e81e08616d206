"""What each field means, read from the docstrings beneath the fields of the records: one place for code and manual."""

import ast
import inspect
import textwrap
from functools import lru_cache
from itertools import pairwise

from edgeconsole.config.schema import Record


@lru_cache(maxsize=64)
def _docs(record: type[Record]) -> tuple[tuple[str, str], ...]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(record)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found: list[tuple[str, str]] = []
    for node, following in pairwise(body):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            text = inspect.cleandoc(str(following.value.value))
            found.append((node.target.id, " ".join(text.split())))
    return tuple(found)


def field_docs(record: type[Record]) -> dict[str, str]:
    """Return field name to meaning for a record type; fields that their name explains are left out."""
    return dict(_docs(record))
