"""Rules of the console's source that no test of behaviour can hold."""

import ast
import re
from pathlib import Path

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

import edgeconsole.tui
from edgeconsole.tui.compat import QuietApp

TUI = Path(edgeconsole.tui.__file__).parent
MODULES = sorted(TUI.rglob("*.py"))
SHEETS = sorted((TUI / "css").glob("*.tcss"))
NAMES = [str(path.relative_to(TUI)) for path in MODULES]

_DRAWS_MARKUP = {
    "Static",
    "Label",
    "Button",
    "Link",
    "Option",
    "OptionList",
    "Tab",
    "Input",
    "Toast",
    "RichLog",
    "Markdown",
}
_TAKES_MARKUP = {
    "update",
    "notify",
    "add_row",
    "add_column",
    "add_leaf",
    "add_option",
    "add_options",
    "from_markup",
    "write",
}


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_no_widget_that_reads_markup_is_given_a_string(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or called(node) not in _DRAWS_MARKUP | _TAKES_MARKUP:
            continue
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("driver", "crash", "file", "os"):
            continue
        raise AssertionError(f"{path.name}:{node.lineno}: {called(node)} reads markup; draw spans instead")


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_no_module_builds_rich_text_or_content_from_strings(path: Path) -> None:
    imported = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert not imported & {"Text", "Content", "escape", "Markdown", "RichLog", "Static", "Label"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.name != "strips.py"], ids=lambda p: p.name)
def test_segments_are_made_from_fitted_text_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and called(node) == "Segment":
            assert isinstance(node.args[0], ast.Call)
            assert called(node.args[0]) == "fit"


_COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\bansi_(?!color\b)\w+|\brgba?\(|\bhsla?\(|"
    r"(?<![\w-])(?:black|red|green|yellow|blue|magenta|cyan|white|gr[ae]y|orange|purple|pink|brown)(?![\w-])"
)


_CHECKS_NAMES_OF_COLOURS = TUI / "themes.py"


@pytest.mark.parametrize(
    "path", [path for path in (*MODULES, *SHEETS) if path != _CHECKS_NAMES_OF_COLOURS], ids=lambda path: path.name
)
def test_colours_stand_in_theme_files_and_nowhere_else(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL) if path.suffix == ".tcss" else path.read_text()
    selectors = re.sub(r"^\s*[^{;]*\{", "{", text, flags=re.MULTILINE) if path.suffix == ".tcss" else text
    assert not _COLOUR.findall(selectors)


def test_textuals_private_names_are_touched_in_compat_only() -> None:
    private = {name for kind in (App, Screen, Widget) for name in dir(kind) if name.startswith("_") and name[1] != "_"}
    private |= {"_driver", "_exception", "_exception_event", "_exit_renderables", "_return_code", "_size"}
    for path in MODULES:
        if path.name == "compat.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in private, f"{path.name}:{node.lineno}: {node.attr}"


def test_nothing_of_ours_hides_a_name_that_textual_uses() -> None:
    """A private attribute of Textual's, set by accident, breaks at a distance."""
    living = {"App": QuietApp(), "Screen": Screen(), "Widget": Widget()}
    meant = {"render_line", "compose", "on_event", "animation_level"}
    for path in MODULES:
        if path.name == "compat.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                bases = " ".join(ast.unparse(base) for base in node.bases)
                kind = next((word for word in ("App", "Screen") if word in bases), None)
                kind = kind or ("Widget" if re.search(r"Widget|OneLine|DetailPane", bases) else None)
                if kind is not None:
                    ours = _own_names(node)
                    taken = {name for name in ours if name.startswith("_") and hasattr(living[kind], name)}
                    assert not taken, (path.name, node.name, taken)
                    methods = {name for name in ours if hasattr(living[kind], name)} - meant
                    assert all(name.isupper() for name in methods), (path.name, node.name, methods)


def _own_names(cls: ast.ClassDef) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(cls):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            names.add(node.attr) if isinstance(node.ctx, ast.Store) else None
    return {name for name in names if not name.startswith("__")}


def test_the_app_stays_a_router() -> None:
    assert (TUI / "app.py").read_text().count("\n") <= 300
