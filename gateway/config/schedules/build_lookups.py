"""Lookups: tables in the YAML, or CSV files beside it."""

from __future__ import annotations

import csv
import io

from gateway.config.files import DataFiles
from gateway.config.schedules.declared import Refused
from gateway.config.schedules.keys import LookupKeys
from gateway.config.sections import Entry
from gateway.errors import ConfigUnreadable
from gateway.model import Lookup
from gateway.quoting import quote
from gateway.suggestions import did_you_mean

MAX_ROWS = 100_000


def build_lookup(entry: Entry, files: DataFiles) -> Lookup:
    """Raises: Refused."""
    value: LookupKeys = entry.value
    rows = value.get("table", {})
    table = _read_csv(entry, files) if "csv" in value else {str(key): str(cell) for key, cell in rows.items()}
    return Lookup(entry.name, entry.place, table, value.get("default"))


def _read_csv(entry: Entry, files: DataFiles) -> dict[str, str]:
    """The rows of a CSV file with a header (RFC 4180), by the column `key`: the values of the column `value`."""
    given: LookupKeys = entry.value
    file = given["csv"]
    try:
        text = files.read(file).decode("utf-8-sig")
    except ConfigUnreadable as exc:
        raise Refused(entry.problem(("csv",), str(exc))) from exc
    except UnicodeDecodeError:
        raise Refused(entry.problem(("csv",), f"{file} is not UTF-8 text")) from None
    rows = csv.reader(io.StringIO(text, newline=None), strict=True)
    table: dict[str, str] = {}
    try:
        columns = [column.strip() for column in next(rows, [])]
        key_column, value_column = _find_columns(entry, columns)
        for row in rows:
            if not row:
                continue
            if len(row) != len(columns):
                message = f"{file}:{rows.line_num}: expected {len(columns)} columns as in the header, got {len(row)}"
                advice = "put a value with a comma in double quotes" if len(row) > len(columns) else None
                raise Refused(entry.problem(("csv",), message, advice))
            cell = row[key_column].strip()  # blanks around a cell are layout
            if cell in table:
                raise Refused(entry.problem(("csv",), f"{file}:{rows.line_num} repeats the key {quote(cell)}"))
            table[cell] = row[value_column].strip()
            if len(table) > MAX_ROWS:
                raise Refused(entry.problem(("csv",), f"{file} has more than {MAX_ROWS:,} rows"))
    except csv.Error as exc:
        raise Refused(entry.problem(("csv",), f"{file}:{rows.line_num} is not CSV: {exc}")) from exc
    return table


def _find_columns(entry: Entry, columns: list[str]) -> tuple[int, int]:
    """Where the columns `key` and `value` are in the header *columns*. Raises: Refused."""
    given: LookupKeys = entry.value
    file, key, value = given["csv"], given["key"], given["value"]
    for name, column in (("key", key), ("value", value)):
        if column not in columns:
            hint = did_you_mean(column, columns) or f"its columns are {', '.join(columns) or 'none'}"
            if len(columns) == 1 and (separator := next((each for each in ";\t|" if each in columns[0]), None)):
                hint = f"separate its columns by commas, not by {quote(separator)}"
            raise Refused(entry.problem((name,), f"{file} has no column {quote(column)}", hint))
        if columns.count(column) > 1:
            raise Refused(entry.problem((name,), f"{file} has the column {quote(column)} more than once"))
    return columns.index(key), columns.index(value)
