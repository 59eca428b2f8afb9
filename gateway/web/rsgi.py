"""The application for granian: posting events on the event loop, everything else through Flask on threads.

Events are most of the traffic. Reading and planning them takes one thread's CPU and waits for nobody, so the
loop does it; the commit, which waits, is shared with whoever else is waiting (`GroupCommit`). A body that does
not come within its time is given up, whoever asked for it: it holds no thread meanwhile.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined] # granian names it there for this

from gateway.errors import ApiError, StoreUnavailable
from gateway.intake.accept import accept, committable, depends_on_presence, outcomes, prepare_events, types_of
from gateway.intake.group_commit import GroupCommit
from gateway.model import Scope, Source
from gateway.runtime import Runtime
from gateway.store.records import CommitResult
from gateway.web.answers import refusal_of
from gateway.web.app import SECURE, create_app
from gateway.web.event_request import (
    BodyLimit,
    RawResponse,
    admit,
    check_type,
    documents_in,
    rendered,
    rendered_problem,
)

log = logging.getLogger(__name__)

MAX_ON_LOOP = 20
"""Events in one request that the loop reads itself; more would keep the others waiting."""
EVENTS = "/v1/events"


class Application:
    """What granian calls; made once in each of its processes."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._flask = create_app(runtime)
        self._threads = ThreadPoolExecutor(runtime.settings.web_threads, thread_name_prefix="web")
        self._commits = GroupCommit(runtime)
        self._body_within_s = runtime.settings.body_timeout.total_seconds()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        answer = await self._answer(scope, protocol)
        protocol.response_bytes(answer.status, [*answer.headers.items(), *SECURE.items()], answer.body)

    async def _answer(self, scope: Any, protocol: Any) -> RawResponse:
        try:
            if scope.path == EVENTS and scope.method == "POST":
                return await self._post_events(scope, protocol)
            return await self._ask_flask(scope, protocol)
        except (ApiError, StoreUnavailable) as exc:
            return _problem(refusal_of(exc), scope)
        except Exception:
            answer = _problem(ApiError("internal"), scope)
            log.exception("%s %s failed: %s", scope.method, scope.path, answer.body.decode())
            return answer

    async def _read(self, protocol: Any, limit: BodyLimit) -> bytes:
        """The whole body. Raises: ApiError when it is too large, or does not come in time (R20)."""
        try:
            async with asyncio.timeout(self._body_within_s):
                if limit.is_sure:
                    return bytes(await protocol())
                body = bytearray()
                async for part in protocol:
                    body += part
                    limit.check(body)
                return bytes(body)
        except TimeoutError:
            raise ApiError("body-too-slow", headers={"Connection": "close"}) from None
        except ProtocolClosed:
            raise ApiError("incomplete-body", "the connection ended before the body") from None

    # ------------------------------------------------------------------ events

    async def _post_events(self, scope: Any, protocol: Any) -> RawResponse:
        headers = scope.headers
        source = admit(self._runtime.config.current(), _single(headers, "authorization"), Scope.WRITE)
        if scope.query_string:
            raise ApiError("bad-parameter", "there is no such parameter; the path takes: none")
        check_type(headers.get("content-type"), headers.get("content-encoding"))
        limit = BodyLimit(self._runtime.settings, _length(headers))
        value = limit.value(await self._read(protocol, limit))
        documents, is_array = documents_in(value), isinstance(value, list)
        key = _joined(headers, "idempotency-key")
        answers = await self._answers(source, documents, key, is_array=is_array)
        return rendered(answers, EVENTS, is_array=is_array)

    async def _answers(self, source: Source, documents: Sequence[Any], key: str | None, *, is_array: bool) -> Any:
        config, now = self._runtime.config.current(), datetime.now(UTC)
        asks_first = depends_on_presence(config, types_of(documents))
        if asks_first or len(documents) > MAX_ON_LOOP:
            work = partial(accept, self._runtime, source, documents, key, now, is_array=is_array)
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        self._runtime.admission.check()
        prepared = prepare_events(self._runtime, config, source, documents, key, now, is_array=is_array)
        events = committable(prepared)
        return outcomes(prepared, await self._committed(events) if events else [])

    def _committed(self, acceptances: Sequence[Any]) -> asyncio.Future[Sequence[CommitResult]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Sequence[CommitResult]] = loop.create_future()
        self._commits.submit(acceptances, lambda result: _call_soon(loop, _settle, future, result))
        return future

    # ------------------------------------------------------------------ everything else

    async def _ask_flask(self, scope: Any, protocol: Any) -> RawResponse:
        limit = BodyLimit(self._runtime.settings, _length(scope.headers))
        body = await self._read(protocol, limit) if scope.method not in ("GET", "HEAD") else b""
        call = partial(_call_wsgi, self._flask.wsgi_app, _environ(scope, body))
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _single(headers: Any, name: str) -> str | None:
    """The header *name*; two of a kind are as good as none."""
    found = headers.get_all(name)
    return found[0] if len(found) == 1 else None


def _joined(headers: Any, name: str) -> str | None:
    """The header *name*, those of a kind joined; one that is no UTF-8 has no character that is ASCII."""
    found = headers.get_all(name)
    if found:
        return ", ".join(found)
    return "\ufffd" if name in headers else None


def _length(headers: Any) -> int | None:
    text = headers.get("content-length")
    return int(text) if text is not None else None


def _problem(refused: ApiError, scope: Any) -> RawResponse:
    return rendered_problem(refused, scope.path)


def _settle(future: asyncio.Future[Sequence[CommitResult]], result: Sequence[CommitResult] | Exception) -> None:
    if future.done():  # the client has gone
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: Any) -> None:
    try:
        loop.call_soon_threadsafe(call, *args)
    except RuntimeError:
        log.info("an answer came after the server had stopped")


# ------------------------------------------------------------------ WSGI (PEP 3333)


def _environ(scope: Any, body: bytes) -> dict[str, Any]:
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path,
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        variable = name.upper().replace("-", "_")
        if variable not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            variable = f"HTTP_{variable}"
        environ[variable] = f"{environ[variable]},{value}" if variable in environ else value
    environ.setdefault("CONTENT_LENGTH", str(len(body)))
    return environ


def _call_wsgi(app: Callable[..., Any], environ: Mapping[str, Any]) -> RawResponse:
    told: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        told[:] = [int(status.split(" ", 1)[0]), dict(headers)]

    parts = app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close:
            close()
    status, headers = told
    own = {name: value for name, value in headers.items() if name not in SECURE}
    return RawResponse(status, own, body)
