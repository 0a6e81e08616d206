"""The limits of discovered partners: messages a second, people addressed, and the watch list, by certificate.

What a limit does and what it is called follows Lync (docs/rules.md 2.7): events 14601, 14603 and 14508. A peer is
known by issuer, serial and subject of its certificate, so that one edge that sends for many domains has one measure.
"""

import asyncio
import logging
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from edgeconsole.model.edge import AccessEdge
from edgeconsole.model.observed import EventKind, PeerCertificate, Restriction, WatchedPeer
from edgeconsole.model.text import Untrusted
from edgeconsole.model.verdict import Reason
from edgeconsole.proxy.observed import EventJournal

log = logging.getLogger(__name__)

_WINDOW_SECONDS = 1.0
_THROTTLED_SECONDS = 60.0
"""How long a peer is shown as throttled after the last message that came too fast."""
_MAX_DOMAINS = 20
"""Domains kept of one peer."""
_FEWEST_ANSWERS = 20
"""Answers before the share of failures says anything."""
_MOST_ANSWERS = 200
"""Answers from which both counts are halved, so that the share is that of late."""
_REPORTED = 100
"""Peers in one report."""


class Held(NamedTuple):
    """Why a message is refused."""

    reason: Reason
    text: str
    told: bool
    """Whether it belongs among the failures: the first of its kind from this peer in a second does."""


class _Peer:
    """What is counted of one peer."""

    __slots__ = (
        "answered", "certificate", "contacts", "domains", "edge", "failed", "first_seen", "full", "last_seen",
        "messages", "recent", "refused_at", "refused_contacts", "refused_rate", "restriction", "since", "told",
    )  # fmt: skip

    def __init__(self, certificate: PeerCertificate, edge: str, at: datetime) -> None:
        self.certificate = certificate
        self.edge = edge
        self.first_seen = self.last_seen = at
        self.domains: dict[str, None] = {}
        self.recent: deque[float] = deque()
        """When it was let through within the last second."""
        self.contacts = array("q")
        """Hashes of the people it addressed, sorted: a thousand names in 8 kB."""
        self.full = False
        """Whether it tried to address one more than it may."""
        self.messages = self.refused_rate = self.refused_contacts = self.answered = self.failed = 0
        self.refused_at: float | None = None
        """When a message last came too fast."""
        self.restriction = Restriction.NONE
        self.since: datetime | None = None
        self.told: dict[Reason, float] = {}

    def knows(self, contact: int) -> bool:
        """Return whether it addressed this person before."""
        at = bisect_left(self.contacts, contact)
        return at < len(self.contacts) and self.contacts[at] == contact

    def meets(self, contact: int) -> None:
        """Note a person it addresses for the first time."""
        self.contacts.insert(bisect_left(self.contacts, contact), contact)

    def sends(self, rate: int, now: float) -> bool:
        """Count a message; return False where `rate` have passed within the last second already."""
        while self.recent and now - self.recent[0] >= _WINDOW_SECONDS:
            self.recent.popleft()
        if len(self.recent) >= rate:
            return False
        self.recent.append(now)
        return True

    def suspicious(self, percent: int) -> bool:
        """Return whether at least `percent` of its messages fail; 0 never says so."""
        total = self.answered + self.failed
        return percent > 0 and total >= _FEWEST_ANSWERS and self.failed * 100 >= percent * total


