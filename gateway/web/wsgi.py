"""The WSGI lane (PEP 3333): the Flask application on any server. Every request has a thread of the server.

Endpoints are coroutines on both lanes. On this one, nothing in them waits for an event loop: whatever they await is
done at once, in this thread, so that no loop is needed to run them.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from gateway.errors import ApiError
from gateway.intake.accept import Outcome, accept, commit
from gateway.runtime import Runtime
from gateway.store.records import CommitResult, PreparedEvent
from gateway.strict_json import decode
from gateway.web.body import BodyLimit, HeldBody, check_json
from gateway.web.endpoint import Call
from gateway.web.request import Request

T = TypeVar("T")
CHUNK_BYTES = 64 * 1024


def request_of(environ: Mapping[str, Any]) -> Request:
    """The request in *environ*, whose texts are Latin-1, whatever the bytes mean."""

    def header(name: str) -> str | None:
        variable = name.upper().replace("-", "_")
        prefix = "" if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
        value = environ.get(prefix + variable)
        return None if value is None else str(value)

    def headers() -> Mapping[str, str]:
        names = {key.removeprefix("HTTP_") for key in environ if key.startswith("HTTP_")}
        names |= {"CONTENT_TYPE", "CONTENT_LENGTH"} & environ.keys()
        return {name.lower().replace("_", "-"): header(name) or "" for name in names}

    return Request.of(
        _decoded(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")),
        _decoded(environ.get("QUERY_STRING", "")),
        method=environ["REQUEST_METHOD"],
        header=header,
        headers=headers,
        peer=environ.get("REMOTE_ADDR", ""),
        http_version=environ.get("SERVER_PROTOCOL", "HTTP/1.1").removeprefix("HTTP/"),
    )


def _decoded(text: str) -> str:
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def run_now(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of *coroutine*, which must never wait."""
    try:
        coroutine.send(None)
    except StopIteration as exc:
        result: T = exc.value
        return result
    coroutine.close()
    raise RuntimeError("an endpoint waits for an event loop, and a thread of a WSGI server has none")


class WsgiLane:
    """Carries one request, whose *environ* a WSGI server has made."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    async def read_json(self, call: Call) -> Any:
        check_json(call.request)
        limit = BodyLimit(call.process.runtime.settings, call.request.content_length)
        held_body = call.process.body_quota.hold(call.source.name)
        try:
            return decode(self._read(limit, held_body))
        finally:
            held_body.release()

    async def read_bytes(self, call: Call, client: str) -> bytes:
        settings = call.process.runtime.settings
        limit = BodyLimit(settings, call.request.content_length, is_foreign=True)
        held_body = call.process.body_quota.hold(client)
        try:
            return self._read(limit, held_body)
        finally:
            held_body.release()

    def _read(self, limit: BodyLimit, held_body: HeldBody) -> bytes:
        """The whole body. Raises: ApiError."""
        if limit.length is None and not self._environ.get("wsgi.input_terminated"):
            limit.check_whole(b"")
            return b""  # the server does not say where the body ends: there is none
        body = bytearray()
        while limit.length is None or len(body) < limit.length:
            held_body.grow_to(limit.held_bytes(len(body)))
            size = CHUNK_BYTES if limit.length is None else min(CHUNK_BYTES, limit.length - len(body))
            try:
                part = self._environ["wsgi.input"].read(size)
            except Exception as exc:  # each server has errors of its own for a client that breaks off
                detail = "the connection ended before the body, or the body is broken"
                raise ApiError("incomplete-body", detail) from exc
            if not part:
                break
            body += part
            limit.check(body)
        limit.check_whole(body)
        return bytes(body)

    async def accept(self, call: Call, documents: list[Any], key: str | None, *, is_array: bool) -> list[Outcome]:
        return accept(call.process.runtime, call.source, documents, key, datetime.now(UTC), is_array=is_array)

    async def commit(self, runtime: Runtime, events: Sequence[PreparedEvent]) -> Sequence[CommitResult]:
        return commit(runtime, events)

    async def run(self, work: Callable[[], T]) -> T:
        return work()
