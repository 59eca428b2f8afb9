"""Timers in a real ledger: what facts set, what the dispatcher makes of it, and that it is told once."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import redis

import gateway
from gateway.delivery.attempt import attempt
from gateway.dispatcher.reschedule import Rescheduler
from gateway.dispatcher.timers import TimerRunner
from gateway.intake.accept import Accepted, accept, commit, prepare
from gateway.model import Circumstances, Event, Severity
from gateway.runtime import Runtime, open_runtime
from gateway.sending.sender import Sender
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.upcoming_timers import list_upcoming
from tests.support.pages import ROOT
from tests.support.timed_catalogue import ROUTES, catalog
from tests.unit.test_layers import FLOORS

SOON = timedelta(minutes=10)


@pytest.fixture
def open_on(tmp_path: Path, redis_url: str) -> Iterator[Callable[[str], Runtime]]:
    """Opens a runtime whose catalogue is the text given, over the one ledger of the test."""
    opened: list[Runtime] = []

    def open_with(text: str) -> Runtime:
        folder = tmp_path / str(len(opened))
        (folder / "routes").mkdir(parents=True)
        (folder / "catalog.yaml").write_text(text)
        (folder / "routes" / "routes.yaml").write_text(ROUTES)
        settings = Settings(config_folder=folder, data_folder=tmp_path / "data", redis_url=redis_url)
        opened.append(open_runtime(settings, {}))
        return opened[-1]

    yield open_with
    for runtime in opened:
        runtime.close()


@pytest.fixture
def runtime(open_on: Callable[[str], Runtime]) -> Runtime:
    return open_on(catalog())


@pytest.fixture
def server_client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


def post(runtime: Runtime, type: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The event as the ledger has it after it was posted."""
    config = runtime.config.current()
    source = config.sources["psa"]
    (outcome,) = accept(runtime, source, [{"type": type, "data": data, **more}], None, datetime.now(UTC))
    assert isinstance(outcome, Accepted), outcome
    return runtime.views.event(outcome.answer["id"])


def due(minutes: float, id: int = 7, **ticket: Any) -> dict[str, Any]:
    """Data of a ticket that is due so many minutes from now."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return {"ticket": {"id": id, "due_at": at.isoformat(), **ticket}}


def outcomes(event: dict[str, Any]) -> list[str]:
    return [one["outcome"] for one in event["explanation"]["findings"] if one["kind"] == "timing" and "outcome" in one]


def fire(runtime: Runtime) -> int:
    return TimerRunner(runtime).tick(runtime.config.current())


def told(runtime: Runtime, type: str) -> list[dict[str, Any]]:
    """The deliveries of a type's events, oldest first."""
    return [one for one in reversed(runtime.views.deliveries(500)) if one["type"] == type]


def upcoming(runtime: Runtime, type: str = "ticket.due_soon") -> list[Any]:
    return list_upcoming(runtime.timers.client, [type], 100)


# ------------------------------------------------------------------ timers


def test_a_timer_fires_inside_its_window_at_once_and_once(runtime: Runtime) -> None:
    event = post(runtime, "ticket.due_set", due(40, assignee="ana"))
    assert (event["status"], event["deliveries"], outcomes(event)) == ("accepted", [], ["set"])
    assert fire(runtime) == 1
    assert fire(runtime) == 0
    assert [one["target"] for one in told(runtime, "ticket.due_soon")] == ["noc", "ana/email"]
    ((timer, next),) = upcoming(runtime)
    assert timer.at - next == timedelta(minutes=15)


