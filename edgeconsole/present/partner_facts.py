"""What is observed of a partner that is no federated SIP domain: sessions, counters, failures and probes, summed up."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from edgeconsole.model.configuration import HostingProvider, PublicProvider, XmppPartner
from edgeconsole.model.observed import Failure, PartnerCounters, Plane, Session
from edgeconsole.model.probe import ProbeKind, TargetStatus
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present.domains import RECENT

Partner = XmppPartner | HostingProvider | PublicProvider


class Facts(NamedTuple):
    """Everything that was seen of one partner."""

    sessions: tuple[Session, ...]
    counters: tuple[PartnerCounters, ...]
    failure: Failure | None
    """The latest one, if it is recent."""
    probe: TargetStatus | None

    @property
    def received(self) -> int:
        """Messages and stanzas that came from it."""
        return sum(each.received for each in self.counters)

    @property
    def sent(self) -> int:
        """Messages and stanzas that went to it."""
        return sum(each.sent for each in self.counters)

    @property
    def denied(self) -> int:
        """What was refused, both ways."""
        return sum(each.denied_in + each.denied_out for each in self.counters)

    @property
    def last_seen(self) -> datetime | None:
        """When anything passed last."""
        return max((each.last_seen for each in self.counters if each.last_seen), default=None)


class Observed:
    """Look-ups over one snapshot, built once a frame."""

    def __init__(self, snapshot: Snapshot, now: datetime) -> None:
        self._sessions: dict[str, list[Session]] = {}
        for session in snapshot.sessions:
            for name in {*session.domains, *session.names}:
                self._sessions.setdefault(name, []).append(session)
        self._counters = {each.domain: each for each in snapshot.counters}
        self._failures: dict[str, list[Failure]] = {}
        for failure in snapshot.failures:
            if now - failure.at <= RECENT:
                self._failures.setdefault(failure.domain, []).append(failure)
        self._probes = {(each.kind, each.target): each for each in snapshot.probes.targets}

    def of(self, partner: Partner) -> Facts:
        """Return what was seen of a partner."""
        domains = domains_of(partner)
        host = partner.proxy_fqdn.host if partner.proxy_fqdn else ""
        xmpp = isinstance(partner, XmppPartner)
        found = [each for name in (domains if xmpp else {*domains, host}) for each in self._sessions.get(name, ())]
        sessions = tuple({each.id: each for each in found if (each.plane is Plane.XMPP) == xmpp}.values())
        served = domains.union(*(session.domains for session in sessions)) if not xmpp else domains
        failures = [each for domain in domains for each in self._failures.get(domain, ())]
        return Facts(
            sessions=sessions,
            counters=tuple(self._counters[domain] for domain in sorted(served) if domain in self._counters),
            failure=max(failures, key=lambda each: each.at, default=None),
            probe=self._probe(ProbeKind.XMPP if xmpp else ProbeKind.SIP, (*sorted(domains), host, partner.name)),
        )

    def _probe(self, kind: ProbeKind, names: Iterable[str]) -> TargetStatus | None:
        return next((self._probes[(kind, name)] for name in names if (kind, name) in self._probes), None)


def domains_of(partner: Partner) -> frozenset[str]:
    """Return the domains whose people the partner serves, as far as its record says."""
    return frozenset(() if isinstance(partner, HostingProvider) else partner.domains)
