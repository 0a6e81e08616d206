"""Every hostile text through every surface: nothing a terminal acts on comes out, nothing is done, nothing breaks.

The values are given uncleaned, as if the door at the ingress had failed: the surfaces must hold by themselves.
"""

import json
import logging
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from edgeconsole.cli.main import main
from edgeconsole.model.configuration import Action, Configuration, FederatedDomain
from edgeconsole.model.observed import DiscoveredPartner, Failure, Session
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.text import Untrusted, clean
from edgeconsole.present import domains, overview
from edgeconsole.present.table import Line, ListView, Span, Style
from edgeconsole.proxy.logs import JsonFormatter, LogfmtFormatter
from edgeconsole.transfer.export.report import safe
from edgeconsole.tui.driver.grid import Grid
from edgeconsole.tui.driver.paint import Painter
from edgeconsole.tui.driver.terminal import Terminal
from edgeconsole.tui.glyphs import Glyphs
from edgeconsole.tui.strips import plain, strip_of, wrap
from tests.hostile.corpus import CORPUS
from tests.tui.console_world import NOW, EdgeInMemory, busy, configuration, console, shows

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_GRAMMAR = re.compile(
    r"(?:[^\x00-\x1f\x7f-\x9f]|\r\n|\x1b\[(?:\d+(?:;\d+)?)?H|\x1b\[\d*C|\x1b\[[\d;]*m|\x1b\[K|\x1b\[2J"
    r"|\x1b\[\d+;\d+r|\x1b\[r|\x1b\[\d+[ML])*"
)


def inert(text: str) -> bool:
    """Whether no character of a text is one that a terminal or a reader's eye could be moved by."""
    return not any(unicodedata.category(each) in _HIDDEN for each in text)


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(CORPUS) >= 550


def test_the_door_makes_every_text_inert_and_bounded() -> None:
    assert [text for text in CORPUS if not inert(clean(text)) or len(clean(text)) > 256] == []


@pytest.mark.parametrize("width", [1, 2, 7, 80])
def test_a_strip_of_any_text_is_inert_and_exactly_as_wide_as_asked(width: int) -> None:
    for text in CORPUS:
        strip = strip_of((Span(text), Span(text, Style.FAIL)), width, lambda _style: None)
        assert inert(strip.text), ascii(text)
        assert strip.cell_length == width


def test_wrapped_lines_are_inert() -> None:
    for text in CORPUS:
        for line in wrap(plain(text[:600]), 40):
            assert inert(strip_of(line.spans, 40, lambda _style: None).text), ascii(text)


def test_in_ascii_nothing_else_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Glyphs, "ascii", True)
    for text in CORPUS:
        assert strip_of((Span(text),), 60, lambda _style: None).text.isascii(), ascii(text)


def test_nothing_but_our_grammar_reaches_the_terminal() -> None:
    grid, painter = Grid(80, 4), Painter(Terminal())
    for text in CORPUS:
        grid.draw(f"\x1b[2;1H\x1b[7m{text}\x1b[0m\x1b[3;1H{text}\x1b[1;1H")
        sent = painter.paint(grid).encode("utf-8", "replace").decode()
        assert _GRAMMAR.fullmatch(sent), ascii(text)
        assert [len(row) for row in grid.characters] == [80] * 4


def _poisoned(text: str) -> Snapshot:
    """Return a snapshot with the text wherever a text stands."""
    raw = Untrusted(text)
    seen = busy()
    return Snapshot(
        connection=Connection.LIVE,
        taken_at=NOW,
        problem=text,
        configuration=_with_comment(text),
        sessions=tuple(
            msgspec.structs.replace(each, names=(raw,), peer=text, tls=text) for each in _all(seen, Session)
        ),
        discovered=tuple(
            msgspec.structs.replace(each, edge=raw, names=(raw,), outcome=text)
            for each in _all(seen, DiscoveredPartner)
        ),
        failures=tuple(msgspec.structs.replace(each, text=raw, peer=text, stage=text) for each in _all(seen, Failure)),
    )


def _all(seen: dict[str, object], kind: type) -> list:
    return [each for values in seen.values() for each in values if isinstance(each, kind)]  # type: ignore[attr-defined]


def _with_comment(text: str) -> Configuration:
    plain_one = configuration()
    poisoned = [
        msgspec.structs.replace(domain, comment=text, owner=text, ticket=text, tags=(text,))
        for domain in plain_one.domains
    ]
    return msgspec.structs.replace(plain_one, domains=tuple(poisoned))


