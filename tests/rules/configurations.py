"""Random configurations of everything a decision looks at: small pools of names, so that rules meet one another."""

from hypothesis import strategies as st

from edgeconsole.model.configuration import (
    AccessEdge,
    Action,
    Configuration,
    Edge,
    FederatedDomain,
    HostingProvider,
    Policy,
    PolicyGrant,
    PublicProvider,
    SipDomain,
    Site,
    XmppPartner,
)
from edgeconsole.model.evidence import Evidence, SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.terms import Match, Negotiation, Platform, Routing, Verification

OURS = ("contoso.example", "second.example")
REMOTE = ("a.test", "x.a.test", "y.x.a.test", "b.test", "bb.test", "chat.test", "im.test")
HOSTS = ("sip.a.test", "sip.b.test", "edge.hoster.test", "sipfed.online.lync.com", "edge.public.test", "sip.it.a.test")
PEOPLE = ("alice@contoso.example", "bob@contoso.example", "carol@second.example")

names = st.sampled_from((*OURS, *REMOTE))
remote_names = st.sampled_from(REMOTE)
hosts = st.sampled_from(HOSTS).map(HostPort)
_few = 3


def _unique(strategy: st.SearchStrategy, key: str, most: int = _few) -> st.SearchStrategy:
    return st.lists(strategy, unique_by=lambda record: getattr(record, key), max_size=most).map(tuple)


@st.composite
def _domain(draw: st.DrawFn) -> FederatedDomain:
    action = draw(st.sampled_from(Action))
    return FederatedDomain(
        name=DomainName(draw(remote_names)),
        action=action,
        access_edge=draw(st.none() | hosts) if action is Action.ALLOW else None,
        match=draw(st.sampled_from(Match)),
        platform=draw(st.sampled_from([Platform.UNKNOWN, Platform.OCS2007, Platform.MICROSOFT365])),
        verification=draw(st.sampled_from(Verification)),
    )


_HOSTING = st.builds(
    HostingProvider,
    name=st.sampled_from(["One", "Two", "Three"]),
    proxy_fqdn=hosts,
    enabled=st.booleans(),
    verification=st.sampled_from(Verification),
    shared_address_space=st.booleans(),
)
_PUBLIC = st.builds(
    PublicProvider,
    name=st.sampled_from(["Skype", "AOL"]),
    proxy_fqdn=hosts,
    enabled=st.booleans(),
    verification=st.sampled_from(Verification),
    domains=st.lists(remote_names.map(DomainName), max_size=2).map(tuple),
)
_XMPP = st.builds(
    XmppPartner,
    name=remote_names.map(DomainName),
    additional_domains=st.lists(remote_names.map(DomainName), max_size=2).map(tuple),
    proxy_fqdn=st.none() | hosts,
    tls=st.sampled_from(Negotiation),
    sasl=st.sampled_from(Negotiation),
    dialback=st.booleans(),
)
_POLICY = st.builds(
    Policy,
    id=st.sampled_from(["global", "site:Here", "site:There", "user:Sales", "user:None"]),
    federation=st.booleans(),
    xmpp=st.booleans(),
    public_cloud=st.booleans(),
    public_cloud_av=st.booleans(),
)
_GRANT = st.builds(
    PolicyGrant, user=st.sampled_from(PEOPLE), policy=st.sampled_from(["user:Sales", "user:None", "user:Gone"])
)
_ROUTES = st.sampled_from([None, "sip.contoso.example", "other.contoso.example"])


@st.composite
def _sites(draw: st.DrawFn) -> tuple[Site, ...]:
    """Two sites that nobody is in twice; which of two sites counts is the order of the file, and lint reports it."""
    here = Site(
        name="Here",
        users=("alice@contoso.example",),
        federation_route=draw(_ROUTES),
        survivable_branch=draw(st.sampled_from([(), ("bob@contoso.example",)])),
    )
    there = Site(name="There", users=("*@second.example",), federation_route=draw(_ROUTES), xmpp_route=draw(_ROUTES))
    return tuple(draw(st.lists(st.sampled_from([here, there]), unique=True)))


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """A configuration; contradictions that lint reports are in it too, since they are enforced somehow."""
    return Configuration(
        edge=draw(
            st.none() | st.just(Edge(fqdn=DomainName("sip.contoso.example"), next_hop=HostPort("pool.contoso.example")))
        ),
        access_edge=AccessEdge(
            federation=draw(st.sampled_from([True, True, True, False])),
            partner_discovery=draw(st.booleans()),
            routing=draw(st.sampled_from([Routing.DNS_SRV, Routing.DNS_SRV, Routing.DEFAULT_ROUTE])),
            default_route=draw(st.none() | hosts),
            default_route_public=draw(st.booleans()),
            suffix_match=draw(st.sampled_from([True, True, False])),
            discovered_verification=draw(st.sampled_from(Verification)),
        ),
        sip_domains=tuple(SipDomain(name=DomainName(name)) for name in OURS),
        domains=draw(_unique(_domain(), "name", 5)),
        hosting_providers=draw(_unique(_HOSTING, "name")),
        public_providers=draw(_unique(_PUBLIC, "name", 2)),
        xmpp_partners=draw(_unique(_XMPP, "name")),
        policies=draw(_unique(_POLICY, "id", 5)),
        policy_grants=draw(_unique(_GRANT, "user")),
        sites=draw(_sites()),
    )


_RECORDS = st.lists(
    st.builds(SrvRecord, target=st.sampled_from(HOSTS), priority=st.integers(0, 1), weight=st.integers(0, 1)),
    max_size=3,
).map(tuple)
_NAMES = st.frozensets(st.sampled_from((*HOSTS, "a.test", "*.a.test")), max_size=2)


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """What DNS and a certificate may say, nothing included."""
    status = draw(st.sampled_from([SrvStatus.FOUND, SrvStatus.FOUND, SrvStatus.MISSING, SrvStatus.UNAVAILABLE]))
    answer = SrvAnswer(status=status, records=draw(_RECORDS) if status is SrvStatus.FOUND else ())
    return Evidence(srv=draw(st.sampled_from([None, answer, answer])), peer_names=draw(st.none() | _NAMES))
