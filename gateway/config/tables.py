"""Reads tables from files in the configuration folder: CSV with a header (RFC 4180), and JSON with a
list of objects."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gateway.quoting import quote
from gateway.strict_json import DuplicateKey, unique_object
from gateway.suggestions import did_you_mean

MAX_ROWS = 100_000
SEPARATORS = ",;\t|"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NOT_UTF8 = "save it as UTF-8 (in Excel: CSV UTF-8)"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file."""

    line: int
    message: str
    hint: str | None = None


class TableInvalid(Exception):
    """A file that cannot be read as a table."""

    def __init__(self, line: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.fault = Fault(line, message, hint)


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    cells: Mapping[str, Any]
    """Values by column. In CSV they are text without surrounding spaces; in JSON, numbers are kept as the text that was
    written."""


@dataclass(frozen=True, slots=True)
class Table:
    columns: list[str]
    rows: list[Row]
    """The rows, without faulty ones and without those whose cells are all empty."""
    faults: list[Fault] = field(default_factory=list)

    def fault_of_column(self, column: str) -> tuple[str, str | None] | None:
        """What is wrong with a reference to *column*, and a hint; None if the column can be used."""
        if column not in self.columns:
            hint = did_you_mean(column, self.columns) or f"its columns are {', '.join(self.columns) or 'none'}"
            return f"has no column {quote(column)}", hint
        if self.columns.count(column) > 1:
            return f"has the column {quote(column)} more than once", None
        return None


def read_csv(content: bytes, column_names: Collection[str]) -> Table:
    """The table in *content*. The separator is the one with which the header has most of the *column_names*.

    Raises: TableInvalid.

    Excel uses semicolons where the comma is the decimal separator, and may write a first line such as `sep=;`.
    """
    text = _decode(content)
    skipped = 0
    if declared := re.match(r"sep=(.)\r?\n", text):
        text, skipped = text[declared.end() :], 1
    headers: dict[str, list[str]] = {separator: [] for separator in (declared[1] if declared else SEPARATORS)}
    for separator in headers:
        with suppress(csv.Error):  # a header that is no CSV shows that this is not the separator
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
            headers[separator] = [column.strip() for column in header]
    separator, columns = max(headers.items(), key=lambda item: (len({*column_names} & {*item[1]}), len(item[1])))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    table = Table(columns, [])
    try:
        next(reader, None)
        for row in reader:
            line = reader.line_num + skipped
            cells = [cell.strip() for cell in row]  # spaces around a cell are layout
            if not any(cells):
                continue
            if len(row) != len(columns):
                message = f"expected {len(columns)} columns as in the header, got {len(row)}"
                advice = "put a value with a separator in double quotes" if len(row) > len(columns) else None
                table.faults.append(Fault(line, message, advice))
                continue
            table.rows.append(Row(line, dict(zip(columns, cells, strict=True))))
            if len(table.rows) > MAX_ROWS:
                raise TableInvalid(line, f"more than {MAX_ROWS:,} rows")
    except csv.Error as exc:
        raise TableInvalid(reader.line_num + skipped, f"not CSV: {exc}") from exc
    return table


def read_json(content: bytes) -> Table:
    """The table in *content*, a list of objects whose keys are the columns. Raises: TableInvalid."""
    text = _decode(content)
    table = Table([], [])
    columns: dict[str, None] = {}
    for line, element in _elements(text):
        if not isinstance(element, dict):
            raise TableInvalid(line, 'expected an object, such as {"login": "ana"}')
        cells = {key: cell.strip() if isinstance(cell, str) else cell for key, cell in element.items()}
        columns |= dict.fromkeys(cells)
        table.rows.append(Row(line, cells))
        if len(table.rows) > MAX_ROWS:
            raise TableInvalid(line, f"more than {MAX_ROWS:,} rows")
    table.columns.extend(columns)
    return table


def _elements(text: str) -> Iterator[tuple[int, Any]]:
    """(line, element) of the list in *text*. Raises: TableInvalid."""
    # Numbers stay the text that was written, since an id of twenty digits does not fit a float.
    decoder = json.JSONDecoder(object_pairs_hook=unique_object, parse_int=str, parse_float=str)
    blanks = re.compile(r"[ \t\r\n]*")

    def skip(place: int) -> int:
        match = blanks.match(text, place)
        return match.end() if match else place

    place = skip(0)
    if text[place : place + 1] != "[":
        raise TableInvalid(1, "expected a list of objects")
    place = skip(place + 1)
    # Lines are counted from where the last count ended, so that all counts together are one pass.
    line, counted = 1, 0
    while text[place : place + 1] != "]":
        line, counted = line + text.count("\n", counted, place), place
        try:
            element, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError as exc:
            raise TableInvalid(exc.lineno, f"not JSON: {exc.msg}") from exc
        except DuplicateKey as exc:
            raise TableInvalid(line, f"duplicate key {quote(exc.key)}") from exc
        except RecursionError as exc:
            raise TableInvalid(line, "nested too deeply") from exc
        yield line, element
        place = skip(end)
        if text[place : place + 1] == ",":
            place = skip(place + 1)
        elif text[place : place + 1] != "]":
            raise TableInvalid(line, "not JSON: expected ',' or ']' after this object")
    if skip(place + 1) != len(text):
        raise TableInvalid(line, "not JSON: something follows the end of the list")


def _decode(content: bytes) -> str:
    """Raises: TableInvalid."""
    encoding = "utf-16" if content.startswith(UTF16) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as exc:
        raise TableInvalid(content[: exc.start].count(b"\n") + 1, "not UTF-8 text", NOT_UTF8) from exc
