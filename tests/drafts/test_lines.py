"""Drafts, plans and conflicts as lines: what Review and the commands say, with nothing hidden in a value."""

from datetime import timedelta

from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import Problem
from edgeconsole.model.plan import Impact, Plan
from edgeconsole.model.revision import Revision
from edgeconsole.present import diff, draft
from edgeconsole.present.table import Line, Style
from tests.drafts.worlds import START, Box, domain, gone, switches

HOSTILE = "\x1b]52;c;aGk=\x07[@click=app.quit]x[/]\u202e"


def text(lines) -> list[str]:
    return ["".join(span.text for span in line.spans) for line in lines]


def looks(line: Line) -> list[Style]:
    return [span.style for span in line.spans]


def staged(*changes: Change) -> Box:
    box = Box()
    box.stage(list(changes))
    return box


def test_fields_stand_under_their_record_before_and_after() -> None:
    box = staged(domain("fabrikam.example", comment=None, owner="netops"), switches(partner_discovery=True))
    assert text(diff.field_lines(box.view.differences)) == [
        "domain fabrikam.example",
        "  comment  - contract 4411",
        "  owner    + netops",
        "access_edge",
        "  partner_discovery  false -> true",
    ]


def test_a_text_diff_keeps_every_line_and_gives_each_its_look() -> None:
    shown = list(diff.toml_lines("--- a\n+++ b\n@@ -1 +1 @@\n x\n--y\n++z\n\\ No newline at end of file\n"))
    assert text(shown) == [
        "--- a",
        "+++ b",
        "@@ -1 +1 @@",
        " x",
        "--y",
        "++z",
        "\\ No newline at end of file",
    ]
    assert [looks(line)[0] for line in shown] == [
        Style.STRONG,
        Style.STRONG,
        Style.MUTED,
        Style.PLAIN,
        Style.FAIL,
        Style.OK,
        Style.MUTED,
    ]


def test_a_plan_of_nothing_says_so_and_one_of_something_ends_in_its_effect_and_warnings() -> None:
    base = Revision("l", 3, "e")
    nothing = Plan(plan_id="p", base=base, changes=(), differences=(), toml_diff="", impact=Impact(), expires=START)
    assert text(diff.plan_lines(nothing)) == ["nothing would change: #3 says so already"]
    something = Plan(
        plan_id="p",
        base=base,
        changes=(gone("a.example"),),
        differences=(Difference(table=Table.DOMAIN, key="a.example", field="action", before="allow", after=None),),
        toml_diff="-x\n",
        impact=Impact(closed=("a.example",), sessions=2),
        expires=START,
        warnings=("mind the gap",),
    )
    shown = text(diff.plan_lines(something))
    assert shown[0] == "1 record would change, on top of #3"
    assert shown[-2:] == ["effect  closes a.example, drops 2 live sessions", "warning  mind the gap"]


def test_staged_records_say_whether_they_come_go_or_change() -> None:
    box = staged(domain("litware.example", action="allow"), gone("evil.example"), switches(partner_discovery=True))
    heads = [line for line in text(draft.staged_lines(box.view.edits, START + timedelta(hours=1))) if line[0] != " "]
    assert heads == ["- domain evil.example  60m", "+ domain litware.example  60m", "~ access_edge  60m"]
    assert text(draft.staged_lines((), START)) == ["nothing is staged"]


def test_a_conflict_shows_what_it_was_mine_and_theirs() -> None:
    box = staged(domain("fabrikam.example", comment="mine"), gone("evil.example"))
    box.others(domain("fabrikam.example", comment=None), domain("evil.example", comment="theirs"))
    box.rebase()
    assert text(draft.conflict_lines(box.view.conflicts)) == [
        "! domain evil.example  removed here, changed by others",
        "    was     comment unset",
        "    mine    no record",
        "    theirs  comment theirs",
        "! domain fabrikam.example.comment  changed by both",
        "    was     contract 4411",
        "    mine    mine",
        "    theirs  unset",
    ]


def test_nothing_in_a_value_reaches_the_terminal_raw() -> None:
    box = staged(domain("fabrikam.example", comment="a\u202eb"))
    hostile = Difference(table=Table.DOMAIN, key=HOSTILE, field=HOSTILE, before=HOSTILE, after=[HOSTILE])
    lines = [
        *diff.field_lines([*box.view.differences, hostile]),
        *diff.toml_lines(f"+{HOSTILE}"),
        *draft.problem_lines([Problem(message=HOSTILE)]),
        *draft.taken_over_lines([hostile]),
    ]
    for line in text(lines):
        assert "\x1b" not in line
        assert "\u202e" not in line
