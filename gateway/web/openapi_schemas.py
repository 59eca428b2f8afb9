"""The JSON Schemas of what the API answers, by the name that the description refers to."""

from __future__ import annotations

from typing import Any

from gateway.model import DeliveryState, FailureReason, Severity

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
MOMENT: Json = {"type": "string", "format": "date-time"}
COUNT: Json = {"type": "integer", "minimum": 0}
NUMBER: Json = {"type": "number"}
YES_OR_NO: Json = {"type": "boolean"}


def _object(required: Json, optional: Json | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def schema_documents() -> Json:
    return {**_intake_schemas(), **_ledger_schemas(), **_operations_schemas()}


def _intake_schemas() -> Json:
    error = _object({"pointer": TEXT, "code": TEXT, "detail": TEXT}, {"hint": TEXT})
    planned = _object({"id": TEXT, "target": TEXT})
    item = _object(
        {"status": {"type": "integer"}}, {"replayed": YES_OR_NO, "event": ref("Accepted"), "problem": ref("Problem")}
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
        {"notification": TEXT, "route": TEXT, "at": TEXT, "outcome": TEXT},
    )
    explanation = _object({"fallback": YES_OR_NO, "findings": _list(finding)})
    planned = _object({"target": TEXT, "lane": TEXT, "delay_s": NUMBER, "reasons": _list(reason)})
    later = _object({"type": TEXT, "time": MOMENT, "lead": TEXT, "targets": _list(TEXT), "reasons": _list(TEXT)})
    whole = {**facts, "data": {"type": "object"}, "config": TEXT, "explanation": explanation}
    return {
        "Events": _object({"events": _list(_object({**facts, "accepted": MOMENT, "deliveries": COUNT}))}),
        "EventDetail": _object({**whole, "accepted": MOMENT, "deliveries": _list(ref("Delivery"))}),
        "Explained": _object({**whole, "deliveries": _list(planned), "later": _list(later)}),
        "Delivery": _delivery(reason),
        "Deliveries": _object({"deliveries": _list(ref("Delivery"))}),
        "Present": _object({"person": TEXT, "until": MOMENT}),
        "Ended": _object({"person": TEXT, "ended": COUNT, "online": YES_OR_NO}),
        "Online": _object({"online": _list(_object({"person": TEXT, "until": MOMENT}))}),
        "Targets": _object({"targets": _list(_target())}),
        "Enabled": _object({"enabled": TEXT}),
        "Lanes": _object({"lanes": _list(_lane())}),
        "Timers": _object({"timers": _list(_timer())}),
        "Cancelled": _object({"cancelled": TEXT, "type": TEXT, "subject": _or_null(TEXT)}),
        "Retried": _object({"retried": COUNT, "deliveries": _list(TEXT), "more": YES_OR_NO}),
        "Discarded": _object({"discarded": COUNT, "deliveries": _list(TEXT), "more": YES_OR_NO}),
    }


def _target() -> Json:
    state = {"enum": ["disabled", "needs-attention"]}
    return _object({"target": TEXT, "state": state, "reason": {"enum": list(FailureReason)}, "since": MOMENT})


def _lane() -> Json:
    state = {"enum": ["ready", "open", "probing", "paused"]}
    counts = {"waiting": COUNT, "under_way": COUNT, "failed_in_a_row": COUNT}
    return _object({"lane": TEXT, "state": state, "until": _or_null(MOMENT), **counts})


def _timer() -> Json:
    facts = {"id": TEXT, "type": TEXT, "source": TEXT, "subject": _or_null(TEXT), "keys": _list(TEXT)}
    return _object({**facts, "at": MOMENT, "next": MOMENT, "why": TEXT, "set_by": TEXT})


def _delivery(reason: Json) -> Json:
    failure = _or_null({"enum": list(FailureReason)})
    attempt = _object(
        {
            "number": {"type": "integer", "minimum": 1},
            "started": MOMENT,
            "duration_s": NUMBER,
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
            "dropped_by": _or_null(TEXT),
            "discarded_by": _or_null(TEXT),
            "discarded_for": _or_null(TEXT),
            "reasons": _list(reason),
            "attempts": _list(attempt),
        }
    )


def _operations_schemas() -> Json:
    category = _object({"name": TEXT, "title": TEXT, "description": TEXT})
    notification = _object(
        {
            "id": TEXT,
            "title": TEXT,
            "audience": TEXT,
            "except_actor": YES_OR_NO,
            "staff_only": YES_OR_NO,
            "timing": _or_null(TEXT),
        }
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
            "message": _or_null(_object({"title": TEXT, "body": TEXT, "link": TEXT})),
            "example": {"type": "object"},
            "fact": YES_OR_NO,
            "timing": _or_null(TEXT),
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
