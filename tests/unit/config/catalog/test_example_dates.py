"""Examples read every day as at the moment they were written for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.conditions.example import example_of, fit_to_condition
from gateway.config.catalog.example_dates import current_example
from gateway.config.load import load
from gateway.delivery.preview import example_moment
from gateway.errors import ConfigInvalid
from gateway.model import Catalog, Config, Lead, Rollup, Timer, is_builtin
from gateway.paths import read_data
from gateway.times import moment_of
from gateway.timing.moments import before

DENVER = ZoneInfo("America/Denver")
CATALOG = """\
version: 1
examples_at: "2026-11-23T09:45:00-07:00"
categories: {visits: {title: Visits}}
events:
  visit.planned:
    category: visits
    title: A visit
    data:
      type: object
      properties:
        visit: {$ref: "#/$defs/visit"}
        stops: {type: array, items: {type: object, properties: {at: {type: string, format: date-time}}}}
        note: {type: string}
      $defs: {visit: {type: object, properties: {at: {format: date-time}, day: {format: date}}}}
    message: {title: A visit, body: It is planned.}
    example: EXAMPLE
    notifications: {any: {title: A visit}}
"""


def catalog(folder: Path, example: str, text: str = CATALOG) -> Catalog:
    (folder / "routes").mkdir(exist_ok=True)
    (folder / "catalog.yaml").write_text(text.replace("EXAMPLE", example))
    return load(folder, {}).catalog


def moved(folder: Path, example: str, now: str, zone: ZoneInfo = DENVER) -> Any:
    built = catalog(folder, example)
    return current_example(built.events["visit.planned"], built.schemas, datetime.fromisoformat(now), zone)


def test_times_within_a_day_keep_their_distance_wherever_they_stand(tmp_path: Path) -> None:
    stops = '[{at: "2026-11-23T09:40:00"}, {}, {at: "2026-11-30T08:00:00Z"}]'
    example = f'{{visit: {{at: "2026-11-23T10:00:00-07:00"}}, stops: {stops}}}'
    assert moved(tmp_path, example, "2027-03-02T20:00:30.5Z") == {
        "visit": {"at": "2027-03-02T13:15:30-07:00"},
        "stops": [{"at": "2027-03-02T12:55:30"}, {}, {"at": "2027-03-09T11:15:30+00:00"}],
    }


def test_times_further_away_keep_their_time_of_day_also_when_the_clocks_have_changed(tmp_path: Path) -> None:
    example = '{visit: {at: "2026-12-01T09:30:00-07:00", day: "2026-11-30"}}'
    assert moved(tmp_path, example, "2027-06-01T03:00:00Z") == {  # still May 31 in Denver
        "visit": {"at": "2027-06-08T09:30:00-06:00", "day": "2027-06-07"}
    }
    elsewhere = moved(tmp_path, example, "2027-06-01T03:00:00Z", ZoneInfo("UTC"))
    assert elsewhere["visit"] == {"at": "2027-06-09T09:30:00-07:00", "day": "2027-06-08"}


def test_what_is_no_date_by_the_schema_stays(tmp_path: Path) -> None:
    example = '{visit: {at: null}, note: "2026-11-23T10:00:00-07:00"}'
    assert moved(tmp_path, example, "2027-06-01T12:00:00Z") == {
        "visit": {"at": None},
        "note": "2026-11-23T10:00:00-07:00",
    }


def test_without_a_moment_and_at_the_moment_itself_nothing_moves(shipped: Config) -> None:
    types = shipped.catalog.events.values()
    for event_type in (event_type for event_type in types if not is_builtin(event_type.name)):
        assert event_type.example_at
        at_moment = current_example(event_type, shipped.catalog.schemas, event_type.example_at, DENVER)
        assert at_moment == event_type.example, event_type.name
        without = replace(event_type, example_at=None)
        assert current_example(without, shipped.catalog.schemas, datetime.now(UTC), DENVER) is event_type.example


@pytest.mark.parametrize("text", ["2026-11-23", "2026-11-23 09:45", "2026-02-30T09:45:00Z", "noon"])
def test_a_moment_has_a_date_a_time_and_an_offset(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        catalog(tmp_path, f'{{}}\n    example_at: "{text}"', CATALOG.replace("2026-11-23T09:45:00-07:00", text))
    expected = "expected a time with its offset, such as 2026-11-23T09:45:00-07:00"
    assert [str(problem) for problem in caught.value.problems] == [
        f"catalog.yaml:2:14 examples_at: {expected}",
        f"catalog.yaml:17:17 events.visit.planned.example_at: {expected}",
    ]


def test_the_example_of_a_notification_must_fit_the_data_schema_too(tmp_path: Path) -> None:
    text = CATALOG.replace("any: {title: A visit}", "any: {title: A visit, example: {note: null, visit: {day: soon}}}")
    assert catalog(
        tmp_path, "{note: 7}", text.replace("soon", "2026-11-23").replace("note: {type: string}", "note: {}")
    )
    with pytest.raises(ConfigInvalid) as caught:
        catalog(tmp_path, "{}", text)
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith(
        "catalog.yaml:17:52 events.visit.planned.notifications.any.example: the example does not fit"
    )
    assert "at visit.day" in problem


def test_a_catalogue_that_extends_another_has_its_moment_or_one_of_its_own(tmp_path: Path, shipped: Config) -> None:
    text = 'extends: shipped\nevents: {sla.breached: {example_at: "2027-01-01T00:00:00Z"}}\n'
    events = catalog(tmp_path, "", text).events
    assert events["sla.breached"].example_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert events["sla.met"].example_at == shipped.catalog.events["sla.met"].example_at
    whole = catalog(tmp_path, "", 'extends: shipped\nexamples_at: "2027-01-01T00:00:00Z"\n').events
    assert whole["sla.met"].example_at == datetime(2027, 1, 1, tzinfo=UTC)


# ------------------------------------------------------------------ the shipped examples

NEARLY = timedelta(minutes=5)


def test_every_notification_of_a_timer_is_previewed_at_the_time_at_which_it_is_sent(shipped: Config) -> None:
    checked = 0
    for row in shipped.catalog.notifications.values():
        event_type = shipped.catalog.events[row.event_type]
        if not isinstance(timer := event_type.timing, Timer):
            continue
        data, now = (
            fit_to_condition(example_of(event_type, row), row.when),
            example_moment(row, replace(shipped, timezone="America/Denver")),
        )
        at = moment_of(read_data(data, timer.at), DENVER, timer.time_of_day)
        assert at, row.id
        assert now, row.id
        leads = [Lead(days=read_data(data, timer.lead_into))] if timer.lead_into else timer.leads
        is_date = "T" not in read_data(data, timer.at)
        assert any(
            before(at, lead, DENVER).astimezone(DENVER).date() == now.astimezone(DENVER).date()
            if is_date
            else timedelta() <= now - before(at, lead, DENVER) <= NEARLY
            for lead in leads
        ), row.id
        checked += 1
    assert checked == 18


def test_every_item_of_a_rollup_is_as_old_as_the_rollup_demands(shipped: Config) -> None:
    for event_type in shipped.catalog.events.values():
        if isinstance(rollup := event_type.timing, Rollup) and rollup.since:
            for item in read_data(event_type.example, rollup.into):
                since = moment_of(read_data(item, rollup.since[len(rollup.item) :]), DENVER)
                assert since
                assert event_type.example_at
                assert event_type.example_at - since >= rollup.older_than
