"""The API's status of the whole gateway, for operators."""

from __future__ import annotations

from typing import get_args

from gateway.errors import StoreUnavailable
from gateway.health.document import status_document, unavailable_document
from gateway.model import Scope
from gateway.store.alarms import GATEWAY_KINDS
from gateway.store.processes import Kind
from gateway.web.endpoint import Call, endpoint
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import (
    COUNT,
    MOMENT,
    NUMBER,
    TEXT,
    answer,
    component,
    list_of,
    object_of,
    or_null,
)
from gateway.web.targets import LANE, TARGET

PROCESS = object_of(
    {
        "kind": {"enum": list(get_args(Kind))},
        "name": TEXT,
        "host": TEXT,
        "pid": COUNT,
        "version": TEXT,
        "state": {"enum": ["alive", "gone"]},
        "since": MOMENT,
        "last": MOMENT,
        "config": or_null(TEXT),
        "problems": COUNT,
    }
)
STATUS = component(
    "Status",
    object_of(
        {
            "status": {"enum": ["ready", "degraded", "unavailable"]},
            "reasons": list_of(object_of({"name": TEXT, "text": TEXT, "cure": TEXT, "about": list_of(TEXT)})),
            "told": {
                "type": "object",
                "properties": dict.fromkeys(GATEWAY_KINDS, MOMENT),
                "description": "Alarms about the gateway itself that were sent, and when each trouble began.",
            },
            "processes": list_of(PROCESS),
            "backlog": or_null(
                object_of({"waiting": COUNT, "under_way": COUNT, "dead": COUNT, "oldest": or_null(MOMENT)})
            ),
            "lanes": list_of({"allOf": [LANE, object_of({"oldest": or_null(MOMENT), "open_since": or_null(MOMENT)})]}),
            "targets": list_of(TARGET),
            "timers": or_null(object_of({"next": or_null(MOMENT)})),
            "configurations": list_of(
                object_of({"host": TEXT, "digest": TEXT, "processes": COUNT, "problems": COUNT, "since": MOMENT})
            ),
            "durability": {"enum": ["always", "relaxed"]},
            "memory": or_null(object_of({"used_share": NUMBER, "share_when_delivered": NUMBER})),
        }
    ),
)


@endpoint(
    "GET",
    "/v1/status",
    Scope.ADMIN,
    "Whether the gateway works: what is wrong and what to do, processes, lanes and targets in trouble, backlog",
    {"200": answer(STATUS, "`unavailable`: events are refused; if the ledger takes no writes, nothing else is known.")},
)
def get_status(call: Call) -> RawResponse:
    runtime = call.process.runtime
    targets = []
    try:
        document = status_document(call.process.health.current(), runtime.alarms.troubles())
        targets = runtime.alarms.targets()
    except StoreUnavailable as exc:
        document = unavailable_document(exc.why)
    return json_response(document | {"targets": targets, "durability": runtime.settings.durability})
