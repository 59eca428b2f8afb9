"""What a view needs of the current request: the runtime, who asks, the parameters, the body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app, request

from gateway.errors import ApiError
from gateway.model import Scope, Source
from gateway.runtime import Runtime
from gateway.web.auth import authenticate, require
from gateway.web.event_request import BodyLimit, check_type

MAX_LISTED = 500


def runtime() -> Runtime:
    found: Runtime = current_app.extensions["gateway"]
    return found


def asking(scope: Scope | None = None) -> Source:
    """The source whose token the request carries. Raises: ApiError when it may not do *scope*."""
    source = authenticate(runtime().config.current(), request.headers.get("Authorization"))
    if scope is not None:
        require(source, scope)
    return source


# ------------------------------------------------------------------ parameters


def parameters(parsers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """The query's parameters by name, each read by its parser (text -> value, or ValueError).

    Raises: ApiError for one that is unknown, given twice, or has no such value.
    """
    found = {}
    for name, texts in request.args.lists():
        parser = parsers.get(name)
        if parser is None:
            known = ", ".join(parsers) or "none"
            raise ApiError("bad-parameter", f"there is no such parameter; the path takes: {known}")
        if len(texts) > 1:
            raise ApiError("bad-parameter", f"{name} is given twice")
        try:
            found[name] = parser(texts[0])
        except ValueError as exc:
            raise ApiError("bad-parameter", f"{name}: expected {exc}") from None
    return found


def limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MAX_LISTED):
        raise ValueError(f"a whole number from 1 to {MAX_LISTED}")
    return int(text)


def name(text: str) -> str:
    if not 1 <= len(text) <= 255:
        raise ValueError("1 to 255 characters")
    return text


# ------------------------------------------------------------------ the body


def json_body() -> Any:
    """The body's value; what is longer than allowed is not read. Raises: ApiError."""
    check_type(request.content_type, request.headers.get("Content-Encoding"))
    settings = runtime().settings
    limit = BodyLimit(settings, request.content_length)
    body = _read(settings.max_event_bytes + 1)
    limit.check(body)
    body += _read(settings.max_body_bytes + 1 - len(body))
    return limit.value(body)


def _read(most: int) -> bytes:
    """At most *most* further bytes of the body; fewer only at its end."""
    parts = []
    while most > 0:
        part = request.stream.read(most)
        if not part:
            break
        parts.append(part)
        most -= len(part)
    return b"".join(parts)
