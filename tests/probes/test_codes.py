"""The closed code list: complete, fillable, inert, and with commands that exist."""

import re
import shlex
from pathlib import Path
from string import Formatter

import pytest

from edgeconsole.cli.arguments import VERBS
from edgeconsole.cli.parser import build_parser
from edgeconsole.model.probe import Severity
from edgeconsole.model.probe_settings import Expectation
from edgeconsole.rules.probing.causes import CAUSES, manual_page
from edgeconsole.rules.probing.code import Code
from edgeconsole.rules.probing.codes import CODES
from edgeconsole.rules.probing.codes.xmpp import STREAM_ERRORS
from edgeconsole.rules.probing.speaker import Speaker, is_expected

PAGE = Path(__file__).parents[2] / "docs" / "causes.md"
PACKAGE = Path(__file__).parents[2] / "edgeconsole"

SAMPLES = {
    "domain": "partner.example", "host": "sip.partner.example", "port": 5061, "provider": "Hoster",
    "switches": "federation=true", "remove": "domains remove partner.example", "id": 1008, "rule": "partner.example",
}  # fmt: skip
HOSTILE = "\x1b]52;c;AAAA\x07\u202e{0}%s[bold]\x00\x9b2J"


def fields(entry: Code) -> set[str]:
    return {name for text in (entry.what, entry.fix) for _, name, _, _ in Formatter().parse(text) if name}


def test_every_cause_has_a_code_and_every_code_a_known_cause() -> None:
    assert set(CAUSES) == set(range(1, 21))
    assert {entry.cause for entry in CODES.values() if entry.cause} == set(CAUSES)


def test_every_stream_error_of_rfc_6120_has_a_code() -> None:
    assert len(STREAM_ERRORS) == 25
    assert all(f"xmpp.stream_error.{condition}" in CODES for condition in STREAM_ERRORS)


@pytest.mark.parametrize("code", CODES)
def test_a_code_says_what_is_wrong_what_to_do_and_why(code: str) -> None:
    entry = CODES[code]
    assert re.fullmatch(r"[a-z]+(\.[a-z0-9_-]+)+", code)
    assert entry.what
    assert entry.fix
    assert entry.severity is not Severity.OK
    assert all(name.isidentifier() for name in fields(entry))


@pytest.mark.parametrize("code", CODES)
def test_hostile_text_in_a_finding_is_inert(code: str) -> None:
    speaker = Speaker(dict.fromkeys(fields(CODES[code]), HOSTILE))
    finding = speaker.say(code)
    for text in (finding.what, finding.fix):
        assert not any(ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0 or each == "\u202e" for each in text)


def commands() -> list[tuple[str, str]]:
    """Every `edgeconsole WORD [WORD]` of a remedy, with the code it stands in."""
    found = set()
    for entry in CODES.values():
        fix = entry.fix.format_map(dict.fromkeys(fields(entry), "x.example") | SAMPLES)
        found |= {(entry.code, command) for command in re.findall(r"edgeconsole ([a-z]+(?: [a-z]+)?)", fix)}
    return sorted(found)


VERB_WORDS = {" ".join(verb.words) for verb in VERBS}


@pytest.mark.parametrize(("code", "command"), commands())
def test_the_commands_of_remedies_exist(code: str, command: str) -> None:
    first = command.split()[0]
    assert {command, first} & VERB_WORDS or first == "probe", f"{code}: edgeconsole {command}"


def test_the_parser_takes_the_commands_that_mend_most() -> None:
    parser = build_parser()
    for line in (
        "domains allow partner.example --access-edge sip.partner.example",
        "partners add hosting NAME proxy_fqdn=sipfed.online.lync.com enabled=true verification=use-source",
        "partners set xmpp partner.example tls=optional",
        "requirements dns --check",
        "policies set global federation=true",
    ):
        parser.parse_args(shlex.split(line))


def test_every_code_that_is_said_anywhere_is_in_the_list() -> None:
    said = set()
    for path in (*PACKAGE.joinpath("probes").rglob("*.py"), *PACKAGE.joinpath("rules", "probing").glob("*.py")):
        said |= set(re.findall(r"\.say\(\s*\"([a-z0-9_.]+)\"", path.read_text()))
    assert said <= set(CODES)
    assert len(said) > 50


def test_what_is_expected_is_of_the_list() -> None:
    for expectation in Expectation:
        expected = [code for code in CODES if is_expected(code, expectation)]
        assert bool(expected) is (expectation is not Expectation.WORKS)


def test_the_page_of_causes_is_the_one_the_code_makes() -> None:
    assert PAGE.read_text() == manual_page(), "run: make docs"
