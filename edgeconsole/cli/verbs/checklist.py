"""federate checklist: what must be true of a partner that was set up, probed and asked now."""

from edgeconsole.actions.federate import checks
from edgeconsole.actions.federate.outcome import Check
from edgeconsole.actions.federate.question import Situation
from edgeconsole.cli import output
from edgeconsole.cli.command import Command
from edgeconsole.cli.reach import now
from edgeconsole.model.capability import Capability
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.names import parse_domain
from edgeconsole.present import federate as shown


async def checklist(command: Command) -> int:
    """Print the check list of a partner; exit 0 where all of it is done."""
    given = command.arguments
    if not given.partner:
        raise BadInput("whose check list?", remedy="edgeconsole federate checklist DOMAIN")
    backend = command.store.backend
    configuration = (await backend.read()).configuration
    answers = checks.answers_for(configuration, parse_domain(given.partner))
    situation = Situation(configuration=configuration, answers=answers, now=now())
    problems: tuple[str, ...] = ()
    if not given.no_look_up:
        situation, problems = await checks.looked_at(backend, situation)
    try:
        found = await checks.verdicts(backend, situation)
    except EdgeconsoleError as error:
        found, problems = {}, (*problems, str(error))
    observes = (await backend.capabilities()).reason_against(Capability.OBSERVE) is None
    counters = await backend.counters() if observes else ()
    items = checks.items(situation, await backend.health(), counters, found)
    done = all(each.state is Check.DONE for each in items)
    if command.json:
        print(output.json_text({"partner": situation.partner, "done": done, "items": items, "problems": problems}))
    else:
        for item in items:
            output.print_lines(shown.check(item.state.value, item.title, item.detail, item.fix))
        for problem in problems:
            output.complain(f"not looked up: {problem}")
    return 0 if done else 1
