"""The alert rules fire when they should and only then, a real Prometheus scrapes a gateway, and the board asks for what
there is."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.docs.test_metrics import SUFFIXES, shown
from tests.integration.web.conftest import Served, free_port
from tests.support import gateway_folder
from tests.support.promtool import PROMETHEUS, PROMTOOL

ROOT = Path(__file__).parents[2]
RULES_FILE = ROOT / "deploy" / "prometheus" / "rules.yaml"
RULES: dict[str, Any] = {
    rule["alert"]: rule for group in yaml.safe_load(RULES_FILE.read_text("utf-8"))["groups"] for rule in group["rules"]
}
BOARDS = sorted((ROOT / "deploy" / "grafana").glob("*.json"))

HEALTHY = {
    'up{job="gateway"}': "1+0x120",
    "gateway_ledger_up": "1+0x120",
    "gateway_overloaded": "0+0x120",
    'gateway_processes{kind="worker"}': "2+0x120",
    'gateway_processes{kind="dispatch"}': "1+0x120",
    "gateway_oldest_due_seconds": "2+0x120",
    'gateway_timers{state="late"}': "0+0x120",
    'gateway_lanes{state="open"}': "0+0x120",
    "gateway_dead_letters": "0+0x120",
    'gateway_attempt_failures_total{reason="timeout"}': "0+1x120",
    'gateway_deliveries_total{service="mailto",state="delivered"}': "0+600x120",
    'gateway_refused_total{reason="invalid-event"}': "0+1x120",
    'gateway_events_total{category="tickets",result="accepted"}': "0+600x120",
    'gateway_events_total{category="tickets",result="unrouted"}': "0+6x120",
    "gateway_stale_processes": "0+0x120",
    "gateway_configs": "1+0x120",
    "gateway_server_memory_share": "0.2+0x120",
    'gateway_accept_seconds_bucket{le="1.0"}': "0+600x120",
    'gateway_accept_seconds_bucket{le="2.5"}': "0+600x120",
    'gateway_accept_seconds_bucket{le="+Inf"}': "0+600x120",
    "gateway_server_latency_seconds": "0.001+0x120",
}
"""What a gateway shows that has nothing wrong: values of two hours, one for each minute."""
TROUBLES: dict[str, Mapping[str, str]] = {
    "GatewayUnreachable": {'up{job="gateway"}': "0+0x120"},
    "GatewayLedgerDown": {"gateway_ledger_up": "0+0x120"},
    "GatewayOverloaded": {"gateway_overloaded": "1+0x120"},
    "GatewayNoWorker": {'gateway_processes{kind="worker"}': "0+0x120"},
    "GatewayNoDispatcher": {'gateway_processes{kind="dispatch"}': "0+0x120"},
    "GatewayMessagesLate": {"gateway_oldest_due_seconds": "600+0x120"},
    "GatewayTimersLate": {'gateway_timers{state="late"}': "3+0x120"},
    "GatewayLaneOpen": {'gateway_lanes{state="open"}': "2+0x120"},
    "GatewayDeadLetters": {"gateway_dead_letters": "4+0x120"},
    "GatewayAttemptsFail": {'gateway_attempt_failures_total{reason="timeout"}': "0+900x120"},
    "GatewayRefusals": {'gateway_refused_total{reason="invalid-event"}': "0+300x120"},
    "GatewayUnrouted": {'gateway_events_total{category="tickets",result="unrouted"}': "0+900x120"},
    "GatewayConfigStale": {"gateway_stale_processes": "2+0x120"},
    "GatewayConfigDiffers": {"gateway_configs": "2+0x120"},
    "GatewayMemory": {"gateway_server_memory_share": "0.7+0x120"},
    "GatewayAcceptSlow": {'gateway_accept_seconds_bucket{le="1.0"}': "0+60x120"},
    "GatewayServerSlow": {"gateway_server_latency_seconds": "0.5+0x120"},
}
"""What differs when one thing is wrong."""
TEXTS = {
    "GatewayMessagesLate": "The oldest waiting message has been due for 10m 0s.",
    "GatewayTimersLate": "3 timers are due and do not fire.",
    "GatewayLaneOpen": "2 lanes are open: their services fail, and their messages wait.",
    "GatewayDeadLetters": "4 messages are dead letters that were neither replayed nor discarded.",
    "GatewayConfigStale": "The configuration files have problems, and 2 processes work with older ones.",
    "GatewayConfigDiffers": "Processes work with 2 different configurations.",
    "GatewayMemory": "The ledger's server uses 70% of its memory; at 75 % events are refused.",
    "GatewayServerSlow": "The ledger's server takes 500ms for a PING.",
}
"""Summaries with values in them."""

needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
needs_prometheus = pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed")


def run_promtool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROMTOOL or "", *words], capture_output=True, text=True, timeout=60, check=False)


def rule_test(series: Mapping[str, str], firing: str | None) -> dict[str, Any]:
    """After 90 minutes of *series*, *firing* fires and nothing else does."""
    expected: list[dict[str, Any]] = []
    for name, rule in RULES.items():
        alerts = []
        if name == firing:
            labels = {**rule["labels"], **({"job": "gateway"} if name == "GatewayUnreachable" else {})}
            summary = TEXTS.get(name, rule["annotations"]["summary"])
            alerts = [{"exp_labels": labels, "exp_annotations": {"summary": summary}}]
        expected.append({"eval_time": "90m", "alertname": name, "exp_alerts": alerts})
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    return {"interval": "1m", "input_series": inputs, "alert_rule_test": expected}


@needs_promtool
def test_each_trouble_fires_its_alert_alone(tmp_path: Path) -> None:
    assert TROUBLES.keys() == RULES.keys()
    tests = [rule_test(HEALTHY, None), *(rule_test({**HEALTHY, **change}, name) for name, change in TROUBLES.items())]
    file = tmp_path / "rules_test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES_FILE)], "evaluation_interval": "1m", "tests": tests}))

    checked, tried = run_promtool("check", "rules", str(RULES_FILE)), run_promtool("test", "rules", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert tried.returncode == 0, tried.stdout + tried.stderr


def metrics_of(expression: str) -> set[str]:
    """The metrics of the gateway that an expression names, without the suffixes of histograms."""
    names = re.findall(r"\bgateway_\w+", expression)
    return {next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name) for name in names}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_names_metrics_that_there_are(name: str) -> None:
    names = metrics_of(RULES[name]["expr"])
    assert names or "up{" in RULES[name]["expr"]
    assert names <= shown()


@pytest.mark.parametrize("name", RULES)
def test_the_page_of_incidents_says_what_to_do_about_each_alert(name: str) -> None:
    page = (ROOT / "docs" / "incidents.md").read_text("utf-8").partition("## Alerts")[2]
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
    means, cure = [cell.strip() for cell in row.split("|")[2:4]]
    assert means
    assert cure


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.name)
def test_a_board_is_whole_and_names_metrics_that_there_are(board: Path) -> None:
    document = json.loads(board.read_text("utf-8"))
    panels = [panel for panel in document["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in document["panels"]}) == len(document["panels"])
    assert {"uid", "title", "schemaVersion", "templating", "time"} <= document.keys()
    places: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & places, f"{panel['title']} lies on another panel"
        places |= cells
        for target in panel["targets"]:
            assert metrics_of(target["expr"]), target["expr"]
            assert metrics_of(target["expr"]) <= shown(), target["expr"]


@needs_promtool
def test_prometheus_understands_the_expressions_of_the_boards(tmp_path: Path) -> None:
    expressions = [
        target["expr"].replace("$__rate_interval", "5m")
        for board in BOARDS
        for panel in json.loads(board.read_text("utf-8"))["panels"]
        for target in panel.get("targets", ())
    ]
    rules = [{"record": f"board:{number}", "expr": text} for number, text in enumerate(expressions)]
    file = tmp_path / "board.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    done = run_promtool("check", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


@needs_prometheus
def test_a_real_prometheus_scrapes_a_gateway_and_alerts(redis_url: str, tmp_path: Path) -> None:
    """Nothing but the web server runs: there is no worker and no dispatcher, which the alerts say."""
    port = free_port()
    rules = yaml.safe_load(RULES_FILE.read_text("utf-8"))
    for rule in rules["groups"][0]["rules"]:
        rule["for"] = "0s"
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules))
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [{"job_name": "gateway", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
    }
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config))
    listen = f"127.0.0.1:{free_port()}"
    folder = gateway_folder.write(tmp_path / "config")
    served = Served(redis_url, folder, GATEWAY_METRICS_BIND=f"127.0.0.1:{port}")
    try:
        options = [f"--config.file={tmp_path / 'prometheus.yaml'}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
        prometheus = subprocess.Popen(
            [PROMETHEUS or "", *options, f"--web.listen-address={listen}"], stderr=subprocess.DEVNULL
        )
        try:
            expected = {"GatewayNoWorker", "GatewayNoDispatcher"}
            firing: set[str] = set()
            until = time.monotonic() + 90
            while firing != expected and time.monotonic() < until:
                time.sleep(0.5)
                firing = alerts_of(f"http://{listen}")
            assert firing == expected
        finally:
            prometheus.terminate()
            prometheus.wait(30)
    finally:
        served.stop()


def alerts_of(url: str) -> set[str]:
    try:
        answer = requests.get(f"{url}/api/v1/alerts", timeout=5).json()
    except (requests.RequestException, ValueError):
        return set()
    return {alert["labels"]["alertname"] for alert in answer["data"]["alerts"] if alert["state"] == "firing"}
