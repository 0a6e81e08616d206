"""A question as people ask it, addresses and all, turned into the case the rules decide."""

from datetime import date
from typing import NamedTuple

from edgeconsole.model.evidence import Evidence
from edgeconsole.model.names import sip_domain_of
from edgeconsole.model.verdict import Direction, Explanation, Question
from edgeconsole.rules.explain import Places, explain
from edgeconsole.rules.index import RuleIndex


class Asked(NamedTuple):
    """A question with its domains in normal form and its direction settled."""

    direction: Direction
    sender: str
    recipient: str
    user: str | None
    """Our own person's address; None where only a domain was named."""

    @property
    def remote(self) -> str:
        """The partner's domain."""
        return self.sender if self.direction is Direction.INBOUND else self.recipient


def understand(index: RuleIndex, question: Question) -> Asked:
    """Read a question. Raises InvalidName for an address that has no domain."""
    sender, recipient = sip_domain_of(question.sender), sip_domain_of(question.recipient)
    direction = question.direction
    if direction is None:
        direction = Direction.OUTBOUND if sender in index.local else Direction.INBOUND
    ours = question.recipient if direction is Direction.INBOUND else question.sender
    domain = recipient if direction is Direction.INBOUND else sender
    return Asked(direction, sender, recipient, _person(ours, domain))


def _person(address: str, domain: str) -> str | None:
    user, at, _ = address.strip().lower().removeprefix("sips:").removeprefix("sip:").rpartition("@")
    return f"{user}@{domain}" if at and user else None


def shown_names(question: Question) -> frozenset[str] | None:
    """Return the certificate names a question states, in normal form."""
    if question.certificate_names is None:
        return None
    return frozenset(name.lower().rstrip(".") for name in question.certificate_names)


def answer(index: RuleIndex, question: Question, evidence: Evidence, places: Places, today: date) -> Explanation:
    """Explain what the rules say to a question, given the evidence."""
    asked = understand(index, question)
    return explain(
        index,
        asked.direction,
        asked.sender,
        asked.recipient,
        evidence,
        places,
        user=asked.user,
        modality=question.modality,
        parties=question.parties,
        today=today,
    )
