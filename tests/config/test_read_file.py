"""Every way a federation.toml can be wrong is answered with its file, line and field, and what to do."""

import hashlib
import os
import stat
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from edgeconsole.config.read import MAX_PROBLEMS, load, parse, parse_bytes
from edgeconsole.config.scan import scan
from edgeconsole.config.splice import splice
from edgeconsole.model.configuration import Action, Table
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import HostPort
from tests.config.federation_files import SAMPLE, federation_texts, sampled

HEAD = "version = 1\n"
GOOD = '[[domain]]\nname = "a.example"\naction = "allow"\n'


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as caught:
        parse(text, "federation.toml")
    assert caught.value.exit_code == 2
    assert all(problem.file == "federation.toml" for problem in caught.value.problems)
    return caught.value.problems


def only(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem


def test_a_whole_file_is_read_with_every_value_typed() -> None:
    loaded = parse(SAMPLE, "federation.toml")
    configuration = loaded.configuration
    assert configuration.edge is not None
    assert configuration.edge.next_hop == HostPort("pool.int.contoso.example", 5061)
    assert configuration.edge.internal_peers == ("pool.int.contoso.example", "pool2.int.contoso.example")
    assert configuration.access_edge.federation is True
    assert [(domain.name, domain.action) for domain in configuration.domains] == [
        ("fabrikam.example", Action.ALLOW),
        ("litware.example", Action.ALLOW),
        ("evil.example", Action.BLOCK),
    ]
    assert configuration.domains[1].comment == "Two lines,\n[also.fake]\n"
    assert loaded.etag == hashlib.sha256(SAMPLE.encode()).hexdigest()


def test_an_empty_file_is_a_configuration_that_lets_nothing_pass() -> None:
    configuration = parse("", "federation.toml").configuration
    assert configuration.access_edge.federation is False
    assert configuration.domains == ()


@pytest.mark.parametrize(
    ("text", "line", "field", "said"),
    [
        (HEAD + "[edge]\nfqdn = sip.a.example\n", 3, "", "not valid TOML"),
        (HEAD + '[edge]\nfqdn = "sip.a.example\n', 3, "", "not valid TOML"),
        (HEAD + "[edge\n", 2, "", "not valid TOML"),
        (HEAD + "x = [1,\n2,\n", 3, "", "not valid TOML"),
        (HEAD + '[edge]\nfqdn = "a.example"\nfqdn = "b.example"\n', 4, "", "not valid TOML"),
        (HEAD + "[edge]\nx = 1e\n", 3, "", "not valid TOML"),
        ("x = " + "9" * 5000 + "\n", None, "", "not valid TOML"),
        (HEAD + GOOD + "[domian]\n", 5, "domian", "not known"),
        (HEAD + "federation = true\n", 2, "federation", "not known"),
        (HEAD + GOOD + 'comnent = "x"\n', 5, 'domain "a.example".comnent', "not known"),
        (HEAD + GOOD + "\n" + GOOD, 7, 'domain "a.example".name', "has a record already, on line 3"),
        (
            HEAD + '[[sip_domain]]\nname = "a.example"\n' + GOOD,
            5,
            'domain "a.example".name',
            "one of our own SIP domains",
        ),
        (HEAD + GOOD + 'access_edge = "192.0.2.1"\n', 5, 'domain "a.example".access_edge', "is an IP address"),
        (HEAD + GOOD + 'access_edge = "sip.a.example:0"\n', 5, 'domain "a.example".access_edge', "no valid port"),
        (HEAD + GOOD + "comment = 7\n", 5, 'domain "a.example".comment', "needs text in quotes, not the number 7"),
        (HEAD + '[access_edge]\nfederation = "true"\n', 3, "access_edge.federation", "needs true or false"),
        (HEAD + "[access_edge]\nfederation = 1\n", 3, "access_edge.federation", "needs true or false"),
        (
            HEAD + '[[domain]]\nname = "a.example"\naction = "alow"\n',
            4,
            'domain "a.example".action',
            "'allow', 'block'",
        ),
        (HEAD + '[[domain]]\nname = "a.example"\naction = true\n', 4, 'domain "a.example".action', "'allow', 'block'"),
        ("version = 2\n", 1, "version", "this release reads version 1"),
        ('version = "1"\n', 1, "version", "this release reads version 1"),
        ("version = true\n", 1, "version", "this release reads version 1"),
        (HEAD + GOOD + f'comment = "{"x" * 1025}"\n', 5, 'domain "a.example".comment', "at most 1,024"),
        (HEAD + GOOD + 'comment = "\\u001b[2J"\n', 5, 'domain "a.example".comment', "control character (U+001B)"),
        (
            HEAD + '[[domain]]\nname = "a.example"\naction = "block"\naccess_edge = "sip.a.example"\n',
            5,
            'domain "a.example".access_edge',
            "a blocked domain has no Access Edge",
        ),
        (HEAD + '[[domain]]\nname = "a.example"\n', 2, 'domain "a.example".action', "is missing"),
        (HEAD + '[[domain]]\naction = "allow"\n', 2, "domain number 1.name", "is missing"),
        (HEAD + '[edge]\nnext_hop = "a.example"\n', 2, "edge.fqdn", "is missing"),
        (HEAD + '[edge]\nfqdn = "a.example"\ninternal_peers = "x"\n', 4, "edge.internal_peers", "needs a list"),
        (HEAD + '[edge]\nfqdn = "a.example"\ninternal_peers = ["x", 3]\n', 4, "edge.internal_peers", "element 2"),
        (HEAD + '[edge]\nfqdn = "a.example"\nsip_listen = "0.0.0.0"\n', 4, "edge.sip_listen", "has no port"),
        (HEAD + '[edge]\nfqdn = "a.example"\nprivate_key = "/k.pem"\n', 4, "edge.private_key", "file:PATH"),
        (HEAD + '[proxy]\nadmin_socket = "/' + "x" * 107 + '"\n', 3, "proxy.admin_socket", "107 bytes"),
        (HEAD + '[proxy]\nallow_addresses = ["10.0.0.1/8"]\n', 3, "proxy.allow_addresses", "no network"),
        (HEAD + '[proxy]\nresolver = "dns.example"\n', 3, "proxy.resolver", "system"),
        (HEAD + '[domain]\nname = "a.example"\n', 2, "domain", "may repeat"),
        (HEAD + '[[edge]]\nfqdn = "a.example"\n', 2, "edge", "stands once"),
        ("domain = [1]\n", 1, "domain number 1", "is not a table"),
        ("edge = 3\n", 1, "edge", "is not a table"),
        (".".join("a" * 40) + " = 1\n", 1, "", "dots"),
        (HEAD + "a = " + "[" * 40 + "\n", 2, "", "nested"),
    ],
)
def test_what_is_wrong_is_named_with_line_and_field(text: str, line: int | None, field: str, said: str) -> None:
    problem = only(text)
    assert (problem.line, problem.field) == (line, field)
    assert said in problem.message


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (HEAD + "[edge]\nfqdn = sip.a.example\n", 'Put the text in quotes: fqdn = "sip.a.example"'),
        (HEAD + "[[domain]\n", "[[name]]"),
        (HEAD + '[edge]\nfqdn = "sip.a.example\n', "closing quote"),
        (HEAD + "[edge]\nfqdn: x\n", "equals sign"),
        (HEAD + GOOD + "[domian]\n", "Did you mean domain?"),
        (HEAD + GOOD + 'comnent = "x"\n', "Did you mean comment?"),
        (HEAD + '[access_edge]\nfederation = "true"\n', "Write true without quotes"),
        (HEAD + '[[domain]]\nname = "a.example"\naction = "alow"\n', "Did you mean 'allow'?"),
        (HEAD + '[edge]\nfqdn = "a.example"\nprivate_key = "/k.pem"\n', 'Write "file:/k.pem"'),
        (HEAD + '[edge]\nfqdn = "a.example"\ninternal_peers = "x"\n', 'Write ["x"]'),
        (HEAD + '[domain]\nname = "a.example"\n', "Write [[domain]]"),
        ("version = 2\n", "newer edgeconsole"),
    ],
)
def test_the_answer_says_what_to_write(text: str, remedy: str) -> None:
    assert remedy in only(text).remedy


