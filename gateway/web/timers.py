"""The API's timers: lists the events that the gateway will derive, and cancels them."""

from __future__ import annotations

from gateway.errors import NotFound
from gateway.model import Scope
from gateway.store.index_walk import to_cursor
from gateway.store.upcoming_timers import list_upcoming
from gateway.times import to_ms
from gateway.timing.describe import why_it_fires
from gateway.web.auth import visible_sources
from gateway.web.endpoint import Call, Parameter, endpoint
from gateway.web.parameters import (
    DEFAULT_LISTED,
    ID,
    LIMIT,
    SOURCE,
    SUBJECT,
    parse_bound,
    parse_name,
    place_asked,
)
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import MOMENT, TEXT, answer, component, list_of, object_of, or_null

TIMER = object_of(
    {
        "id": TEXT,
        "type": TEXT,
        "source": TEXT,
        "subject": or_null(TEXT),
        "keys": list_of(TEXT),
        "at": MOMENT,
        "next": MOMENT,
        "why": TEXT,
        "set_by": TEXT,
        "cursor": TEXT,
    }
)
TIMERS = component("Timers", object_of({"timers": list_of(TIMER)}))
CANCELLED = component("Cancelled", object_of({"cancelled": TEXT, "type": TEXT, "subject": or_null(TEXT)}))


@endpoint(
    "GET",
    "/v1/timers",
    Scope.READ,
    "The timers that match, the next one first",
    {"200": answer(TIMERS)},
    parameters=(
        LIMIT,
        Parameter("type", "Only of this event type.", parse_name),
        SUBJECT,
        SOURCE,
        Parameter("before", "Only timers that are looked at before this `cursor` or time.", parse_bound),
        Parameter("after", "Only those after this `cursor` or time: the next page of a list.", parse_bound),
    ),
)
def list_timers(
    call: Call,
    *,
    limit: int = DEFAULT_LISTED,
    type: str | None = None,
    subject: str | None = None,
    source: str | None = None,
    before: str | None = None,
    after: str | None = None,
) -> RawResponse:
    timed = [event.name for event in call.config.catalog.events.values() if event.timing is not None]
    types = timed if type is None else [name for name in timed if name == type]
    upcoming = list_upcoming(
        call.process.runtime.timers.client,
        types,
        limit,
        visible_sources(call.source, source),
        subject,
        before=place_asked(before, call.config),
        after=place_asked(after, call.config, is_after=True),
    )
    rows = [
        {
            "id": timer.id,
            "type": timer.event_type,
            "source": timer.source,
            "subject": timer.subject or None,
            "keys": list(timer.keys),
            "at": timer.at.isoformat(timespec="seconds"),
            "next": next.isoformat(timespec="seconds"),
            "why": why_it_fires(timer.event_type, timer.at, next, call.config),
            "set_by": timer.set_by,
            "cursor": to_cursor((to_ms(next), timer.id)),
        }
        for timer, next in upcoming
    ]
    return json_response({"timers": rows})


@endpoint(
    "DELETE",
    "/v1/timers/{id}",
    Scope.WRITE,
    "Cancel a timer; a rollup forgets what it has gathered",
    {"200": answer(CANCELLED)},
    path_parts={"id": ID},
    problems=("not-found",),
)
def cancel_timer(call: Call, id: str) -> RawResponse:
    timers = call.process.runtime.timers
    timer = timers.get(id)
    sources = visible_sources(call.source, None)
    if timer is None or (sources is not None and timer.source not in sources) or not timers.cancel(id):
        raise NotFound("timer", id)
    return json_response({"cancelled": id, "type": timer.event_type, "subject": timer.subject or None})
