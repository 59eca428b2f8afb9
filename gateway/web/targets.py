"""The API's targets and lanes: what is in trouble, and enabling a target again."""

from __future__ import annotations

from gateway.errors import NotFound
from gateway.model import FailureReason, Scope
from gateway.web.endpoint import Call, PathPart, endpoint
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import COUNT, MOMENT, TEXT, answer, component, list_of, object_of, or_null

TARGET = object_of(
    {
        "target": TEXT,
        "state": {"enum": ["disabled", "needs-attention"]},
        "reason": {"enum": list(FailureReason)},
        "since": MOMENT,
    }
)
TARGETS = component("Targets", object_of({"targets": list_of(TARGET)}))
ENABLED = component("Enabled", object_of({"enabled": TEXT}))
LANE = object_of(
    {
        "lane": TEXT,
        "state": {"enum": ["ready", "open", "probing", "paused"]},
        "until": or_null(MOMENT),
        "waiting": COUNT,
        "under_way": COUNT,
        "failed_in_a_row": COUNT,
    }
)
LANES = component("Lanes", object_of({"lanes": list_of(LANE)}))


@endpoint(
    "GET",
    "/v1/targets",
    Scope.ADMIN,
    "Targets in trouble: disabled since they said that they are gone, or refusing what is sent to them",
    {"200": answer(TARGETS)},
)
def list_targets(call: Call) -> RawResponse:
    return json_response({"targets": call.process.runtime.alarms.targets()})


@endpoint(
    "POST",
    "/v1/targets/{target}/enable",
    Scope.ADMIN,
    "Send to a disabled target again; what died meanwhile waits for a replay",
    {"200": answer(ENABLED)},
    path_parts={"target": PathPart("`noc-slack`, `ana/sms`.", has_slashes=True)},
    problems=("not-found",),
)
def enable_target(call: Call, target: str) -> RawResponse:
    if not call.process.runtime.alarms.enable(target):
        raise NotFound("disabled target", target)
    return json_response({"enabled": target})


@endpoint(
    "GET",
    "/v1/lanes",
    Scope.ADMIN,
    "The waiting lines: every lane with something to send, or that is not ready",
    {"200": answer(LANES)},
)
def list_lanes(call: Call) -> RawResponse:
    return json_response({"lanes": call.process.runtime.views.lanes()})
