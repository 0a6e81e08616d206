"""Export-Csv of Get-Cs… cmdlets: columns matched by name, since they vary by server version."""

from edgeconsole.transfer.formats import cmdlet_objects, csv_rows
from edgeconsole.transfer.formats.cmdlet_objects import PrintedObject
from edgeconsole.transfer.parsed import Format, Parsed


def read(text: str) -> Parsed:
    """Return the entries of all rows. Raises BadInput."""
    sheet = csv_rows.read(text, Format.POWERSHELL_CSV)
    return cmdlet_objects.parsed(
        Format.POWERSHELL_CSV, (PrintedObject(sheet.type_name, row.cells, row.line) for row in sheet.rows)
    )
