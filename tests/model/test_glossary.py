"""Every name, new or old, finds its entry; dates and old names are those of the planning documents."""

import re
from itertools import chain

import pytest

from edgeconsole.model.glossary import ENTRIES, find, names, near
from edgeconsole.rules.diagnostics import answer_for
from edgeconsole.rules.modalities import MATRIX, Counterpart


def found(term: str) -> list[str]:
    return [entry.name for entry in find(term)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # docs/rules.md 0: terminology history
        ("Open Enhanced Federation", ["Discovered Partner Domain"]),
        ("Enhanced Federation", ["Allowed Partner Domain"]),
        ("Direct Federation", ["Allowed Partner Server"]),
        ("Server Allow List", ["Hosting Provider", "Public IM Provider"]),
        ("IM service provider", ["Hosting Provider", "Public IM Provider"]),
        ("AutoFed", ["Discovered Partner Domain", "Allowed Partner Domain"]),
        ("AutoFederation", ["Discovered Partner Domain", "Allowed Partner Domain"]),
        ("DirectPartner", ["Allowed Partner Server"]),
        ("AuthorizedServer", ["Hosting Provider", "Public IM Provider"]),
        ("InternetUser", ["Remote user"]),
        ("AccessProxy", ["Edge Proxy Generated"]),
        ("EdgeProxyGenerated", ["Edge Proxy Generated"]),
        # how people type
        ("direct-federation", ["Allowed Partner Server"]),
        ("hosting providers", ["Hosting Provider"]),
        ("yahoo", ["Yahoo!"]),
        ("verification level", ["Verification level"]),
        ("PIC", ["Public IM Provider"]),
        ("access edge", ["Access Edge"]),
        ("ms-diagnostics 1002", ["1002"]),
        ("event 14603", ["14603"]),
        ("", []),
        ("s", []),
        ("quantum", []),
    ],
)
def test_a_term_is_found_by_its_new_and_its_old_names(old: str, new: list[str]) -> None:
    assert sorted(found(old)) == sorted(new)


@pytest.mark.parametrize(
    ("term", "date", "says"),
    [
        ("PIC licence", "2012-09-01", "no longer sold"),
        ("Windows Live Messenger", "2013-03-15", "mainland China"),
        ("Windows Live Messenger", "2013-04", "Skype"),
        ("Skype consumer", "2013-05", "available"),
        ("Google Talk", "2013-05", "Hangouts"),
        ("Yahoo!", "2013-06", "superseded"),
        ("Yahoo!", "2014-06-30", "ends"),
        ("AOL", "2014-06-30", "ends"),
        ("Google Talk", "2015-02-23", "retired"),
        ("Office Communications Server", "2018-01-09", "end of support"),
        ("XMPP Partner", "2019", "2013 or 2015 edge"),
        ("Skype consumer", "2019-08-15", "discovery"),
        ("Microsoft 365", "2024-07-29", "trial"),
        ("Skype consumer", "2025-05-05", "ends"),
        ("Skype for Business Server", "2025-10-14", "end of support"),
        ("Skype for Business Server", "2026-10-31", "second period"),
        ("Skype for Business Server", "2035-12-31", "earliest"),
    ],
)
def test_every_row_of_the_service_dates_is_told(term: str, date: str, says: str) -> None:
    (entry,) = find(term)
    assert any(event.startswith(f"{date} ") and says in event for event in entry.history)


def test_the_dates_are_the_ones_the_decisions_use() -> None:
    services = {
        Counterpart.MESSENGER: "Windows Live Messenger",
        Counterpart.SKYPE: "Skype consumer",
        Counterpart.AOL: "AOL",
        Counterpart.YAHOO: "Yahoo!",
    }
    assert set(services) == {counterpart for counterpart, row in MATRIX.items() if row.ended}
    for counterpart, name in services.items():
        (entry,) = find(name)
        assert any(event.startswith(str(MATRIX[counterpart].ended)) for event in entry.history)


def test_history_is_in_the_order_of_its_dates() -> None:
    for entry in ENTRIES:
        dated = [event[:10] for event in entry.history if re.match(r"\d{4}-", event)]
        assert dated == sorted(dated), entry.name


def test_google_talk_is_the_only_xmpp_system_that_was_tested() -> None:
    for term in ("Google Talk", "XMPP Partner"):
        (entry,) = find(term)
        assert "only XMPP system Microsoft" in entry.tested


def test_every_id_and_event_an_operator_meets_is_explained() -> None:
    from edgeconsole.model.verdict import Direction, Reason

    codes = set()
    for reason in Reason:
        for direction in Direction:
            try:
                codes.add(str(answer_for(reason, direction).code))
            except KeyError:
                continue
    for code in (*codes, "14601", "14603", "14508", "14517"):
        assert found(code) == [code]


def test_every_entry_is_whole_and_refers_to_entries_that_exist() -> None:
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        assert entry.meaning
        assert not entry.meaning.endswith(".")
        assert entry.source
        for other in entry.see:
            assert found(other) == [other]
        for name in names(entry):
            assert entry in find(name)


def test_a_slip_is_met_with_what_was_meant() -> None:
    assert "Skype" in near("skipe")
    assert near("enhanced federaton")[0] == "Enhanced Federation"
    assert near("dialb") == ("dialback",)
    assert near("") == ()
    assert set(near("provider")) <= {name for entry in ENTRIES for name in chain(names(entry))}
