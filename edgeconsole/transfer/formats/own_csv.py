"""Our own CSV: one row a record, the first column its table, the others keys of federation.toml; lossless."""

from edgeconsole.model.configuration import Table
from edgeconsole.transfer import cells, records
from edgeconsole.transfer.formats import csv_rows
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, Standing, damaged
from edgeconsole.transfer.records import KEPT, WrongValue, shown

TABLE_COLUMN = "table"

_TABLES = {table.value: table for table in KEPT}


def read(text: str) -> Parsed:
    """Return the entries. An empty cell clears the key, a column that is missing says nothing. Raises BadInput."""
    sheet = csv_rows.read(text, Format.CSV)
    if TABLE_COLUMN not in sheet.columns:
        raise damaged(Format.CSV, f"there is no column {TABLE_COLUMN}", 1)
    gathered = Gathering(Format.CSV)
    for row in sheet.rows:
        gathered.add(_entry(row))
    return gathered.parsed()


def _entry(row: csv_rows.Row) -> Entry:
    table = _TABLES.get(row.cells[TABLE_COLUMN].strip())
    if table is None:
        reason = f"there is no table {shown(row.cells[TABLE_COLUMN])}"
        return _invalid(Table.DOMAIN, "", row.line, reason)
    kept, fields = KEPT[table], records.fields_of(table)
    key = row.cells.get(kept.key, "").removeprefix("'") if kept.key else ""
    found: records.Raw = {}
    for name, cell in row.cells.items():
        if name in (TABLE_COLUMN, kept.key):
            continue
        field = fields.get(name)
        if field is None:
            if cell:
                return _invalid(table, key, row.line, f"{table.value} has no key {shown(name)}")
            continue
        try:
            found[name] = cells.read(cell, field.type)
        except WrongValue as error:
            return _invalid(table, key, row.line, f"{name} {error.message}")
    return Entry(table=table, key=key, fields=found, line=row.line)


def _invalid(table: Table, key: str, line: int, reason: str) -> Entry:
    return Entry(table=table, key=key, fields={}, line=line, standing=Standing.INVALID, reason=reason)
