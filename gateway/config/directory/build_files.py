"""People from CSV and JSON files in the configuration folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypedDict

from gateway.config.directory.build import PersonKeys
from gateway.config.files import DataFiles
from gateway.config.sections import Entry, Sections, parts
from gateway.config.tables import Row, Table, TableInvalid, read_csv, read_json
from gateway.errors import ConfigUnreadable
from gateway.model import Place, Problem
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.yaml.document import Document

MAX_SHOWN = 20
"""How many problems of one file are shown."""


class DirectoryKeys(TypedDict, total=False):
    """The keys of a file of people in the YAML; see `config.catalog.keys`."""

    csv: str
    json: str
    columns: ColumnKeys


class ColumnKeys(TypedDict, total=False):
    key: str
    name: str
    email: str
    timezone: str
    identities: str | list[str]
    contacts: dict[str, str]


def add_directory(sections: Sections, files: DataFiles) -> list[Problem]:
    """Adds the people of every file in `directory` to `sections.people`; returns the problems of the files.

    If a person is also in `people`, the entry there decides the name, the time zone and each kind of contact, and its
    contacts come first; the identities of both are combined.
    """
    problems: list[Problem] = []
    listed: dict[str, Entry] = {}
    for entry in sections.directory:
        people, faults = _read_people(entry, files, sections)
        problems += faults[:MAX_SHOWN]
        if len(faults) > MAX_SHOWN:
            message = f"{len(faults) - MAX_SHOWN:,} more problems of this kind"
            problems.append(replace(faults[-1], message=message, hint=None))
        if faults:
            sections.has_all_people = False  # a person in an unreadable file must not be reported as unknown
        for person in people:
            first = listed.setdefault(person.name, person)
            if first is not person:
                message = f"duplicate key {quote(person.name)} (first at {first.place})"
                problems.append(person.problem((), message, "a key belongs to one person"))
    for name, person in listed.items():
        own = sections.people.get(name)
        sections.people[name] = _merge(own, person) if own else person
    return problems


def _merge(own: Entry, listed: Entry) -> Entry:
    """The person *own* of the YAML, completed from a file; every problem keeps the place of its value."""
    mine: PersonKeys = own.value or PersonKeys()
    theirs: PersonKeys = listed.value
    value: PersonKeys = {**theirs, **mine}
    foreign = {(*own.path, key): listed.place for key in theirs if key not in mine}
    contacts, listed_identities = mine.get("contacts", {}), mine.get("identities", [])
    if added := {kind: contact for kind, contact in theirs.get("contacts", {}).items() if kind not in contacts}:
        value["contacts"] = {**contacts, **added}
        foreign |= {(*own.path, "contacts", kind): listed.place for kind in added}
    if identities := theirs.get("identities", []):
        value["identities"] = [*listed_identities, *identities]
        foreign |= {
            (*own.path, "identities", len(listed_identities) + number): listed.place
            for number in range(len(identities))
        }
    document = replace(own.document, value={own.path[0]: {own.name: value}}, foreign=foreign)
    return Entry(own.name, value, document, own.path)


def _read_people(entry: Entry, files: DataFiles, sections: Sections) -> tuple[list[Entry], list[Problem]]:
    """The people in the file that *entry* names, and the problems of the file."""
    declared: DirectoryKeys = entry.value
    kind = "csv" if "csv" in declared else "json"
    file = declared["csv"] if "csv" in declared else declared["json"]
    columns = {place: column for place, column in parts(declared["columns"]) if isinstance(column, str)}
    try:
        content = files.read(file)
        table = read_csv(content, columns.values()) if kind == "csv" else read_json(content)
    except ConfigUnreadable as exc:
        return [], [entry.problem((kind,), str(exc))]
    except TableInvalid as exc:
        return [], [Problem(Place(file, exc.fault.line), "", exc.fault.message, exc.fault.hint)]
    problems = [*_check_columns(entry, file, columns, table, sections)]
    if problems:
        return [], problems
    problems += [Problem(Place(file, fault.line), "", fault.message, fault.hint) for fault in table.faults]
    people = []
    for row in table.rows:
        faults = [*_check_row(row, columns, file)]
        problems += faults
        if not faults:
            name, value = _person(row, declared["columns"])
            path = ("people", name)
            # Each row becomes its own document, so that a duplicate key is reported with its line.
            document = Document(file, {"people": {name: value}}, {path: (row.line - 1, 0)})
            people.append(Entry(name, value, document, path))
    return people, problems


def _check_columns(
    entry: Entry, file: str, columns: Mapping[tuple[str | int, ...], str], table: Table, sections: Sections
) -> Iterator[Problem]:
    """Columns that the file does not have, and kinds of contact that no provider reaches."""
    for place, column in columns.items():
        if fault := table.fault_of_column(column):
            yield entry.problem(("columns", *place), f"{file} {fault[0]}", fault[1])
        kind = place[-1] if place[0] in ("email", "contacts") else None
        if isinstance(kind, str) and not sections.knows("providers", kind):
            hint = did_you_mean(kind, sections.providers) or f"add providers.{kind}"
            yield entry.problem(("columns", *place), f"no provider reaches contacts of kind {quote(kind)}", hint)


def _check_row(row: Row, columns: Mapping[tuple[str | int, ...], str], file: str) -> Iterator[Problem]:
    place = Place(file, row.line)
    for (key, *_), column in columns.items():
        cell = row.cells.get(column)
        cells = cell if isinstance(cell, list) and key == "identities" else [cell]
        if not all(isinstance(part, str | None) for part in cells):
            yield Problem(place, column, "expected a text or a number")
        elif key == "key" and not cell:
            yield Problem(place, column, "expected a key, got nothing", "each person needs one")
        elif key == "key" and not as_key(str(cell)):
            yield Problem(place, column, f"no key can be made of {quote(str(cell))}", "use letters and digits")


def _person(row: Row, columns: ColumnKeys) -> tuple[str, PersonKeys]:
    """The key of the person in *row*, and the person in the form of the YAML."""

    def cell(column: str | None) -> str:
        return " ".join((row.cells.get(column) or "").split()) if column else ""

    identity_columns = columns.get("identities", [])
    identities = [cell(columns["key"])]
    for column in [identity_columns] if isinstance(identity_columns, str) else identity_columns:
        value = row.cells.get(column)
        identities += [part for part in (value if isinstance(value, list) else [value]) if part]
    contacts = {"email": cell(columns.get("email"))}
    contacts |= {kind: cell(column) for kind, column in columns.get("contacts", {}).items()}
    value = PersonKeys(identities=identities)
    if contacts := {kind: contact for kind, contact in contacts.items() if contact}:
        value["contacts"] = contacts
    if name := cell(columns.get("name")):
        value["name"] = name
    if timezone := cell(columns.get("timezone")):
        value["timezone"] = timezone
    return as_key(cell(columns["key"])), value


def as_key(text: str) -> str:
    """*text* as a valid name: `José.Diaz@x` becomes `jose-diaz-x`. Empty if it has no usable characters."""
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9_-]+", "-", letters.casefold()).strip("-_")
