"""The API's short ids: completes the first characters of an id."""

from __future__ import annotations

from functools import partial

from gateway.model import Scope
from gateway.store.short_ids import MAX_IDS, ShortIds
from gateway.web.auth import visible_sources
from gateway.web.endpoint import Call, Parameter, endpoint
from gateway.web.parameters import parse_name, parse_one_of
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import TEXT, YES_OR_NO, answer, component, list_of, object_of

KINDS = ("event", "delivery", "timer", "override")
MIN_LENGTH = 4


IDS = component("Ids", object_of({"ids": list_of(TEXT), "more": YES_OR_NO}))


@endpoint(
    "GET",
    "/v1/ids",
    Scope.READ,
    "The ids with this beginning, newest first; a complete id is the only result",
    {"200": answer(IDS)},
    parameters=(
        Parameter("kind", "Of what.", parse_one_of(KINDS), {"enum": list(KINDS)}, is_required=True),
        Parameter(
            "beginning",
            "The first characters of the id.",
            partial(parse_name, min_length=MIN_LENGTH),
            {"type": "string", "minLength": MIN_LENGTH, "maxLength": 255},
            is_required=True,
        ),
    ),
)
def list_ids(call: Call, *, kind: str, beginning: str) -> RawResponse:
    runtime, sources = call.process.runtime, visible_sources(call.source, None)
    short_ids = ShortIds(runtime.ledger.client)
    match kind:
        case "event":
            ids = short_ids.events(beginning, sources)
        case "delivery":
            ids = short_ids.deliveries(beginning, sources)
        case "timer":
            timed = [event.name for event in call.config.catalog.events.values() if event.timing is not None]
            ids = short_ids.timers(beginning, sources, timed)
        case _:
            stored = [item.override.id for item in runtime.overrides.all()]
            ids = [id for id in stored if id.startswith(beginning)]
            ids = [beginning] if beginning in ids else ids
    return json_response({"ids": ids[:MAX_IDS], "more": len(ids) > MAX_IDS})
