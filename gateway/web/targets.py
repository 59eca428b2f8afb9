"""The API's targets: those in trouble, and enabling one again."""

from __future__ import annotations

from flask import Blueprint, Response

from gateway.errors import NotFound
from gateway.model import Scope
from gateway.web.answers import answer
from gateway.web.request import asking, parameters, runtime

targets = Blueprint("targets", __name__)


@targets.get("/v1/targets")
def list_troubled() -> Response:
    """The targets in trouble: disabled since they said that they are gone, or refusing what is sent to them."""
    asking(Scope.ADMIN)
    parameters({})
    return answer({"targets": runtime().alarms.targets()})


@targets.post("/v1/targets/<any_text:target>/enable")
def enable(target: str) -> Response:
    """It is sent to again; what died meanwhile waits for a replay."""
    asking(Scope.ADMIN)
    parameters({})
    if not runtime().alarms.enable(target):
        raise NotFound("disabled target", target)
    return answer({"enabled": target})
