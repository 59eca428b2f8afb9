"""What the command line prints: aligned, cut to the terminal, and nothing that a terminal obeys."""

from __future__ import annotations

import pytest

from gateway.cli import table


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x9b31mred", "red"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("right\u202eto\u202cleft", "righttoleft"),
        ("zero\u200bwidth", "zerowidth"),
        (None, "-"),
        ("", "-"),
        (3, "3"),
    ],
)
def test_a_cell_is_one_harmless_line(value: object, shown: str) -> None:
    assert table.clean(value) == shown


def test_columns_are_aligned_by_what_they_take_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    table.show_table(["name", "title"], [["\u6771\u4eac", "x"], ["abc", "y"]])

    assert capsys.readouterr().out.splitlines() == ["NAME  TITLE", "\u6771\u4eac  x", "abc   y"]


def test_the_widest_column_gives_way_first() -> None:
    assert table._fit([10, 40, 20], room=54) == [10, 20, 20]
    assert table._fit([10, 10], room=5) == [table.NARROWEST, table.NARROWEST]


def test_a_cut_cell_ends_in_an_ellipsis() -> None:
    assert table._cell("ticket.status_changed", 10) == "ticket.st\u2026"


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    table.show_json({"title": "\x9b31m \u202e"})

    assert capsys.readouterr().out == '{\n  "title": "\\u009b31m \\u202e"\n}\n'
