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
    file, key, value = given["csv"], given["key"], given["value"]
    try:
        text = files.read(file).decode("utf-8-sig")
    except ConfigUnreadable as exc:
        raise Refused(entry.problem(("csv",), str(exc))) from exc
    except UnicodeDecodeError:
        raise Refused(entry.problem(("csv",), f"{file} is not UTF-8 text")) from None
    rows = csv.DictReader(io.StringIO(text), strict=True)
    table: dict[str, str] = {}
    try:
        columns = rows.fieldnames or []
        for name, column in (("key", key), ("value", value)):
            if column not in columns:
                hint = did_you_mean(column, columns) or f"its columns are {', '.join(columns) or 'none'}"
                raise Refused(entry.problem((name,), f"{file} has no column {quote(column)}", hint))
        for row in rows:
            if row[key] is None or row[value] is None:
                raise Refused(entry.problem(("csv",), f"{file}:{rows.line_num} has too few columns"))
            if row[key] in table:
                raise Refused(entry.problem(("csv",), f"{file}:{rows.line_num} repeats the key {quote(row[key])}"))
            table[row[key]] = row[value]
            if len(table) > MAX_ROWS:
                raise Refused(entry.problem(("csv",), f"{file} has more than {MAX_ROWS:,} rows"))
    except csv.Error as exc:
        raise Refused(entry.problem(("csv",), f"{file}:{rows.line_num} is not CSV: {exc}")) from exc
    return table
