"""The API's unmapped bodies: shows, replays and drops what no mapping could use."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from gateway.intake.replay_unmapped import replay
from gateway.model import Scope
from gateway.web.auth import visible_sources
from gateway.web.endpoint import Call, Parameter, endpoint
from gateway.web.parameters import DEFAULT_LISTED, ID, LIMIT, SOURCE, parse_time, time_asked
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import COUNT, MOMENT, OBJECT, TEXT, Json, answer, component, list_of, object_of

ROW: Json = {
    "id": TEXT,
    "source": TEXT,
    "received": MOMENT,
    "reason": {"enum": ["unreadable", "no-rule", "invalid", "failed"]},
    "why": TEXT,
    "bytes": COUNT,
}
LISTED = component("Unmapped", object_of({"unmapped": list_of(object_of(ROW))}))
PROBLEM = object_of(
    {"detail": TEXT}, {"at": TEXT, "rule": TEXT, "type": TEXT, "pointer": TEXT, "code": TEXT, "hint": TEXT}
)
DETAIL = component(
    "UnmappedBody",
    object_of(
        {**ROW, "problems": list_of(PROBLEM), "headers": OBJECT, "query": OBJECT, "path": list_of(TEXT)},
        {"body": TEXT, "body_base64": {**TEXT, "description": "In place of `body`, when that is no UTF-8."}},
    ),
)
REPLAYED = component(
    "ReplayedBody",
    object_of(
        {"id": TEXT, "status": {"enum": ["accepted", "ignored", "unmapped"]}},
        {"events": list_of(TEXT), "problems": list_of(PROBLEM), "why": TEXT},
    ),
)
DROPPED = component("DroppedBody", object_of({"dropped": TEXT}))


BEFORE = "Only those that came before this time. All that came in the millisecond of the last of a page are on it."


@endpoint(
    "GET",
    "/v1/unmapped",
    Scope.READ,
    "Bodies that no mapping could use, newest first",
    {"200": answer(LISTED)},
    parameters=(LIMIT, SOURCE, Parameter("before", BEFORE, parse_time)),
)
def list_unmapped(
    call: Call, *, limit: int = DEFAULT_LISTED, source: str | None = None, before: str | None = None
) -> RawResponse:
    until = None if before is None else time_asked(before, call.config)
    rows = call.process.runtime.unmapped.newest(limit, visible_sources(call.source, source), until)
    return json_response({"unmapped": rows})


@endpoint(
    "GET",
    "/v1/unmapped/{id}",
    Scope.READ,
    "An unmapped body, with the reason why it was not mapped",
    {"200": answer(DETAIL)},
    path_parts={"id": ID},
    problems=("not-found",),
)
def get_unmapped(call: Call, id: str) -> RawResponse:
    stored = call.process.runtime.unmapped.get(id, visible_sources(call.source, None))
    unmapped = stored.unmapped
    try:
        body = {"body": unmapped.body.decode("utf-8")}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(unmapped.body).decode("ascii")}
    return json_response(
        {
            "id": stored.id,
            "source": unmapped.source,
            "received": stored.received.isoformat(timespec="milliseconds"),
            "reason": unmapped.reason,
            "why": unmapped.why,
            "bytes": stored.size,
            "problems": list(unmapped.problems),
            "headers": dict(unmapped.headers),
            "query": dict(unmapped.query),
            "path": list(unmapped.path),
            **body,
        }
    )


@endpoint(
    "POST",
    "/v1/unmapped/{id}/replay",
    Scope.REPLAY,
    "Map an unmapped body again with the current mapping; it is removed once it becomes events or is ignored",
    {"200": answer(REPLAYED)},
    path_parts={"id": ID},
    problems=("not-found",),
)
def replay_unmapped(call: Call, id: str) -> RawResponse:
    stored = call.process.runtime.unmapped.get(id, visible_sources(call.source, None))
    return json_response({"id": id, **replay(call.process.runtime, call.config, stored, datetime.now(UTC))})


@endpoint(
    "DELETE",
    "/v1/unmapped/{id}",
    Scope.REPLAY,
    "Forget it",
    {"200": answer(DROPPED)},
    path_parts={"id": ID},
    problems=("not-found",),
)
def drop_unmapped(call: Call, id: str) -> RawResponse:
    bodies = call.process.runtime.unmapped
    bodies.drop(bodies.get(id, visible_sources(call.source, None)).unmapped.source, [id])
    return json_response({"dropped": id})
