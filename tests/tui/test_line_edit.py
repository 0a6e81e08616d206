"""A typed line is edited anywhere in it, and a mistake that was refused has the cursor behind it."""

import pytest

from edgeconsole.model.names import where_wrong
from edgeconsole.tui.line_edit import LONGEST, LineEdit
from edgeconsole.tui.prompt import Kind, Prompt, Taken


def shown(line: LineEdit) -> str:
    return f"{line.text[: line.at]}|{line.text[line.at :]}"


@pytest.mark.parametrize(
    ("keys", "becomes"),
    [
        (["left", "x"], "bob@fabrikam.exampl|e".replace("|", "x|")),
        (["home", "delete"], "|ob@fabrikam.example"),
        (["home", "left", "right", "backspace"], "|ob@fabrikam.example"),
        (["ctrl+w"], "bob@fabrikam.|"),
        (["ctrl+w", "ctrl+w"], "bob@|"),
        (["ctrl+left", "ctrl+left", "ctrl+w"], "|fabrikam.example"),
        (["home", "ctrl+right"], "bob@|fabrikam.example"),
        (["home", "end", "right"], "bob@fabrikam.example|"),
        (["left", "ctrl+u"], "|"),
        (["delete"], "bob@fabrikam.example|"),
    ],
)
def test_keys_move_and_change_as_in_a_shell(keys: list[str], becomes: str) -> None:
    line = LineEdit("bob@fabrikam.example")
    for key in keys:
        assert line.take(key, key if len(key) == 1 else None)
    assert shown(line) == becomes


def test_a_key_that_means_nothing_in_a_line_is_not_taken() -> None:
    line = LineEdit("a")
    assert not line.take("tab", "\t")
    assert not line.take("f5", None)


def test_a_text_that_is_offered_gives_way_to_a_letter_and_stays_for_every_other_key() -> None:
    line = LineEdit("fabrikam.example", replaced=True)
    line.take("n", "n")
    assert shown(line) == "n|"
    line = LineEdit("fabrikam.example", replaced=True)
    line.take("backspace", None)
    line.take("x", "x")
    assert shown(line) == "fabrikam.examplx|"


def test_what_is_pasted_goes_where_the_cursor_is_and_is_cut_where_it_is_too_long() -> None:
    line = LineEdit("ab", 1)
    line.put("x" * 2 * LONGEST)
    assert len(line.text) == LONGEST
    assert (line.text[0], line.text[-1], line.at) == ("a", "b", LONGEST - 1)


@pytest.mark.parametrize(
    "marked",
    [
        "fabrikam..|example", "fab |rikam.example", "ann@|fabrikam.example", "*.|fabrikam.example",
        ".|fabrikam.example",
        "fab_|x.example", "-|fab.example", "fab-.|example", "example|", "sip.x,|y.example:5061", "\u00fcber..|example",
        "192.0.2.7|",
    ],
)  # fmt: skip
def test_the_cursor_stands_behind_the_mistake_of_a_refused_name(marked: str) -> None:
    text = marked.replace("|", "")
    assert where_wrong(text) == marked.index("|")


def test_in_a_line_that_is_to_be_mended_the_arrow_moves_and_leads_nowhere_else() -> None:
    prompt = Prompt()
    prompt.enter("Partner:", "fabrikam..example", keys=frozenset({"left"}), at=10)
    assert prompt.take("left", None) == Taken(Kind.SWALLOWED)
    assert "".join(span.text for span in prompt.line.spans) == "Partner: fabrikam..example"


def test_esc_at_a_question_with_one_before_it_goes_back_and_every_other_key_leaves() -> None:
    prompt = Prompt()
    prompt.arm(prompt.ask("allow it", {"y": "apply"}, back=True))
    assert "esc back" in "".join(span.text for span in prompt.answers.spans)
    assert prompt.take("escape", "\x1b") == Taken(Kind.BACK)
    prompt.arm(prompt.ask("allow it", {"y": "apply"}, back=True))
    assert prompt.take("n", "n") == Taken(Kind.LEFT)
