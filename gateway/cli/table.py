"""Output of the command line: aligned tables for people, JSON for programs.

Control characters in texts from events never reach the terminal.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import click

from gateway.messages.escaping import one_line
from gateway.messages.invisible import printable

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|\x9b[0-?]*[ -/]*[@-~]")
"""Escape sequences of terminals (ECMA-48): those with parameters, those with a text such as a window's title, and those
of two characters; the last alternative begins with one character in place of ESC and `[`."""
GAP = "  "
MIN_WIDTH = 8
"""The narrowest that a column becomes, in terminal columns."""
MAX_CELL = 1000
MIN_ID = 8
"""How many characters of an id are always shown."""
DELIVERY_ID = re.compile(r"([0-9a-f]{24})(-[0-9]+)")
"""The event's key, and the number of the delivery within the event."""
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?: [+-][0-9]{2}:[0-9]{2})?")
"""The format of `local_time`."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    heading: str
    is_kept_whole: bool = False
    """Its cells are never cut, because people copy them, for example into the next command."""
    short: Callable[[Sequence[str]], list[str]] | None = None
    """Shortens the cells when there is too little room, instead of cutting them."""


COLOURS = {"info": "blue", "success": "green", "warning": "yellow", "error": "red", "critical": "bright_red"}
"""The terminal colour of each severity."""


def id_column(heading: str) -> Column:
    """A column of ids; they are shortened, since every command accepts the beginning of an id."""
    return Column(heading, short=short_ids)


def time_column(heading: str) -> Column:
    """A column of times in the format of `local_time`."""
    return Column(heading, short=short_times)


def clean(value: Any) -> str:
    """*value* as one line without control characters and escape sequences; a dash if it is missing."""
    if value is None or value == "":
        return "-"
    return one_line(ANSI.sub("", str(value)), max_length=MAX_CELL)


def clean_text(text: str) -> str:
    """*text* without control characters and escape sequences, with its line breaks."""
    return printable(ANSI.sub("", text))


def clean_line(line: str) -> str:
    """*line* without control characters and escape sequences, with its indentation."""
    return " " * (len(line) - len(line.lstrip(" "))) + clean(line)


def local_time(text: str | None, *, with_zone: bool = False) -> str:
    """The time *text* of the API in the reader's time zone: `2026-11-23 21:05:00`, with the zone `... +01:00`; a dash
    where there is none."""
    if text is None:
        return clean(None)
    try:
        time = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return clean(text)
    date_and_time = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"{date_and_time} {time.strftime('%z')[:3]}:{time.strftime('%z')[3:]}" if with_zone else date_and_time


def show_attributes(document: Mapping[str, Any], names: Iterable[str], times: Container[str]) -> None:
    """Prints a line for each of *names* for which *document* has a value; the values of *times* are times
    of the API."""
    for name in names:
        if document.get(name) is not None:
            value = local_time(document[name], with_zone=True) if name in times else clean(document[name])
            click.echo(f"{name:<9} {value}")


def show_json(document: Any) -> None:
    """Prints *document* as JSON in ASCII, so that it cannot hold characters that control the terminal."""
    click.echo(json.dumps(document, indent=2))


def show_answer(document: Any, format: str, sentence: str) -> None:
    """Prints what the API answered to a command that changes something: the *document* as JSON, or a *sentence*."""
    if format == "json":
        show_json(document)
    else:
        click.echo(clean_line(sentence))


def show_rows(
    rows: Sequence[dict[str, Any]],
    format: str,
    nothing: str,
    columns: Sequence[Column | str],
    to_cells: Callable[[dict[str, Any]], Sequence[Any]],
    *,
    wide: bool,
) -> None:
    """Prints *rows* of the API as JSON, or as a table whose cells *to_cells* makes of a row, or *nothing* where there
    are none."""
    if format == "json":
        show_json(rows)
    elif not rows:
        click.echo(nothing)
    else:
        show_table(columns, [to_cells(row) for row in rows], wide=wide)


def show_table(columns: Sequence[Column | str], rows: Sequence[Sequence[Any]], *, wide: bool = False) -> None:
    """Prints *rows* aligned.

    In a terminal the table is made to fit, unless *wide*: first ids and times are shortened, then the widest columns
    that may be cut. If that is not enough, each row is printed as a block of lines.
    """
    full = [column if isinstance(column, Column) else Column(column) for column in columns]
    headings = [column.heading.upper() for column in full]
    cells = [[clean(value) for value in row] for row in rows]
    widths = _widths(headings, cells)
    room = shutil.get_terminal_size().columns
    if sys.stdout.isatty() and not wide and _total(widths) > room:
        by_column = zip(full, zip(*cells, strict=True), strict=True)
        short = [column.short(values) if column.short else values for column, values in by_column]
        short_cells = [list(row) for row in zip(*short, strict=True)]
        may_shrink = [not (column.is_kept_whole or column.short) for column in full]
        fitted = fit(_widths(headings, short_cells), may_shrink, room)
        if fitted is None:
            width = max(map(_width, headings))
            for number, row in enumerate(cells):
                if number:
                    click.echo()
                for heading, cell in zip(headings, row, strict=True):
                    label = click.style(_cell(heading, width), bold=True)
                    click.echo(f"{label}{GAP}{cell}")
            return
        cells, widths = short_cells, fitted
    click.secho(_line(headings, widths), bold=True)
    for row in cells:
        click.echo(_line(row, widths))


def short_ids(ids: Sequence[str]) -> list[str]:
    """The shortest beginnings that are still unique among *ids*: `6ce66ee5-2` for a delivery."""
    matches = {id: DELIVERY_ID.fullmatch(id) for id in ids}
    beginnings = sorted({match[1] if match else id for id, match in matches.items()})
    lengths = dict.fromkeys(beginnings, MIN_ID)
    # Sorted, each id shares its longest beginning with one of its neighbours.
    for first, second in pairwise(beginnings):
        differ_at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))
        lengths[first], lengths[second] = max(lengths[first], differ_at + 1), max(lengths[second], differ_at + 1)
    return [match[1][: lengths[match[1]]] + match[2] if (match := matches[id]) else id[: lengths[id]] for id in ids]


def short_times(times: Sequence[str]) -> list[str]:
    """Times without the year: `11-23 21:05:00`."""
    return [time[5:] if TIME.fullmatch(time) else time for time in times]


def _widths(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(_width, column)) for column in zip(headings, *cells, strict=True)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def fit(widths: Sequence[int], may_shrink: Sequence[bool], room: int) -> list[int] | None:
    """Column widths that fit into *room*, reducing the widest first; None if that is impossible."""
    fitted = list(widths)
    for _ in range(_total(widths) - room):
        shrinkable = [i for i, width in enumerate(fitted) if may_shrink[i] and width > MIN_WIDTH]
        if not shrinkable:
            return None
        fitted[max(shrinkable, key=lambda i: fitted[i])] -= 1
    return fitted


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(_cell(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(text: str, width: int) -> str:
    if _width(text) > width:
        while _width(text) > width - 1:
            text = text[:-1]
        text += "\u2026"
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """How many terminal columns *text* takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )
