"""The API's description: OpenAPI 3.1, built from the code's own tables and the shipped schema of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway import __version__
from gateway.intake.accept import MAX_EVENTS
from gateway.intake.validate import ENVELOPE
from gateway.model import Config, DeliveryState
from gateway.web.event_request import MEDIA_TYPES, REPLAYED
from gateway.web.openapi_schemas import COUNT, TEXT, Json, ref, schema_documents
from gateway.web.problems import PROBLEMS
from gateway.web.request import MAX_LISTED


def openapi_document(config: Config) -> Json:
    """The description of the API that runs on *config*."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Notification gateway",
            "version": __version__,
            "description": "Events in, the right messages out. Every error is application/problem+json (RFC 9457).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Event": dict(config.catalog.schemas[ENVELOPE]), **schema_documents()},
            "responses": {slug: _problem_response(slug) for slug in PROBLEMS},
        },
    }


# ------------------------------------------------------------------ paths


def _paths() -> Json:
    return {
        "/v1/events": {"get": _list_events(), "post": _post_events()},
        "/v1/events/{id}": {"get": _get_event()},
        "/v1/explain": {"post": _explain()},
        "/v1/deliveries": {"get": _list_deliveries()},
        "/v1/deliveries/{id}": {"get": _operation("getDelivery", "One delivery", "Delivery", parameters=[_id()])},
        "/v1/deliveries/{id}/retry": {"post": _change("retry", "Retry", "Retried", is_one=True)},
        "/v1/deliveries/retry": {"post": _change("retry", "Retry", "Retried", is_one=False)},
        "/v1/deliveries/{id}/discard": {"post": _change("discard", "Discard", "Discarded", is_one=True)},
        "/v1/deliveries/discard": {"post": _change("discard", "Discard", "Discarded", is_one=False)},
        "/v1/lanes": {"get": _operation("listLanes", "The waiting lines", "Lanes", "bad-parameter")},
        "/v1/targets": {"get": _operation("listTargets", "Targets in trouble", "Targets", "bad-parameter")},
        "/v1/targets/{target}/enable": {
            "post": _operation("enableTarget", "Send to it again", "Enabled", "not-found", parameters=[_target()])
        },
        "/v1/timers": {"get": _list_timers()},
        "/v1/timers/{id}": {
            "delete": _operation("cancelTimer", "Cancel a timer", "Cancelled", "not-found", parameters=[_id()])
        },
        "/v1/presence": {"get": _operation("listOnline", "Who is online", "Online", "bad-parameter")},
        "/v1/presence/{person}": {"put": _refresh_session(), "delete": _end_session()},
        "/v1/catalog": {"get": _get_catalog()},
        "/v1/schemas/{path}": {"get": _get_schema()},
        "/healthz": {"get": _public("getHealth", "Whether the process answers", "Health")},
        "/readyz": {
            "get": _public("getReadiness", "Whether events can be accepted", "Readiness", "storage-unavailable")
        },
        "/openapi.json": {"get": _public("getOpenapi", "This description", None)},
        "/problems/{slug}": {"get": _get_problem_page()},
    }


def _post_events() -> Json:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key with the same content gets the same answer for 24 hours; other content is a 422.",
        "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    }
    slugs = [slug for slug, one in PROBLEMS.items() if one.status in (400, 413, 415, 422)]
    accepted = _content({"oneOf": [ref("Accepted"), ref("AcceptedArray")]})
    accepted |= {
        "description": "Stored, together with its deliveries; or stored before.",
        "headers": {
            "Location": {"description": "The event, when one was posted.", "schema": TEXT},
            REPLAYED: {"description": "true: it was stored before.", "schema": TEXT},
        },
    }
    return {
        "operationId": "postEvents",
        "summary": "Post one event, or an array of them",
        "parameters": [key],
        "requestBody": _event_body(can_be_array=True),
        "responses": {
            "202": accepted,
            "207": {
                "description": "An array of which some events are stored and some are not; each has its status.",
                **_content(ref("AcceptedArray")),
            },
            **_problems("unauthorized", "forbidden-scope", "storage-unavailable", *slugs),
        },
    }


def _explain() -> Json:
    slugs = [slug for slug, one in PROBLEMS.items() if one.status in (400, 413, 415, 422)]
    body = _event_body(can_be_array=False)
    return _operation(
        "explain", "What an event would lead to, and why: nothing is stored", "Explained", *slugs, requestBody=body
    )


def _event_body(*, can_be_array: bool) -> Json:
    schema = ref("Event")
    if can_be_array:
        schema = {"oneOf": [schema, {"type": "array", "minItems": 1, "maxItems": MAX_EVENTS, "items": schema}]}
    types = sorted(MEDIA_TYPES if can_be_array else MEDIA_TYPES - {"application/cloudevents-batch+json"})
    return {"required": True, "content": {one: {"schema": schema} for one in types}}


def _list_events() -> Json:
    parameters = [_limit(), _parameter("type", "Only events of this type."), _source()]
    return _operation("listEvents", "The newest events", "Events", "bad-parameter", parameters=parameters)


def _get_event() -> Json:
    parameters = [_id(), _source()]
    summary = "An event, its deliveries, each attempt, and why"
    return _operation("getEvent", summary, "EventDetail", "not-found", "bad-parameter", parameters=parameters)


