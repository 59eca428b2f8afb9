"""The API's events: posting, explaining, looking up."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, request

from gateway.intake.accept import accept
from gateway.intake.explain import explain
from gateway.model import Scope
from gateway.web.answers import answer, response
from gateway.web.auth import visible_sources
from gateway.web.event_request import documents_in, rendered
from gateway.web.request import asking, json_body, limit, name, parameters, runtime

events = Blueprint("events", __name__)


@events.post("/v1/events")
def post_events() -> Response:
    """202 for an event that is stored, or was before; an array is answered item by item."""
    source = asking(Scope.WRITE)
    parameters({})
    body = json_body()
    is_array = isinstance(body, list)
    key = request.headers.get("Idempotency-Key")
    runtime().admission.check()
    outcomes = accept(runtime(), source, documents_in(body), key, datetime.now(UTC), is_array=is_array)
    return response(rendered(outcomes, request.path, is_array=is_array))


@events.post("/v1/explain")
def post_explain() -> Response:
    """What the event would lead to, and why; nothing is stored and nothing sent."""
    source = asking(Scope.WRITE)
    parameters({})
    return answer(explain(runtime(), source, json_body(), datetime.now(UTC)))


@events.get("/v1/events")
def list_events() -> Response:
    """The newest events, newest first."""
    source = asking(Scope.READ)
    asked = parameters({"limit": limit, "type": name, "source": name})
    sources = visible_sources(source, asked.get("source"))
    found = runtime().views.events(asked.get("limit", 50), sources, asked.get("type"))
    return answer({"events": found})


@events.get("/v1/events/<any_text:id>")
def get_event(id: str) -> Response:
    """The event, its deliveries with each attempt, and why they are what they are."""
    source = asking(Scope.READ)
    asked = parameters({"source": name})
    return answer(runtime().views.event(id, visible_sources(source, asked.get("source"))))