def test_a_value_is_named_with_its_column_and_a_missing_key_with_none() -> None:
    wrong = only(HEAD + GOOD + "  comment  =  7\n")
    assert (wrong.line, wrong.column) == (5, 15)
    missing = only(HEAD + '[[domain]]\nname = "a.example"\n')
    assert (missing.line, missing.column) == (2, None)


def test_broken_toml_is_named_with_its_column() -> None:
    problem = only(HEAD + "[edge]\nfqdn = sip.a.example\n")
    assert (problem.line, problem.column) == (3, 8)


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = 'version = 3\n[access_edge]\nfederation = 1\n[[domain]]\nname = "-"\naction = "x"\naccess_edge = "1.2.3.4"\n'
    assert [problem.line for problem in problems_of(text)] == [1, 3, 5, 6, 7]


def test_a_thousand_problems_are_counted_and_the_first_fifty_listed() -> None:
    with pytest.raises(BadInput, match="has 1000 problems") as caught:
        parse('[[domain]]\nname = "a.example"\n' * 1000, "federation.toml")
    assert len(caught.value.problems) == MAX_PROBLEMS


def test_a_name_typed_in_another_alphabet_is_taken_as_its_a_label() -> None:
    loaded = parse(HEAD + '[[domain]]\nname = "Bücher.Example."\naction = "allow"\n', "federation.toml")
    assert [domain.name for domain in loaded.configuration.domains] == ["xn--bcher-kva.example"]
    assert loaded.places(Table.DOMAIN, "xn--bcher-kva.example", "name") == "federation.toml:3"


