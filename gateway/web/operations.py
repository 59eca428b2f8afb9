"""Health, the catalogue, the API's description, and the pages of the problems."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from gateway.config.catalog.document import catalog_document, passes_filters
from gateway.config.catalog.example_dates import current_example
from gateway.errors import ApiError, NotFound
from gateway.model import Severity
from gateway.per_config import PerConfig
from gateway.web.endpoint import Access, Call, Parameter, PathPart, endpoint
from gateway.web.openapi import openapi_document
from gateway.web.parameters import parse_name
from gateway.web.problems import PROBLEMS
from gateway.web.responses import RawResponse, json_response, text_response
from gateway.web.schemas import (
    COUNT,
    OBJECT,
    TEXT,
    YES_OR_NO,
    answer,
    component,
    list_of,
    object_of,
    or_null,
)

catalogs = PerConfig(catalog_document, basis=attrgetter("catalog"))
descriptions = PerConfig(openapi_document, basis=attrgetter("catalog"))

HEALTH = component("Health", object_of({"status": {"const": "ok"}}))
READINESS = component(
    "Readiness",
    object_of(
        {
            "status": {"enum": ["ready", "degraded"]},
            "reasons": list_of(object_of({"name": TEXT, "text": TEXT})),
            "config": object_of({"digest": TEXT, "stale": YES_OR_NO, "problems": COUNT}),
            "durability": {"enum": ["always", "relaxed"]},
        }
    ),
)
NOTIFICATION = object_of(
    {
        "id": TEXT,
        "title": TEXT,
        "audience": TEXT,
        "except_actor": YES_OR_NO,
        "staff_only": YES_OR_NO,
        "beyond_reference": YES_OR_NO,
        "timing": or_null(TEXT),
    }
)
EVENT_TYPE = object_of(
    {
        "name": TEXT,
        "category": TEXT,
        "title": TEXT,
        "description": TEXT,
        "severity": {"enum": list(Severity)},
        "subject": or_null(TEXT),
        "customer": {
            **list_of(TEXT),
            "description": "Paths of the customer: the first that an event has counts.",
        },
        "people": OBJECT,
        "mentions": {**list_of(TEXT), "description": "Paths of texts in which an `@` mentions people."},
        "schema": {**OBJECT, "description": "JSON Schema 2020-12 of the data."},
        "message": or_null(
            object_of(
                {
                    "title": TEXT,
                    "body": TEXT,
                    "link": TEXT,
                    "link_label": TEXT,
                    "facts": list_of(object_of({"label": TEXT, "value": TEXT})),
                    "short": TEXT,
                    "for": {**list_of(TEXT), "description": "Services and kinds of contact with a text of their own."},
                }
            )
        ),
        "example": {**OBJECT, "description": "Data of a typical event, whose dates have moved to now."},
        "fact": YES_OR_NO,
        "timing": or_null(TEXT),
        "notifications": list_of(NOTIFICATION),
    }
)
CATALOG = component(
    "Catalog",
    object_of(
        {
            "config": TEXT,
            "categories": list_of(object_of({"name": TEXT, "title": TEXT, "description": TEXT})),
            "events": list_of(EVENT_TYPE),
        }
    ),
)


@endpoint(
    "GET", "/healthz", Access.PUBLIC, "Whether this process answers; nothing else is checked", {"200": answer(HEALTH)}
)
def get_health(call: Call) -> RawResponse:  # noqa: ARG001 - every endpoint is called with its call
    return json_response({"status": "ok"})


@endpoint(
    "GET",
    "/readyz",
    Access.PUBLIC,
    "Whether events can be accepted, and whether the whole gateway works; `degraded` comes with reasons",
    {"200": answer(READINESS, "`config.stale`: the files have changed, are broken, and are not what is running.")},
    problems=("storage-unavailable", "overloaded"),
)
def get_readiness(call: Call) -> RawResponse:
    runtime = call.process.runtime
    health = call.process.health.current()
    runtime.admission.check()
    problems = len(runtime.config.problems)
    return json_response(
        {
            "status": "degraded" if health.reasons else "ready",
            "reasons": [{"name": reason.name, "text": reason.text} for reason in health.reasons],
            "config": {"digest": call.config.digest, "stale": problems > 0, "problems": problems},
            "durability": runtime.settings.durability,
        }
    )


@endpoint(
    "GET",
    "/v1/catalog",
    Access.ANY_SOURCE,
    "Categories, and event types with schema, example and notifications",
    {"200": answer(CATALOG)},
    parameters=(
        Parameter("type", "Only this event type.", parse_name),
        Parameter("category", "Only this category.", parse_name),
    ),
    problems=("not-found",),
)
def get_catalog(call: Call, *, type: str | None = None, category: str | None = None) -> RawResponse:
    document = catalogs.of(call.config)
    events = [event for event in document["events"] if passes_filters(event, type, category)]
    if (type or category) and not events:
        raise ApiError("not-found", "the catalogue has no such event type or category")
    now, zone = datetime.now(UTC), ZoneInfo(call.config.timezone)
    catalog = call.config.catalog
    current = [
        {**event, "example": current_example(catalog.events[event["name"]], catalog.schemas, now, zone)}
        for event in events
    ]
    return json_response({"config": call.config.digest, "categories": document["categories"], "events": current})


@endpoint(
    "GET",
    "/v1/schemas/{path}",
    Access.ANY_SOURCE,
    "A JSON Schema that the catalogue refers to",
    {"200": answer(OBJECT)},
    path_parts={"path": PathPart("The path below schemas/.", has_slashes=True)},
    problems=("not-found",),
)
def get_schema(call: Call, path: str) -> RawResponse:
    schema = call.config.catalog.schemas.get(path)
    if schema is None:
        raise NotFound("schema", path)
    return json_response(schema)


@endpoint("GET", "/openapi.json", Access.PUBLIC, "This description, as OpenAPI 3.1", {"200": answer(OBJECT)})
def get_openapi(call: Call) -> RawResponse:
    return json_response(descriptions.of(call.config))


@endpoint(
    "GET",
    "/problems/{slug}",
    Access.PUBLIC,
    "What a problem means and what to do",
    {"200": {"description": "Text.", "content": {"text/plain": {"schema": TEXT}}}},
    path_parts={"slug": PathPart("The end of the problem's `type`.", {"enum": list(PROBLEMS)})},
    problems=("not-found",),
)
def get_problem(call: Call, slug: str) -> RawResponse:  # noqa: ARG001 - as above
    problem = PROBLEMS.get(slug)
    if problem is None:
        raise NotFound("problem", slug)
    return text_response(
        f"{problem.status} {slug}\n\n{problem.title}.\n\nCause: {problem.cause}\n\nCure: {problem.cure}\n"
    )
