"""The API's description: OpenAPI 3.1, built from the code's own tables and the shipped schema of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway import __version__
from gateway.intake.accept import MOST_EVENTS, REPLAYED
from gateway.intake.refusals import REFUSALS
from gateway.intake.validate import ENVELOPE
from gateway.model import Config, DeliveryState, FailureReason, Severity
from gateway.web.request import MEDIA_TYPES, MOST_LISTED

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
MOMENT: Json = {"type": "string", "format": "date-time"}
COUNT: Json = {"type": "integer", "minimum": 0}
YES_OR_NO: Json = {"type": "boolean"}


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
            "schemas": {"Event": dict(config.catalog.schemas[ENVELOPE]), **_schemas()},
            "responses": {slug: _problem_response(slug) for slug in REFUSALS},
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
        "/v1/deliveries/{id}/retry": {"post": _retry("retryDelivery", "Retry a dead delivery", [_id()], "not-dead")},
        "/v1/deliveries/retry": {"post": _retry("retryDeliveries", "Retry all dead deliveries that match", _filters())},
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
    slugs = [slug for slug, one in REFUSALS.items() if one.status in (400, 413, 415, 422)]
    accepted = _content({"oneOf": [_ref("Accepted"), _ref("AcceptedArray")]})
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
                **_content(_ref("AcceptedArray")),
            },
            **_problems("unauthorized", "forbidden-scope", "storage-unavailable", *slugs),
        },
    }


def _explain() -> Json:
    slugs = [slug for slug, one in REFUSALS.items() if one.status in (400, 413, 415, 422)]
    body = _event_body(can_be_array=False)
    return _operation(
        "explain", "What an event would lead to, and why: nothing is stored", "Explained", *slugs, requestBody=body
    )


def _event_body(*, can_be_array: bool) -> Json:
    schema = _ref("Event")
    if can_be_array:
        schema = {"oneOf": [schema, {"type": "array", "minItems": 1, "maxItems": MOST_EVENTS, "items": schema}]}
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


def _retry(operation: str, summary: str, parameters: list[Json], *slugs: str) -> Json:
    found = _operation(operation, summary, "Retried", "not-found", "bad-parameter", *slugs, parameters=parameters)
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
    slug = {"name": "slug", "in": "path", "required": True, "schema": {"enum": list(REFUSALS)}}
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
    content = _content(_ref(schema) if schema else {"type": "object"})
    problems = _problems("unauthorized", "forbidden-scope", "storage-unavailable", *slugs)
    return {
        "operationId": operation,
        "summary": summary,
        **more,
        "responses": {"200": {"description": "Found.", **content}, **problems},
    }


def _public(operation: str, summary: str, schema: str | None, *slugs: str) -> Json:
    content = _content(_ref(schema) if schema else {"type": "object"})
    responses = {"200": {"description": "Yes.", **content}, **_problems(*slugs)}
    return {"operationId": operation, "summary": summary, "security": [], "responses": responses}


def _content(schema: Mapping[str, Any]) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str, description: str) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": TEXT}


def _limit() -> Json:
    schema = {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": 50}
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
        by_status.setdefault(str(REFUSALS[slug].status), []).append(slug)
    return {
        status: {"$ref": f"#/components/responses/{found[0]}"} if len(found) == 1 else _problem_response(*found)
        for status, found in sorted(by_status.items())
    }


def _problem_response(*slugs: str) -> Json:
    described = "; ".join(f"{slug}: {REFUSALS[slug].title}" for slug in slugs)
    response: Json = {
        "description": described,
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }
    if slugs == ("storage-unavailable",):
        response["headers"] = {"Retry-After": {"description": "Seconds.", "schema": COUNT}}
    return response


# ------------------------------------------------------------------ schemas


def _object(required: Json, optional: Json | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _schemas() -> Json:
    return {**_intake_schemas(), **_ledger_schemas(), **_operations_schemas()}


def _intake_schemas() -> Json:
    error = _object({"pointer": TEXT, "code": TEXT, "detail": TEXT}, {"hint": TEXT})
    planned = _object({"id": TEXT, "target": TEXT})
    item = _object(
        {"status": {"type": "integer"}}, {"replayed": YES_OR_NO, "event": _ref("Accepted"), "problem": _ref("Problem")}
    )
    return {
        "Problem": _object(
            {"type": TEXT, "title": TEXT, "status": {"type": "integer"}},
            {"detail": TEXT, "instance": TEXT, "request_id": TEXT, "errors": _list(error)},
        ),
        "Accepted": _object(
            {
                "id": TEXT,
                "status": {"enum": ["accepted", "unrouted"]},
                "deliveries": _list(planned),
                "config": {**TEXT, "description": "Digest of the configuration that planned it."},
            }
        ),
        "AcceptedArray": _object({"accepted": COUNT, "refused": COUNT, "items": _list(item)}),
    }


def _ledger_schemas() -> Json:
    facts = {
        "id": TEXT,
        "type": TEXT,
        "category": TEXT,
        "source": TEXT,
        "subject": _or_null(TEXT),
        "time": MOMENT,
        "severity": {"enum": list(Severity)},
        "status": {"enum": ["accepted", "unrouted"]},
    }
    reason = _object({"notification": TEXT, "route": TEXT, "text": TEXT})
    finding = _object(
        {"kind": TEXT, "name": TEXT, "holds": YES_OR_NO, "why": TEXT},
        {"notification": TEXT, "route": TEXT, "at": TEXT},
    )
    explanation = _object({"fallback": YES_OR_NO, "findings": _list(finding)})
    planned = _object({"target": TEXT, "lane": TEXT, "reasons": _list(reason)})
    whole = {**facts, "data": {"type": "object"}, "config": TEXT, "explanation": explanation}
    return {
        "Events": _object({"events": _list(_object({**facts, "accepted": MOMENT, "deliveries": COUNT}))}),
        "EventDetail": _object({**whole, "accepted": MOMENT, "deliveries": _list(_ref("Delivery"))}),
        "Explained": _object({**whole, "deliveries": _list(planned)}),
        "Delivery": _delivery(reason),
        "Deliveries": _object({"deliveries": _list(_ref("Delivery"))}),
        "Retried": _object({"retried": COUNT, "deliveries": _list(TEXT), "more": YES_OR_NO}),
    }


def _delivery(reason: Json) -> Json:
    failure = _or_null({"enum": list(FailureReason)})
    attempt = _object(
        {
            "number": {"type": "integer", "minimum": 1},
            "started": MOMENT,
            "duration_s": {"type": "number"},
            "outcome": {"enum": ["delivered", "failed"]},
            "reason": failure,
            "status": _or_null({"type": "integer"}),
            "detail": TEXT,
        }
    )
    return _object(
        {
            "id": TEXT,
            "event": TEXT,
            "type": TEXT,
            "source": TEXT,
            "target": TEXT,
            "lane": TEXT,
            "state": {"enum": list(DeliveryState)},
            "reason": failure,
            "accepted": MOMENT,
            "due": _or_null(MOMENT),
            "settled": _or_null(MOMENT),
            "reasons": _list(reason),
            "attempts": _list(attempt),
        }
    )


def _operations_schemas() -> Json:
    category = _object({"name": TEXT, "title": TEXT, "description": TEXT})
    notification = _object(
        {"id": TEXT, "title": TEXT, "audience": TEXT, "except_actor": YES_OR_NO, "staff_only": YES_OR_NO}
    )
    event = _object(
        {
            "name": TEXT,
            "category": TEXT,
            "title": TEXT,
            "description": TEXT,
            "severity": {"enum": list(Severity)},
            "subject": _or_null(TEXT),
            "people": {"type": "object"},
            "schema": {"type": "object", "description": "JSON Schema 2020-12 of the data."},
            "message": _object({"title": TEXT, "body": TEXT, "link": TEXT}),
            "example": {"type": "object"},
            "notifications": _list(notification),
        }
    )
    config = _object({"digest": TEXT, "stale": YES_OR_NO, "problems": COUNT})
    return {
        "Catalog": _object({"config": TEXT, "categories": _list(category), "events": _list(event)}),
        "Health": _object({"status": {"const": "ok"}}),
        "Readiness": _object(
            {"status": {"const": "ready"}, "config": config, "durability": {"enum": ["always", "relaxed"]}}
        ),
    }