def test_the_same_domain_in_two_spellings_is_a_domain_twice() -> None:
    text = HEAD + GOOD + '[[domain]]\nname = "A.EXAMPLE."\naction = "block"\n'
    assert (only(text).line, only(text).field) == (6, 'domain "a.example".name')


def test_inline_tables_are_read_and_their_problems_found_on_the_line_of_the_key() -> None:
    text = HEAD + 'domain = [{name = "a.example", action = "allow"}, {name = "b.example", action = "x"}]\n'
    assert (only(text).line, only(text).field) == (2, 'domain "b.example".action')


@pytest.mark.parametrize(
    ("key", "field", "line"),
    [
        ("fabrikam.example", "access_edge", 26),
        ("fabrikam.example", "comment", 23),
        ("litware.example", "name", 29),
        ("evil.example", "action", 40),
        ("unknown.example", "name", None),
    ],
)
def test_places_are_the_line_of_the_field_else_of_the_header(key: str, field: str, line: int | None) -> None:
    loaded = parse(SAMPLE, "/etc/edge/federation.toml")
    assert loaded.places(Table.DOMAIN, key, field) == (f"federation.toml:{line}" if line else "")


def test_places_of_tables_that_stand_once_and_of_tables_that_are_absent() -> None:
    loaded = parse(SAMPLE, "federation.toml")
    assert loaded.places(Table.ACCESS_EDGE, "", "partner_discovery") == "federation.toml:15"
    assert loaded.places(Table.EDGE, "", "certificate") == "federation.toml:4"
    assert loaded.places(Table.PROXY, "", "resolver") == ""


@sampled
@given(federation_texts())
def test_every_place_is_the_line_that_shows_the_key(text: str) -> None:
    loaded = parse(text, "federation.toml")
    lines = text.split("\n")
    for domain in loaded.configuration.domains:
        place = loaded.places(Table.DOMAIN, domain.name, "action")
        assert "action" in lines[int(place.removeprefix("federation.toml:")) - 1]


@sampled
@given(federation_texts())
def test_splicing_nothing_gives_the_same_bytes_back(text: str) -> None:
    configuration = parse(text, "federation.toml").configuration
    assert splice(scan(text), configuration, configuration).text == text


