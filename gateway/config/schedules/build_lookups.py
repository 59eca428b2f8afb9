"""Builds lookups from tables in the YAML, or from CSV files in the configuration folder."""

from __future__ import annotations

from gateway.config.files import DataFiles
from gateway.config.schedules.declared import Refused
from gateway.config.schedules.keys import LookupKeys
from gateway.config.sections import Entry
from gateway.config.tables import Fault, TableInvalid, read_csv
from gateway.errors import ConfigUnreadable
from gateway.model import Lookup, Problem
from gateway.quoting import quote


def build_lookup(entry: Entry, files: DataFiles) -> Lookup:
    """A lookup with the rows of its `table`, or of a CSV file: `key` and `value` name two of its columns.

    Raises: Refused.
    """
    section: LookupKeys = entry.value
    table = {str(key): str(cell) for key, cell in section.get("table", {}).items()}
    if "csv" not in section:
        return Lookup(entry.name, entry.place, table, section.get("default"))
    file, key, value = section["csv"], section["key"], section["value"]
    try:
        csv = read_csv(files.read(file), (key, value))
    except ConfigUnreadable as exc:
        raise Refused(entry.problem(("csv",), str(exc))) from exc
    except TableInvalid as exc:
        raise Refused(_problem(entry, exc.fault)) from exc
    for name, column in (("key", key), ("value", value)):
        if fault := csv.fault_of_column(column):
            raise Refused(entry.problem((name,), f"{file} {fault[0]}", fault[1]))
    if csv.faults:
        raise Refused(_problem(entry, csv.faults[0]))
    for row in csv.rows:
        if row.cells[key] in table:
            raise Refused(_problem(entry, Fault(row.line, f"repeats the key {quote(row.cells[key])}")))
        table[row.cells[key]] = row.cells[value]
    return Lookup(entry.name, entry.place, table, section.get("default"))


def _problem(entry: Entry, fault: Fault) -> Problem:
    return entry.problem(("csv",), f"{entry.value['csv']}:{fault.line}: {fault.message}", fault.hint)
