"""The API's deliveries: looking up, and retrying or discarding the dead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response

from gateway.errors import ApiError
from gateway.model import DeliveryState, Scope, Source
from gateway.web.answers import answer
from gateway.web.auth import visible_sources
from gateway.web.request import asking, limit, name, parameters, runtime

deliveries = Blueprint("deliveries", __name__)

MAX_CHANGED = 1_000
"""In one request: the client asks again while there are more."""
MAX_WHY = 200


def _state(text: str) -> str:
    if text not in list(DeliveryState):
        raise ValueError(f"one of {', '.join(DeliveryState)}")
    return text


def _why(text: str) -> str:
    if not (text.strip() and text.isprintable() and len(text) <= MAX_WHY):
        raise ValueError(f"1 to {MAX_WHY} printable characters")
    return text


FILTERS = {"target": name, "event": name, "source": name}
WHY = {"reason": _why}


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


# ------------------------------------------------------------------ the dead


@deliveries.post("/v1/deliveries/<id>/retry")
def retry_delivery(id: str) -> Response:
    """202: the dead delivery waits again, with all its attempts before it."""
    source = asking(Scope.REPLAY)
    parameters({})
    return _one("retried", runtime().ledger.replay, id, source)


@deliveries.post("/v1/deliveries/retry")
def retry_deliveries() -> Response:
    """202: the dead deliveries that match wait again, all of them without a filter; `more` says that some are left."""
    source = asking(Scope.REPLAY)
    return _matching("retried", runtime().ledger.replay, parameters(FILTERS), source)


@deliveries.post("/v1/deliveries/<id>/discard")
def discard_delivery(id: str) -> Response:
    """202: the dead delivery is no dead letter any more; it keeps who discarded it, and why."""
    source = asking(Scope.REPLAY)
    return _one("discarded", _discarding(parameters(WHY), source), id, source)


@deliveries.post("/v1/deliveries/discard")
def discard_deliveries() -> Response:
    """202: as `discard_delivery`, for the dead deliveries that match."""
    source = asking(Scope.REPLAY)
    asked = parameters({**FILTERS, **WHY})
    return _matching("discarded", _discarding(asked, source), asked, source)


Change = Callable[[Sequence[str]], list[str]]
"""Changes the deliveries with these ids that are dead; the ids of those that it changed."""


def _discarding(asked: dict[str, Any], source: Source) -> Change:
    """Raises: ApiError without a reason."""
    if "reason" not in asked:
        raise ApiError("bad-parameter", "reason is missing: say why nobody needs these")
    return lambda ids: runtime().ledger.discard(ids, source.name, asked["reason"])


def _one(done: str, change: Change, id: str, source: Source) -> Response:
    found = runtime().views.delivery(id, visible_sources(source, None))
    if not change([found["id"]]):
        raise ApiError("not-dead", f"it is {found['state']}")
    return answer({done: 1, "deliveries": [found["id"]], "more": False}, 202)


def _matching(done: str, change: Change, asked: dict[str, Any], source: Source) -> Response:
    sources = visible_sources(source, asked.get("source"))
    dead = runtime().views.deliveries(MAX_CHANGED + 1, sources, **{**_filters(asked), "state": "dead"})
    changed = change([one["id"] for one in dead[:MAX_CHANGED]])
    return answer({done: len(changed), "deliveries": changed, "more": len(dead) > MAX_CHANGED}, 202)