@sampled
@given(federation_texts(max_domains=12))
def test_a_long_file_says_the_same_by_the_quick_way_and_by_the_parser(text: str) -> None:
    body = text if text.endswith("\n") else text + "\n"
    many = "".join(f'[[domain]]\nname = "More{n}.example"\naction = "allow" # {n}\n' for n in range(20))
    quick = parse(body + many, "federation.toml").configuration
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edgeconsole.config.read.checked_values", lambda _: None)
        patch.setattr("edgeconsole.config.read.raw_values", lambda layout: tomllib.loads(layout.text))
        assert parse(body + many, "federation.toml").configuration == quick


@pytest.mark.parametrize(
    ("bad", "field", "said"),
    [
        ('name = "x.example"\n', 'domain "x.example".action', "is missing"),
        ('name = "x.example"\naction = "alow"\n', 'domain "x.example".action', "needs one of"),
        ('name = "x.example"\naction = "allow"\nacces = "y"\n', 'domain "x.example".acces', "not known"),
        ('name = "x.example"\naction = "allow"\ncomment = true\n', 'domain "x.example".comment', "needs text"),
        ('name = "x.example"\naction = "allow"\nname = "y.example"\n', "", "not valid TOML"),
        ('name = "p3.example"\naction = "allow"\n', 'domain "p3.example".name', "on line 11"),
        (
            'name = "x.example"\naction = "block"\naccess_edge = "e.x.example"\n',
            'domain "x.example".access_edge',
            "no Access Edge",
        ),
    ],
)
def test_a_problem_deep_in_a_long_file_is_found_with_its_line(bad: str, field: str, said: str) -> None:
    many = "".join(f'[[domain]]\nname = "p{n}.example"\naction = "allow"\n' for n in range(200))
    problem = only(many + "[[domain]]\n" + bad)
    assert problem.field == field
    assert said in problem.message
    assert problem.line is not None
    assert problem.line > 600


# Files


def refusal(path: Path, **options: bool) -> BadInput:
    with pytest.raises(BadInput) as caught:
        load(path, **options)
    assert caught.value.problems[0].file == str(path)
    return caught.value


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "federation.toml").message


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    assert f"no directory {tmp_path / 'none'}" in refusal(tmp_path / "none" / "federation.toml").message


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert "is a directory" in refusal(tmp_path).message


def test_a_fifo_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "federation.toml")
    assert "not a regular file" in refusal(tmp_path / "federation.toml").message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "federation.toml"
    path.write_text(HEAD)
    path.chmod(0)
    assert "may not be read" in refusal(path).message


def test_a_permission_error_of_the_system_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("edgeconsole.config.source.os.open", refuse)
    assert "may not be read by this user" in refusal(tmp_path / "federation.toml").message


def test_a_symbolic_link_is_followed_for_reading_and_refused_where_it_would_be_replaced(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text(HEAD)
    link = tmp_path / "federation.toml"
    link.symlink_to(real)
    assert load(link).configuration.version == 1
    error = refusal(link, follow_links=False)
    assert "symbolic link" in error.message
    assert str(real) in error.remedy


def test_bytes_that_are_not_utf_8_are_named_by_line_and_byte() -> None:
    with pytest.raises(BadInput) as caught:
        parse_bytes(b'version = 1\ncomment = "\xff"\n', "federation.toml")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (2, 12)
    assert "0xff" in problem.message


def test_a_byte_order_mark_is_stripped_and_counts_for_the_etag() -> None:
    content = b"\xef\xbb\xbf" + SAMPLE.encode()
    loaded = parse_bytes(content, "federation.toml")
    assert loaded.text == SAMPLE
    assert loaded.etag == hashlib.sha256(content).hexdigest()


def test_a_file_over_32_mib_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "federation.toml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert stat.S_ISREG(path.stat().st_mode)
    assert "at most 33,554,432" in refusal(path).message


def test_a_moment_and_a_length_of_time_are_read_and_told_in_the_file(tmp_path: Path) -> None:
    text = HEAD + GOOD + "expires = 2026-12-31T01:00:00+01:00\n"
    assert parse(text, "federation.toml").configuration.domains[0].expires == datetime(2026, 12, 31, tzinfo=UTC)
