"""The campaign's report for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

Row = Mapping[str, Any]


def markdown(report: Mapping[str, Any]) -> str:
    """A table of all promises under all seeds, then the figures of each promise."""
    lines = [
        "# The fault campaign",
        "",
        f"`make chaos` writes this page. Its latest rows were measured on {report['began']}: {report['machine']}.",
        "[promises.md](promises.md) says what each promise means and which test shows it. A control is the same",
        "fault with the protection switched off; it must break something, else the scenario proves nothing. A",
        "scale of 1 means the number of events that the promise asks for. The column *seconds* counts the",
        "scenario and its control together. Scenarios that measure delays ran alone, others partly at the same",
        "time. Unless a scenario says otherwise, the lease is 4 s, the attempt timeout 2 s, a worker sends 16",
        "messages at once, and retries come 20 times as fast as usual.",
        "",
        "| promise | seed | scale | outcome | seconds | what the control broke |",
        "|---|---|---|---|---|---|",
    ]
    for row in report["rows"]:
        control = "; ".join(row["control"]["broken"]) if "control" in row else "no control"
        what = f"{row['id']} {row['title']} | {row['seed']} | {row['scale']:g}"
        lines.append(f"| {what} | {row['outcome']} | {row['seconds']} | {control} |")
    for (id, title), rows in groupby(report["rows"], key=lambda row: (row["id"], row["title"])):
        lines += ["", f"## {id} {title}", "", *_figures(list(rows))]
    return "\n".join(lines) + "\n"


def _figures(rows: Sequence[Row]) -> list[str]:
    """What was broken, and a table: a line for each figure, a column for each seed, and one for its control."""
    told = [f"- seed {row['seed']}, {row['outcome']}: {text}" for row in rows for text in _troubles(row)]
    columns: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        columns[f"seed {row['seed']}"] = row["figures"]
        if "control" in row:
            columns[f"its control {row['seed']}"] = row["control"]["figures"]
    names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
    if not names:
        return told
    table = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    table += [f"| {name} | {' | '.join(_text(one.get(name)) for one in columns.values())} |" for name in names]
    return [*told, *([""] if told else []), *table]


def _troubles(row: Row) -> Sequence[str]:
    return [row["reason"]] if "reason" in row else row["broken"]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
