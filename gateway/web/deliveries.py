"""The API's deliveries: looks them up, and retries or discards dead ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from gateway.errors import ApiError
from gateway.model import Config, DeliveryState, FailureReason, Scope
from gateway.web.auth import visible_sources
from gateway.web.endpoint import Call, Parameter, endpoint
from gateway.web.parameters import (
    DEFAULT_LISTED,
    DELIVERY_ID,
    ID,
    LIMIT,
    PERSON,
    SOURCE,
    TARGET,
    parse_bound,
    parse_name,
    parse_one_of,
    place_asked,
    recipient_asked,
)
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import (
    COUNT,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    YES_OR_NO,
    Json,
    answer,
    component,
    list_of,
    object_of,
    or_null,
)

MAX_CHANGED = 1_000
"""The most that one request changes; the client repeats it while there are more."""
MAX_DISCARD_REASON = 200


def _parse_bound(text: str) -> str:
    return text if DELIVERY_ID.fullmatch(text) else parse_bound(text)


def _parse_discard_reason(text: str) -> str:
    if not (text.strip() and text.isprintable() and len(text) <= MAX_DISCARD_REASON):
        raise ValueError(f"1 to {MAX_DISCARD_REASON} printable characters")
    return text


STATE = Parameter(
    "state", "Only deliveries in this state.", parse_one_of(list(DeliveryState)), {"enum": list(DeliveryState)}
)
BOUND = "the id of a delivery, its `cursor`, or a time"
BEFORE = Parameter("before", f"Only older deliveries than this, for the next page: {BOUND}.", _parse_bound)
AFTER = Parameter("after", f"Only newer deliveries than this: {BOUND}.", _parse_bound)
FILTERS = (
    TARGET,
    Parameter("event", "Only of the event with this id.", parse_name),
    SOURCE,
)
DISCARD_REASON = Parameter(
    "reason", "say why nobody needs these deliveries any more.", _parse_discard_reason, is_required=True
)

REASON = object_of({"notification": TEXT, "route": TEXT, "text": TEXT})
FAILURE = or_null({"enum": list(FailureReason)})
ATTEMPT = object_of(
    {
        "number": {**INTEGER, "minimum": 1},
        "started": MOMENT,
        "duration_s": NUMBER,
        "outcome": {"enum": ["delivered", "failed"]},
        "reason": FAILURE,
        "status": or_null(INTEGER),
        "detail": TEXT,
    }
)
RECIPIENT: Json = {
    **or_null(TEXT),
    "description": "Of a place with several recipients: who gets this message, masked (`...4567`, `a...@example.com`).",
}
DELIVERY = component(
    "Delivery",
    object_of(
        {
            "id": TEXT,
            "event": TEXT,
            "type": TEXT,
            "source": TEXT,
            "target": TEXT,
            "recipient": RECIPIENT,
            "lane": TEXT,
            "state": {"enum": list(DeliveryState)},
            "reason": FAILURE,
            "accepted": MOMENT,
            "due": or_null(MOMENT),
            "settled": or_null(MOMENT),
            "dropped_by": or_null(TEXT),
            "discarded_by": or_null(TEXT),
            "discarded_for": or_null(TEXT),
            "reasons": list_of(REASON),
            "attempts": list_of(ATTEMPT),
        },
        {"cursor": {**TEXT, "description": "In a list: its place there."}},
    ),
)
DELIVERIES = component("Deliveries", object_of({"deliveries": list_of(DELIVERY)}))
RETRIED = component("Retried", object_of({"retried": COUNT, "deliveries": list_of(TEXT), "more": YES_OR_NO}))
DISCARDED = component("Discarded", object_of({"discarded": COUNT, "deliveries": list_of(TEXT), "more": YES_OR_NO}))


@endpoint(
    "GET",
    "/v1/deliveries",
    Scope.READ,
    "The newest deliveries that match, newest first",
    {"200": answer(DELIVERIES)},
    parameters=(LIMIT, STATE, *FILTERS, PERSON, BEFORE, AFTER),
    problems=("not-found",),
)
def list_deliveries(
    call: Call,
    *,
    limit: int = DEFAULT_LISTED,
    state: str | None = None,
    target: str | None = None,
    event: str | None = None,
    person: str | None = None,
    source: str | None = None,
    before: str | None = None,
    after: str | None = None,
) -> RawResponse:
    deliveries = call.process.runtime.views.deliveries(
        limit,
        visible_sources(call.source, source),
        state=state,
        target=recipient_asked(target, person, call),
        event=event,
        before=before if before and DELIVERY_ID.fullmatch(before) else place_asked(before, call.config),
        after=after if after and DELIVERY_ID.fullmatch(after) else place_asked(after, call.config, is_after=True),
    )
    return json_response({"deliveries": with_recipients(deliveries, call.config)})


def with_recipients(deliveries: Sequence[dict[str, Any]], config: Config) -> list[dict[str, Any]]:
    """*deliveries* with the masked recipient of each target from *config*, since the ledger knows only names of
    targets."""
    masked = {
        name: config.targets[name].masked_recipient
        for name in {delivery["target"] for delivery in deliveries}
        if name in config.targets
    }
    return [{**delivery, "recipient": masked.get(delivery["target"])} for delivery in deliveries]


@endpoint(
    "GET",
    "/v1/deliveries/{id}",
    Scope.READ,
    "One delivery with every attempt",
    {"200": answer(DELIVERY)},
    path_parts={"id": ID},
    problems=("not-found",),
)
def get_delivery(call: Call, id: str) -> RawResponse:
    delivery = call.process.runtime.views.delivery(id, visible_sources(call.source, None))
    return json_response(with_recipients([delivery], call.config)[0])


# ------------------------------------------------------------------ the dead

Change = Callable[[Sequence[str]], list[str]]
"""Changes those of the deliveries with these ids that are dead, and returns the ids of those."""


@endpoint(
    "POST",
    "/v1/deliveries/{id}/retry",
    Scope.REPLAY,
    "A dead delivery is tried again; the attempts before it stay on record",
    {"202": answer(RETRIED)},
    path_parts={"id": ID},
    problems=("not-found", "not-dead"),
)
def retry_delivery(call: Call, id: str) -> RawResponse:
    return _change_one(call, "retried", call.process.runtime.ledger.replay, id)


@endpoint(
    "POST",
    "/v1/deliveries/retry",
    Scope.REPLAY,
    "All dead deliveries that match are tried again; `more` says that some are left",
    {"202": answer(RETRIED)},
    parameters=FILTERS,
)
def retry_deliveries(
    call: Call, *, target: str | None = None, event: str | None = None, source: str | None = None
) -> RawResponse:
    return _change_matching(call, "retried", call.process.runtime.ledger.replay, source, target=target, event=event)


@endpoint(
    "POST",
    "/v1/deliveries/{id}/discard",
    Scope.REPLAY,
    "A dead delivery is put aside, with who did so and why",
    {"202": answer(DISCARDED)},
    path_parts={"id": ID},
    parameters=(DISCARD_REASON,),
    problems=("not-found", "not-dead"),
)
def discard_delivery(call: Call, id: str, *, reason: str) -> RawResponse:
    return _change_one(call, "discarded", _discarding(call, reason), id)


@endpoint(
    "POST",
    "/v1/deliveries/discard",
    Scope.REPLAY,
    "All dead deliveries that match are put aside",
    {"202": answer(DISCARDED)},
    parameters=(*FILTERS, DISCARD_REASON),
)
def discard_deliveries(
    call: Call, *, reason: str, target: str | None = None, event: str | None = None, source: str | None = None
) -> RawResponse:
    return _change_matching(call, "discarded", _discarding(call, reason), source, target=target, event=event)


def _discarding(call: Call, reason: str) -> Change:
    return partial(call.process.runtime.ledger.discard, who=call.source.name, why=reason)


def _change_one(call: Call, done: str, change: Change, id: str) -> RawResponse:
    delivery = call.process.runtime.views.delivery(id, visible_sources(call.source, None))
    if not change([delivery["id"]]):
        raise ApiError("not-dead", f"it is {delivery['state']}")
    return json_response({done: 1, "deliveries": [delivery["id"]], "more": False}, 202)


def _change_matching(
    call: Call, done: str, change: Change, source: str | None, *, target: str | None, event: str | None
) -> RawResponse:
    sources = visible_sources(call.source, source)
    views = call.process.runtime.views
    dead = views.deliveries(MAX_CHANGED + 1, sources, state=DeliveryState.DEAD, target=target, event=event)
    changed = change([delivery["id"] for delivery in dead[:MAX_CHANGED]])
    return json_response({done: len(changed), "deliveries": changed, "more": len(dead) > MAX_CHANGED}, 202)
