"""The change of the configuration that the answers of a set-up amount to."""

from collections.abc import Iterator

from edgeconsole.actions.federate import provider, switches, xmpp
from edgeconsole.actions.federate.partner import ALLOWED_SERVER, DISCOVERED
from edgeconsole.actions.federate.question import Setup, Situation
from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.names import DomainName, parse_next_hop
from edgeconsole.model.terms import Verification

_SWITCHES = {"federation": "federation", "discovery": "partner_discovery", "disclaimer": "archiving_disclaimer"}
"""Switches of the Access Edge by the question that turns them on."""


def changes_of(situation: Situation) -> tuple[Change, ...]:
    """Return what is to be staged; only answers of questions that apply are read."""
    found = {
        Setup.SIP: _sip,
        Setup.XMPP: _xmpp,
        Setup.HOSTING: _hosting,
        Setup.PUSH: _push,
        Setup.PUBLIC_IM: _nothing,
        Setup.EDGE: _edge,
    }[situation.answers.setup]
    return tuple(found(situation))


def _nothing(_situation: Situation) -> Iterator[Change]:
    return iter(())


def _sip(situation: Situation) -> Iterator[Change]:
    if situation.given("provider-edge"):
        yield from _provider(situation)
    if situation.given("find") != DISCOVERED:
        pinned = situation.given("find") == ALLOWED_SERVER
        yield Change(
            table=Table.DOMAIN,
            key=situation.partner,
            fields={
                "action": "allow",
                "access_edge": situation.given("access-edge") if pinned else None,
                **_given(situation, verification="verification"),
                **_noted(situation),
            },
        )
    yield from _switches(situation)


def _xmpp(situation: Situation) -> Iterator[Change]:
    chosen = xmpp.preset(situation.given("negotiation"))
    yield Change(
        table=Table.XMPP_PARTNER,
        key=situation.partner,
        fields={
            "additional_domains": situation.given("additional").split() or None,
            "partner_type": situation.given("type"),
            "proxy_fqdn": situation.given("server") or None,
            "tls": chosen.tls.value,
            "sasl": chosen.sasl.value,
            "dialback": chosen.dialback,
            "keep_alive": False if situation.given("keep-alive") == switches.NO else None,
            "connection_limit": _limit(situation),
            **_noted(situation),
        },
    )
    yield from _switches(situation)


def _limit(situation: Situation) -> int | None:
    given = situation.given("connection-limit")
    usual = situation.configuration.xmpp_gateway.partner_connection_limit
    return int(given) if given and int(given) != usual else None


def _hosting(situation: Situation) -> Iterator[Change]:
    yield from _provider(situation)
    yield from _switches(situation)


def _provider(situation: Situation) -> Iterator[Change]:
    found = provider.existing(situation)
    if found is not None:
        if not found.enabled:
            yield Change(table=Table.HOSTING_PROVIDER, key=found.name, fields={"enabled": True})
        return
    shape = situation.given("shape") or provider.PLAIN
    fields: dict[str, FieldValue] = {
        "proxy_fqdn": situation.given("provider-edge"),
        "enabled": True,
        "verification": situation.given("provider-verification") or Verification.USE_SOURCE.value,
    }
    if shape != provider.PLAIN:
        fields["shared_address_space"] = True
        fields["hosts_ocs_users"] = shape == provider.HYBRID
    yield Change(table=Table.HOSTING_PROVIDER, key=situation.given("provider-name"), fields=fields)


def _push(situation: Situation) -> Iterator[Change]:
    hosts = {each.proxy_fqdn.host: each for each in situation.configuration.hosting_providers}
    cloud = hosts.get(DomainName(provider.MICROSOFT365))
    if cloud is None:
        yield Change(
            table=Table.HOSTING_PROVIDER,
            key="Microsoft 365",
            fields={
                "proxy_fqdn": provider.MICROSOFT365, "enabled": True, "verification": Verification.USE_SOURCE.value,
            },
        )  # fmt: skip
    elif not cloud.enabled:
        yield Change(table=Table.HOSTING_PROVIDER, key=cloud.name, fields={"enabled": True})
    yield Change(table=Table.DOMAIN, key=provider.PUSH_DOMAIN, fields={"action": "allow", "access_edge": None})
    apple, microsoft = provider.pushes_to(situation)
    if situation.configuration.edge is not None:
        yield Change(table=Table.EDGE, fields={"push_apple": apple, "push_microsoft": microsoft})
    yield from _switches(situation)


def _edge(situation: Situation) -> Iterator[Change]:
    yield Change(
        table=Table.EDGE,
        fields={
            **_given(
                situation,
                fqdn="fqdn",
                platform="platform",
                next_hop="next-hop",
                internal_fqdn="internal-fqdn",
                sip_listen="sip-listen",
                internal_listen="internal-listen",
                certificate="certificate",
                private_key="private-key",
                internal_certificate="internal-certificate",
                internal_private_key="internal-private-key",
                internal_trust="internal-trust",
            ),
            "internal_peers": [parse_next_hop(situation.given("next-hop")).host],
        },
    )
    for name in situation.given("sip-domains").split():
        yield Change(table=Table.SIP_DOMAIN, key=name, fields={})
    told = {"archiving_disclaimer": True} if situation.given("disclaimer") == switches.YES else {}
    yield Change(table=Table.ACCESS_EDGE, fields={"federation": situation.given("open") == switches.YES, **told})


def _switches(situation: Situation) -> Iterator[Change]:
    turned: dict[str, FieldValue] = {
        key: True for question, key in _SWITCHES.items() if situation.given(question) == switches.YES
    }
    if turned:
        yield Change(table=Table.ACCESS_EDGE, fields=turned)
    policy = situation.given("policy")
    if policy and policy != switches.KEEP:
        yield Change(
            table=Table.POLICY, key=policy, fields={"federation": True, switches.policy_field(situation): True}
        )


def _given(situation: Situation, **fields: str) -> dict[str, FieldValue]:
    """Return the fields whose question has an answer."""
    return {field: situation.given(question) for field, question in fields.items() if situation.given(question)}


def _noted(situation: Situation) -> dict[str, FieldValue]:
    return _given(situation, comment="comment", expires="expires")
