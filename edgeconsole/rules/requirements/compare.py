"""Required records against what DNS answers: what is right, missing or different, and what to publish."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

import msgspec

from edgeconsole.model.evidence import SrvRecord, SrvStatus
from edgeconsole.rules.requirements.needs import Side
from edgeconsole.rules.requirements.records import DnsRequirement, DnsRow, RecordType
from edgeconsole.rules.requirements.zone import record_lines


class DnsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What DNS said to one question; every text of it is cleaned."""

    status: SrvStatus
    records: tuple[SrvRecord, ...] = ()
    """SRV records, in the order the server gave."""
    addresses: tuple[str, ...] = ()
    alias: str = ""
    """The name a CNAME led to."""
    detail: str = ""
    """What the resolver said, in words, where it found nothing."""


class Question(msgspec.Struct, frozen=True):
    """A name and type to look up."""

    name: str
    type: RecordType


class RecordState(Enum):
    """How a requirement compares with the answer."""

    OK = "ok"
    MISSING = "missing"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """DNS gave no usable answer."""
    NOT_ASKED = "not asked"
    """The resolver cannot know the record, so nobody asked."""
    REPLACED = "replaced"
    """An alternative row is published in its place."""
    NOT_USED = "not used"
    """Optional, and not published."""


FAILING = frozenset({RecordState.MISSING, RecordState.DIFFERS, RecordState.UNKNOWN})


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement, what was found, and what to do."""

    requirement: DnsRequirement
    state: RecordState
    found: tuple[str, ...] = ()
    words: str
    """What was found, in a sentence."""
    publish: tuple[str, ...] = ()
    """Lines of a zone file that put it right."""

    @property
    def failing(self) -> bool:
        """Whether a required record is not known to be right."""
        return self.state in FAILING


Answers = Mapping[Question, DnsAnswer]


def questions(requirements: Iterable[DnsRequirement]) -> tuple[Question, ...]:
    """Return what to look up, each question once."""
    return tuple(dict.fromkeys(question for requirement in requirements for question in _questions(requirement)))


def _questions(requirement: DnsRequirement) -> tuple[Question, ...]:
    first = Question(requirement.name, requirement.type)
    if requirement.type is RecordType.A and not requirement.addresses:
        return (first, Question(requirement.name, RecordType.AAAA))
    return (first,)


def mistaken_questions(requirements: Iterable[DnsRequirement], answers: Answers) -> tuple[Question, ...]:
    """Return the misspelt names to look up for each required SRV record that is missing (rule R8)."""
    return tuple(
        dict.fromkeys(
            Question(name, RecordType.SRV)
            for requirement in requirements
            if requirement.type is RecordType.SRV and not requirement.optional
            if _status(answers, Question(requirement.name, RecordType.SRV)) is SrvStatus.MISSING
            for name in misspellings(requirement.name, requirement.origin)
        )
    )


def misspellings(name: str, origin: str) -> tuple[str, ...]:
    """Return the ways an SRV record's name is commonly mistyped.

    A missing underscore stood even in the vendor's own pages (R8); the zone's name twice is what a master file makes of
    a name without its final dot.
    """
    service, protocol, domain = name.split(".", 2)
    other = "_tls" if protocol == "_tcp" else "_tcp"
    return (
        f"{service}.{protocol[1:]}.{domain}",
        f"{service[1:]}.{protocol}.{domain}",
        f"{service[1:]}.{protocol[1:]}.{domain}",
        f"{service}.{other}.{domain}",
        f"{name}.{origin}",
    )


def compare(requirements: Sequence[DnsRequirement], answers: Answers) -> tuple[Comparison, ...]:
    """Return how each requirement compares with the answers to `questions` and `mistaken_questions`."""
    compared = [_compare(requirement, answers) for requirement in requirements]
    online = {
        item.requirement.origin
        for item in compared
        if item.requirement.row in _ONLINE and item.state is RecordState.OK and _is_federation(item.requirement)
    }
    direct = {item.requirement.origin for item in compared if item.requirement.row is DnsRow.D5 and _at_edge(item)}
    return tuple(_in_context(item, online, direct) for item in compared)


_ONLINE = frozenset({DnsRow.D11, DnsRow.D12})
_REPLACED_BY_ONLINE = frozenset({DnsRow.D1, DnsRow.D2, DnsRow.D3, DnsRow.D7})


def _is_federation(requirement: DnsRequirement) -> bool:
    return requirement.name.startswith("_sipfederationtls.")


def _at_edge(item: Comparison) -> bool:
    """Return whether an XMPP record that is right names another host than `xmpp.` of the domain."""
    return item.state is RecordState.OK and not any(item.requirement.target in text for text in item.found)


def _in_context(item: Comparison, online: set[str], direct: set[str]) -> Comparison:
    requirement = item.requirement
    if not item.failing:
        return item
    if requirement.origin in online and requirement.row in _REPLACED_BY_ONLINE:
        words = "the records of row D11 or D12 are published: right once no user is left on our own servers"
        return msgspec.structs.replace(item, state=RecordState.REPLACED, words=words, publish=())
    if requirement.origin in direct and requirement.row is DnsRow.D6:
        words = "the XMPP record names the Access Edge itself"
        return msgspec.structs.replace(item, state=RecordState.REPLACED, words=words, publish=())
    if requirement.optional:
        words = item.words if item.state is RecordState.DIFFERS else "not published, and nothing fails without it"
        return msgspec.structs.replace(item, state=RecordState.NOT_USED, words=words, publish=())
    return item


def _compare(requirement: DnsRequirement, answers: Answers) -> Comparison:
    asked = [answers[question] for question in _questions(requirement) if question in answers]
    found = next((answer for answer in asked if answer.status is SrvStatus.FOUND), asked[0] if asked else None)
    if found is None:
        return _made(requirement, RecordState.NOT_ASKED, "is a record of the inside, and the resolver is outside")
    if found.status is SrvStatus.UNAVAILABLE:
        return _made(requirement, RecordState.UNKNOWN, f"DNS gave no answer: {found.detail or 'no reason given'}")
    if found.status is SrvStatus.MISSING:
        return _missing(requirement, found, answers)
    if requirement.type is RecordType.SRV:
        return _compare_srv(requirement, found.records)
    if requirement.type is RecordType.CNAME:
        return _compare_alias(requirement, found)
    return _compare_addresses(requirement, found)


def _made(
    requirement: DnsRequirement, state: RecordState, words: str, found: tuple[str, ...] = (), *, publish: bool = False
) -> Comparison:
    lines = record_lines(requirement) if publish else ()
    return Comparison(requirement=requirement, state=state, found=found, words=words, publish=lines)


def _missing(requirement: DnsRequirement, answer: DnsAnswer, answers: Answers) -> Comparison:
    words = "is not published"
    if answer.detail and requirement.type is RecordType.SRV:
        words += f" ({answer.detail})"
    wrong = [
        name for name in _mistaken(requirement) if _status(answers, Question(name, RecordType.SRV)) is SrvStatus.FOUND
    ]
    if wrong:
        words = f"is published under a misspelt name, {', '.join(wrong)}: rename it"
    if requirement.zone is Side.INTERNAL and requirement.row is DnsRow.D10:
        words += ", neither in DNS nor in the hosts file of this machine"
    return _made(requirement, RecordState.MISSING, words, tuple(wrong), publish=True)


def _mistaken(requirement: DnsRequirement) -> tuple[str, ...]:
    return misspellings(requirement.name, requirement.origin) if requirement.type is RecordType.SRV else ()


def _compare_srv(requirement: DnsRequirement, records: Sequence[SrvRecord]) -> Comparison:
    found = tuple(f"{item.priority} {item.weight} {item.port} {item.target}" for item in records)
    # An Access Edge does not draw by weight: lowest priority, then highest weight, then first received (P-DNSREQ).
    chosen = min(records, key=lambda item: (item.priority, -item.weight))
    accepted = {requirement.target, *requirement.accepted}
    if chosen.target in accepted and chosen.port == requirement.port:
        others = [item for item in records if item.target not in accepted or item.port != requirement.port]
        words = "as required" if not others else f"as required; {len(others)} more with another target or port"
        return _made(requirement, RecordState.OK, words, found)
    words = "; ".join(_srv_differences(requirement, chosen, accepted))
    if any(item.target in accepted and item.port == requirement.port for item in records):
        words += "; the right record is there, and this one goes before it"
    return _made(requirement, RecordState.DIFFERS, words, found, publish=True)


def _srv_differences(requirement: DnsRequirement, chosen: SrvRecord, accepted: set[str]) -> Iterator[str]:
    if chosen.target not in accepted:
        yield f"leads to {chosen.target}, not to {requirement.target}"
        if requirement.row is DnsRow.D1 and not chosen.target.endswith(f".{requirement.origin}"):
            yield "partners refuse a host of another domain unless it is a provider of theirs"
    if chosen.port != requirement.port:
        yield f"says port {chosen.port}, not {requirement.port}"


def _compare_alias(requirement: DnsRequirement, answer: DnsAnswer) -> Comparison:
    if answer.alias == requirement.target:
        return _made(requirement, RecordState.OK, "as required", (answer.alias,))
    words = f"leads to {answer.alias or 'addresses of its own'}, not to {requirement.target}"
    return _made(requirement, RecordState.DIFFERS, words, (answer.alias,) if answer.alias else (), publish=True)


def _compare_addresses(requirement: DnsRequirement, answer: DnsAnswer) -> Comparison:
    found = answer.addresses
    # A target that is an alias breaks RFC 2782, and some servers refuse it.
    alias = f"; it is an alias of {answer.alias}, which an SRV record must not name" if answer.alias else ""
    if not requirement.addresses:
        alias = f", by way of {answer.alias}" if answer.alias else ""
        return _made(
            requirement,
            RecordState.OK,
            f"leads to {', '.join(found)}{alias}: see that it is the {requirement.whose}",
            found,
        )
    wanted, given = set(requirement.addresses), set(found)
    if wanted == given:
        return _made(requirement, RecordState.OK, f"as required{alias}", found)
    parts = []
    if wanted - given:
        parts.append(f"lacks {', '.join(sorted(wanted - given))}")
    if given - wanted:
        parts.append(f"also leads to {', '.join(sorted(given - wanted))}, which is no member of the pool")
    return _made(requirement, RecordState.DIFFERS, "; ".join(parts) + alias, found, publish=True)


def _status(answers: Answers, question: Question) -> SrvStatus | None:
    answer = answers.get(question)
    return answer.status if answer is not None else None
