"""`gateway map`: what it prints of a payload, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.group import main
from tests.support.builders import CATALOG

TOKEN = "sha256:" + "0" * 64
YAML = f"""
channels: {{noc: {{service: log}}}}
routes: [{{name: all, notify: [ticket.changed.any], to: [noc]}}]
sources:
  plain: {{events: [ticket.changed], tokens: ["{TOKEN.replace("0", "1")}"]}}
  door:
    events: [ticket.changed]
    tokens: ["{TOKEN}"]
    input: {{each: list}}
    rules:
      - name: noise
        when: {{any_of: [{{headers.x-kind: noise}}, {{query.kind: noise}}, {{path: a/noise}}]}}
        ignore: only noise
      - name: change
        when: {{kind: change}}
        emit: {{type: ticket.changed, time: {{path: at, format: unix}}, data.ticket.id: id}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "routes").mkdir()
    (tmp_path / "catalog.yaml").write_text(CATALOG, "utf-8")
    (tmp_path / "routes" / "a.yaml").write_text(YAML, "utf-8")
    return tmp_path


def run(folder: Path, body: Any, *arguments: str, source: str = "door") -> Result:
    """`gateway map` with *body* on its standard input: data, or the text itself."""
    text = body if isinstance(body, str) else json.dumps(body)
    return CliRunner().invoke(main, ["map", source, *arguments, "--config", str(folder)], input=text)


def test_it_says_which_rule_matches_what_comes_of_it_and_who_hears(folder: Path) -> None:
    result = run(folder, {"list": [{"kind": "change", "id": 7}]})
    assert result.exit_code == 0, result.output
    assert "Element 0:\nroutes/a.yaml:11 rule 'noise' does not match: headers.x-kind is missing" in result.output
    assert "routes/a.yaml:14 rule 'change' matches: kind is 'change'" in result.output
    assert '"id": 7' in result.output
    assert "noc" in result.output


@pytest.mark.parametrize("part", [("--header", "X-Kind: noise"), ("--query", "kind=noise"), ("--path", "/a/noise")])
def test_what_a_rule_ignores_is_fine(folder: Path, part: tuple[str, str]) -> None:
    result = run(folder, {"list": [{}]}, *part)
    assert result.exit_code == 0
    assert "Ignored: only noise" in result.output


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"list": [{"kind": "other"}]}, "No rule matches: the payload would be kept as unmapped."),
        ({"list": [{"kind": "change"}]}, "routes/a.yaml:16 /data/ticket: this key is missing"),
        ({"list": [{"kind": "change", "id": 7, "at": "soon"}]}, "/time: expected the number of seconds since 1970"),
        ("{broken", "the payload would be kept as unmapped: the body is not JSON"),
    ],
)
def test_what_would_be_unmapped_exits_with_1_and_says_why(folder: Path, body: Any, message: str) -> None:
    result = run(folder, body)
    assert result.exit_code == 1
    assert message in result.output


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("doro", "there is no source 'doro' - did you mean 'door'?"),
        ("plain", "the source 'plain' has no mapping: give it `rules`, `mapping` or `extends`"),
    ],
)
def test_a_source_without_a_mapping_is_refused(folder: Path, source: str, message: str) -> None:
    result = run(folder, {}, source=source)
    assert result.exit_code == 1
    assert message in result.output


def test_programs_read_it_as_json(folder: Path) -> None:
    result = run(folder, {"list": [{"kind": "change", "id": 7}, {}]}, "--format", "json")
    first, second = json.loads(result.output)["parts"]
    assert [rule["matches"] for rule in first["rules"]] == [False, True]
    assert first["events"][0]["preview"]["deliveries"][0]["target"] == "noc"
    assert (second["element"], second["events"]) == (1, [])