def _list_deliveries() -> Json:
    state = {**_parameter("state", "Only deliveries in this state."), "schema": {"enum": list(DeliveryState)}}
    before = _parameter("before", "The id of a delivery: only those listed after it, for the next page.")
    parameters = [_limit(), state, *_filters(), before]
    return _operation("listDeliveries", "The newest deliveries", "Deliveries", "bad-parameter", parameters=parameters)


def _person() -> Json:
    description = "Name in the YAML, or an identity as the source knows it, percent-encoded."
    return {"name": "person", "in": "path", "required": True, "description": description, "schema": TEXT}


def _refresh_session() -> Json:
    lives = _parameter("ttl", "How long it lives without a further report: `1s` to `1h`, `60s` by default.")
    parameters = [_person(), _parameter("session", "Tells several sessions of one person apart."), lives]
    summary = "A person is online: begin or prolong a session"
    return _operation("refreshSession", summary, "Present", "not-found", "bad-parameter", parameters=parameters)


def _end_session() -> Json:
    parameters = [_person(), _parameter("session", "Which one; without it, all that this source has reported.")]
    summary = "End sessions of a person at once"
    return _operation("endSession", summary, "Ended", "not-found", "bad-parameter", parameters=parameters)


def _target() -> Json:
    return {"name": "target", "in": "path", "required": True, "description": "`noc-slack`, `ana/sms`.", "schema": TEXT}


def _list_timers() -> Json:
    parameters = [_limit(), _parameter("type", "Only of this event type."), _parameter("subject", "Only about this.")]
    summary = "What the gateway will tell by itself, the next first"
    return _operation("listTimers", summary, "Timers", "bad-parameter", parameters=[*parameters, _source()])


def _change(verb: str, word: str, schema: str, *, is_one: bool) -> Json:
    """Of a dead delivery, or of all that match."""
    name, what = ("Delivery", "a dead delivery") if is_one else ("Deliveries", "all dead deliveries that match")
    parameters = [_id()] if is_one else _filters()
    if verb == "discard":
        parameters.append({**_parameter("reason", "Why nobody needs them."), "required": True})
    slugs = ["not-found", "bad-parameter", *(["not-dead"] if is_one else [])]
    found = _operation(f"{verb}{name}", f"{word} {what}", schema, *slugs, parameters=parameters)
    found["responses"]["202"] = found["responses"].pop("200")
    return found


def _get_catalog() -> Json:
    parameters = [_parameter("type", "Only this event type."), _parameter("category", "Only this category.")]
    summary = "Categories, event types and notifications"
    return _operation("getCatalog", summary, "Catalog", "not-found", "bad-parameter", parameters=parameters)


def _get_schema() -> Json:
    path = _parameter("path", "Path below schemas/; it may hold slashes.") | {"in": "path", "required": True}
    return _operation("getSchema", "A JSON Schema that the catalogue refers to", None, "not-found", parameters=[path])


def _get_problem_page() -> Json:
    slug = {"name": "slug", "in": "path", "required": True, "schema": {"enum": list(PROBLEMS)}}
    responses = {"200": {"description": "Text.", "content": {"text/plain": {"schema": TEXT}}}, **_problems("not-found")}
    return {
        "operationId": "getProblem",
        "summary": "What a problem means and what to do",
        "security": [],
        "parameters": [slug],
        "responses": responses,
    }


# ------------------------------------------------------------------ parts of an operation


def _operation(operation: str, summary: str, schema: str | None, *slugs: str, **more: Any) -> Json:
    content = _content(ref(schema) if schema else {"type": "object"})
    problems = _problems("unauthorized", "forbidden-scope", "storage-unavailable", *slugs)
    return {
        "operationId": operation,
        "summary": summary,
        **more,
        "responses": {"200": {"description": "Found.", **content}, **problems},
    }


def _public(operation: str, summary: str, schema: str | None, *slugs: str) -> Json:
    content = _content(ref(schema) if schema else {"type": "object"})
    responses = {"200": {"description": "Yes.", **content}, **_problems(*slugs)}
    return {"operationId": operation, "summary": summary, "security": [], "responses": responses}


def _content(schema: Mapping[str, Any]) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def _parameter(name: str, description: str) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": TEXT}


def _limit() -> Json:
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_LISTED, "default": 50}
    return {**_parameter("limit", "How many."), "schema": schema}


def _source() -> Json:
    return _parameter("source", "Only of this source; a token sees others than its own with the scope admin only.")


def _filters() -> list[Json]:
    return [
        _parameter("target", "Only to this target."),
        _parameter("event", "Only of the event with this id."),
        _source(),
    ]


def _id() -> Json:
    return {"name": "id", "in": "path", "required": True, "schema": TEXT}


def _problems(*slugs: str) -> Json:
    """One response for each status; OpenAPI knows no two of the same status."""
    by_status: dict[str, list[str]] = {}
    for slug in dict.fromkeys([*slugs, "internal"]):
        by_status.setdefault(str(PROBLEMS[slug].status), []).append(slug)
    return {
        status: {"$ref": f"#/components/responses/{found[0]}"} if len(found) == 1 else _problem_response(*found)
        for status, found in sorted(by_status.items())
    }


def _problem_response(*slugs: str) -> Json:
    described = "; ".join(f"{slug}: {PROBLEMS[slug].title}" for slug in slugs)
    response: Json = {
        "description": described,
        "content": {"application/problem+json": {"schema": ref("Problem")}},
    }
    if slugs == ("storage-unavailable",):
        response["headers"] = {"Retry-After": {"description": "Seconds.", "schema": COUNT}}
    return response
