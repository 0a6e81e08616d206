"""The hard size limits: a file, a function, a class that outgrows them has more than one reason to exist."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "edgeconsole"
FILE_LINES, FUNCTION_LINES, PUBLIC_METHODS = 450, 70, 12
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_stays_within_the_hard_limits(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= FILE_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name
        if isinstance(node, ast.ClassDef):
            public = [
                item
                for item in node.body
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_hook(item.name)
            ]
            assert len(public) <= PUBLIC_METHODS or _is_a_backend(node), node.name


def _is_hook(name: str) -> bool:
    """Names a framework calls (Textual) and names no caller uses."""
    return name.startswith(
        ("_", "on_", "action_", "watch_", "validate_", "compute_", "check_", "get_", "key_", "render")
    )


def _is_a_backend(node: ast.ClassDef) -> bool:
    """The Backend protocol is one interface by design; its parts implement all of it."""
    return node.name.endswith("Backend")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_in_its_first_line_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring
    assert len(docstring.splitlines()[0]) >= 15


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_named_for_what_it_is_not(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "misc", "data", "common"}
