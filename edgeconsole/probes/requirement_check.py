"""The live look behind `requirements dns --check`: asks DNS for every required record and compares."""

import asyncio
from collections.abc import Sequence

from edgeconsole.model.evidence import SrvStatus
from edgeconsole.probes.dns import LookUps
from edgeconsole.rules.requirements.compare import (
    Answers,
    Comparison,
    DnsAnswer,
    Question,
    compare,
    mistaken_questions,
    questions,
)
from edgeconsole.rules.requirements.needs import ResolverKind, Side, resolver_kind
from edgeconsole.rules.requirements.records import DnsRequirement, DnsRow


async def check_dns(requirements: Sequence[DnsRequirement], look_ups: LookUps) -> tuple[Comparison, ...]:
    """Return how each required record compares with what DNS answers now.

    Internal records are not asked of a resolver outside, which cannot know them; the next hop may also stand in the
    hosts file. Where an SRV record is missing, its common misspellings are looked up too.
    """
    outside = resolver_kind(look_ups.server) is ResolverKind.EXTERNAL
    asked = [item for item in requirements if item.zone is Side.EXTERNAL or not outside]
    answers = await _ask(look_ups, questions(asked))
    answers |= await _ask(look_ups, mistaken_questions(asked, answers))
    for requirement in requirements:
        if requirement.row is DnsRow.D10:
            answers |= await _hosts_file(requirement, answers, look_ups)
    return compare(requirements, answers)


async def _ask(look_ups: LookUps, asked: Sequence[Question]) -> dict[Question, DnsAnswer]:
    answers = await asyncio.gather(*(look_ups.ask(question) for question in asked))
    return dict(zip(asked, answers, strict=True))


async def _hosts_file(requirement: DnsRequirement, answers: Answers, look_ups: LookUps) -> dict[Question, DnsAnswer]:
    question = Question(requirement.name, requirement.type)
    known = answers.get(question)
    if known is not None and known.status is SrvStatus.FOUND:
        return {}
    addresses = await look_ups.system_addresses(requirement.name)
    return {question: DnsAnswer(status=SrvStatus.FOUND, addresses=addresses)} if addresses else {}
