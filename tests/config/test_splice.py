"""A rewritten text says what was asked for, and every line that nobody asked about is the same bytes as before."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edgeconsole.config.edit import apply_changes
from edgeconsole.config.read import parse
from edgeconsole.config.scan import own_end, scan, statements
from edgeconsole.config.splice import SpliceRefused, rewrite, splice
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, Table
from tests.config.federation_files import SAMPLE, changes_for, domain, federation_texts, sampled

FEDERATION_OFF = Change(table=Table.ACCESS_EDGE, fields={"federation": False})


def configuration(text: str) -> Configuration:
    return parse(text, "federation.toml").configuration


def spliced(text: str, *changes: Change) -> str:
    before = configuration(text)
    return splice(scan(text), before, apply_changes(before, changes)).text


# Any text, any change


@sampled
@given(st.data(), federation_texts())
def test_the_result_says_exactly_what_was_asked_for(data: st.DataObject, text: str) -> None:
    before = configuration(text)
    after = apply_changes(before, data.draw(changes_for(before)))
    layout = splice(scan(text), before, after)
    assert configuration(layout.text) == after
    again = scan(layout.text)
    assert [header.path for header in layout.headers] == [header.path for header in again.headers]


@sampled
@given(st.data(), federation_texts().filter(lambda text: "[[" in text))
def test_setting_values_leaves_every_byte_outside_that_table_and_every_other_line_in_it(
    data: st.DataObject, text: str
) -> None:
    before = configuration(text)
    number = data.draw(st.integers(0, len(before.domains) - 1))
    record = before.domains[number]
    comment = data.draw(st.sampled_from([None, "new words", 'a "quote"', record.comment]))
    result = spliced(text, domain(record.name, comment=comment))
    layout = scan(text)
    index = layout.under("domain")[number]
    head, tail = "".join(layout.pieces[:index]), "".join(layout.pieces[index + 1 :])
    assert result.startswith(head)
    assert result.endswith(tail)
    was, now = layout.pieces[index], result[len(head) : len(result) - len(tail)]
    touched = [entry for entry in statements(was) if entry.key == ("comment",)]
    for line in kept_lines(was, touched):
        assert line in now


def kept_lines(piece: str, touched: list[object]) -> list[str]:
    for entry in touched:
        piece = piece[: entry.start] + piece[entry.end :]  # type: ignore[attr-defined]
    return piece.splitlines()


@sampled
@given(federation_texts())
def test_adding_a_domain_puts_one_block_in_and_changes_nothing_else(text: str) -> None:
    result = spliced(text, domain("new.example", action="block"))
    ended = text if text.endswith("\n") or not text else text + ("\r\n" if "\r\n" in text else "\n")
    assert one_block_apart(ended if not result.endswith(text) else text, result) or one_block_apart(text, result)
    assert result.endswith("\n") == (text.endswith("\n") or not text)


def one_block_apart(short: str, long: str) -> bool:
    """Return whether the longer text is the shorter with one block put in."""
    common = 0
    while common < len(short) and short[common] == long[common]:
        common += 1
    return long.endswith(short[common:])


@sampled
@given(st.data(), federation_texts().filter(lambda text: "[[" in text))
def test_removing_a_domain_takes_its_own_lines_and_nothing_else(data: st.DataObject, text: str) -> None:
    before = configuration(text)
    number = data.draw(st.integers(0, len(before.domains) - 1))
    result = spliced(text, Change(table=Table.DOMAIN, key=before.domains[number].name))
    assert one_block_apart(result, text)
    layout = scan(text)
    piece = layout.pieces[layout.under("domain")[number]]
    standing = [line for line in piece[own_end(piece) :].splitlines() if line.strip()]
    others = "".join(p for p in layout.pieces if p is not piece)
    for line in standing:
        assert result.count(line) >= others.count(line) + 1
    removed = len(text.splitlines()) - len(result.splitlines())
    blank = sum(1 for line in text.splitlines() if not line.strip())
    assert removed <= len(piece[: own_end(piece)].splitlines()) + blank


@sampled
@given(federation_texts().filter(lambda text: text.endswith("\n")))
def test_adding_a_domain_and_removing_it_again_gives_the_same_bytes_back(text: str) -> None:
    layout = scan(text)
    assume(len(layout.pieces) > 1 or statements(layout.pieces[0]))
    added = spliced(text, domain("new.example", action="block"))
    assert spliced(added, Change(table=Table.DOMAIN, key="new.example")) == text


@sampled
@given(federation_texts())
def test_line_ends_stay_of_one_kind(text: str) -> None:
    result = spliced(text, domain("new.example", action="allow", comment="x"))
    if "\r\n" in text:
        assert result.count("\n") == result.count("\r\n")
    elif "\n" in text:
        assert "\r" not in result


# By example


def test_a_value_is_replaced_with_its_indentation_spacing_and_trailing_comment_kept() -> None:
    text = "[access_edge]\n\tpartner_discovery   =   false\t# quick\nfederation = true"
    result = spliced(text, Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True}))
    assert result == "[access_edge]\n\tpartner_discovery   =   true\t# quick\nfederation = true"


def test_a_switch_that_is_written_goes_back_to_its_default_in_words() -> None:
    text = "[access_edge]\nfederation = true # on\n"
    result = spliced(text, Change(table=Table.ACCESS_EDGE, fields={"federation": None}))
    assert result == "[access_edge]\nfederation = false # on\n"


def test_a_cleared_value_takes_its_line_with_it() -> None:
    assert spliced(SAMPLE, domain("fabrikam.example", access_edge=None)) == SAMPLE.replace(
        'access_edge = "sip.fabrikam.example"\n', ""
    )


def test_a_new_key_stands_where_a_new_file_would_have_it() -> None:
    text = '[[domain]]\n  name = "a.example"\n  action = "allow"\n  comment = "x"\n'
    result = spliced(text, domain("a.example", access_edge="e.a.example"))
    assert result == text.replace('"allow"\n', '"allow"\n  access_edge = "e.a.example"\n')


def test_a_multi_line_value_is_replaced_whole() -> None:
    result = spliced(SAMPLE, domain("litware.example", comment="short"))
    assert result == SAMPLE.replace('"""\nTwo lines,\n[also.fake]\n"""', '"short"')


def test_an_element_put_into_a_list_of_lines_keeps_the_other_lines_and_their_comments() -> None:
    peers = ["pool.int.contoso.example", "pool2.int.contoso.example", "pool3.int.contoso.example"]
    result = spliced(SAMPLE, Change(table=Table.EDGE, fields={"internal_peers": list(peers)}))
    assert result == SAMPLE.replace(
        '    "pool2.int.contoso.example",\n', '    "pool2.int.contoso.example",\n    "pool3.int.contoso.example",\n'
    )


def test_an_element_taken_from_a_list_of_lines_takes_its_line_only() -> None:
    result = spliced(SAMPLE, Change(table=Table.EDGE, fields={"internal_peers": ["pool2.int.contoso.example"]}))
    assert result == SAMPLE.replace('    "pool.int.contoso.example",  # first\n', "")


def test_a_removed_table_takes_the_comment_above_it_and_leaves_the_block_by_itself() -> None:
    result = spliced(SAMPLE, Change(table=Table.DOMAIN, key="fabrikam.example"))
    assert "contract 4411" not in result
    assert "# ---- suppliers ----\n\n[[domain]]\n" in result
    result = spliced(SAMPLE, Change(table=Table.DOMAIN, key="litware.example"))
    assert 'access_edge = "sip.fabrikam.example"\n\n# ---- enemies ----\n\n[[domain]]\n' in result


def test_a_missing_table_is_created_in_its_place() -> None:
    result = spliced(SAMPLE, Change(table=Table.PROXY, fields={"resolver": "127.0.0.1"}))
    assert '    "pool2.int.contoso.example",\n]\n\n[proxy]\nresolver = "127.0.0.1"\n\n# The switches.\n' in result


def test_a_removed_only_table_and_a_new_one_change_places() -> None:
    text = '# lead\n\n[[domain]]\nname = "a.example"\naction = "allow"\n\n# end\n'
    result = spliced(text, Change(table=Table.DOMAIN, key="a.example"), domain("b.example", action="block"))
    assert result == '# lead\n\n[[domain]]\nname = "b.example"\naction = "block"\n\n# end\n'


def test_comments_at_the_very_start_stay_when_the_first_table_goes() -> None:
    text = '# About this file\n[[domain]]\nname = "a.example"\naction = "allow"\n'
    assert spliced(text, Change(table=Table.DOMAIN, key="a.example")) == "# About this file\n"


def test_tables_without_blank_lines_between_stay_so() -> None:
    text = "".join(f'[[domain]]\nname = "{n}.example"\naction = "allow"\n' for n in "ab")
    result = spliced(text, domain("c.example", action="allow"))
    assert result == text + '[[domain]]\nname = "c.example"\naction = "allow"\n'


def test_a_comment_below_the_last_table_is_not_given_to_a_new_one() -> None:
    text = "".join(f'[[domain]]\nname = "{n}.example"\naction = "allow"\n' for n in "ab") + "# about b\n"
    result = spliced(text, domain("c.example", action="allow"))
    assert result == text + '\n[[domain]]\nname = "c.example"\naction = "allow"\n'


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        ('domain = [{name = "a.example", action = "allow"}]\n', domain("b.example", action="allow"), "key on line 1"),
        ("\naccess_edge.federation = true\n", FEDERATION_OFF, "line 2"),
        ("access_edge = {federation = true}\n", FEDERATION_OFF, "line 1"),
    ],
)
def test_a_layout_that_cannot_be_spliced_is_refused_with_its_line_and_can_be_rewritten(
    text: str, change: Change, said: str
) -> None:
    before = configuration(text)
    after = apply_changes(before, [change])
    with pytest.raises(SpliceRefused, match=said) as caught:
        splice(scan(text), before, after)
    assert "written anew" in caught.value.remedy
    assert configuration(rewrite(text, after)) == after


def test_records_in_another_order_are_refused() -> None:
    before = configuration(SAMPLE)
    swapped = apply_changes(before, [Change(table=Table.DOMAIN, key="fabrikam.example")])
    swapped = apply_changes(swapped, [domain("fabrikam.example", action="allow", access_edge="sip.fabrikam.example")])
    with pytest.raises(SpliceRefused, match="order"):
        splice(scan(SAMPLE), before, swapped)


def test_a_text_that_does_not_say_the_given_configuration_is_refused() -> None:
    before = configuration(SAMPLE)
    other = apply_changes(before, [Change(table=Table.DOMAIN, key="evil.example")])
    with pytest.raises(SpliceRefused):
        splice(scan(SAMPLE), other, apply_changes(other, [domain("x.example", action="allow")]))


def test_a_rewritten_file_keeps_the_comment_at_its_start() -> None:
    result = rewrite(SAMPLE, configuration(SAMPLE))
    assert result.startswith("# The edge of Contoso. Change with care.\n\nversion = 1\n\n[edge]\n")
    assert configuration(result) == configuration(SAMPLE)


def test_in_a_long_file_each_touched_table_is_checked_by_itself() -> None:
    many = "".join(f'[[domain]]\nname = "p{n}.example"\naction = "allow"\n\n' for n in range(3000))
    before = configuration(many)
    after = apply_changes(before, [domain("p7.example", action="block"), domain("new.example", action="allow")])
    result = splice(scan(many), before, after).text
    assert configuration(result) == after
    assert len(set(many.splitlines()) ^ set(result.splitlines())) == 2


def test_a_table_that_cannot_be_edited_line_by_line_is_rendered_anew_with_the_comments_above_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edgeconsole.config.table_text._in_place", lambda *_: 'name = "not even a table"')
    result = spliced(SAMPLE, domain("fabrikam.example", comment="x"))
    assert result == SAMPLE.replace(
        'access_edge = "sip.fabrikam.example"\n', 'access_edge = "sip.fabrikam.example"\ncomment = "x"\n'
    )


def test_a_table_that_cannot_be_made_to_say_what_is_asked_is_refused_with_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edgeconsole.config.table_text._in_place", lambda _, piece, *__: piece)
    monkeypatch.setattr("edgeconsole.config.table_text._rendered", lambda _, piece, *__: piece)
    with pytest.raises(SpliceRefused, match="near line 22"):
        spliced(SAMPLE, domain("fabrikam.example", comment="x"))
