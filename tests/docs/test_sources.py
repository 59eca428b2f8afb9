"""docs/sources.md: the alert script as YAML, the templates to paste, and the tutorial, step by step."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.group import main
from gateway.config.load import load
from gateway.model import Config
from tests.support.mapped import mapped
from tests.support.pages import ROOT, blocks, commands, prints
from tests.support.shipped_mappings import shipped_config

PAGE = (ROOT / "docs" / "sources.md").read_text("utf-8")
MAX_LINES = 40
"""Of the YAML that stands for a script of ninety."""
TEMPLATE = re.compile(r"<!-- template: (\w+) -->\n```json\n(.*?)\n```", re.DOTALL)


@cache
def script() -> str:
    (block,) = (one for one in blocks("yaml") if one.hint("file") == "routes/alerts.yaml")
    return block.text


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("alerts")
    (folder / "routes").mkdir()
    (folder / "routes" / "alerts.yaml").write_text(script())
    return load(folder, {"MONITORING_KEY": "a-key-of-thirty-two-characters-00"})


def alert(**changes: Any) -> dict[str, Any]:
    """An alert as the monitoring posts it, with *changes*: of its properties, its text, or other attributes."""
    properties = {key: changes.pop(key) for key in ("trigger", "description") if key in changes}
    text = changes.pop("text", "RMM Alert: KELLER-DC01")
    attributes = {"id": 77, "resolved": False, "properties": properties, **changes}
    return {"text": text, "link": "https://psa.example.com/rmm_alerts/77", "attributes": attributes}


MONDAY_NOON, SUNDAY_NIGHT, MONDAY_NIGHT = "2026-11-23T12:00-07:00", "2026-11-22T02:00-07:00", "2026-11-23T23:30-07:00"
DELL = "Informational: DELL SERVER ADMINISTRATOR has started"


@pytest.mark.parametrize(
    ("body", "at", "rule", "severity"),
    [
        (alert(trigger="agent_offline_trigger"), MONDAY_NOON, "new", "critical"),
        (alert(trigger="agent_offline_trigger"), SUNDAY_NIGHT, "rule 1", None),
        (alert(trigger="Intel Rapid Storage Monitoring"), SUNDAY_NIGHT, "new", "error"),
        (alert(trigger="CPU Monitoring"), MONDAY_NOON, "new", "warning"),
        (alert(trigger="CPU Monitoring"), MONDAY_NIGHT, "rule 2", None),
        (alert(text=DELL), MONDAY_NOON, "noise", None),
        (alert(text=f"CRITICAL {DELL}"), MONDAY_NOON, "new", "warning"),
        (alert(text="The Print Spooler has stopped"), MONDAY_NOON, "noise", None),
        (alert(resolved="True"), MONDAY_NOON, "over", "success"),
        (alert(resolved=True), MONDAY_NOON, "over", "success"),
        (alert(description="AUTO RESOLVED: disk"), MONDAY_NOON, "over", "success"),
        (alert(), MONDAY_NOON, "new", "warning"),
    ],
)
def test_the_alert_script_does_what_it_says(
    alerts: Config, body: dict[str, Any], at: str, rule: str, severity: str | None
) -> None:
    (result,) = mapped(body, alerts.sources["monitoring"], alerts, datetime.fromisoformat(at))
    assert result.rule == rule
    assert (result.event and result.event.severity) == severity, result.why_not


def test_the_alert_script_falls_back_where_names_are_missing(alerts: Config) -> None:
    body = alert(computer_name=None, asset_id=4410021, customer={"id": 30771, "business_name": "", "fullname": "Maria"})
    (result,) = mapped(body, alerts.sources["monitoring"], alerts)
    assert result.event is not None
    assert result.event.data["alert"]["asset"] == {"id": 4410021, "name": "unknown device"}
    assert result.event.data["alert"]["customer"] == {"id": 30771, "name": "Maria"}


def test_the_alert_script_is_short() -> None:
    assert len(script().splitlines()) <= MAX_LINES


@pytest.mark.parametrize(("kind", "template"), TEMPLATE.findall(PAGE))
@pytest.mark.parametrize("message", ["all is well", 'Service "Spooler" has stopped\non FS02 (C:\\Windows)'])
def test_a_template_to_paste_is_read_whatever_the_sender_pastes_into_it(kind: str, template: str, message: str) -> None:
    json.loads(template)  # it is JSON as it stands
    values = {
        "alert_uid": "0f3c5e",
        "alert_message": message,
        "alert_priority": "Critical",
        "site_name": 'Keller "K" & Sons',
    }
    body = re.sub(r"\[(\w+)\]", lambda match: values.get(match[1], match[1]), template)
    config = shipped_config()
    (result,) = mapped(body, config.sources["datto"], config)
    assert result.event is not None, result.why_not
    assert result.event.type == ("rmm_alert.created" if kind == "created" else "rmm_alert.auto_resolved")
    assert result.event.data["alert"]["description"] == message
    assert result.event.data["alert"]["customer"]["name"] == 'Keller "K" & Sons'


def test_the_tutorial_works_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are written and its commands are typed in the order of the page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKUP_KEY", "a-key-of-thirty-two-characters-03")
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)
    section = PAGE.partition("## Map an unknown webhook")[2].partition("\n## ")[0]
    steps = [
        block for block in blocks("yaml", "json", "console") if block.page == "sources.md" and block.text in section
    ]
    for step in steps:
        if step.hint("tutorial") == "live":  # tests/integration/test_senders.py types it beside a gateway
            continue
        if file := step.hint("file"):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(step.text)
        for command, shown in commands(step) if step.language == "console" else ():
            printed = CliRunner().invoke(main, command.split()[1:]).output
            assert prints(printed, shown), f"{command} prints:\n{printed}"
