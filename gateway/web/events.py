"""The API's events: posts, explains and looks them up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from gateway.errors import ApiError
from gateway.intake.accept import ACCEPTED, MAX_EVENTS, UNROUTED, Accepted, Outcome
from gateway.intake.explain import explain as explain_event
from gateway.intake.explain import explain_stored
from gateway.model import Scope, Severity
from gateway.web.auth import visible_sources
from gateway.web.body import MEDIA_TYPES
from gateway.web.deliveries import DELIVERY, REASON, RECIPIENT, with_recipients
from gateway.web.endpoint import Call, Parameter, PathPart, endpoint
from gateway.web.parameters import (
    AFTER,
    ANY_ID,
    AT,
    BEFORE,
    DEFAULT_LISTED,
    LIMIT,
    PERSON,
    SOURCE,
    SUBJECT,
    TARGET,
    parse_name,
    place_asked,
    recipient_asked,
    time_asked,
)
from gateway.web.problems import PROBLEMS, problem_document
from gateway.web.responses import RawResponse, json_response, problem_response
from gateway.web.schemas import (
    COUNT,
    INTEGER,
    MOMENT,
    NUMBER,
    OBJECT,
    TEXT,
    YES_OR_NO,
    Json,
    answer,
    component,
    list_of,
    object_of,
    or_null,
    ref,
)

REPLAYED = "Idempotent-Replayed"
STATUS: Json = {
    "enum": [ACCEPTED, UNROUTED],
    "description": "`unrouted`: it is stored, and sent to nobody.",
}
PROBLEM = component(
    "Problem",
    object_of(
        {"type": TEXT, "title": TEXT, "status": INTEGER},
        {
            "detail": TEXT,
            "instance": TEXT,
            "request_id": TEXT,
            "errors": list_of(object_of({"pointer": TEXT, "code": TEXT, "detail": TEXT}, {"hint": TEXT})),
        },
    ),
)
WARNINGS: Json = {
    **list_of(object_of({"pointer": TEXT, "code": TEXT, "detail": TEXT}, {"hint": TEXT})),
    "description": "Fields of the data that the event type does not declare: perhaps they are misspelt.",
}
ACCEPTED_EVENT = component(
    "Accepted",
    object_of(
        {
            "id": TEXT,
            "status": STATUS,
            "deliveries": list_of(object_of({"id": TEXT, "target": TEXT})),
            "config": {**TEXT, "description": "Digest of the configuration that planned it."},
        },
        {"warnings": WARNINGS},
    ),
)
ACCEPTED_ARRAY = component(
    "AcceptedArray",
    object_of(
        {
            "accepted": COUNT,
            "refused": COUNT,
            "items": list_of(
                object_of({"status": INTEGER}, {"replayed": YES_OR_NO, "event": ACCEPTED_EVENT, "problem": PROBLEM})
            ),
        }
    ),
)
FACTS: Json = {
    "id": TEXT,
    "type": TEXT,
    "category": TEXT,
    "source": TEXT,
    "subject": or_null(TEXT),
    "time": MOMENT,
    "severity": {"enum": list(Severity)},
    "status": STATUS,
}
FINDING = object_of(
    {"kind": TEXT, "name": TEXT, "holds": YES_OR_NO, "why": TEXT},
    {"notification": TEXT, "route": TEXT, "at": TEXT, "outcome": TEXT},
)
NOTES: Json = {**list_of(TEXT), "description": "Sentences on what is missing among the findings."}
ROUTE = Parameter(
    "route",
    "Explain only this route. Without it, the explanation names at most 100 routes that do not fire.",
    parse_name,
)
WHOLE_EVENT = {
    **FACTS,
    "data": OBJECT,
    "config": TEXT,
    "explanation": object_of({"fallback": YES_OR_NO, "findings": list_of(FINDING)}, {"notes": NOTES}),
}
EVENTS = component(
    "Events",
    object_of({"events": list_of(object_of({**FACTS, "accepted": MOMENT, "deliveries": COUNT, "cursor": TEXT}))}),
)
EVENT_DETAIL = component("EventDetail", object_of({**WHOLE_EVENT, "accepted": MOMENT, "deliveries": list_of(DELIVERY)}))
PLANNED = object_of(
    {"target": TEXT, "recipient": RECIPIENT, "lane": TEXT, "delay_s": NUMBER, "reasons": list_of(REASON)}
)
LATER = object_of({"type": TEXT, "time": MOMENT, "lead": TEXT, "targets": list_of(TEXT), "reasons": list_of(TEXT)})
EXPLAINED = component(
    "Explained",
    object_of({**WHOLE_EVENT, "deliveries": list_of(PLANNED), "later": list_of(LATER)}, {"warnings": WARNINGS}),
)

ONE_EVENT = ref("Event")
EVENT_OR_ARRAY: Json = {
    "oneOf": [ONE_EVENT, {"type": "array", "minItems": 1, "maxItems": MAX_EVENTS, "items": ONE_EVENT}]
}
OF_THE_BODY = tuple(slug for slug, problem in PROBLEMS.items() if problem.status in (400, 408, 413, 415, 422))
IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same content gets the same answer for 24 hours; other content is a 422.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
}


def _body(schema: Json, media_types: Sequence[str]) -> Json:
    return {"required": True, "content": {name: {"schema": schema} for name in media_types}}


@endpoint(
    "POST",
    "/v1/events",
    Scope.WRITE,
    "Post one event, or an array of them",
    {
        "202": answer(
            {"oneOf": [ACCEPTED_EVENT, ACCEPTED_ARRAY]},
            "Stored, together with its deliveries; or stored before.",
            headers={
                "Location": {"description": "The event, when one was posted.", "schema": TEXT},
                REPLAYED: {"description": "true: it was stored before.", "schema": TEXT},
            },
        ),
        "207": answer(ACCEPTED_ARRAY, "An array of which some events are stored and some are not."),
    },
    headers=(IDEMPOTENCY_KEY,),
    body=_body(EVENT_OR_ARRAY, sorted(MEDIA_TYPES)),
    takes_events=True,
    problems=(*OF_THE_BODY, "too-many-requests", "overloaded"),
)
async def post_events(call: Call) -> RawResponse:
    """202 for an event that is stored now or was stored before; an array is answered item by item."""
    call.process.runtime.admission.check()
    value = await call.lane.read_json(call)
    is_array = isinstance(value, list)
    documents = value if is_array else [value]
    if not documents:
        raise ApiError("empty-array")
    if len(documents) > MAX_EVENTS:
        raise ApiError("too-many-events", f"at most {MAX_EVENTS:,} events in one request")
    began, counts = time.perf_counter(), call.process.counts
    outcomes = await call.lane.accept(call, documents, call.request.header("idempotency-key"), is_array=is_array)
    counts.accept(time.perf_counter() - began)
    for outcome in outcomes:
        if isinstance(outcome, ApiError):
            counts.refuse(outcome.slug)
    if is_array:
        return _array_response(outcomes)
    (outcome,) = outcomes
    if isinstance(outcome, ApiError):
        return problem_response(outcome, call.request.path)
    headers = {"Location": f"/v1/events/{quote(str(outcome.answer['id']), safe='')}"}
    if outcome.is_replayed:
        headers[REPLAYED] = "true"
    return json_response(outcome.answer, 202, headers)


def _array_response(outcomes: Sequence[Outcome]) -> RawResponse:
    """202 if every event is stored, otherwise 207 (RFC 4918), with the items in their order."""
    items: list[Json] = []
    for outcome in outcomes:
        if isinstance(outcome, ApiError):
            items.append({"status": PROBLEMS[outcome.slug].status, "problem": problem_document(outcome)})
        else:
            items.append({"status": 202, "replayed": outcome.is_replayed, "event": outcome.answer})
    accepted = sum(isinstance(outcome, Accepted) for outcome in outcomes)
    document = {"accepted": accepted, "refused": len(items) - accepted, "items": items}
    return json_response(document, 202 if accepted == len(items) else 207)


@endpoint(
    "POST",
    "/v1/explain",
    Scope.WRITE,
    "What an event would lead to, and why: nothing is stored",
    {"200": answer(EXPLAINED)},
    body=_body(ONE_EVENT, sorted(MEDIA_TYPES - {"application/cloudevents-batch+json"})),
    parameters=(AT, ROUTE),
    problems=(*OF_THE_BODY, "too-many-requests", "overloaded"),
)
async def explain(call: Call, *, at: str | None = None, route: str | None = None) -> RawResponse:
    document = await call.lane.read_json(call)
    now = time_asked(at, call.config)
    work = partial(explain_event, call.process.runtime, call.source, document, now, route)
    return json_response(await call.lane.run(work))


@endpoint(
    "GET",
    "/v1/events",
    Scope.READ,
    "The newest events that match, newest first",
    {"200": answer(EVENTS)},
    parameters=(
        LIMIT,
        Parameter("type", "Only events of this type.", parse_name),
        SUBJECT,
        Parameter(
            "customer",
            "Only about the customer with this id, where the event type says what its customer is.",
            parse_name,
        ),
        TARGET,
        PERSON,
        SOURCE,
        BEFORE,
        AFTER,
    ),
)
def list_events(
    call: Call,
    *,
    limit: int = DEFAULT_LISTED,
    type: str | None = None,
    subject: str | None = None,
    customer: str | None = None,
    target: str | None = None,
    person: str | None = None,
    source: str | None = None,
    before: str | None = None,
    after: str | None = None,
) -> RawResponse:
    events = call.process.runtime.views.events(
        limit,
        visible_sources(call.source, source),
        type,
        subject=subject,
        customer=customer,
        target=recipient_asked(target, person, call),
        before=place_asked(before, call.config),
        after=place_asked(after, call.config, is_after=True),
    )
    return json_response({"events": events})


@endpoint(
    "GET",
    "/v1/events/{id}",
    Scope.READ,
    "An event, its deliveries with each attempt, and why they are what they are",
    {"200": answer(EVENT_DETAIL)},
    path_parts={"id": PathPart("The event's id, percent-encoded.", has_slashes=ANY_ID.has_slashes)},
    parameters=(SOURCE, ROUTE),
    problems=("not-found",),
)
def get_event(call: Call, id: str, *, source: str | None = None, route: str | None = None) -> RawResponse:
    runtime = call.process.runtime
    event = runtime.views.event(id, visible_sources(call.source, source))
    event["deliveries"] = with_recipients(event["deliveries"], call.config)
    return json_response(explain_stored(runtime, event, route))
