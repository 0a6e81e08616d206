"""What was decided of late, for people who write to each other again: good as long as all it was decided from stands.

A change of the rules drops everything; another DNS answer or other names in the certificate are another question.
Who connects again with the same certificate asks the same, so that nobody fills it by connecting.
"""

from edgeconsole.model.evidence import Evidence, SrvAnswer
from edgeconsole.model.observed import Plane
from edgeconsole.model.terms import Modality
from edgeconsole.model.verdict import Direction, Outcome
from edgeconsole.proxy.sip.connection import Peer
from edgeconsole.rules.decide import decide
from edgeconsole.rules.index import RuleIndex

_KEPT = 4096
"""Strangers may invent names; beyond that many everything is decided anew."""
_LONGEST = 320
"""Bytes of a person's address that is kept with a decision (RFC 3696: 64 before the @, 255 after it)."""

_Question = tuple[bool, str, str, frozenset[str] | None, str | None, Modality | None]


class Decided:
    """An outcome and what goes with it."""

    __slots__ = ("outcome", "srv", "unclaimed")

    def __init__(self, outcome: Outcome, srv: SrvAnswer | None) -> None:
        self.outcome = outcome
        self.srv = srv
        """The DNS answer it was decided from."""
        self.unclaimed = b""
        """The trust header for messages that make no claim; empty until one was stamped."""


class Decisions:
    """The decisions of one index."""

    def __init__(self, index: RuleIndex) -> None:
        self.index = index
        self._kept: dict[_Question, Decided] = {}

    def on(
        self,
        direction: Direction,
        sender: str,
        recipient: str,
        srv: SrvAnswer | None,
        peer: Peer | None,
        user: str | None,
        modality: Modality | None,
    ) -> Decided:
        """Decide about one SIP message; `peer` is who showed a certificate, `user` our own person's address."""
        names = None if peer is None else peer.names
        question = (direction is Direction.INBOUND, sender, recipient, names, user, modality)
        found = self._kept.get(question)
        if found is not None and found.srv is srv:
            return found
        evidence = Evidence(srv=srv, peer_names=names)
        outcome = decide(
            self.index, direction, sender, recipient, evidence, plane=Plane.SIP, user=user, modality=modality
        )
        found = Decided(outcome, srv)
        if user is None or len(user) <= _LONGEST:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[question] = found
        return found