class Safeguards:
    """Weighs each message of a discovered partner; the settings may be exchanged between two messages."""

    def __init__(
        self,
        settings: AccessEdge,
        journal: EventJournal,
        *,
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._clock = clock
        self._seconds = seconds
        self._peers: dict[PeerCertificate, _Peer] = {}
        """By the last message, the oldest first."""
        self._rejected: dict[PeerCertificate, _Peer] = {}
        """Those whose names prove nothing; the oldest first."""
        self._report: asyncio.TimerHandle | None = None

    def weigh(
        self, certificate: PeerCertificate, names: tuple[str, ...], domain: str, contact: str | None
    ) -> Held | None:
        """Count one message of a discovered partner; return why it is refused, None where it passes.

        `names` are those of its certificate, cleaned; `contact` is the person of ours it is for, None where it is for
        nobody.
        """
        peer, settings, now = (
            self._peer(certificate, names[0] if names else certificate.subject),
            self._settings,
            self._seconds(),
        )
        peer.last_seen = self._clock()
        peer.messages += 1
        if domain not in peer.domains and len(peer.domains) < _MAX_DOMAINS:
            peer.domains[domain] = None
        suspicious = peer.suspicious(settings.discovered_suspicious)
        rate = settings.discovered_suspicious_rate if suspicious else settings.discovered_rate
        if not peer.sends(rate, now):
            peer.refused_rate += 1
            peer.refused_at = now
            reason = Reason.DISCOVERED_SUSPICIOUS if suspicious else Reason.DISCOVERED_RATE
            return self._hold(peer, reason, f"{_messages(rate)} a second from {peer.edge} (14603)")
        if contact is not None and not self._may_address(peer, contact):
            peer.refused_contacts += 1
            peer.full = True
            most = settings.discovered_contacts
            return self._hold(
                peer, Reason.DISCOVERED_CONTACTS, f"{contact} would be one more than the {most} people (14508)"
            )
        self._settle(peer)
        return None

    def answered(self, certificate: PeerCertificate | None, *, success: bool) -> None:
        """Note how a message of a peer ended; peers nobody weighed are not counted."""
        peer = self._peers.get(certificate) if self._peers and certificate is not None else None
        if peer is None:
            return
        if success:
            peer.answered += 1
        else:
            peer.failed += 1
        if peer.answered + peer.failed >= _MOST_ANSWERS:
            peer.answered //= 2
            peer.failed //= 2

    def reject(self, certificate: PeerCertificate, names: tuple[str, ...], domain: str) -> None:
        """Note a certificate that does not prove the domain it was shown for."""
        peer = self._rejected.pop(certificate, None)
        most = self._settings.rejected_certificates
        if peer is None:
            if most == 0:
                return
            if len(self._rejected) >= most:
                for oldest in list(self._rejected)[: max(most * self._settings.certificates_purged // 100, 1)]:
                    del self._rejected[oldest]
            peer = _Peer(certificate, names[0] if names else certificate.subject, self._clock())
            peer.restriction, peer.since = Restriction.REJECTED, peer.first_seen
        self._rejected[certificate] = peer
        peer.last_seen = self._clock()
        peer.messages += 1
        if len(peer.domains) < _MAX_DOMAINS:
            peer.domains[domain] = None

    def use(self, settings: AccessEdge, is_discovered: Callable[[str], bool]) -> None:
        """Go by other settings.

        Domains that are no discovered partners any more are forgotten, with who sent only for them, and so are rejected
        certificates: by the new rules they may be right.
        """
        self._rejected.clear()
        period, self._settings = self._settings.discovered_report, settings
        for certificate, peer in tuple(self._peers.items()):
            peer.domains = {domain: None for domain in peer.domains if is_discovered(domain)}
            if not peer.domains:
                del self._peers[certificate]
            else:
                peer.full = peer.full and self._is_full(peer)
                self._settle(peer)
        if self._report is not None and period != settings.discovered_report:
            self.stop()
            self.start()

    def watched(self) -> tuple[WatchedPeer, ...]:
        """Return every discovered partner's edge, the restricted ones first, then those that were rejected."""
        rejected = tuple(_watched(peer) for peer in reversed(self._rejected.values()))
        return (*self._discovered(), *rejected)

    def _discovered(self) -> tuple[WatchedPeer, ...]:
        for peer in self._peers.values():
            self._settle(peer)
        peers = sorted(self._peers.values(), key=lambda each: each.last_seen, reverse=True)
        return tuple(_watched(peer) for peer in sorted(peers, key=lambda each: each.restriction is Restriction.NONE))

    def by_domain(self) -> dict[str, WatchedPeer]:
        """Return the edge that last sent for each domain."""
        return {domain: found for found in reversed(self._discovered()) for domain in found.domains}

    def restriction_for(self, domain: str, contact: str | None) -> Restriction:
        """Return what a message of a domain for one of our people would meet now; counts nothing."""
        peers = [peer for peer in self._peers.values() if domain in peer.domains]
        if not peers:
            return Restriction.NONE
        peer = max(peers, key=lambda each: each.last_seen)
        self._settle(peer)
        if peer.restriction is Restriction.CONTACTS and (contact is None or peer.knows(hash(contact))):
            return Restriction.NONE
        if self._is_full(peer) and contact is not None and not peer.knows(hash(contact)):
            return Restriction.CONTACTS
        return peer.restriction

    def start(self) -> None:
        """Begin to report the discovered partners each period."""
        seconds = max(self._settings.discovered_report.total_seconds(), _WINDOW_SECONDS)
        self._report = asyncio.get_running_loop().call_later(seconds, self._report_due)

    @property
    def next_report(self) -> float:
        """Loop time of the next report; 0 where none is due."""
        return self._report.when() if self._report is not None else 0.0

    def stop(self) -> None:
        """End the reports."""
        if self._report is not None:
            self._report.cancel()
            self._report = None

    def _report_due(self) -> None:
        self.report()
        self.start()

    def report(self) -> None:
        """List the discovered partners in the log, and in one event, as event 14601 does; nothing where there are
        none."""
        peers = self._discovered()
        for peer in peers[:_REPORTED]:
            log.info("Event ID: 14601; discovered partner; Name: %s; Domains: %s", peer.edge, ", ".join(peer.domains))
        if peers:
            held = sum(peer.restriction is not Restriction.NONE for peer in peers)
            told = "; ".join(f"Name: {peer.edge}; Domains: {', '.join(peer.domains)}" for peer in peers[:3])
            more = f"; and {len(peers) - 3} more" if len(peers) > 3 else ""
            self._journal.add(
                EventKind.DISCOVERED_REPORT, subject=peers[0].edge, detail=f"14601: {told}{more}; {held} restricted"
            )

    def _peer(self, certificate: PeerCertificate, edge: str) -> _Peer:
        peer = self._peers.pop(certificate, None)
        if peer is None:
            if len(self._peers) >= max(self._settings.accepted_certificates, 1):
                self._purge()
            peer = _Peer(certificate, edge, self._clock())
        self._peers[certificate] = peer
        return peer

    def _purge(self) -> None:
        """Forget a share of the peers, those not held back first: a stranger must not be able to wash off a limit."""
        share = -(-len(self._peers) * self._settings.certificates_purged // 100)
        oldest = sorted(self._peers.values(), key=lambda each: each.restriction is not Restriction.NONE)
        doomed = oldest[: max(share, 1)]
        for peer in doomed:
            del self._peers[peer.certificate]
        log.info("%d discovered partners forgotten: access_edge.accepted_certificates is reached", len(doomed))

    def _may_address(self, peer: _Peer, contact: str) -> bool:
        person = hash(contact)
        if peer.knows(person):
            return True
        if self._is_full(peer):
            return False
        if len(peer.contacts) < self._settings.discovered_contacts:
            peer.meets(person)
        return True

    def _is_full(self, peer: _Peer) -> bool:
        settings = self._settings
        return settings.discovered_contacts_limit and len(peer.contacts) >= settings.discovered_contacts

    def _hold(self, peer: _Peer, reason: Reason, text: str) -> Held:
        self._settle(peer)
        now = self._seconds()
        last = peer.told.get(reason)
        told = last is None or now - last >= _WINDOW_SECONDS
        if told:
            peer.told[reason] = now
        return Held(reason, f"{reason.value}: {text}", told)

    def _settle(self, peer: _Peer) -> None:
        """Bring a peer's restriction up to date, and tell when one begins."""
        settings = self._settings
        if peer.full and self._is_full(peer):
            found = Restriction.CONTACTS
        elif peer.suspicious(settings.discovered_suspicious):
            found = Restriction.SUSPICIOUS
        elif peer.refused_at is not None and self._seconds() - peer.refused_at < _THROTTLED_SECONDS:
            found = Restriction.THROTTLED
        else:
            found = Restriction.NONE
        if found is peer.restriction:
            return
        peer.restriction = found
        peer.since = None if found is Restriction.NONE else self._clock()
        if found is not Restriction.NONE:
            self._tell(peer, found)

    def _tell(self, peer: _Peer, found: Restriction) -> None:
        named = (
            f'Certificate Subject: "{peer.certificate.subject}"; Name: {peer.edge}; Domains: {_listed(peer.domains)}'
        )
        if found is Restriction.CONTACTS:
            kind, number = EventKind.DISCOVERED_CONTACTS, 14508
            text = f"discovered partner reached the limit of {self._settings.discovered_contacts} people"
        else:
            kind, number = EventKind.DISCOVERED_THROTTLED, 14603
            text = "discovered partner throttled" + (", suspicious" if found is Restriction.SUSPICIOUS else "")
        log.warning("Event ID: %d; %s; %s", number, text, named)
        self._journal.add(kind, subject=next(iter(peer.domains), ""), detail=f"{number}: {text}; {named}")


def _messages(rate: int) -> str:
    return "more than 1 message" if rate == 1 else f"more than {rate} messages"


def _listed(domains: Iterable[str]) -> str:
    return ", ".join(domains)


def _watched(peer: _Peer) -> WatchedPeer:
    return WatchedPeer(
        certificate=peer.certificate,
        edge=Untrusted(peer.edge),
        domains=tuple(peer.domains),
        restriction=peer.restriction,
        since=peer.since,
        first_seen=peer.first_seen,
        last_seen=peer.last_seen,
        messages=peer.messages,
        contacts=len(peer.contacts),
        refused_rate=peer.refused_rate,
        refused_contacts=peer.refused_contacts,
        answered=peer.answered,
        failed=peer.failed,
    )
