"""policies list|show|set|remove|grant|revoke|effective: who may talk to the outside."""

from edgeconsole.actions import records
from edgeconsole.cli import output
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.fields import parse_fields
from edgeconsole.config.values import USER, BadValue
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput
from edgeconsole.present import policies
from edgeconsole.rules.policies import GLOBAL, PolicyIndex


async def list_policies(command: Command) -> int:
    """Print every policy with what it allows."""
    configuration = await _configuration(command)
    if command.json:
        command.show({"policies": configuration.policies, "grants": configuration.policy_grants})
        return Exit.YES
    output.print_list(policies.list_view(configuration))
    return Exit.YES


async def show(command: Command) -> int:
    """Print one policy and the people it is granted to."""
    configuration = await _configuration(command)
    wanted = command.arguments.policy
    found = next((policy for policy in configuration.policies if policy.id == wanted), None)
    if found is None and wanted == "global":
        found = GLOBAL
    if found is None:
        known = ", ".join(policy.id for policy in configuration.policies) or "none"
        raise BadInput(f"there is no policy {wanted!r}", remedy=f"Known are: {known}")
    people = [grant.user for grant in configuration.policy_grants if grant.policy == found.id]
    if command.json:
        command.show({"policy": found, "granted_to": people})
        return Exit.YES
    output.print_list(policies.list_view(Configuration(policies=(found,), policy_grants=configuration.policy_grants)))
    for user in people:
        print(f"  granted to {user}")
    return Exit.YES


async def set_fields(command: Command) -> int:
    """Change a policy, or create it."""
    given = command.arguments
    fields = parse_fields(Table.POLICY, given.fields)
    return await carry_out(command, await records.set_fields(command.store, Table.POLICY, given.policy, fields))


async def remove(command: Command) -> int:
    """Remove a policy; people who held it fall to their site's or the global one."""
    return await carry_out(command, await records.remove(command.store, Table.POLICY, [command.arguments.policy]))


async def grant(command: Command) -> int:
    """Give a person a user policy."""
    given = command.arguments
    policy = given.policy if ":" in given.policy else f"user:{given.policy}"
    configuration = await _configuration(command)
    if all(found.id != policy for found in configuration.policies):
        known = ", ".join(found.id for found in configuration.policies if found.id.startswith("user:")) or "none yet"
        raise BadInput(f"there is no policy {policy}", remedy=f"Known are: {known}")
    return await carry_out(command, await records.grant(command.store, _user(given.user), policy))


async def revoke(command: Command) -> int:
    """Take a person's user policy away."""
    return await carry_out(command, await records.revoke(command.store, _user(command.arguments.user)))


async def effective(command: Command) -> int:
    """Print which policy applies to a person, and the ones that lost."""
    configuration = await _configuration(command)
    index = PolicyIndex.compile(configuration)
    user = _user(command.arguments.user)
    found = index.effective(user)
    if command.json:
        command.show(
            {
                "user": user,
                "managed": index.managed,
                "site": found.site.name if found.site else None,
                "winner": found.winner,
                "chain": [
                    {"scope": item.scope, "policy": item.policy.id if item.policy else None, "why": item.why}
                    for item in found.chain
                ],
            }
        )
    elif index.managed:
        output.print_lines(policies.effective(user, found))
    else:
        print(policies.UNMANAGED)
    return Exit.YES


def _user(text: str) -> str:
    try:
        return str(USER.read(text))
    except BadValue as error:
        raise BadInput(f"the user {error.message}", remedy="Write it as alice@contoso.example") from None


async def _configuration(command: Command) -> Configuration:
    return (await command.store.backend.read()).configuration
