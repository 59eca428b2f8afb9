"""What the command line shows: aligned tables for people, JSON for programs.

Text that came in an event is shown without anything a terminal would obey.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

import click

from gateway.messages.escaping import one_line
from gateway.messages.invisible import printable

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|\x9b[0-?]*[ -/]*[@-~]")
GAP = "  "
NARROWEST = 8
"""Columns that a cell keeps however little room there is."""


def clean(value: Any) -> str:
    """*value* as one line without control characters and escape sequences; None is a dash."""
    if value is None or value == "":
        return "-"
    return one_line(ANSI.sub("", str(value)), max_length=1000)


def clean_text(text: str) -> str:
    """*text* likewise, its line breaks kept."""
    return printable(ANSI.sub("", text))


def moment(text: str) -> str:
    """`2026-11-23 20:05:00`: UTC, as everything the gateway says."""
    return clean(text)[:19].replace("T", " ")


def show_json(document: Any) -> None:
    """Prints *document*; all but ASCII is escaped, so that a terminal obeys none of it."""
    click.echo(json.dumps(document, indent=2))


def show_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Prints *rows* aligned; in a terminal the widest columns give way until a line fits."""
    cells = [[clean(value) for value in row] for row in rows]
    widths = [max(_width(line[i]) for line in [list(headings), *cells]) for i in range(len(headings))]
    if sys.stdout.isatty():
        widths = _fit(widths, shutil.get_terminal_size().columns)
    click.secho(_line([one.upper() for one in headings], widths), bold=True)
    for row in cells:
        click.echo(_line(row, widths))


def _fit(widths: Sequence[int], room: int) -> list[int]:
    found = list(widths)
    over = sum(found) + len(GAP) * (len(found) - 1) - room
    while over > 0:
        widest = max(range(len(found)), key=lambda i: found[i])
        if found[widest] <= NARROWEST:
            break
        found[widest] -= 1
        over -= 1
    return found


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(_cell(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(text: str, width: int) -> str:
    if _width(text) > width:
        while _width(text) > width - 1:
            text = text[:-1]
        text += "\u2026"
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns of a terminal that *text* takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )
