"""The API's timers: what the gateway will tell by itself, and cancelling it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response

from gateway.errors import NotFound
from gateway.model import Config, Scope
from gateway.store.stored_timers import StoredTimer
from gateway.timing.describe import why_it_fires
from gateway.web.answers import answer
from gateway.web.auth import visible_sources
from gateway.web.request import asking, limit, name, parameters, runtime

timers = Blueprint("timers", __name__)


@timers.get("/v1/timers")
def list_timers() -> Response:
    """The timers that match, the next first."""
    source = asking(Scope.READ)
    asked = parameters({"limit": limit, "type": name, "subject": name, "source": name})
    config = runtime().config.current()
    timed = [one.name for one in config.catalog.events.values() if one.timing is not None]
    if "type" in asked:
        timed = [one for one in timed if one == asked["type"]]
    sources = visible_sources(source, asked.get("source"))
    found = runtime().timers.upcoming(timed, asked.get("limit", 50), sources, asked.get("subject"))
    return answer({"timers": [_document(timer, next, config) for timer, next in found]})


@timers.delete("/v1/timers/<id>")
def cancel_timer(id: str) -> Response:
    """The timer fires no more; a rollup forgets what it has gathered."""
    source = asking(Scope.WRITE)
    parameters({})
    timer = runtime().timers.get(id)
    sources = visible_sources(source, None)
    if timer is None or (sources is not None and timer.source not in sources) or not runtime().timers.cancel(id):
        raise NotFound("timer", id)
    return answer({"cancelled": id, "type": timer.event_type, "subject": timer.subject or None})


def _document(timer: StoredTimer, next: datetime, config: Config) -> dict[str, Any]:
    return {
        "id": timer.id,
        "type": timer.event_type,
        "source": timer.source,
        "subject": timer.subject or None,
        "keys": list(timer.keys),
        "at": timer.at.isoformat(timespec="seconds"),
        "next": next.isoformat(timespec="seconds"),
        "why": why_it_fires(timer.event_type, timer.at, next, config),
        "set_by": timer.set_by,
    }
