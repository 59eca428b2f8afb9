"""The application for granian: endpoints with a body on the event loop, everything else through Flask in threads.

Most requests post events. Reading and planning them takes one thread's CPU and never waits, so the loop does it. The
commit, which waits, is shared with all others that are waiting (`GroupCommit`). What could block the loop goes to a
thread: arrays, events that ask who is online or on call, and large bodies, which are processed one at a time.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined] # granian names it there for this

from gateway.errors import ApiError, StoreUnavailable
from gateway.intake.accept import (
    Outcome,
    accept,
    committable,
    outcomes,
    prepare_events,
    types_of,
)
from gateway.intake.group_commit import GroupCommit
from gateway.intake.planning import need_ledger
from gateway.intake.validate import event_schemas
from gateway.model import Circumstances
from gateway.runtime import Runtime
from gateway.store.records import CommitResult, PreparedEvent
from gateway.strict_json import decode
from gateway.web.app import app_of
from gateway.web.auth import sources_by_hash
from gateway.web.body import BodyLimit, HeldBody, check_json
from gateway.web.endpoint import ENDPOINTS, Call
from gateway.web.failed_tokens import client_address
from gateway.web.failures import failure_response
from gateway.web.metrics import serve_metrics
from gateway.web.process import DEFAULT_NAME, open_process
from gateway.web.request import INCOMING, UNREADABLE, Request
from gateway.web.responses import ALWAYS, RawResponse
from gateway.web.wsgi_bridge import call_wsgi, environ_of

log = logging.getLogger(__name__)

MAX_ON_LOOP = 20
"""How many events of one request the loop plans itself; more would delay other requests."""
WAIT_FOR_ROOM_S = 5.0
"""How long a large body waits until others have made room for it."""
FAST_ENDPOINTS = {(endpoint.method, endpoint.path): endpoint for endpoint in ENDPOINTS if endpoint.body is not None}
INCOMING_ENDPOINTS = {endpoint.method: endpoint for endpoint in ENDPOINTS if endpoint.path == f"{INCOMING}{{source}}"}
INCOMING_ENDPOINTS["HEAD"] = INCOMING_ENDPOINTS["GET"]
"""By method; granian's event loop answers all requests to `/v1/in`."""
M_MMAP_THRESHOLD = -3
"""The parameter of glibc's `mallopt`, in malloc.h."""
MAPPED_BYTES = 256 * 1024
T = TypeVar("T")


class RsgiApplication:
    """The application that granian calls; one for each of its processes."""

    def __init__(self, runtime: Runtime, name: str = DEFAULT_NAME) -> None:
        # Makes glibc map every large block by itself, so that its memory is returned when the block is freed. Otherwise
        # glibc raises its own threshold, and bodies that grow leave holes of their size.
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES)
        self.process = open_process(runtime, name)
        if runtime.settings.metrics_bind:
            serve_metrics(self.process, runtime.settings.metrics_bind)
        self.threads = ThreadPoolExecutor(runtime.settings.web_threads, thread_name_prefix="web")
        self.large_bodies = ThreadPoolExecutor(1, thread_name_prefix="large")
        self.large_turn = asyncio.Lock()
        self._flask = app_of(self.process)
        self._commits = GroupCommit(runtime)
        # Otherwise the loop would build them when the first event after a change of the configuration comes.
        runtime.config.before_use(sources_by_hash.prepare)
        runtime.config.before_use(event_schemas.prepare)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """The process ends in order."""
        with suppress(StoreUnavailable):
            self.process.counts.flush()
        self.process.runtime.close()
        self.process.sign.leave()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        request = request_of(scope)
        endpoint = FAST_ENDPOINTS.get((request.method, request.path))
        parts = {}
        if request.incoming is not None:
            endpoint, parts = INCOMING_ENDPOINTS.get(request.method), {"source": request.incoming.source}
        lane = EventLoopLane(self, protocol)
        try:
            if endpoint is None:
                response = await self._ask_flask(scope, request, lane)
            else:
                response = await endpoint.respond(self.process, request, lane, parts)
        except Exception as exc:
            response = failure_response(exc, request)
        finally:
            lane.release()
        protocol.response_bytes(response.status, [*response.headers.items(), *ALWAYS.items()], response.body)

    async def _ask_flask(self, scope: Any, request: Request, lane: EventLoopLane) -> RawResponse:
        body: bytes | bytearray = b""
        if request.method not in ("GET", "HEAD"):
            limit = BodyLimit(self.process.runtime.settings, request.content_length)
            address = client_address(request, self.process.runtime.settings.trusted_proxies)
            body = await lane.read(limit, self.process.body_quota.hold(f"address {address}"))
        work = partial(call_wsgi, self._flask, environ_of(scope, request, body))
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    def commit(self, events: Sequence[PreparedEvent]) -> asyncio.Future[Sequence[CommitResult]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Sequence[CommitResult]] = loop.create_future()

        def resolve(result: Sequence[CommitResult] | Exception) -> None:
            if future.done():  # the client has disconnected
                return
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

        def on_done(result: Sequence[CommitResult] | Exception) -> None:
            try:
                loop.call_soon_threadsafe(resolve, result)
            except RuntimeError:
                log.info("a commit ended after the server had stopped")

        self._commits.submit(events, on_done)
        return future


