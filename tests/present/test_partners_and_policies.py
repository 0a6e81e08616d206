"""Partners, presets, policies and forms as rows and lines: what each says, at the size of a large edge too."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from edgeconsole.model.configuration import Configuration, Policy, PolicyGrant, PublicProvider, Table, XmppPartner
from edgeconsole.model.names import HostPort, parse_domain
from edgeconsole.model.observed import Plane
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.terms import Negotiation, Verification
from edgeconsole.present import form, partners, policies, presets
from edgeconsole.present.form import FormField, FormView
from edgeconsole.present.partner_facts import Observed
from edgeconsole.present.table import Line
from edgeconsole.rules.policies import PolicyIndex
from tests.tui.console_world import NOW
from tests.tui.records_world import full, seen

TODAY = date(2026, 11, 20)


def text(lines: tuple[Line, ...]) -> str:
    return "\n".join("".join(span.text for span in line.spans) for line in lines)


def snapshot(configuration: Configuration | None = None) -> Snapshot:
    return Snapshot(configuration=configuration or full(), taken_at=NOW, **seen())  # type: ignore[arg-type]


def row(view, key: str) -> list[str]:
    return [cell.text for cell in view.row(list(view.keys).index(key)).cells]


def test_services_that_ended_and_have_no_record_are_rows_with_their_dates() -> None:
    view = partners.list_view(snapshot(), NOW, history=True)
    assert [key for key in view.keys if key.startswith("ended:")] == [
        "ended:Skype consumer", "ended:Yahoo!", "ended:Windows Live Messenger",
    ]  # fmt: skip
    assert row(view, "ended:Yahoo!")[-1] == "- ended 2014-06-30"
    assert row(view, "public:AOL")[-1] == "- ended 2014-06-30"


def test_before_a_service_ends_it_is_no_history() -> None:
    early = datetime(2014, 1, 1, tzinfo=UTC)
    keys = partners.list_view(snapshot(), early, history=True).keys
    assert "ended:Windows Live Messenger" in keys
    assert "ended:Yahoo!" not in keys


def test_sessions_of_one_plane_are_not_counted_for_the_other() -> None:
    observed = Observed(snapshot(), NOW)
    facts = observed.of(full().xmpp_partners[0])
    assert [session.plane for session in facts.sessions] == [Plane.XMPP]
    assert (facts.received, facts.sent, facts.denied) == (40, 12, 1)
    assert not observed.of(full().hosting_providers[0]).sessions


def test_a_providers_sessions_are_those_that_show_its_name() -> None:
    known = snapshot()
    hosted = msgspec.structs.replace(
        known.sessions[0], id="h1", names=("sipfed.online.lync.com",), domains=("woodgrove.example",)
    )
    facts = Observed(msgspec.structs.replace(known, sessions=(hosted,)), NOW).of(full().hosting_providers[0])
    assert [session.id for session in facts.sessions] == ["h1"]


@pytest.mark.parametrize(
    ("partner", "state"),
    [
        (XmppPartner(name=parse_domain("a.example"), dialback=False), ". listed"),
        (XmppPartner(name=parse_domain("a.example")), "! check"),
        (
            XmppPartner(
                name=parse_domain("a.example"), tls=Negotiation.NOT_SUPPORTED, sasl=Negotiation.NOT_SUPPORTED,
                dialback=False,
            ),
            "X impossible",
        ),
        (XmppPartner(name=parse_domain("a.example"), dialback=False, expires=NOW - timedelta(days=2)), "- expired"),
        (
            PublicProvider(
                name="AOL", proxy_fqdn=HostPort("a.example"), verification=Verification.USE_SOURCE, enabled=True
            ),
            "- ended 2014-06-30",
        ),
    ],
)  # fmt: skip
def test_a_partners_state_is_a_glyph_and_a_word(partner, state: str) -> None:
    assert partners.state(partner, TODAY).text == state


def test_the_pane_of_a_partner_has_every_field_that_is_set_and_what_was_seen() -> None:
    told = text(partners.detail(full().xmpp_partners[0], NOW, snapshot()))
    for words in ("found by SRV", "tls          optional", "SASL needs TLS", "40 received, 12 sent, 1 denied",
                  "from 192.0.2.40:5269", "Trial until spring", "! warning"):  # fmt: skip
        assert words in told
    assert "split domain" in text(partners.detail(full().hosting_providers[0], NOW, snapshot()))


def test_each_preset_says_what_it_means_the_weak_one_warns_and_the_own_one_is_marked() -> None:
    from edgeconsole.actions.federate.xmpp import PRESETS

    triples = [(each.name, each.help, each.tls, each.sasl, each.dialback) for each in PRESETS]
    own = XmppPartner(name=parse_domain("a.example"), dialback=False)
    told = text(presets.lines(own, triples))
    assert "1 certificate  * as it is now" in told
    assert told.count("as it is now") == 1
    assert "neither encrypted nor authenticated by certificate" in told


def test_what_is_in_force_shows_who_won_and_who_was_passed() -> None:
    index = PolicyIndex.compile(full())
    told = text(policies.in_force("rita@contoso.example", index))
    assert "> wins   site   site:Redmond" in told
    assert "- passed global global" in told
    assert "user:Legal" in text(policies.in_force("bob@contoso.example", index))


def test_a_grant_of_a_policy_that_does_not_exist_is_told() -> None:
    configuration = Configuration(
        policies=(Policy(id="global"),), policy_grants=(PolicyGrant(user="eve@contoso.example", policy="user:Gone"),)
    )
    assert row(policies.grants_view(snapshot(configuration)), "eve@contoso.example")[-1] == "X no policy"


def test_a_hundred_thousand_grants_make_no_rows_that_nobody_sees() -> None:
    grants = tuple(PolicyGrant(user=f"u{n}@contoso.example", policy="user:Sales") for n in range(100_000))
    view = policies.grants_view(snapshot(Configuration(policies=(Policy(id="user:Sales"),), policy_grants=grants)))
    assert len(view.keys) == 100_000
    assert view.row(99_999).cells[0].text == "u99999@contoso.example"


def field(**given: object) -> FormField:
    plain = FormField("tls", None, None, "required", False, "one of required, optional", ("required",), "Whether.")
    return plain._replace(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (field(), "- default"),
        (field(value="optional", before="optional"), ". set"),
        (field(value="optional"), "* changed"),
        (field(required=True), "! needed"),
        (field(value="maybe", problem="needs one of"), "X bad"),
    ],
)
def test_how_a_field_stands_is_a_glyph_and_a_word(given: FormField, state: str) -> None:
    assert form.state(given).text == state


def test_a_form_tells_what_changed_what_is_wrong_and_what_the_checks_say() -> None:
    changed = field(value="optional", before="required")
    view = FormView(Table.XMPP_PARTNER, "a.example", False, (changed,), ("a broken rule",))
    told = text(form.pane(view, "tls"))
    assert "was      required" in told
    assert "X a broken rule" in told
    assert "".join(span.text for span in form.crumb(view).spans) == "X 1 to mend"
    assert form.list_view(view).keys == ["tls"]
