"""Posting events, whatever carries the request: what is checked before and after the body, and the answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from werkzeug.http import parse_options_header

from gateway.encoding import dumps
from gateway.errors import ApiError
from gateway.intake.accept import MAX_EVENTS, Accepted, Outcome
from gateway.intake.strict_json import decode
from gateway.model import Config, Scope, Source
from gateway.settings import Settings
from gateway.web.auth import authenticate, require
from gateway.web.problems import PROBLEMS, problem_document

JSON = "application/json"
PROBLEM = "application/problem+json"
MEDIA_TYPES = frozenset({JSON, "application/cloudevents+json", "application/cloudevents-batch+json"})
CHARSETS = frozenset({"utf-8", "utf8"})
WHITE_SPACE = b" \t\r\n"
MAX_INSTANCE = 200
REPLAYED = "Idempotent-Replayed"


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def admit(config: Config, authorization: str | None, scope: Scope) -> Source:
    """Who posts. Raises: ApiError."""
    source = authenticate(config, authorization)
    require(source, scope)
    return source


def check_type(content_type: str | None, encoding: str | None) -> None:
    """Raises: ApiError when the body cannot be JSON in UTF-8."""
    if (encoding or "identity").strip().lower() != "identity":
        raise ApiError("unsupported-media-type", "a Content-Encoding is not taken: send the JSON as it is")
    if content_type == JSON:
        return
    media_type, options = parse_options_header(content_type)
    if media_type.lower() not in MEDIA_TYPES:
        raise ApiError("unsupported-media-type", "expected Content-Type: application/json")
    if options.get("charset", "utf-8").lower() not in CHARSETS:
        raise ApiError("unsupported-media-type", "expected charset=utf-8, or none")


class BodyLimit:
    """How much of a body is read: one event up to the limit of one, an array up to that of a request."""

    def __init__(self, settings: Settings, length: int | None) -> None:
        """*length* is the one that the request claims. Raises: ApiError."""
        self._settings = settings
        self._length = length
        if length is not None and length > settings.max_body_bytes:
            raise too_large(settings.max_body_bytes)

    @property
    def is_sure(self) -> bool:
        """Whether a body of the length that the request claims is small enough, whatever it is."""
        return self._length is not None and self._length <= self._settings.max_event_bytes

    def check(self, body: bytes | bytearray) -> None:
        """Raises: ApiError when what has come of the body is too much already."""
        if len(body) <= self._settings.max_event_bytes:
            return
        if not body.lstrip(WHITE_SPACE).startswith(b"["):
            raise too_large(self._settings.max_event_bytes)
        if len(body) > self._settings.max_body_bytes:
            raise too_large(self._settings.max_body_bytes)

    def value(self, body: bytes) -> Any:
        """What the whole *body* says. Raises: ApiError."""
        self.check(body)
        if self._length is not None and len(body) < self._length:
            raise ApiError("incomplete-body", f"{len(body):,} of {self._length:,} bytes arrived")
        return decode(body)


def too_large(most: int) -> ApiError:
    return ApiError("too-large", f"at most {most:,} bytes")


def documents_in(value: Any) -> Sequence[Any]:
    """The events that were posted: one, or an array of them. Raises: ApiError."""
    if not isinstance(value, list):
        return [value]
    if not value:
        raise ApiError("empty-array")
    if len(value) > MAX_EVENTS:
        raise ApiError("too-many-events", f"at most {MAX_EVENTS:,} events in one request")
    return value


def rendered(outcomes: Sequence[Outcome], path: str, *, is_array: bool) -> RawResponse:
    """An array: 202 when every event is stored, else 207 (RFC 4918), `{accepted, refused, items}` in its order."""
    if not is_array:
        (outcome,) = outcomes
        if isinstance(outcome, ApiError):
            return rendered_problem(outcome, path)
        headers = {"Content-Type": JSON, "Location": f"/v1/events/{quote(str(outcome.answer['id']), safe='')}"}
        if outcome.is_replayed:
            headers[REPLAYED] = "true"
        return RawResponse(202, headers, dumps(outcome.answer).encode())
    items = [_item(outcome) for outcome in outcomes]
    accepted = sum(isinstance(outcome, Accepted) for outcome in outcomes)
    document = {"accepted": accepted, "refused": len(items) - accepted, "items": items}
    return RawResponse(202 if accepted == len(items) else 207, {"Content-Type": JSON}, dumps(document).encode())


def _item(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, ApiError):
        return {"status": PROBLEMS[outcome.slug].status, "problem": problem_document(outcome)}
    return {"status": 202, "replayed": outcome.is_replayed, "event": outcome.answer}


def rendered_problem(error: ApiError, path: str) -> RawResponse:
    """The problem document of *error*, made complete with what is known of the request."""
    document = {**problem_document(error), "instance": quote(path[:MAX_INSTANCE]), "request_id": secrets.token_hex(8)}
    headers = {"Content-Type": PROBLEM, **error.headers}
    return RawResponse(PROBLEMS[error.slug].status, headers, dumps(document).encode())
