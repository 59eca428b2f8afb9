"""The API's events: posting, explaining, looking up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from gateway.intake.accept import MOST_EVENTS, ItemAnswer, accept, explain
from gateway.intake.refusals import refuse
from gateway.model import Scope
from gateway.web.answers import answer, problem_answer
from gateway.web.auth import visible_sources
from gateway.web.request import asking, json_body, limit, name, parameters, runtime

events = Blueprint("events", __name__)


@events.post("/v1/events")
def post_events() -> Response:
    """202 for an event that is stored, or was before; an array is answered item by item."""
    source = asking(Scope.WRITE)
    parameters({})
    body = json_body()
    is_array = isinstance(body, list)
    documents = _items(body) if is_array else [body]
    key = request.headers.get("Idempotency-Key")
    answers = accept(runtime(), source, documents, key, datetime.now(UTC), is_array=is_array)
    return _array_answer(answers) if is_array else _single_answer(answers[0])


def _items(body: Sequence[Any]) -> Sequence[Any]:
    if not body:
        raise refuse("empty-array")
    if len(body) > MOST_EVENTS:
        raise refuse("too-many-events", f"at most {MOST_EVENTS:,} events in one request")
    return body


def _single_answer(one: ItemAnswer) -> Response:
    if one.is_accepted:
        return answer(one.body, one.status, one.headers)
    return problem_answer(one.body, one.status, one.headers)


def _array_answer(answers: Sequence[ItemAnswer]) -> Response:
    """202 when every event is stored, else 207 (RFC 4918): `{accepted, refused, items}` in the order posted."""
    accepted = sum(one.is_accepted for one in answers)
    items = [_item(one) for one in answers]
    status = 202 if accepted == len(answers) else 207
    return answer({"accepted": accepted, "refused": len(answers) - accepted, "items": items}, status)


def _item(one: ItemAnswer) -> dict[str, Any]:
    if not one.is_accepted:
        return {"status": one.status, "problem": one.body}
    return {"status": one.status, "replayed": one.is_replayed, "event": one.body}


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