def _drawn(lines: Iterable[Line]) -> None:
    for line in lines:
        assert inert(strip_of(line.spans, 80, lambda _style: None).text)


def _drawn_list(view: ListView) -> None:
    for place in range(len(view.keys)):
        _drawn([Line(view.row(place).cells)])


def test_every_presenter_draws_every_text_inert() -> None:
    for text in CORPUS:
        snapshot = _poisoned(text)
        _drawn_list(domains.list_view(snapshot, NOW))
        _drawn(domains.detail(snapshot, "fabrikam.example", NOW))
        _drawn(domains.detail(snapshot, "adatum.example", NOW))
        _drawn(overview.overview(snapshot, NOW).counts)


async def test_the_console_shows_hostile_texts_on_every_screen_and_nothing_happens() -> None:
    worst = "".join(dict.fromkeys(character for text in CORPUS for character in text if ord(character) < 0x3000))[:250]
    markup = "[/b][@click=app.quit]x[/][bold"
    listed = [
        FederatedDomain(name=domain.name, action=Action.ALLOW, comment=worst + markup, owner=markup, ticket=worst)
        for domain in configuration().domains
    ]
    poisoned = _poisoned(markup + worst)
    seen = {"sessions": poisoned.sessions, "discovered": poisoned.discovered, "failures": poisoned.failures}
    edge = EdgeInMemory(configuration(domains=listed), seen)
    app = console(edge)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "sip.contoso.example")
        for key in ("1", "2", "x", "escape", "enter", "escape", "3", "4", "5", "6", "7", "?", "escape"):
            await pilot.press(key)
            await pilot.pause()
            text = "".join(strip.text for strip in app.screen._compositor.render_strips())
            assert inert(text)
    assert app.crash is None
    assert edge.applied == []


def _file(path: Path, texts: Iterable[str]) -> None:
    records = "".join(
        f'\n[[domain]]\nname = "p{place}.example"\naction = "allow"\ncomment = {json.dumps(text, ensure_ascii=False)}\n'
        for place, text in enumerate(texts)
    )
    path.write_text(f"version = 1\n{records}", encoding="utf-8")


_WRITABLE = [
    text[:200] for text in CORPUS if text.strip() and "\x7f" not in text and not re.search("[\ud800-\udfff]", text)
]


def _run(path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["--config", str(path), *words])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out + err


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["every fifth", "all"])
def test_hidden_characters_in_a_file_are_refused_or_shown_as_escapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: int
) -> None:
    path = tmp_path / "federation.toml"
    refused = shown = 0
    for text in [text for text in _WRITABLE if not inert(text)][::step]:
        _file(path, [text])
        code, said = _run(path, capsys, "domains", "show", "p0.example")
        assert inert(said.replace("\n", "")), ascii(text)
        refused, shown = refused + (code == 2), shown + (code == 0)
        if "\x1b" in text or "\x9b" in text:
            assert code == 2, ascii(text)
    assert refused > 100 // step
    assert shown > 50 // step


def test_commands_print_every_text_that_a_file_may_hold_inertly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "federation.toml"
    _file(path, [text for text in _WRITABLE if inert(text)])
    for words in (
        ["domains", "list"],
        ["domains", "show", "p7.example"],
        ["status"],
        ["check"],
        ["export", "--format", "csv"],
    ):
        _, said = _run(path, capsys, *words)
        assert inert(said.removeprefix("\ufeff").replace("\n", "").replace("\r", "")), words


@pytest.mark.parametrize("formatter", [LogfmtFormatter(), JsonFormatter()], ids=["logfmt", "json"])
def test_a_log_record_is_one_line_of_printable_ascii(formatter: logging.Formatter) -> None:
    for text in CORPUS:
        record = logging.LogRecord("edgeconsole.proxy", logging.WARNING, __file__, 1, "refused: %s", (text,), None)
        record.fields = {"domain": text}
        line = formatter.format(record)
        assert line.isascii()
        assert line.isprintable(), ascii(text)


def test_a_report_in_markdown_takes_every_text_as_text() -> None:
    for text in CORPUS:
        assert inert(safe(text))
        assert not re.search(r"(?<!\\)[<\[`]", safe(text)), ascii(text)
