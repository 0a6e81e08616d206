"""explain FROM TO: why one address can or cannot reach another."""

from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import now
from edgeconsole.model.terms import Modality
from edgeconsole.model.verdict import Direction, Question, VerdictKind
from edgeconsole.present.why import lines


async def explain(command: Command) -> int:
    """Print the verdict and every step; exit code 0 allowed, 1 denied or failed."""
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
        output.print_lines(lines(explanation, now()))
    return Exit.YES if explanation.verdict is VerdictKind.ALLOWED else Exit.NO
