"""The API's deliveries: looking up, and retrying the dead."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from gateway.intake.refusals import refuse
from gateway.model import DeliveryState, Scope
from gateway.web.answers import answer
from gateway.web.auth import visible_sources
from gateway.web.request import asking, limit, name, parameters, runtime

deliveries = Blueprint("deliveries", __name__)

MOST_RETRIED = 1_000
"""In one request: the client asks again while there are more."""


def _state(text: str) -> str:
    if text not in list(DeliveryState):
        raise ValueError(f"one of {', '.join(DeliveryState)}")
    return text


FILTERS = {"target": name, "event": name, "source": name}


def _filters(asked: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in asked.items() if key in ("state", "target", "event")}


@deliveries.get("/v1/deliveries")
def list_deliveries() -> Response:
    """The newest deliveries that match, newest first."""
    source = asking(Scope.READ)
    asked = parameters({"limit": limit, "state": _state, "before": name, **FILTERS})
    sources = visible_sources(source, asked.get("source"))
    found = runtime().views.deliveries(asked.get("limit", 50), sources, before=asked.get("before"), **_filters(asked))
    return answer({"deliveries": found})


@deliveries.get("/v1/deliveries/<id>")
def get_delivery(id: str) -> Response:
    source = asking(Scope.READ)
    parameters({})
    return answer(runtime().views.delivery(id, visible_sources(source, None)))


@deliveries.get("/v1/lanes")
def list_lanes() -> Response:
    """Every lane with something to send, or that is not ready."""
    asking(Scope.ADMIN)
    parameters({})
    return answer({"lanes": runtime().views.lanes()})


@deliveries.post("/v1/deliveries/<id>/retry")
def retry_delivery(id: str) -> Response:
    """202: the dead delivery waits again, with all its attempts before it."""
    source = asking(Scope.REPLAY)
    parameters({})
    found = runtime().views.delivery(id, visible_sources(source, None))
    if not runtime().ledger.replay([found["id"]]):
        raise refuse("not-dead", f"it is {found['state']}")
    return answer({"retried": 1, "deliveries": [found["id"]], "more": False}, 202)


@deliveries.post("/v1/deliveries/retry")
def retry_deliveries() -> Response:
    """202: the dead deliveries that match wait again, all of them without a filter; `more` says that some are left."""
    source = asking(Scope.REPLAY)
    asked = parameters(FILTERS)
    sources = visible_sources(source, asked.get("source"))
    dead = runtime().views.deliveries(MOST_RETRIED + 1, sources, **{**_filters(asked), "state": "dead"})
    ids = [one["id"] for one in dead[:MOST_RETRIED]]
    retried = runtime().ledger.replay(ids)
    return answer({"retried": len(retried), "deliveries": retried, "more": len(dead) > MOST_RETRIED}, 202)
