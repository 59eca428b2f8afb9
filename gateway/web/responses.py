"""Answers as bytes: JSON, problem documents, text."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from gateway.encoding import canonical
from gateway.errors import ApiError
from gateway.web.problems import PROBLEMS, problem_document

JSON = "application/json"
PROBLEM = "application/problem+json"
MAX_INSTANCE = 200
ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Headers of every answer."""


class RawResponse(NamedTuple):
    """An answer as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def json_response(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> RawResponse:
    return RawResponse(status, {"Content-Type": JSON, **(headers or {})}, canonical(document, sort=False))


def text_response(text: str) -> RawResponse:
    return RawResponse(200, {"Content-Type": "text/plain; charset=utf-8"}, text.encode())


def problem_response(
    error: ApiError, path: str, request_id: str | None = None, status: int | None = None
) -> RawResponse:
    """The problem document for *error*, with the path and an id of the request; *status* replaces the usual one."""
    instance = quote(path[:MAX_INSTANCE], errors="replace")
    document = {
        **problem_document(error),
        **({} if status is None else {"status": status}),
        "instance": instance,
        "request_id": request_id or secrets.token_hex(8),
    }
    headers = {"Content-Type": PROBLEM, **error.headers}
    return RawResponse(status or PROBLEMS[error.slug].status, headers, canonical(document, sort=False))