def request_of(scope: Any) -> Request:
    headers = scope.headers

    def header(name: str) -> str | None:
        values = headers.get_all(name)
        if values:
            return values[0] if len(values) == 1 else ", ".join(values)
        return UNREADABLE if name in headers else None  # granian drops values that are not ASCII

    return Request.of(
        scope.path,
        scope.query_string,
        method=scope.method,
        header=header,
        headers=lambda: {name: header(name) or "" for name in set(headers.keys())},
        peer=scope.client.rpartition(":")[0].strip("[]"),
        http_version=scope.http_version,
    )


class EventLoopLane:
    """Carries one request of granian, whose body comes through *protocol*."""

    def __init__(self, application: RsgiApplication, protocol: Any) -> None:
        self._application = application
        self._protocol = protocol
        self._held: HeldBody | None = None
        self._is_large = False
        self._has_turn = False

    def release(self) -> None:
        """To be called when the request has been answered."""
        if self._held is not None:
            self._held.release()
        if self._has_turn:
            self._application.large_turn.release()
            # glibc keeps the memory of a large body, so that the process would stay large; other allocators return it.
            malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
            if malloc_trim is not None:
                self._application.large_bodies.submit(malloc_trim, 0)

    async def read_json(self, call: Call) -> Any:
        check_json(call.request)
        limit = BodyLimit(call.process.runtime.settings, call.request.content_length)
        body = await self.read(limit, call.process.body_quota.hold(call.source.name))
        if not limit.is_large(len(body)):
            return decode(body)
        self._is_large = True
        # The turn lasts until the answer, since the values of a large body take several times its size.
        self._has_turn = await self._application.large_turn.acquire()
        return await self._in_thread(partial(decode, body))

    async def read_bytes(self, call: Call, client: str) -> bytes:
        settings = call.process.runtime.settings
        limit = BodyLimit(settings, call.request.content_length, is_foreign=True)
        return bytes(await self.read(limit, call.process.body_quota.hold(client)))

    async def read(self, limit: BodyLimit, held_body: HeldBody) -> bytes | bytearray:
        """The whole body. Raises: ApiError if it is too large, or does not arrive in time."""
        self._held = held_body
        await self._make_room(limit, 0)
        timeout_s = self._application.process.runtime.settings.body_timeout.total_seconds()
        try:
            async with asyncio.timeout(timeout_s):
                if limit.is_small:
                    body = await self._protocol()
                    limit.check_whole(body)
                    return bytes(body)
                return await self._read_parts(limit)
        except TimeoutError:
            raise ApiError("body-too-slow", headers={"Connection": "close"}) from None
        except ProtocolClosed:
            raise ApiError("incomplete-body", "the connection ended before the body") from None

    async def _read_parts(self, limit: BodyLimit) -> bytearray:
        """The parts of a body, joined; a copy would take as much memory again. Raises: ApiError if it broke off.

        granian ends every body with an empty part. A chunked body that broke off before its last chunk (RFC 9112, 7.1)
        has two empty parts.
        """
        body, empty_parts = bytearray(), 0
        async for part in self._protocol:
            if not part:
                empty_parts += 1
                continue
            await self._make_room(limit, len(body) + len(part))
            body += part
            limit.check(body)
        if empty_parts > 1:
            raise ApiError("incomplete-body", "the connection ended before the last chunk")
        limit.check_whole(body)
        return body

    async def _make_room(self, limit: BodyLimit, received: int) -> None:
        """Waits a while if other bodies take all the room and this one is large. Raises: ApiError."""
        assert self._held is not None  # noqa: S101 - `read` sets it first
        size = limit.held_bytes(received)
        if limit.is_large(size):
            deadline = asyncio.get_running_loop().time() + WAIT_FOR_ROOM_S
            while asyncio.get_running_loop().time() <= deadline:
                with suppress(ApiError):
                    return self._held.grow_to(size)
                await asyncio.sleep(0.05)
        return self._held.grow_to(size)

    async def accept(self, call: Call, documents: list[Any], key: str | None, *, is_array: bool) -> list[Outcome]:
        runtime, now = call.process.runtime, datetime.now(UTC)
        is_long = self._is_large or len(documents) > MAX_ON_LOOP
        if is_long or need_ledger(call.config, types_of(documents)):
            work = partial(accept, runtime, call.source, documents, key, now, is_array=is_array)
            return await self._in_thread(work)
        prepared = prepare_events(
            runtime, call.config, call.source, documents, key, Circumstances(now), is_array=is_array
        )
        events = committable(prepared)
        return outcomes(prepared, await self._application.commit(events) if events else [])

    async def commit(self, runtime: Runtime, events: Sequence[PreparedEvent]) -> Sequence[CommitResult]:  # noqa: ARG002
        return await self._application.commit(events)

    async def run(self, work: Callable[[], T]) -> T:
        return await self._in_thread(work)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        pool = self._application.large_bodies if self._is_large else self._application.threads
        return await asyncio.get_running_loop().run_in_executor(pool, work)
