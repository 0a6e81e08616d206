"""ConvertTo-Json of Get-Cs… cmdlets: an array, or one object where there was one row; Teams' tenant object too."""

from edgeconsole.transfer.formats import cmdlet_objects, json_text, teams
from edgeconsole.transfer.formats.cmdlet_objects import PrintedObject
from edgeconsole.transfer.formats.teams import is_tenant
from edgeconsole.transfer.parsed import Format, Gathering, Parsed, damaged


def read(text: str) -> Parsed:
    """Return the entries of all objects. Raises BadInput."""
    rows = json_text.objects(json_text.load(text, Format.POWERSHELL_JSON), Format.POWERSHELL_JSON)
    return cmdlet_objects.parsed(
        Format.POWERSHELL_JSON, (PrintedObject("", row, number) for number, row in enumerate(rows, 1)), unit="item"
    )


def read_teams(text: str) -> Parsed:
    """Return the entries of a tenant's federation configuration. Raises BadInput."""
    gathered = Gathering(Format.TEAMS, unit="item")
    rows = json_text.objects(json_text.load(text, Format.TEAMS), Format.TEAMS)
    for number, row in enumerate(rows, 1):
        if not is_tenant(row):
            raise damaged(Format.TEAMS, f"item {number} has neither AllowedDomains nor BlockedDomains")
        teams.gather(row, number, gathered)
    return gathered.parsed()