def test_a_timer_that_cannot_be_planned_stops_no_other(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for id in (7, 8):
        post(runtime, "ticket.due_set", {"ticket": {**due(10)["ticket"], "id": id}})

    def prepare_but_one(event: Event, *args: Any, **more: Any) -> Any:
        if event.subject == "7":
            raise OverflowError
        return prepare(event, *args, **more)

    monkeypatch.setattr("gateway.dispatcher.timers.prepare", prepare_but_one)
    fire(runtime)
    assert [one["target"] for one in told(runtime, "ticket.due_soon")] == ["noc"]
    assert "evaluating the timer" in caplog.text


def test_a_lead_that_fires_late_is_not_taken_for_the_next(runtime: Runtime) -> None:
    """Set 16 minutes before: the hour's lead fires now, and the quarter's is still to come."""
    post(runtime, "ticket.due_set", due(16))
    fire(runtime)
    ((timer, _),) = upcoming(runtime)
    at = datetime.now(UTC) + timedelta(minutes=16)
    own = {"ticket": {"id": 7, "due_at": timer.at.isoformat()}}
    assert timer.at <= at
    assert post(runtime, "ticket.due_soon", own)["deliveries"], "the quarter's, told by the source"


def test_a_date_in_the_past_tells_nothing_soon(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", due(-1))
    assert fire(runtime) == 1
    assert told(runtime, "ticket.due_soon") == []
    assert upcoming(runtime) == []


def test_a_date_that_moves_ten_times_leaves_one_timer(runtime: Runtime) -> None:
    found = [outcomes(post(runtime, "ticket.due_set", due(minutes))) for minutes in range(100, 200, 10)]
    assert found == [["set"], *[["moved"]] * 9]
    ((timer, _),) = upcoming(runtime)
    assert timedelta(minutes=189) < timer.at - datetime.now(UTC) < timedelta(minutes=191)
    assert fire(runtime) == 0


def test_the_same_date_again_takes_newer_data_and_fires_no_second_time(runtime: Runtime) -> None:
    data = due(10, assignee="ana")
    post(runtime, "ticket.due_set", data)
    again = {"ticket": {**data["ticket"], "assignee": "bob"}}
    assert outcomes(post(runtime, "ticket.due_set", again)) == ["kept"]
    fire(runtime)
    assert [one["target"] for one in told(runtime, "ticket.due_soon")] == ["noc", "bob/email"]
    assert outcomes(post(runtime, "ticket.due_set", data)) == ["done"]
    assert fire(runtime) == 0


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("ticket.due_set", {"ticket": {"id": 7, "due_at": None}}),
        ("ticket.changed", {"ticket": {"id": 7}, "status": "Resolved"}),
    ],
)
def test_a_timer_is_cancelled(runtime: Runtime, type: str, data: dict[str, Any]) -> None:
    post(runtime, "ticket.due_set", due(10))
    assert "cancelled" in outcomes(post(runtime, type, data))
    assert fire(runtime) == 0
    assert told(runtime, "ticket.due_soon") == []


