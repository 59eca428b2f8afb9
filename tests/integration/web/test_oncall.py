"""On call over HTTP: who, when, the calendar file, and overrides that hold at once and survive a restart."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from gateway.dispatcher.handovers import announce_handovers
from gateway.errors import ApiError
from gateway.model import Override, Window
from gateway.runtime import Runtime
from tests.integration.web.conftest import LANES, Served, served_over
from tests.support.http_client import HttpClient

ROUTES = """
timezone: America/Denver
sources:
  ops: {events: ["rmm_alert.*"], scopes: [events:write, events:read, "oncall:write"], tokens: ["sha256:SECRET"]}
  rmm: {events: ["rmm_alert.*"], tokens: ["sha256:OTHER"]}
channels: {noc: {service: inbox, name: noc}}
providers: {email: {service: inbox}}
people:
  ana: {name: Ana Lopez, contacts: {email: ana@example.com}}
  bob: {contacts: {email: bob@example.com}}
  cara: {contacts: {email: cara@example.com}}
schedules: {business-hours: {days: mon-fri, between: ["08:00", "18:00"]}}
rotations:
  oncall: {layers: [{people: [ana, bob], turn: weekly, handover: "mon 09:00", starts: "2026-11-02"}]}
routes:
  - {name: in-hours, notify: [rmm_alert.created.any], during: business-hours, to: [noc]}
  - {name: at-night, notify: [rmm_alert.created.any], not_during: business-hours, to: [{rotation: oncall}]}
  - {name: handovers, notify: ["gateway.handover.coming", "gateway.handover.going"], to: [audience]}
