"""Facts over HTTP to a whole gateway, with leads of seconds: the right messages at the right times, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.gateways import Gateway, eventually
from tests.support.receivers import HttpReceiver
from tests.support.timed_catalogue import catalog

ROUTES = """
network: {{allow: [127.0.0.0/8]}}
channels:
  hook: {{service: json, host: 127.0.0.1, port: {port}}}
routes:
  - {{name: hook, notify: ["ticket.due_soon.any", "sla.*", "credits.*", "invoice.*"], to: [hook]}}
"""
LATE = timedelta(seconds=1)


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def gateway(tmp_path: Path, hook: HttpReceiver) -> Iterator[Gateway]:
    config = tmp_path / "config"
    (config / "routes").mkdir(parents=True)
    (config / "catalog.yaml").write_text(catalog(before="[3s, 1s]", held="2s"))
    (config / "routes" / "all.yaml").write_text(ROUTES.format(port=hook.port))
    one = Gateway(tmp_path / "data", config=config).start()
    yield one
    assert one.stop() == 0


def test_facts_become_the_right_messages_at_the_right_times(gateway: Gateway, hook: HttpReceiver) -> None:
    began = datetime.now(UTC)

    def after(seconds: float) -> datetime:
        return began + timedelta(seconds=seconds)

    def due(id: int, seconds: float) -> dict[str, Any]:
        return _event("ticket.due_set", ticket={"id": id, "due_at": after(seconds).isoformat()})

    _post(
        gateway,
        due(1, 6),
        due(2, 6),
        due(3, 2),
        due(4, -1),
        _event("sla.set", ticket={"id": 1}, sla={"name": "reply", "deadline": after(4).isoformat()}),
        *(_event("credits.changed", credits={"remaining": remaining}) for remaining in (20, 15, 14, 0)),
        _event("invoice.created", invoice={"id": 1}),
        _event("invoice.created", invoice={"id": 2}),
        _event("invoice.voided", invoice={"id": 2}),
        _event("ticket.changed", ticket={"id": 2}, status="Resolved"),
    )
    expected = [
        ("Ticket 3 is due", began),  # inside the window of 3 s
        ("15 credits left", began),
        ("no credits left", began),
        ("Ticket 3 is due", after(1)),
        ("Invoice 1", after(2)),
        ("Ticket 1 is due", after(3)),
        ("reply of ticket 1 is breached", after(4)),
        ("Ticket 1 is due", after(5)),
    ]
    hook.wait_for(len(expected), within_s=20)
    assert eventually(lambda: _get(gateway, "/v1/timers")["timers"] == [])
    assert sorted(request.json()["title"] for request in hook.requests) == sorted(title for title, _ in expected)

    sent = _get(gateway, "/v1/deliveries?state=delivered&limit=100")["deliveries"]
    times = sorted((_moment(one["attempts"][0]["started"]), one["type"]) for one in sent)
    for (started, type), (title, planned) in zip(times, expected, strict=True):
        assert timedelta() <= started - planned + timedelta(milliseconds=1), f"{title} ({type}) was early"
        assert started - planned < LATE, f"{title} ({type}) was late"


def test_a_timer_survives_a_restart(gateway: Gateway, hook: HttpReceiver) -> None:
    due_at = datetime.now(UTC) + timedelta(seconds=60)
    _post(gateway, _event("ticket.due_set", ticket={"id": 1, "due_at": due_at.isoformat()}))
    (before,) = _get(gateway, "/v1/timers")["timers"]
    gateway.stop()
    gateway.start()
    assert _get(gateway, "/v1/timers")["timers"] == [before]
    assert "Cancelled ticket.due_soon of 1." in gateway.run("timers", "--cancel", before["id"]).stdout
    assert gateway.run("timers").stdout == "No timer is set.\n"


def test_explain_says_what_will_be_sent_when_and_to_whom(gateway: Gateway) -> None:
    due_at = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    data = f'{{"ticket": {{"id": 1, "due_at": "{due_at.isoformat()}"}}}}'
    told = gateway.run("explain", "ticket.due_set", "--data", data).stdout
    assert f"ticket.due_soon: ticket.due_at is {due_at:%Y-%m-%d %H:%M} UTC: due 3 s before, 1 s before" in told
    first = due_at - timedelta(seconds=3)
    assert f"{first:%Y-%m-%d %H:%M:%S}  ticket.due_soon  3 s before  hook" in told
    assert "Nobody would be notified now." in told


def _event(type: str, **data: Any) -> dict[str, Any]:
    return {"type": type, "data": data}


def _post(gateway: Gateway, *events: dict[str, Any]) -> None:
    answer = requests.post(f"{gateway.url}/v1/events", json=list(events), headers=_headers(gateway), timeout=10)
    assert (answer.status_code, answer.json()["refused"]) == (202, 0), answer.text


def _get(gateway: Gateway, path: str) -> Any:
    return requests.get(gateway.url + path, headers=_headers(gateway), timeout=10).json()


def _headers(gateway: Gateway) -> dict[str, str]:
    return {"Authorization": f"Bearer {gateway.token}"}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