def test_an_event_about_another_subject_or_of_another_source_cancels_nothing(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", due(100))
    post(runtime, "ticket.changed", {"ticket": {"id": 8}, "status": "Resolved"})
    config = runtime.config.current()
    foreign = Event("f", "ticket.changed", "desk", "rmm", "7", datetime.now(UTC), Severity.INFO, {"status": "Resolved"})
    commit(runtime, [prepare(foreign, config, Circumstances(datetime.now(UTC)), "print")])
    assert len(upcoming(runtime)) == 1


def test_who_is_assigned_now_hears_of_it(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", due(40, assignee="ana"))
    assert outcomes(post(runtime, "ticket.assigned", {"ticket": {"id": 7, "assignee": "bob"}})) == ["updated"]
    fire(runtime)
    assert [one["target"] for one in told(runtime, "ticket.due_soon")] == ["noc", "bob/email"]


def test_each_sla_of_a_ticket_has_its_timer_and_all_are_cancelled_together(runtime: Runtime) -> None:
    for name, minutes in (("first response", -1), ("resolution", 60)):
        at = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
        post(runtime, "sla.set", {"ticket": {"id": 7}, "sla": {"name": name, "deadline": at}})
    assert fire(runtime) == 1
    assert len(told(runtime, "sla.breached")) == 1
    assert [timer.keys for timer, _ in upcoming(runtime, "sla.breached")] == [("resolution",)]
    post(runtime, "ticket.changed", {"ticket": {"id": 7}, "status": "Resolved"})
    assert upcoming(runtime, "sla.breached") == []


# ------------------------------------------------------------------ once


def test_two_dispatchers_fire_once(runtime: Runtime) -> None:
    for id in range(100):
        post(runtime, "ticket.due_set", due(10, id))
    threads = [threading.Thread(target=fire, args=[runtime]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one["event"] for one in told(runtime, "ticket.due_soon")}) == 100
    assert len(told(runtime, "ticket.due_soon")) == 100


def test_a_dispatcher_killed_between_claim_and_fire_leaves_it_to_the_others(
    runtime: Runtime, server_client: redis.Redis
) -> None:
    post(runtime, "ticket.due_set", due(10))
    now, (lent,) = runtime.timers.due(["ticket.due_soon"], 10)
    assert fire(runtime) == 0, "the timer is lent"
    assert server_client.zscore(keys.timers("ticket.due_soon"), lent.id) > now.timestamp() * 1000
    server_client.zadd(keys.timers("ticket.due_soon"), {lent.id: 0})  # the loan ends
    assert fire(runtime) == 1
    assert len(told(runtime, "ticket.due_soon")) == 1


class LateTimerRunner(TimerRunner):
    """A dispatcher to which something happens between its claim and its fire."""

    def __init__(self, runtime: Runtime, happens: Callable[[], object]) -> None:
        super().__init__(runtime)
        self._happens = happens

    def _evaluate(self, *args: Any) -> Any:
        evaluation = super()._evaluate(*args)
        self._happens()
        return evaluation


def test_a_cancel_at_the_instant_of_the_firing_wins_or_loses_whole(runtime: Runtime) -> None:
    """It came between claim and fire: nothing is told, and nothing of the timer is left."""
    post(runtime, "ticket.due_set", due(10))

    def cancel() -> None:
        post(runtime, "ticket.changed", {"ticket": {"id": 7}, "status": "Resolved"})

    LateTimerRunner(runtime, cancel).tick(runtime.config.current())
    assert told(runtime, "ticket.due_soon") == []
    assert upcoming(runtime) == []


def test_a_date_that_moves_at_the_instant_of_the_firing_counts(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", due(10))
    LateTimerRunner(runtime, lambda: post(runtime, "ticket.due_set", due(300))).tick(runtime.config.current())
    assert told(runtime, "ticket.due_soon") == []
    assert len(upcoming(runtime)) == 1


def test_a_second_dispatcher_that_was_faster_leaves_nothing_to_the_first(
    runtime: Runtime, server_client: redis.Redis
) -> None:
    post(runtime, "ticket.due_set", due(10))

    def loan_ends_and_another_fires() -> None:
        for id in server_client.zrange(keys.timers("ticket.due_soon"), 0, -1):
            server_client.zadd(keys.timers("ticket.due_soon"), {id: 0})
        assert fire(runtime) == 1

    LateTimerRunner(runtime, loan_ends_and_another_fires).tick(runtime.config.current())
    assert len(told(runtime, "ticket.due_soon")) == 1


def test_a_timer_that_is_cancelled_and_set_to_the_same_date_is_not_told_twice(runtime: Runtime) -> None:
    data = due(10)
    post(runtime, "ticket.due_set", data)
    fire(runtime)
    post(runtime, "ticket.changed", {"ticket": {"id": 7}, "status": "Resolved"})
    post(runtime, "ticket.due_set", data)
    fire(runtime)
    assert len(told(runtime, "ticket.due_soon")) == 1
    assert upcoming(runtime) == []


# ------------------------------------------------------------------ sources that post the timed event themselves


def test_a_source_that_posts_the_timed_event_after_the_gateway_sends_nothing_again(runtime: Runtime) -> None:
    data = due(10)
    post(runtime, "ticket.due_set", data)
    fire(runtime)
    event = post(runtime, "ticket.due_soon", data, id="own")
    assert (event["status"], event["deliveries"]) == ("unrouted", [])
    assert "has sent this notification already" in event["explanation"]["findings"][0]["why"]
    assert len(told(runtime, "ticket.due_soon")) == 1


def test_a_source_that_posts_the_timed_event_first_is_the_only_one_to_tell(runtime: Runtime) -> None:
    data = due(10)
    post(runtime, "ticket.due_set", data)
    assert len(post(runtime, "ticket.due_soon", data)["deliveries"]) == 1
    assert fire(runtime) == 1
    assert len(told(runtime, "ticket.due_soon")) == 1
    assert upcoming(runtime) == []


def test_a_source_that_tells_no_facts_is_always_heard(runtime: Runtime) -> None:
    for remaining in (15, 3):
        assert post(runtime, "credits.low", {"credits": {"remaining": remaining}})["deliveries"]


# ------------------------------------------------------------------ thresholds


def test_a_threshold_fires_once_and_again_after_it_was_above(runtime: Runtime) -> None:
    for remaining in (500, 15, 14, 3, 0, 0, 200, 12):
        post(runtime, "credits.changed", {"credits": {"remaining": remaining}})
        fire(runtime)
    assert len(told(runtime, "credits.low")) == 2
    assert len(told(runtime, "credits.out")) == 1


@pytest.mark.parametrize(
    ("values", "low"),
    [
        ((0, 10), 0),  # it rises into the band
        ((20, 0, 10), 0),
        ((0, 10, 20, 10), 1),  # and falls into it later
        ((500, 14, 0, 5, 14), 1),
        ((14,), 1),  # the first value that is known
    ],
)
def test_a_threshold_fires_when_the_value_falls_and_not_when_it_rises(
    runtime: Runtime, values: tuple[int, ...], low: int
) -> None:
    for remaining in values:
        post(runtime, "credits.changed", {"credits": {"remaining": remaining}})
        fire(runtime)
    assert len(told(runtime, "credits.low")) == low


def test_a_jump_from_20_to_0_is_only_out(runtime: Runtime) -> None:
    for remaining in (20, 0):
        post(runtime, "credits.changed", {"credits": {"remaining": remaining}})
    fire(runtime)
    assert (len(told(runtime, "credits.low")), len(told(runtime, "credits.out"))) == (0, 1)


@pytest.mark.parametrize("order", [("credits.changed", "credits.low"), ("credits.low", "credits.changed")])
def test_a_crossing_posted_as_fact_and_as_event_is_told_once(runtime: Runtime, order: tuple[str, str]) -> None:
    for type in order:
        post(runtime, type, {"credits": {"remaining": 15}})
        fire(runtime)
    assert len(told(runtime, "credits.low")) == 1


# ------------------------------------------------------------------ rollups


def alert(runtime: Runtime, id: int, type: str = "alert.created", **more: Any) -> dict[str, Any]:
    return post(runtime, type, {"alert": {"id": id, "text": f"alert {id}"}}, **more)


def eight_o_clock(runtime: Runtime, client: redis.Redis) -> int:
    for id in client.zrange(keys.timers("alert.stale"), 0, -1):
        client.zadd(keys.timers("alert.stale"), {id: 0})
    return fire(runtime)


def test_a_rollup_is_one_message_with_all_that_is_open(
    open_on: Callable[[str], Runtime], server_client: redis.Redis
) -> None:
    runtime = open_on(catalog(older="2d"))
    for id in (1, 2, 3):
        alert(runtime, id, time=(datetime.now(UTC) - timedelta(days=6 - id)).isoformat())
    alert(runtime, 4)
    alert(runtime, 2, "alert.resolved")
    assert fire(runtime) == 0, "it is not eight o'clock"
    assert eight_o_clock(runtime, server_client) == 1
    (delivery,) = told(runtime, "alert.stale")
    assert [one["id"] for one in runtime.views.event(delivery["event"])["data"]["alerts"]] == [1, 3]
    ((timer, next),) = upcoming(runtime, "alert.stale")
    assert timer.subject == ""
    assert next > datetime.now(UTC)
    assert (next.hour, next.minute) == (8, 0)


def test_a_second_rollup_of_a_day_is_sent_when_it_lists_others(runtime: Runtime) -> None:
    first, second = {"alerts": [{"id": 1, "text": "a"}]}, {"alerts": [{"id": 1, "text": "a"}, {"id": 2}]}
    assert len(post(runtime, "alert.stale", first)["deliveries"]) == 1
    assert len(post(runtime, "alert.stale", second)["deliveries"]) == 1


def test_a_rollup_that_the_gateway_has_sent_is_not_sent_again_when_a_source_posts_it(
    runtime: Runtime, server_client: redis.Redis
) -> None:
    alert(runtime, 1)
    eight_o_clock(runtime, server_client)
    again = post(runtime, "alert.stale", {"alerts": [{"id": 1, "text": "in other words"}]})
    assert (again["deliveries"], len(told(runtime, "alert.stale"))) == ([], 1)
    assert len(post(runtime, "alert.stale", {"alerts": [{"id": 9}]})["deliveries"]) == 1


@pytest.fixture
def rollups_at_two_times_of_today(
    open_on: Callable[[str], Runtime], server_client: redis.Redis
) -> Callable[[Callable[[Runtime], object]], list[list[Any]]]:
    """What two rollups of one day list, between which somebody moves the time of day and something happens."""

    def roll(happens: Callable[[Runtime], object]) -> list[list[Any]]:
        text = catalog().replace("older_than: 0s, ", "older_than: 0s, since: alert.at, ")
        text = text.replace("text: {type: string}}", "text: {type: string}, at: {type: string, format: date-time}}")
        runtime = open_on(text)
        post(runtime, "alert.created", {"alert": {"id": 1, "at": "2026-01-01T00:00:00Z"}})
        post(runtime, "alert.created", {"alert": {"id": 2}})
        eight_o_clock(runtime, server_client)
        happens(runtime)
        eight_o_clock(runtime, server_client)
        events = [runtime.views.event(one["event"]) for one in told(runtime, "alert.stale")]
        return [[one["id"] for one in event["data"]["alerts"]] for event in events]

    return roll


Roll = Callable[[Callable[[Runtime], object]], list[list[Any]]]


def test_a_second_rollup_of_a_day_with_other_content_is_sent(rollups_at_two_times_of_today: Roll) -> None:
    assert rollups_at_two_times_of_today(lambda runtime: alert(runtime, 3)) == [[1, 2], [1, 2, 3]]


def test_a_second_rollup_of_a_day_with_the_same_content_is_not_sent(rollups_at_two_times_of_today: Roll) -> None:
    def say_it_again(runtime: Runtime) -> None:
        post(runtime, "alert.created", {"alert": {"id": 1, "at": "2026-01-01T01:00:00+01:00", "text": "again"}})

    assert rollups_at_two_times_of_today(say_it_again) == [[1, 2]]


def test_an_alert_that_was_closed_and_is_open_again_is_other_content(rollups_at_two_times_of_today: Roll) -> None:
    def reopen(runtime: Runtime) -> None:
        alert(runtime, 1, "alert.resolved")
        post(runtime, "alert.created", {"alert": {"id": 1, "at": "2026-02-01T00:00:00Z"}})

    assert rollups_at_two_times_of_today(reopen) == [[1, 2], [1, 2]]


def test_a_rollup_with_nothing_to_say_says_nothing(runtime: Runtime, server_client: redis.Redis) -> None:
    alert(runtime, 1)
    alert(runtime, 1, "alert.resolved")
    assert eight_o_clock(runtime, server_client) == 1
    assert told(runtime, "alert.stale") == []
    assert upcoming(runtime, "alert.stale") == []
    alert(runtime, 2)
    assert len(upcoming(runtime, "alert.stale")) == 1


# ------------------------------------------------------------------ delays


def test_a_delayed_message_is_held_and_dropped_with_its_reason(runtime: Runtime) -> None:
    event = post(runtime, "invoice.created", {"invoice": {"id": 1}})
    (delivery,) = event["deliveries"]
    assert delivery["state"] == "held"
    assert datetime.fromisoformat(delivery["due"]) - datetime.fromisoformat(delivery["accepted"]) == timedelta(
        minutes=5
    )
    post(runtime, "invoice.voided", {"invoice": {"id": 2}})
    assert runtime.views.delivery(delivery["id"])["state"] == "held"
    voided = post(runtime, "invoice.voided", {"invoice": {"id": 1}})
    assert outcomes(voided) == ["dropped"]
    dropped = runtime.views.delivery(delivery["id"])
    assert (dropped["state"], dropped["dropped_by"], dropped["due"]) == ("dropped", voided["id"], None)


def test_a_held_message_gives_way_to_what_is_newer(open_on: Callable[[str], Runtime]) -> None:
    """Posted twice within its delay, an invoice is sent once, with what was said last."""
    runtime = open_on(catalog().replace("cancel_on: invoice.voided}", "cancel_on: [invoice.voided, invoice.created]}"))
    first, second = (post(runtime, "invoice.created", {"invoice": {"id": 1}}) for _ in range(2))
    assert runtime.views.delivery(first["deliveries"][0]["id"])["state"] == "dropped"
    assert runtime.views.delivery(second["deliveries"][0]["id"])["state"] == "held"
    assert post(runtime, "invoice.created", {"invoice": {"id": 2}})["deliveries"][0]["state"] == "held"
    assert runtime.views.delivery(second["deliveries"][0]["id"])["state"] == "held"


def test_a_held_message_that_is_due_is_claimed(open_on: Callable[[str], Runtime]) -> None:
    runtime = open_on(catalog(held="1ms"))
    event = post(runtime, "invoice.created", {"invoice": {"id": 1}})
    lane = runtime.config.current().lanes["channel/noc"]
    leases: list[Any] = []
    while not leases:
        leases, _ = runtime.ledger.claim(lane, "slot", 10)
    assert [one.id for one in leases] == [event["deliveries"][0]["id"]]
    post(runtime, "invoice.voided", {"invoice": {"id": 1}})
    assert runtime.views.delivery(leases[0].id)["state"] == "sending"


# ------------------------------------------------------------------ following the configuration


def test_a_changed_lead_counts_for_timers_that_are_set_already(open_on: Callable[[str], Runtime]) -> None:
    before = open_on(catalog(before="15m"))
    Rescheduler(before).tick(before.config.current())
    for id in range(30):
        post(before, "ticket.due_set", due(40 if id else 200, id))
    assert fire(before) == 0
    after = open_on(catalog(before="1h"))
    following = Rescheduler(after)
    for _ in after.config.current().catalog.events:
        following.tick(after.config.current())
    assert fire(after) == 29
    ((timer, next),) = upcoming(after)
    assert timer.at - next == timedelta(hours=1)


# ------------------------------------------------------------------ operators


def test_an_operator_sees_and_cancels_a_timer(runtime: Runtime) -> None:
    from gateway.web import create_app

    runtime.config.current()
    client = create_app(runtime).test_client()
    assert sha256(b"secret").hexdigest() in ROUTES
    headers = {"Authorization": "Bearer secret"}
    post(runtime, "ticket.due_set", due(100), id="e-due")
    post(runtime, "ticket.due_set", due(200, 8))
    first, second = client.get("/v1/timers", headers=headers).json["timers"]
    assert (first["subject"], second["subject"], first["set_by"]) == ("7", "8", "e-due")
    assert first["why"].startswith("1 h before ticket.due_at, which is ")
    assert [one["subject"] for one in client.get("/v1/timers?subject=8", headers=headers).json["timers"]] == ["8"]
    assert client.delete(f"/v1/timers/{first['id']}", headers=headers).json["cancelled"] == first["id"]
    assert client.delete(f"/v1/timers/{first['id']}", headers=headers).status_code == 404
    assert [timer.subject for timer, _ in upcoming(runtime)] == ["8"]


def test_every_timer_is_listed_and_those_of_a_subject_are_found_without_looking_through_the_others(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.timers.PAGE", 2)
    for number in range(7):
        post(runtime, "ticket.due_set", due(100 + number, 70 + number))

    def subjects(**filters: Any) -> list[str]:
        timers = list_upcoming(runtime.timers.client, ["ticket.due_soon"], 100, **filters)
        return [timer.subject for timer, _ in timers]

    assert subjects() == [str(70 + number) for number in range(7)]
    assert subjects(subject="76") == ["76"]
    assert subjects(subject="76", sources=["another"]) == subjects(subject="another") == []
    monkeypatch.delattr("gateway.store.upcoming_timers._walk")
    assert subjects(subject="76") == ["76"]


# ------------------------------------------------------------------ the walk of one timer

Calls = set[tuple[str | None, str]]
"""(file of the caller, file of the function), below `gateway/`; a caller outside is None."""
THREADS = {"intake/group_commit.py", "delivery/drain.py"}
"""They commit, and claim and record, in threads; the test calls what these call, in its own thread."""
TOOLS = 2
"""The highest floor, counted from 0, whose rooms are tools for all the others."""
CALL_BACK = {"memo.py", "per_config.py"}
"""Caches: they call what was asked of them."""


@contextmanager
def calls_recorded() -> Iterator[Calls]:
    """Every call of a function of the package that is made in this thread meanwhile."""
    package = f"{Path(gateway.__file__).parent}/"
    calls: Calls = set()

    def place(frame: FrameType | None) -> str | None:
        path = frame.f_code.co_filename if frame else ""
        return path.removeprefix(package) if path.startswith(package) else None

    def record(frame: FrameType, what: str, _: object) -> None:
        if what == "call" and (callee := place(frame)) and frame.f_code.co_name != "<module>":
            calls.add((place(frame.f_back), callee))

    sys.setprofile(record)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def test_the_walk_of_a_timer_is_short_and_climbs_no_floor(runtime: Runtime) -> None:
    """The files to open are those of the page; everything else that is called is named there as a detail."""
    config = runtime.config.current()
    runner, sender = TimerRunner(runtime), Sender.from_settings(runtime.settings, lambda: config.network)
    document = {"type": "ticket.due_set", "data": due(10, assignee="ana")}
    with calls_recorded() as calls:
        accept(runtime, config.sources["psa"], [document], None, datetime.now(UTC))
        assert runner.tick(config) == 1
        leases, _ = runtime.ledger.claim(config.lanes[config.channels["noc"].lane], "slot", 1)
        assert [attempt(lease, config, sender, 1.0).verdict for lease in leases] == ["delivered"]
    sender.close()

    section = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("<!-- timer -->")[2].partition("## ")[0]
    files = set(re.findall(r"^\| `(.+?)` \|", section, re.MULTILINE))
    details = tuple(re.findall(r"`([a-z_/]+(?:\.py|/))`", section.partition("<!-- timer details -->")[2]))
    called = {callee for _, callee in calls}
    floors = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

    def floor(file: str) -> int:
        return floors[file.partition("/")[0].removesuffix(".py")]

    assert len(files) < 24
    assert files - called == THREADS
    assert {file for file in called - files if floor(file) > TOOLS and not file.startswith(details)} == set()
    climbing = {(caller, callee) for caller, callee in calls if caller and floor(caller) < floor(callee)}
    assert {pair for pair in climbing if pair[0] not in CALL_BACK} == set()
