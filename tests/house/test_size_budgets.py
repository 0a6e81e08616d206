"""The hard size limits: a file, a function, a class that outgrows them has more than one reason to exist."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "edgeconsole"
FILE_LINES, FUNCTION_LINES, PUBLIC_METHODS = 450, 70, 12
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_a_module_stays_within_the_hard_limits() -> None:
    assert [fault for path in MODULES for fault in _outgrown(path)] == []


def _outgrown(path: Path) -> Iterator[str]:
    source, name = path.read_text(), path.relative_to(PACKAGE)
    if (lines := source.count("\n")) > FILE_LINES:
        yield f"{name}: {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno
            if lines >= FUNCTION_LINES:
                yield f"{name}: {node.name} has {lines} lines"
        if isinstance(node, ast.ClassDef):
            public = [
                item
                for item in node.body
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_hook(item.name)
            ]
            if len(public) > PUBLIC_METHODS and not _is_a_backend(node):
                yield f"{name}: {node.name} has {len(public)} public methods"


def _is_hook(name: str) -> bool:
    """Names a framework calls (Textual) and names no caller uses."""
    return name.startswith(
        ("_", "on_", "action_", "watch_", "validate_", "compute_", "check_", "get_", "key_", "render")
    )


def _is_a_backend(node: ast.ClassDef) -> bool:
    """The Backend protocol is one interface by design; its parts implement all of it."""
    return node.name.endswith("Backend")


def test_a_module_says_in_its_first_line_what_it_is_for() -> None:
    said = {path: (ast.get_docstring(ast.parse(path.read_text())) or "\n").splitlines()[0] for path in MODULES}
    assert [path for path, line in said.items() if len(line) < 15] == []


def test_no_module_is_named_for_what_it_is_not() -> None:
    nothing_said = {"utils", "util", "helpers", "helper", "manager", "misc", "data", "common"}
    assert [path for path in MODULES if path.stem in nothing_said] == []
