"""When a timer fires: inside the window once, ahead of a moment only before it, the moment itself always."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.model import Lead
from gateway.timing.moments import Decision, decide, first_look, nearest_lead, next_look

ZONE = ZoneInfo("UTC")
AT = datetime(2026, 11, 24, 17, tzinfo=UTC)
HOUR, QUARTER, ITSELF = Lead(span=timedelta(hours=1)), Lead(span=timedelta(minutes=15)), Lead()
LEADS = (HOUR, QUARTER)


def minutes(number: float) -> datetime:
    """So many minutes before the moment."""
    return AT - timedelta(minutes=number)


@pytest.mark.parametrize(
    ("now", "looked", "lead", "next"),
    [
        (90, None, None, 60),  # too early: nothing was due
        (60, None, HOUR, 15),
        (40, None, HOUR, 15),  # set inside the first window: fires at once
        (40, 59, None, 15),  # ... and once
        (15, 60, QUARTER, None),
        (10, None, QUARTER, None),  # inside both windows: the tightest, once
        (10, 60, QUARTER, None),  # late, and still before the moment
        (0, 60, None, None),  # not "soon" any more
        (-30, None, None, None),  # a date in the past
    ],
)
def test_of_several_leads_the_next_one_is_decided(
    now: float, looked: float | None, lead: Lead | None, next: float | None
) -> None:
    looked_at = None if looked is None else minutes(looked)
    expected = Decision(lead, None if next is None else minutes(next))
    assert decide(AT, LEADS, looked_at, minutes(now), ZONE) == expected


@pytest.mark.parametrize(
    ("now", "looked", "fires"), [(1, None, False), (0, None, True), (-600, None, True), (-5, 0, False)]
)
def test_the_moment_itself_is_told_however_late_and_once(now: float, looked: float | None, fires: bool) -> None:
    decision = decide(AT, (ITSELF,), None if looked is None else minutes(looked), minutes(now), ZONE)
    assert (decision.lead == ITSELF) is fires
    assert (decision.next is None) is (now <= 0)


def test_a_longer_lead_counts_for_a_timer_that_is_set_already() -> None:
    """15 minutes become an hour while 40 are left: it fires now."""
    assert next_look(AT, (QUARTER,), None, ZONE) == minutes(15)
    assert next_look(AT, (HOUR,), None, ZONE) == minutes(60)
    assert decide(AT, (HOUR,), None, minutes(40), ZONE).lead == HOUR


def test_a_lead_that_has_fired_does_not_fire_again_when_another_is_added() -> None:
    assert decide(AT, (QUARTER,), minutes(60), minutes(30), ZONE) == Decision(None, minutes(15))
    assert next_look(AT, (HOUR, QUARTER), minutes(60), ZONE) == minutes(15)
    assert next_look(AT, (HOUR,), minutes(60), ZONE) is None


def test_first_look_and_nearest_lead() -> None:
    assert first_look(AT, LEADS, ZONE) == minutes(60)
    assert nearest_lead(AT, LEADS, minutes(16), ZONE) == QUARTER
    assert nearest_lead(AT, LEADS, minutes(58), ZONE) == HOUR


@pytest.mark.parametrize("step_s", [1, 7, 61, 900])
def test_whenever_one_looks_each_lead_fires_at_most_once(step_s: int) -> None:
    """Looks at any distance, as a dispatcher that is late would: in order, never twice."""
    leads = (Lead(days=1), HOUR, QUARTER, ITSELF)
    now, looked, fired = minutes(2000), None, []
    while now < minutes(-60):
        decision = decide(AT, leads, looked, now, ZONE)
        if decision.lead is not None:
            fired.append(decision.lead)
        looked, now = now, now + timedelta(seconds=step_s)
    assert fired == list(leads)
