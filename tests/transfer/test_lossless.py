"""What was written in a lossless format reads back as it was."""

import csv
import io

import pytest
from hypothesis import given

from edgeconsole.config.edit import apply_changes
from edgeconsole.model.configuration import Action, Configuration, FederatedDomain
from edgeconsole.transfer.detect import read
from edgeconsole.transfer.export import documents
from edgeconsole.transfer.export.kinds import Kind, encoded
from edgeconsole.transfer.parsed import Format
from edgeconsole.transfer.review import ConflictPolicy, State, changes, review
from tests.transfer.configurations import CONFIGURATIONS, imported, sampled

WRITERS = {
    Kind.TOML: (documents.write_toml, Format.TOML),
    Kind.JSON: (documents.write_json, Format.JSON),
    Kind.CSV: (documents.write_csv, Format.CSV),
}


@pytest.mark.parametrize("kind", WRITERS)
@sampled
@given(configuration=CONFIGURATIONS)
def test_import_of_an_export_is_the_configuration_itself(kind: Kind, configuration: Configuration) -> None:
    write, form = WRITERS[kind]
    content = encoded(write(configuration), kind)
    if configuration != Configuration():
        assert read(content).parsed.format is form
        assert imported(content, Configuration()) == configuration


@pytest.mark.parametrize("kind", WRITERS)
@sampled
@given(configuration=CONFIGURATIONS, other=CONFIGURATIONS)
def test_an_export_brings_another_configuration_to_the_same_records(
    kind: Kind, configuration: Configuration, other: Configuration
) -> None:
    content = encoded(WRITERS[kind][0](configuration), kind)
    if configuration == Configuration():
        return
    found = review(read(content), other, conflict=ConflictPolicy.TAKE_FILE)
    after = apply_changes(other, changes(found))
    again = review(read(content), after, conflict=ConflictPolicy.TAKE_FILE)
    assert {row.state for row in again.rows} <= {State.SAME}


@sampled
@given(configuration=CONFIGURATIONS)
def test_no_cell_of_a_csv_starts_like_a_formula(configuration: Configuration) -> None:
    for text in (documents.write_csv(configuration), documents.write_mastodon(configuration)):
        for row in list(csv.reader(io.StringIO(text, newline="")))[1:]:
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@sampled
@given(configuration=CONFIGURATIONS)
def test_a_plain_list_keeps_every_domain_and_its_action(configuration: Configuration) -> None:
    if configuration.domains:
        after = imported(documents.write_plain(configuration).encode(), Configuration(), Format.PLAIN)
        assert {(d.name, d.action) for d in after.domains} == {(d.name, d.action) for d in configuration.domains}


def test_a_block_list_for_the_fediverse_has_no_allowed_domain() -> None:
    allowed = FederatedDomain(name="good.example", action=Action.ALLOW)
    blocked = FederatedDomain(name="bad.example", action=Action.BLOCK, comment="=cmd|' /C calc'!A0")
    text = documents.write_mastodon(Configuration(domains=(allowed, blocked)))
    assert "good.example" not in text
    assert "bad.example,suspend,false,false,'=cmd" in text


def test_a_csv_with_other_letters_than_ascii_has_a_byte_order_mark() -> None:
    assert encoded("é", Kind.CSV).startswith(b"\xef\xbb\xbf")
    assert encoded("e", Kind.CSV) == b"e"
    assert encoded("é", Kind.TOML) == "é".encode()
