"""docs/mappings.md: its examples come to what they expect, its values to their results, and `gateway map` says this."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from gateway.cli.group import main
from gateway.config.load import load
from gateway.config.mappings.values import ValueReader
from gateway.config.schedules.build import Timetable
from gateway.config.sections import Entry, Sections
from gateway.intake.examples import check_examples
from gateway.mapping.focus import Focus
from gateway.mapping.values import Moment, evaluate
from gateway.model import Lookup, Payload, Place
from gateway.paths import MISSING
from gateway.yaml.reader import read
from tests.support.builders import NOW
from tests.support.pages import ROOT, Block, blocks

PAGE = (ROOT / "docs" / "mappings.md").read_text("utf-8")
EXAMPLES = [block for block in blocks("yaml") if block.page == "mappings.md"]
VALUES = PAGE.partition("## Values")[2].partition("## Events")[0]
ROWS = re.findall(r"^\| `(.+)` \| (?:`(.+)` )?\|$", VALUES, re.MULTILINE)


@cache
def payload() -> Any:
    shown = re.search(r"```json\n(.*?)```", VALUES, re.DOTALL)
    assert shown is not None
    return json.loads(shown[1])


def folder_of(block: Block, folder: Path) -> tuple[Path, dict[str, str]]:
    """A configuration folder with the one file that *block* is, and its environment."""
    file = folder / (block.hint("file") or "")
    file.parent.mkdir(parents=True)
    file.write_text(block.text, "utf-8")
    name, _, value = (block.hint("env") or "").partition("=")
    return folder, {name: value}


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_the_examples_of_the_page_come_to_what_they_expect(block: Block, tmp_path: Path) -> None:
    folder, environ = folder_of(block, tmp_path)
    config = load(folder, environ)
    assert [str(warning) for warning in config.warnings] == []
    assert [str(problem) for problem in check_examples(config, folder, NOW)] == []
    assert any(source.mapping and source.mapping.examples for source in config.sources.values())


@pytest.mark.parametrize(("value", "result"), ROWS)
def test_each_value_of_the_page_has_its_result(value: str, result: str) -> None:
    document, problems = read(f"value: {value}".replace("\\|", "|").encode(), "routes/x.yaml")
    assert document is not None
    assert problems == []
    lookups = {"sites": Lookup("sites", Place(""), {"7": "Harbor Dental Group"}, "unknown site")}
    zone = ZoneInfo("UTC")
    reader = ValueReader(Entry("x", document.value, document, ()), Sections(), Timetable({}, {}, lookups), zone)
    built = reader.read(("value",))
    assert reader.problems == []
    body = payload()
    expected = json.loads(result) if result else MISSING
    assert evaluate(built, Focus(Payload(body), body), Moment(NOW, zone)) == expected


def test_gateway_map_says_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, environ = folder_of(EXAMPLES[0], tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    body = {"state": "open", "level": "high", "since": 1796149573, "site": 7, "text": "open", "door": {"id": 12}}
    (tmp_path / "back-door.json").write_text(json.dumps(body), "utf-8")
    result = CliRunner().invoke(
        main, ["map", "door", str(tmp_path / "back-door.json"), "--config", str(folder)], catch_exceptions=False
    )
    shown = re.search(r"<!-- map: door -->\n```text\n[^\n]*\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    assert result.output.startswith(shown[1])
    assert '"type": "rmm_alert.created"' in result.output
    assert result.exit_code == 0
