"""Each recipe of docs/oncall.md: who is on call, and what a schedule says, at the times that its tables show."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.config.load import load
from gateway.schedules.rotations import on_call
from gateway.schedules.wall_clock import first_instant
from gateway.schedules.windows import is_inside
from tests.support.pages import ROOT

PAGE = (ROOT / "docs" / "oncall.md").read_text("utf-8")
RECIPES = [section for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:] if "| at |" in section]
FILE = re.compile(r"<!-- file: (\S+) -->\n(?:<!--[^\n]*-->\n)*```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TABLE = re.compile(r"^\| at \| (on call in|inside) ([a-z-]+) \|\n\|[-|]+\|\n((?:\|[^\n]+\|\n?)+)", re.MULTILINE)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.partition("\n")[0])
def test_a_recipe_does_what_its_tables_show(recipe: str, tmp_path: Path) -> None:
    for name, text in FILE.findall(recipe):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    config = load(tmp_path, {})
    zone = ZoneInfo(config.timezone)
    for kind, name, rows in TABLE.findall(recipe):
        for row in rows.splitlines():
            at, expected = (cell.strip() for cell in row.strip("|").split("|"))
            local = datetime.fromisoformat(at)
            now = first_instant(local.date(), local.time(), zone)
            if kind == "inside":
                answer = "yes" if is_inside(config.schedules[name], now) else "no"
            else:
                answer = " and ".join(on_call(config.rotations[name], now).people) or "nobody"
            assert answer == expected, f"{name} at {at}"
