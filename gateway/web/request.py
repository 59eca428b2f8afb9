"""What a view needs of the current request: the runtime, who asks, the parameters, the body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app, request

from gateway.intake.refusals import refuse
from gateway.intake.strict_json import decode
from gateway.model import Scope, Source
from gateway.runtime import Runtime
from gateway.web.auth import authenticate, require

MEDIA_TYPES = frozenset({"application/json", "application/cloudevents+json", "application/cloudevents-batch+json"})
CHARSETS = frozenset({"utf-8", "utf8"})
WHITE_SPACE = b" \t\r\n"
MOST_LISTED = 500


def runtime() -> Runtime:
    found: Runtime = current_app.extensions["gateway"]
    return found


def asking(scope: Scope | None = None) -> Source:
    """The source whose token the request carries. Raises: RequestRefused when it may not do *scope*."""
    source = authenticate(runtime().config.current(), request.headers.get("Authorization"))
    if scope is not None:
        require(source, scope)
    return source


# ------------------------------------------------------------------ parameters


def parameters(parsers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """The query's parameters by name, each read by its parser (text -> value, or ValueError).

    Raises: RequestRefused for one that is unknown, given twice, or has no such value.
    """
    found = {}
    for name, texts in request.args.lists():
        parser = parsers.get(name)
        if parser is None:
            known = ", ".join(parsers) or "none"
            raise refuse("bad-parameter", f"there is no such parameter; the path takes: {known}")
        if len(texts) > 1:
            raise refuse("bad-parameter", f"{name} is given twice")
        try:
            found[name] = parser(texts[0])
        except ValueError as exc:
            raise refuse("bad-parameter", f"{name}: expected {exc}") from None
    return found


def limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_LISTED):
        raise ValueError(f"a whole number from 1 to {MOST_LISTED}")
    return int(text)


def name(text: str) -> str:
    if not 1 <= len(text) <= 255:
        raise ValueError("1 to 255 characters")
    return text


# ------------------------------------------------------------------ the body


def json_body() -> Any:
    """The body's value.

    One event is read up to the limit of one event, an array up to the limit of a request; what is
    longer is not read. Raises: RequestRefused.
    """
    _check_type()
    settings = runtime().settings
    length = request.content_length
    if length is not None and length > settings.max_body_bytes:
        raise _too_large(settings.max_body_bytes)
    body = _read(settings.max_event_bytes + 1)
    if len(body) > settings.max_event_bytes:
        if not body.lstrip(WHITE_SPACE).startswith(b"["):
            raise _too_large(settings.max_event_bytes)
        body += _read(settings.max_body_bytes + 1 - len(body))
        if len(body) > settings.max_body_bytes:
            raise _too_large(settings.max_body_bytes)
    if length is not None and len(body) < length:
        raise refuse("incomplete-body", f"{len(body):,} of {length:,} bytes arrived")
    return decode(body)


def _check_type() -> None:
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise refuse("unsupported-media-type", "a Content-Encoding is not taken: send the JSON as it is")
    if request.mimetype not in MEDIA_TYPES:
        raise refuse("unsupported-media-type", "expected Content-Type: application/json")
    if request.mimetype_params.get("charset", "utf-8").lower() not in CHARSETS:
        raise refuse("unsupported-media-type", "expected charset=utf-8, or none")


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


def _too_large(most: int) -> Exception:
    return refuse("too-large", f"at most {most:,} bytes")
