"""Configurations for the tests: a strategy that makes any the file can hold, and the way back through an import."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from edgeconsole.config.edit import apply_changes
from edgeconsole.model.configuration import (
    AccessEdge,
    Configuration,
    FederatedDomain,
    HostingProvider,
    Policy,
    PolicyGrant,
    PublicProvider,
    SipDomain,
    Site,
    XmppGateway,
    XmppPartner,
)
from edgeconsole.model.names import HostPort
from edgeconsole.model.terms import (
    Action,
    Match,
    MobileClient,
    Negotiation,
    PartnerType,
    Platform,
    Routing,
    Verification,
)
from edgeconsole.transfer.detect import Read, read
from edgeconsole.transfer.parsed import Format
from edgeconsole.transfer.review import changes, review

sampled = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How much a property is tried; no deadline, since other work on the machine is no failure."""

_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
COMMENTS = st.one_of(
    WORDS,
    st.sampled_from(
        ["", "=1+1", "+x", "-x", "@x", "'x", "''", "a\nb", "\tx", '"', "a,b;c", "#>", "\\n", " ", "[]", "''' \"\"\""]
    ),
    st.text(st.sampled_from("'\"\\\n\t=,;#é\u2019x "), max_size=10),
)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=_UNSEEN), min_size=1, max_size=10).map(str.strip)
NAMES = NAMES.filter(bool)
LABELS = st.text("abcdefghij0123456789", min_size=1, max_size=6)


def domains(zone: str) -> st.SearchStrategy[str]:
    return LABELS.map(lambda label: f"{label}.{zone}.example")


EDGES = st.builds(HostPort, domains("edge"), st.sampled_from([5061, 5062, 443]))
MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
LENGTHS = st.integers(0, 100_000).map(lambda seconds: timedelta(seconds=seconds))
NUMBERS = st.integers(0, 1_000_000)
NOTE = st.none() | COMMENTS
TAGS = st.lists(COMMENTS, max_size=3).map(tuple)
SWITCH = st.booleans()


def one_each(records: st.SearchStrategy[Any], key: str) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(records, max_size=3, unique_by=lambda record: getattr(record, key)).map(tuple)


def kept(**more: Any) -> dict[str, Any]:
    return {"comment": NOTE, "owner": NOTE, "ticket": NOTE, **more}


DATED = {"tags": TAGS, "expires": st.none() | MOMENTS, "review": st.none() | MOMENTS}
LEVEL = st.sampled_from(Verification)

DOMAINS = st.builds(
    FederatedDomain,
    name=domains("partner"),
    action=st.just(Action.ALLOW),
    access_edge=st.none() | EDGES,
    match=st.sampled_from(Match),
    verification=LEVEL,
    platform=st.sampled_from(Platform),
    **kept(**DATED),
)
BLOCKS = st.builds(FederatedDomain, name=domains("blocked"), action=st.just(Action.BLOCK), **kept(**DATED))
PROVIDER = {"name": NAMES, "proxy_fqdn": EDGES, "enabled": SWITCH, "verification": LEVEL}
ADDRESS = st.none() | st.just("https://autodiscover.example/x")
HOSTING = st.builds(
    HostingProvider,
    **PROVIDER,
    shared_address_space=SWITCH,
    hosts_ocs_users=SWITCH,
    local=SWITCH,
    autodiscover_url=ADDRESS,
    sip_client_port=st.integers(1, 65535),
    **kept(),
)
DECORATED = st.lists(domains("decorated"), max_size=2, unique=True).map(tuple)
PUBLIC = st.builds(
    PublicProvider,
    **PROVIDER,
    domains=DECORATED,
    icon_url=ADDRESS,
    name_decoration_domain=st.none() | domains("decorated"),
    name_decoration_excluded=DECORATED,
    skype_id_routing=SWITCH,
    **kept(),
)
XMPP = st.builds(
    XmppPartner,
    name=domains("xmpp"),
    additional_domains=st.lists(domains("more"), max_size=2, unique=True).map(tuple),
    partner_type=st.sampled_from(PartnerType),
    proxy_fqdn=st.none() | st.builds(HostPort, domains("edge"), st.sampled_from([5269, 5061])),
    tls=st.sampled_from(Negotiation),
    sasl=st.sampled_from(Negotiation),
    dialback=SWITCH,
    keep_alive=SWITCH,
    connection_limit=NUMBERS,
    **kept(**DATED),
)
SWITCHES = dict.fromkeys(("federation", "xmpp", "public_cloud", "public_cloud_av", "outside"), SWITCH)
POLICIES = st.builds(
    Policy,
    id=st.just("global") | NAMES.map("user:{}".format) | NAMES.map("site:{}".format),
    comment=NOTE,
    **SWITCHES,
)
USERS = LABELS.map("{}@contoso.example".format)
GRANTS = st.builds(PolicyGrant, user=USERS, policy=NAMES.map("user:{}".format))
SITES = st.builds(
    Site,
    name=NAMES,
    users=st.lists(USERS | st.just("*@contoso.example"), max_size=2).map(tuple),
    federation_route=st.none() | domains("edge"),
    survivable_branch=st.lists(USERS, max_size=2).map(tuple),
)
ACCESS_EDGE = st.builds(
    AccessEdge,
    federation=SWITCH,
    partner_discovery=SWITCH,
    routing=st.sampled_from(Routing),
    default_route=st.none() | EDGES,
    discovered_verification=LEVEL,
    discovered_rate=NUMBERS,
    discovered_report=LENGTHS,
    outgoing_tls=st.integers(1, 4),
    certificates_purged=st.integers(1, 100),
)
GATEWAY = st.builds(
    XmppGateway,
    connection_limit=NUMBERS,
    dialback_secret=st.none() | st.just("cred:dialback"),
    log_message_bodies=SWITCH,
    keep_alive=LENGTHS,
)
OURS = st.builds(
    SipDomain,
    name=domains("ours"),
    mobility=st.lists(st.sampled_from(MobileClient), max_size=2, unique=True).map(tuple),
    discoverable=SWITCH,
    xmpp=SWITCH,
)

CONFIGURATIONS = st.builds(
    Configuration,
    access_edge=ACCESS_EDGE,
    sip_domains=one_each(OURS, "name"),
    domains=st.builds(lambda a, b: a + b, one_each(DOMAINS, "name"), one_each(BLOCKS, "name")),
    hosting_providers=one_each(HOSTING, "name"),
    public_providers=one_each(PUBLIC, "name"),
    xmpp_partners=one_each(XMPP, "name"),
    xmpp_gateway=GATEWAY,
    policies=one_each(POLICIES, "id"),
    policy_grants=one_each(GRANTS, "user"),
    sites=one_each(SITES, "name"),
)


def imported(content: bytes, into: Configuration, kind: Format | None = None) -> Configuration:
    """Return a configuration with all selected rows of a file taken."""
    found: Read = read(content, kind)
    return apply_changes(into, changes(review(found, into)))
