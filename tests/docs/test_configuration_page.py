"""The manual says what the code does."""

from pathlib import Path

from edgeconsole.config.manual_page import manual_page

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_configuration_page_is_the_one_the_declarations_make() -> None:
    assert PAGE.read_text() == manual_page(), "run: make docs"


def test_every_table_and_key_is_on_the_page() -> None:
    page = manual_page()
    for heading in ("[edge]", "[[domain]]", "[[xmpp_partner]]", "[xmpp_gateway]", "[[policy_grant]]", "[[site]]"):
        assert heading in page
    assert "`discovered_contacts`" in page


def test_no_key_is_left_without_a_meaning() -> None:
    rows = [line for line in manual_page().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert [row for row in rows if not row.rstrip(" |").count("|") >= 4] == []
