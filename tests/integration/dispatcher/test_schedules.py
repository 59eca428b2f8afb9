"""Schedules and rotations of a whole gateway, by the real clock: routes switch, overrides hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
import requests

from tests.support.gateways import Gateway, eventually
from tests.support.receivers import HttpReceiver
from tests.support.shipped_config import shipped_config

ROUTES = """
network: {{allow: [127.0.0.0/8]}}
calendars: {{closing: {{ics: closing.ics}}}}
schedules: {{open: {{skip: closing}}}}
rotations:
  oncall:
    layers: [{{people: [ana], starts: "2026-01-01"}}]
routes:
  - {{name: while-open, notify: [rmm_alert.created.any], during: open, to: [desk]}}
  - {{name: afterwards, notify: [rmm_alert.created.any], not_during: open, to: [{{rotation: oncall}}]}}
  - {{name: handovers, notify: [gateway.handover.coming, gateway.handover.going], to: [audience]}}
channels:
  desk: {{service: json, host: 127.0.0.1, port: {port}, path: /desk}}
people:
  ana: {{name: Ana Lopez, contacts: {{hook: {{service: json, host: 127.0.0.1, port: {port}, path: /ana}}}}}}
  bob: {{contacts: {{hook: {{service: json, host: 127.0.0.1, port: {port}, path: /bob}}}}}}
"""
CLOSING = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//office//EN
BEGIN:VEVENT
UID:closing
SUMMARY:Closed
DTSTART:{start:%Y%m%dT%H%M%SZ}
DTEND:{end:%Y%m%dT%H%M%SZ}
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def gateway(tmp_path: Path, hook: HttpReceiver) -> Iterator[Gateway]:
    config = tmp_path / "config"
    (config / "routes").mkdir(parents=True)
    write_closing(config, datetime.now(UTC) + timedelta(days=1))
    (config / "routes" / "all.yaml").write_text(ROUTES.format(port=hook.port))
    running = Gateway(tmp_path / "data", config=config).start()
    yield running
    assert running.stop() == 0


def write_closing(config: Path, start: datetime) -> None:
    (config / "closing.ics").write_text(CLOSING.format(start=start, end=start + timedelta(days=1)))


def test_routes_and_people_change_when_their_time_has_come(
    gateway: Gateway, hook: HttpReceiver, tmp_path: Path
) -> None:
    assert told_of(gateway, hook, "before") == ["/desk"]

    # The calendar file changes while the gateway runs, and the route switches at the second that it names.
    closing = (datetime.now(UTC) + timedelta(seconds=6)).replace(microsecond=0)
    write_closing(tmp_path / "config", closing)
    assert told_of(gateway, hook, "still open") == ["/desk"]
    assert datetime.now(UTC) < closing
    sleep(max(0.0, (closing - datetime.now(UTC)).total_seconds()))
    assert told_of(gateway, hook, "closed") == ["/ana"]
    explained = str(gateway.json("explain", "rmm_alert.created", "--example"))
    assert "outside open: Closed" in explained, explained

    # An override holds at once, and both people hear of it.
    now = datetime.now(UTC).replace(microsecond=0)
    override = {"person": "bob", "start": now.isoformat(), "end": (now + timedelta(days=2)).isoformat()}
    stored = requests.post(
        f"{gateway.url}/v1/oncall/oncall/overrides", json=override, headers=auth(gateway), timeout=10
    )
    assert stored.status_code == 200, stored.text
    assert stored.json()["author"]
    assert told_of(gateway, hook, "overridden") == ["/bob"]
    assert eventually(lambda: set(paths_with(hook, "bob is on call (oncall)")) == {"/ana", "/bob"})

    # It survives a restart, and is removed by the command line.
    assert gateway.stop() == 0
    gateway.start()
    assert told_of(gateway, hook, "after the restart") == ["/bob"]
    shown = gateway.run("oncall", "oncall", "--explain").stdout
    assert "bob is on call in oncall" in shown
    assert gateway.run("oncall", "remove", "oncall", stored.json()["id"]).returncode == 0
    assert told_of(gateway, hook, "removed") == ["/ana"]
    assert eventually(lambda: set(paths_with(hook, "Ana Lopez is on call (oncall)")) == {"/ana", "/bob"})


def auth(gateway: Gateway) -> dict[str, str]:
    return {"Authorization": f"Bearer {gateway.token}"}


def told_of(gateway: Gateway, hook: HttpReceiver, description: str) -> list[str]:
    """Where the message of an alert with this *description* arrives."""
    data: dict[str, Any] = dict(shipped_config().catalog.events["rmm_alert.created"].example)
    event = {"type": "rmm_alert.created", "data": {**data, "alert": {**data["alert"], "description": description}}}
    posted = requests.post(f"{gateway.url}/v1/events", json=event, headers=auth(gateway), timeout=10)
    assert posted.status_code == 202, posted.text
    assert eventually(lambda: paths_with(hook, description))
    return paths_with(hook, description)


def paths_with(hook: HttpReceiver, text: str) -> list[str]:
    return [request.path for request in hook.requests if text in request.body.decode()]
