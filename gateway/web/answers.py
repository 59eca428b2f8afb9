"""The gateway's answers: compact JSON, and problem documents for everything that goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from gateway.encoding import dumps
from gateway.errors import ApiError, NotFound, Overloaded, StoreUnavailable
from gateway.web.event_request import JSON, RawResponse, rendered_problem

log = logging.getLogger(__name__)

SLUGS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}
"""Of what Flask and Werkzeug refuse by themselves; the rest is `bad-request`."""


def answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(dumps(document), status, headers, mimetype=JSON)


def problem(refused: ApiError) -> Response:
    """RFC 9457, for the current request."""
    return response(rendered_problem(refused, request.path))


def response(one: RawResponse) -> Response:
    return Response(one.body, one.status, one.headers)


def register(app: Flask) -> None:
    """Makes every error of *app* a problem document."""
    app.register_error_handler(ApiError, problem)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(StoreUnavailable, _unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _defect)


def _not_found(exc: NotFound) -> Response:
    return problem(ApiError("not-found", f"no such {exc.kind}"))


def _unavailable(exc: StoreUnavailable) -> Response:
    return problem(refusal_of(exc))


def refusal_of(exc: ApiError | StoreUnavailable) -> ApiError:
    """What a request is told that failed so."""
    if isinstance(exc, ApiError):
        return exc
    headers = {"Retry-After": str(exc.retry_after_s)}
    if isinstance(exc, Overloaded):
        return ApiError("overloaded", exc.why, headers=headers)
    log.warning("%s", exc)
    return ApiError("storage-unavailable", headers=headers)


def _http(exc: HTTPException) -> Response:
    code = exc.code or 500
    if code >= 500:
        return _defect(exc)
    headers = {name: value for name, value in exc.get_headers() if name in ("Allow", "Retry-After")}
    return problem(ApiError(SLUGS.get(code, "bad-request"), headers=headers))


def _defect(exc: Exception) -> Response:
    refused = ApiError("internal")
    answered = problem(refused)
    known = answered.get_json(force=True)
    log.error("request %s: %s %s failed", known["request_id"], request.method, known["instance"], exc_info=exc)
    return answered
