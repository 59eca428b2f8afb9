"""What the command line prints: aligned, cut to the terminal, and nothing that a terminal obeys."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click
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
    assert table.fit([10, 40, 20], [True] * 3, room=54) == [10, 20, 20]
    assert table.fit([10, 10], [True] * 2, room=5) is None


def test_what_is_copied_never_gives_way() -> None:
    assert table.fit([26, 30], [False, True], room=40) == [26, 12]
    assert table.fit([26, 30], [False, True], room=30) is None


@pytest.mark.parametrize("wide", [True, False])
def test_a_row_that_does_not_fit_becomes_a_block(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wide: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    id = "6ce66ee5ad10247474c9746d-2"

    table.show_table([table.Column("id", is_kept_whole=True), "detail"], [[id, "a long explanation"]] * 2, wide=wide)

    block = f"ID      {id}\nDETAIL  a long explanation\n"
    line = f"{'ID':<26}  DETAIL\n" + f"{id}  a long explanation\n" * 2
    assert click.unstyle(capsys.readouterr().out) == (line if wide else f"{block}\n{block}")


def test_short_ids_are_beginnings_that_tell_them_apart() -> None:
    first, second = "6ce66ee5ad10247474c9746d", "6ce66ee5ad99247474c9746d"
    assert table.short_ids([f"{first}-1", f"{first}-12", f"{second}-1", "order-4711", "order-47110", "evt-1"]) == [
        "6ce66ee5ad1-1",
        "6ce66ee5ad1-12",
        "6ce66ee5ad9-1",
        "order-4711",
        "order-47110",
        "evt-1",
    ]


def test_ids_and_times_become_short_before_anything_is_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    columns = [
        table.Column("id", short=table.short_ids),
        table.Column("accepted", short=table.short_times),
        table.Column("type"),
    ]
    row = ["6ce66ee5ad10247474c9746d-2", "2026-11-26 23:36:03", "ticket.status_changed"]
    shown = []
    for room in ("100", "50", "40"):
        monkeypatch.setenv("COLUMNS", room)
        table.show_table(columns, [row])
        shown.append(click.unstyle(capsys.readouterr().out).splitlines()[1])
    assert shown == [
        "6ce66ee5ad10247474c9746d-2  2026-11-26 23:36:03  ticket.status_changed",
        "6ce66ee5-2  11-26 23:36:03  ticket.status_changed",
        "6ce66ee5-2  11-26 23:36:03  ticket.stat\u2026",
    ]


@pytest.fixture
def denver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/Denver")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("denver")
def test_times_are_those_of_the_reader() -> None:
    assert table.local_time("2026-11-24T01:05:00.123Z") == "2026-11-23 18:05:00"
    assert table.local_time("2026-07-24T01:05:00+00:00", with_zone=True) == "2026-07-23 19:05:00 -06:00"
    assert table.local_time("no\x1b[2J time") == "no time"


def test_a_cut_cell_ends_in_an_ellipsis() -> None:
    assert table._cell("ticket.status_changed", 10) == "ticket.st\u2026"


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    table.show_json({"title": "\x9b31m \u202e"})

    assert capsys.readouterr().out == '{\n  "title": "\\u009b31m \\u202e"\n}\n'
