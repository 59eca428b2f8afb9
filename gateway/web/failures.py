"""Turns every exception that can end a request into a problem document."""

from __future__ import annotations

import logging
import secrets
import traceback

from werkzeug.exceptions import HTTPException

from gateway.errors import ApiError, NotFound, Overloaded, StoreUnavailable
from gateway.log_limit import LogLimit
from gateway.store.server_failures import log_outage
from gateway.web.request import Request
from gateway.web.responses import RawResponse, problem_response

log = logging.getLogger(__name__)

SLUGS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}
"""For statuses that Flask and Werkzeug set by themselves; all others are `bad-request`."""

_limit = LogLimit()


def failure_response(exc: Exception, request: Request) -> RawResponse:
    """The answer to *request*, which ended with *exc*. A defect of the gateway is logged."""
    request_id = secrets.token_hex(8)
    error = to_api_error(exc, request_id)
    if error is not None:
        return problem_response(error, request.path, request_id)
    frames = traceback.extract_tb(exc.__traceback__)
    place = (frames[-1].filename, frames[-1].lineno) if frames else None
    suffix = _limit.suffix((type(exc), place))
    if suffix is not None:
        text = "request %s: %s %s failed%s"
        ids = {"request": request_id}
        log.error(text, request_id, request.method, request.path[:200], suffix, exc_info=exc, extra=ids)
    return problem_response(ApiError("internal"), request.path, request_id)


def to_api_error(exc: Exception, request_id: str) -> ApiError | None:
    """The API error to return when *exc* was raised; None for a defect of the gateway."""
    match exc:
        case ApiError():
            return exc
        case NotFound():
            return ApiError("not-found", f"there is no such {exc.kind}")
        case Overloaded():
            return ApiError("overloaded", exc.why, headers={"Retry-After": str(exc.retry_after_s)})
        case StoreUnavailable():
            log_outage(exc, "the request was refused", request=request_id)
            return ApiError("storage-unavailable", exc.why, headers={"Retry-After": str(exc.retry_after_s)})
        case HTTPException() if (exc.code or 500) < 500:
            headers = {name: value for name, value in exc.get_headers() if name in ("Allow", "Retry-After")}
            return ApiError(SLUGS.get(exc.code or 0, "bad-request"), headers=headers)
    return None
