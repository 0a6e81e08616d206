"""Configurations, changes and draft boxes for the tests: names from a short list, so that changes meet."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from edgeconsole.backends.base import Saved
from edgeconsole.config import schema
from edgeconsole.config.edit import apply_changes
from edgeconsole.config.read import parse
from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.revision import Revision
from edgeconsole.store.autosave import DraftFiles
from edgeconsole.store.drafts import DraftBox

TEXT = """# ours
version = 1

[access_edge]
federation = true

[[sip_domain]]
name = "contoso.example"

# Supplier
[[domain]]
name = "fabrikam.example"
action = "allow"
comment = "contract 4411"
expires = 2027-01-01T00:00:00Z

[[domain]]
name = "evil.example"
action = "block"
"""

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAVED = parse(TEXT, "federation.toml").configuration

sampled = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How much a property is tried; no deadline, since other work on the machine is no failure."""


class Box(DraftBox):
    """A draft box whose clock and names the test decides."""

    def __init__(
        self, configuration: Configuration = SAVED, *, files: DraftFiles | None = None, name: str = "d"
    ) -> None:
        ticks, ids = count(), count(1)
        super().__init__(
            "file:/etc/edgeconsole/federation.toml",
            clock=lambda: START + timedelta(seconds=next(ticks)),
            new_id=lambda: f"{name}{next(ids)}",
            files=files,
        )
        self.number = 0
        self.save(configuration)

    def save(self, configuration: Configuration) -> None:
        """Let somebody save a configuration as the next revision."""
        self.number += 1
        self.follow(saved(configuration, self.number))

    def others(self, *changes: Change) -> None:
        """Let somebody else change what is saved."""
        self.save(apply_changes(self.view.saved.configuration, changes))


def saved(configuration: Configuration, number: int) -> Saved:
    return Saved(configuration, Revision("lineage", number, f"etag-{number}"))


def domain(name: str, **fields: FieldValue) -> Change:
    return Change(table=Table.DOMAIN, key=name, fields=fields)


def gone(name: str) -> Change:
    return Change(table=Table.DOMAIN, key=name)


def switches(**fields: FieldValue) -> Change:
    return Change(table=Table.ACCESS_EDGE, fields=fields)


def content(configuration: Configuration) -> dict[str, object]:
    """Return what a configuration says, the order of records aside."""
    return {
        shape.name: {shape.key_of(record): schema.to_raw(record) for record in shape.records(configuration)}
        for shape in schema.SHAPES
    }


def files_in(directory: Path) -> DraftFiles:
    return DraftFiles(directory / "drafts" / "abc")


NAMES = st.sampled_from(["fabrikam.example", "evil.example", "litware.example", "adatum.example"])
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "comment": st.sampled_from(["a", "b", None]),
        "owner": st.sampled_from(["netops", None]),
        "tags": st.sampled_from([["x"], ["x", "y"], None]),
        "expires": st.sampled_from(["2027-01-01T00:00:00Z", "2028-02-02T00:00:00Z", None]),
        "match": st.sampled_from(["exact", "subtree"]),
    },
)


@st.composite
def one_change(draw: st.DrawFn) -> Change:
    """Make a change that most configurations of the test can take."""
    kind = draw(st.sampled_from(["allow", "block", "set", "remove", "switch", "provider"]))
    name = draw(NAMES)
    if kind == "remove":
        return gone(name)
    if kind == "switch":
        return switches(partner_discovery=draw(st.booleans()))
    if kind == "provider":
        fields = draw(st.sampled_from([None, {"proxy_fqdn": "sipfed.online.example"}, {"enabled": False}]))
        return Change(table=Table.HOSTING_PROVIDER, key="Cloud", fields=fields)
    fields = draw(_FIELDS)
    if kind == "set":
        return domain(name, **fields)
    edge = {"access_edge": draw(st.sampled_from([None, "sip.partner.example"]))} if kind == "allow" else {}
    return domain(name, action=kind, **(edge or {"access_edge": None}), **fields)


CHANGES = st.lists(one_change(), min_size=1, max_size=3)


def in_turn(configuration: Configuration, steps: Sequence[Sequence[Change]]) -> Configuration:
    for step in steps:
        configuration = apply_changes(configuration, step)
    return configuration
