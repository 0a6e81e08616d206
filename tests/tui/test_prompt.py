"""The bottom row: what confirms, what leaves, what is swallowed."""

import pytest

from edgeconsole.present.table import Line, Span
from edgeconsole.tui.prompt import Kind, Mode, Prompt, Taken
from edgeconsole.tui.widgets.prompt_row import KeyUnit, keys_within, message_rows, typed_row


def text(prompt: Prompt) -> str:
    return "".join(span.text for span in prompt.line.spans)


@pytest.fixture
def asked() -> Prompt:
    prompt = Prompt()
    prompt.arm(prompt.ask("block fabrikam.example: closes it", {"y": "apply"}))
    return prompt


def test_y_confirms_once_the_question_could_be_read(asked: Prompt) -> None:
    assert asked.take("y", "y") == Taken(Kind.ANSWERED, "y")


def test_a_second_y_is_swallowed(asked: Prompt) -> None:
    asked.take("y", "y")
    assert asked.take("y", "y") == Taken(Kind.SWALLOWED)


@pytest.mark.parametrize(
    ("key", "character"),
    [
        ("enter", "\r"),
        ("escape", "\x1b"),
        ("n", "n"),
        ("Y", "Y"),
        ("space", " "),
        ("D", "D"),
        ("ctrl+c", "\x03"),
        ("up", None),
    ],
)
def test_every_other_key_leaves_and_nothing_is_done(asked: Prompt, key: str, character: str | None) -> None:
    assert asked.take(key, character) == Taken(Kind.LEFT)
    assert asked.mode is Mode.FLASH
    assert text(asked) == "nothing changed"


def test_a_y_typed_before_the_question_could_be_read_is_swallowed_and_said() -> None:
    prompt = Prompt()
    turn = prompt.ask("block fabrikam.example", {"y": "apply"})
    assert prompt.take("y", "y") == Taken(Kind.SWALLOWED)
    assert text(prompt).startswith("(that key came before this line; press again)")
    prompt.arm(turn)
    assert prompt.take("y", "y") == Taken(Kind.ANSWERED, "y")


def test_a_y_typed_while_the_plan_is_made_is_swallowed_and_said() -> None:
    prompt = Prompt()
    prompt.wait("working it out")
    assert prompt.take("y", "y") == Taken(Kind.SWALLOWED)
    prompt.ask("block fabrikam.example", {"y": "apply"})
    assert text(prompt).startswith("(that key came before")


def test_a_late_arm_does_not_arm_the_next_question() -> None:
    prompt = Prompt()
    first = prompt.ask("one", {"y": "apply"})
    prompt.take("escape", "\x1b")
    prompt.ask("two", {"y": "apply"})
    prompt.arm(first)
    assert prompt.take("y", "y") == Taken(Kind.SWALLOWED)


def test_escape_leaves_a_question_that_cannot_be_answered_yet() -> None:
    prompt = Prompt()
    prompt.ask("one", {"y": "apply"})
    assert prompt.take("escape", "\x1b") == Taken(Kind.LEFT)


def test_the_filter_is_edited_as_people_expect() -> None:
    prompt = Prompt()
    prompt.filter("")
    for character in "fab x":
        prompt.take(character, character)
    assert text(prompt) == "/fab x_"
    assert prompt.take("ctrl+w", "\x17") == Taken(Kind.FILTERED, "fab")
    assert prompt.take("backspace", "\x7f") == Taken(Kind.FILTERED, "fa")
    assert prompt.take("ctrl+u", "\x15") == Taken(Kind.FILTERED, "")
    assert prompt.paste("lit\nware\n") == Taken(Kind.FILTERED, "lit ware")
    assert prompt.take("tab", "\t") == Taken(Kind.PRESSED, "tab")
    assert prompt.take("down", None) is None
    prompt.take("enter", "\r")
    assert prompt.mode is Mode.FLASH


def test_escape_and_an_empty_backspace_end_the_filter() -> None:
    prompt = Prompt()
    prompt.filter("fab")
    assert prompt.take("escape", "\x1b") == Taken(Kind.FILTERED, "")
    assert prompt.mode is Mode.FLASH
    prompt.filter("")
    assert prompt.take("backspace", "\x7f") == Taken(Kind.FILTERED, "")
    assert prompt.mode is Mode.FLASH


def test_a_paste_never_answers() -> None:
    prompt = Prompt()
    prompt.arm(prompt.ask("one", {"y": "apply"}))
    assert prompt.paste("y") is None
    assert prompt.mode is Mode.QUESTION


def test_news_wait_until_the_prompt_is_free() -> None:
    prompt = Prompt()
    prompt.filter("fab")
    prompt.tell("done #2")
    assert text(prompt) == "/fab_"
    prompt.take("enter", "\r")
    assert "done #2" in text(prompt)


def test_a_free_prompt_leaves_keys_to_the_screen() -> None:
    assert Prompt().take("y", "y") is None


def typed(prompt: Prompt, keys: str) -> list[Taken | None]:
    return [prompt.take(key, key) for key in keys]


