"""The API's targets: those that are disabled, and enabling one again."""

from __future__ import annotations

from flask import Blueprint, Response

from gateway.errors import NotFound
from gateway.model import Scope
from gateway.web.answers import answer
from gateway.web.request import asking, parameters, runtime

targets = Blueprint("targets", __name__)


@targets.get("/v1/targets/disabled")
def list_disabled() -> Response:
    """The targets that nothing is sent to, since they said that they are gone."""
    asking(Scope.ADMIN)
    parameters({})
    found = runtime().ledger.disabled()
    rows = [{"target": name, "since": found[name].isoformat(timespec="milliseconds")} for name in sorted(found)]
    return answer({"targets": rows})


@targets.post("/v1/targets/<any_text:target>/enable")
def enable(target: str) -> Response:
    """It is sent to again; what died meanwhile waits for a replay."""
    asking(Scope.ADMIN)
    parameters({})
    if not runtime().ledger.enable(target):
        raise NotFound("disabled target", target)
    return answer({"enabled": target})
