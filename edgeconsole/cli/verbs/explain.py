"""explain FROM TO: why one address can or cannot reach another, and what to do next."""

from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import now
from edgeconsole.model.terms import Modality
from edgeconsole.model.verdict import Direction, Question, VerdictKind
from edgeconsole.present.why import lines, next_lines
from edgeconsole.rules.next_steps import next_steps


async def explain(command: Command) -> int:
    """Print the verdict, every step and what to do next; exit code 0 allowed, 1 denied or failed."""
    given = command.arguments
    shown = given.certificate_name
    question = Question(
        sender=given.sender,
        recipient=given.recipient,
        direction=Direction(given.direction) if given.direction else None,
        modality=Modality(given.modality) if given.modality else None,
        parties=given.parties,
        certificate_names=tuple(shown) if shown else None,
    )
    explanation = await command.store.explain(question)
    if command.json:
        command.show(explanation)
    else:
        person = given.recipient if explanation.direction is Direction.INBOUND else given.sender
        output.print_lines([*lines(explanation, now()), *next_lines(next_steps([explanation], person))])
    return Exit.YES if explanation.verdict is VerdictKind.ALLOWED else Exit.NO