def test_a_word_that_confirms_goes_on_when_its_last_letter_stands_there_and_never_by_enter() -> None:
    prompt = Prompt()
    prompt.enter("type it", word="apply")
    assert prompt.take("enter", "\r") == Taken(Kind.SWALLOWED)
    assert typed(prompt, "appl") == [Taken(Kind.SWALLOWED)] * 4
    assert prompt.take("enter", "\r") == Taken(Kind.SWALLOWED)
    assert prompt.take("y", "y") == Taken(Kind.ENTERED, "apply")


def test_a_word_that_confirms_cannot_be_pasted() -> None:
    prompt = Prompt()
    prompt.enter("type it", word="apply")
    assert prompt.paste("apply") is None
    assert text(prompt) == "type it _"


def test_a_mistyped_word_is_mended_or_left() -> None:
    prompt = Prompt()
    prompt.enter("type it", word="apply")
    typed(prompt, "apx")
    prompt.take("backspace", "\x7f")
    assert typed(prompt, "ply")[-1] == Taken(Kind.ENTERED, "apply")
    prompt.enter("type it", word="apply")
    assert prompt.take("escape", "\x1b") == Taken(Kind.LEFT)


def test_a_text_ends_with_enter_and_takes_what_is_pasted() -> None:
    prompt = Prompt()
    prompt.enter("why:", "INC")
    prompt.paste("-44 11\n")
    assert prompt.take("enter", "\r") == Taken(Kind.ENTERED, "INC-44 11")


def test_keys_the_owner_asked_for_are_handed_over_and_printable_ones_only_while_nothing_is_typed() -> None:
    prompt = Prompt()
    prompt.enter("Partner:", keys=frozenset({"left", "?"}))
    assert prompt.take("question_mark", "?") == Taken(Kind.PRESSED, "?")
    assert prompt.take("left", None) == Taken(Kind.PRESSED, "left")
    prompt.take("a", "a")
    prompt.take("question_mark", "?")
    assert prompt.text == "a?"
    assert prompt.take("left", None) == Taken(Kind.SWALLOWED)
    prompt.enter("Partner:", "fabrikam.example", keys=frozenset({"?"}))
    assert prompt.take("question_mark", "?") == Taken(Kind.PRESSED, "?")
    prompt.enter("Folder:")
    assert prompt.take("left", None) == Taken(Kind.SWALLOWED)


def test_while_a_text_is_typed_the_keys_told_are_those_of_the_line() -> None:
    prompt = Prompt()
    prompt.enter("Partner:", keys=frozenset({"left", "?"}), own="left back  ? why")
    told = "".join(span.text for span in prompt.answers.spans)
    assert told.startswith("enter goes on  left back  ? why  esc leaves")
    typed(prompt, "a")
    assert "left back" not in "".join(span.text for span in prompt.answers.spans)
    prompt.enter("type it", word="apply")
    assert "".join(span.text for span in prompt.answers.spans) == "esc leaves"


def typing(text: str, at: int) -> Prompt:
    prompt = Prompt()
    prompt.enter("path:", text, at=at)
    return prompt


@pytest.mark.parametrize("at", [0, 1, 20, 40, 79, 80, 120, 199, 200])
@pytest.mark.parametrize("width", [40, 80])
def test_a_text_longer_than_the_row_moves_sideways_and_the_cursor_is_always_seen(at: int, width: int) -> None:
    text = "".join(chr(ord("a") + n % 26) for n in range(200))
    spans = typed_row(typing(text, at).typing, width).spans
    shown = "".join(span.text for span in spans)
    assert len(shown) <= width
    assert shown.startswith("path: ")
    assert spans[2].text == (text[at] if at < 200 else "_")
    before, after = spans[1].text.lstrip("…"), spans[3].text.rstrip("…")
    assert text[:at].endswith(before), "what stands before the cursor is what was typed before it"
    assert text[at + 1 :].startswith(after)
    assert len(shown) >= width - 1, "the row is used to its end"


def test_a_text_that_fits_is_shown_whole_with_its_hint() -> None:
    prompt = typing("short", 5)
    prompt.hint = "a hint"
    assert "".join(span.text for span in typed_row(prompt.typing, 80).spans) == "path: short_  a hint"


def test_a_narrow_key_row_gives_way_key_by_key_and_keeps_the_help() -> None:
    units = [KeyUnit(Span(key), Span(word), key == "?") for key, word in
             (("n", "new"), ("b", "block"), ("u", "undo"), ("?", "help"), ("Q", "quit"))]  # fmt: skip
    assert "".join(span.text for span in keys_within(units, 80)) == "n new  b block  u undo  ? help  Q quit"
    assert "".join(span.text for span in keys_within(units, 30)) == "n new  b block  u undo  ? help"
    assert "".join(span.text for span in keys_within(units, 16)) == "n new  ? help"
    assert "".join(span.text for span in keys_within(units, 3)) == "? help"


def test_a_message_longer_than_the_row_takes_more_rows_and_three_at_most() -> None:
    said = "the proxy does not answer on /run/edgeconsole/admin.sock. Start it: systemctl start edgeconsole-proxy"
    rows = ["".join(span.text for span in row.spans) for row in message_rows(Line((Span(said),)), 60)]
    assert " ".join(row.strip() for row in rows) == said
    assert all(len(row) <= 60 for row in rows)
    assert len(message_rows(Line((Span(said * 9),)), 60)) == 3
    assert len(message_rows(Line((Span("short"),)), 60)) == 1