"""
SECRET = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
OTHER = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
"""SHA-256 of `secret` and `other`."""
TOKEN = "secret"
ALERT = {"type": "rmm_alert.created", "data": {"alert": {"id": 1, "description": "Disk full"}}}
CHRISTMAS = {"start": "2026-12-24 09:00", "end": "2026-12-26 09:00"}


def write(folder: Path) -> Path:
    (folder / "routes").mkdir(parents=True)
    (folder / "routes" / "a.yaml").write_text(ROUTES.replace("SECRET", SECRET).replace("OTHER", OTHER))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "config")


@pytest.fixture(scope="module", params=LANES)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served_over(request.param, write) as served:
        yield served


class Ops:
    """Somebody who asks with the token of the source `ops`."""

    def __init__(self, client: HttpClient, token: str = TOKEN) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        content = {} if body is None else {"json": body}
        response = self.client.open(path, method, self.headers, **content)
        return response.status_code, response.json


@pytest.fixture
def ops(client: HttpClient) -> Ops:
    return Ops(client)


def test_who_is_on_call_and_who_is_next(ops: Ops) -> None:
    status, answer = ops.call("GET", "/v1/oncall?at=2026-11-24T12:00:00Z")
    assert status == 200
    (row,) = answer["rotations"]
    assert (row["rotation"], row["people"], row["why"]) == ("oncall", ["bob"], "regular turn")
    assert (row["next"]["people"], row["next"]["start"]) == (["ana"], "2026-11-30T16:00:00+00:00")


def test_the_shifts_of_a_rotation(ops: Ops) -> None:
    _, plan = ops.call("GET", "/v1/oncall/oncall?at=2026-11-24T12:00:00Z&span=3w")
    assert [shift["people"] for shift in plan["shifts"]] == [["bob"], ["ana"], ["bob"], ["ana"]]
    assert plan["layers"] == ["layer 1: bob"]
    _, mine = ops.call("GET", "/v1/oncall/oncall?at=2026-11-24T12:00:00Z&span=3w&person=Ana%20Lopez")
    assert {tuple(shift["people"]) for shift in mine["shifts"]} == {("ana",)}
    assert ops.call("GET", "/v1/oncall/none")[0] == 404
    assert "did you mean 'oncall'?" in ops.call("GET", "/v1/oncall/oncal")[1]["detail"]
    assert ops.call("GET", "/v1/oncall/oncall?person=nobody")[0] == 404
    assert ops.call("GET", "/v1/oncall/oncall?span=never")[0] == 400
    assert ops.call("GET", "/v1/oncall?at=2027-02-29")[0] == 400


def test_a_calendar_program_sends_the_token_as_a_password(ops: Ops) -> None:
    credentials = base64.b64encode(b"ana:secret").decode()
    response = ops.client.get("/v1/oncall/oncall.ics?person=ana", headers={"Authorization": f"Basic {credentials}"})
    assert (response.status_code, response.content_type) == (200, "text/calendar; charset=utf-8")
    events = icalendar.Calendar.from_ical(response.data).walk("VEVENT")
    assert {str(event["summary"]) for event in events} == {"ana on call (oncall)"}
    assert all(event.decoded("dtstart").tzinfo is not None for event in events)
    again = ops.client.get("/v1/oncall/oncall.ics?person=ana", headers={"Authorization": f"Basic {credentials}"})
    later = icalendar.Calendar.from_ical(again.data).walk("VEVENT")
    assert [event["uid"] for event in later] == [event["uid"] for event in events], "also of the shift of this moment"
    assert all(event.decoded("dtstart").minute == 0 for event in events), "a shift starts when it did"
    wrong = base64.b64encode(b"ana:wrong").decode()
    assert ops.client.get("/v1/oncall", headers={"Authorization": f"Basic {wrong}"}).status_code == 401


def test_an_override_holds_at_once_and_for_every_process(ops: Ops, served: Served) -> None:
    status, override = ops.call("POST", "/v1/oncall/oncall/overrides", {"person": "cara", **CHRISTMAS})
    assert (status, override["author"], override["start"]) == (200, "ops", "2026-12-24T16:00:00+00:00")
    explain = "/v1/explain?at=2026-12-25T03:00:00"
    assert [delivery["target"] for delivery in ops.call("POST", explain, ALERT)[1]["deliveries"]] == ["cara/email"]
    other = Served(served.redis_url, served.folder, served.lane)
    try:
        elsewhere = Ops(HttpClient(other.gateway.host, other.gateway.port))
        assert [d["target"] for d in elsewhere.call("POST", explain, ALERT)[1]["deliveries"]] == ["cara/email"]
    finally:
        other.stop()
    assert ops.call("POST", "/v1/oncall/oncall/overrides", {"person": "cara", **CHRISTMAS})[1]["id"] == override["id"]
    _, plan = ops.call("GET", "/v1/oncall/oncall?at=2026-12-24T17:00:00Z")
    assert (plan["people"], plan["why"], len(plan["overrides"])) == (["cara"], "cara takes over", 1)
    assert ops.call("DELETE", f"/v1/oncall/other/overrides/{override['id']}")[0] == 404
    assert ops.call("DELETE", f"/v1/oncall/oncall/overrides/{override['id']}")[0] == 200
    assert ops.call("DELETE", f"/v1/oncall/oncall/overrides/{override['id']}")[0] == 404
    assert [d["target"] for d in ops.call("POST", explain, ALERT)[1]["deliveries"]] == ["bob/email"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"person": "carla", **CHRISTMAS}, "/person"),
        ({"person": "cara", "start": "2026-12-24", "end": "2026-12-23"}, "/end"),
        ({"person": "cara", "start": "tomorrow", "end": "2026-12-23"}, "/start"),
        ({"person": "cara", "absent": "ana", **CHRISTMAS}, ""),
        (CHRISTMAS, ""),
        ({"person": "cara", "persn": "x", **CHRISTMAS}, "/persn"),
        ({"person": ["cara"], **CHRISTMAS}, "/person"),
        ({"person": "cara", "joins": "yes", **CHRISTMAS}, "/joins"),
        ({"person": "cara", "joins": True, "replaces": "ana", **CHRISTMAS}, "/joins"),
        ({"absent": "ana", "replaces": "bob", **CHRISTMAS}, "/absent"),
        ({"person": "cara", "start": "2020-12-24", "end": "2020-12-25"}, "/end"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(ops: Ops, body: Any, pointer: str) -> None:
    status, problem = ops.call("POST", "/v1/oncall/oncall/overrides", body)
    assert status == 422
    assert pointer in {error["pointer"] for error in problem["errors"]}


def test_a_token_without_the_scope_may_look_and_not_override(client: HttpClient) -> None:
    rmm = Ops(client, "other")
    assert rmm.call("GET", "/v1/oncall")[0] == 200
    assert rmm.call("POST", "/v1/oncall/oncall/overrides", {"person": "cara", **CHRISTMAS})[0] == 403


def test_a_route_switches_at_the_minute(ops: Ops) -> None:
    targets = []
    for at in ("2026-11-25T07:59:59", "2026-11-25T08:00:00", "2026-11-25T17:59:59", "2026-11-25T18:00:00"):
        _, answer = ops.call("POST", f"/v1/explain?at={at}", ALERT)
        targets.append([delivery["target"] for delivery in answer["deliveries"]])
    assert targets == [["bob/email"], ["noc"], ["noc"], ["bob/email"]]


def test_a_change_of_who_is_on_call_is_told_once_to_both(runtime: Runtime) -> None:
    config, monday = runtime.config.current(), datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    announce_handovers(runtime, config, monday)
    announce_handovers(runtime, config, monday + timedelta(seconds=59))
    assert runtime.views.events(10, None, "gateway.handover") == [], "nothing has changed yet"
    before = runtime.handovers.last()
    announce_handovers(runtime, config, monday + timedelta(minutes=1))
    runtime.handovers.record("oncall", before["oncall"].people, before["oncall"].since)  # a dispatcher that died here
    announce_handovers(runtime, config, monday + timedelta(minutes=2))
    (event,) = runtime.views.events(10, None, "gateway.handover")
    assert event["deliveries"] == 2, "bob goes, and ana comes"
    announce_handovers(runtime, config, monday + timedelta(minutes=3))
    assert len(runtime.views.events(10, None, "gateway.handover")) == 1


def test_a_time_that_cannot_be_answered_for_is_refused(ops: Ops) -> None:
    assert ops.call("GET", "/v1/oncall?at=9999-12-31")[0] == 400


def test_too_many_overrides_are_not_worth_another_try(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 503 would ask the client to post the same again."""
    monkeypatch.setattr("gateway.store.overrides.MAX_OVERRIDES", 1)
    now = datetime.now(UTC)
    changes = [Override(Window(now, now + timedelta(hours=hours)), person="cara") for hours in (1, 2)]
    runtime.overrides.add("oncall", changes[0], now)
    runtime.overrides.add("oncall", changes[0], now)
    with pytest.raises(ApiError, match="bad-override: there are 1 overrides already: remove some"):
        runtime.overrides.add("oncall", changes[1], now)
