"""HTTP below Apprise: pooled connections, no redirects, and a trace of the answers.

A request is sent once. A pooled connection that the provider has closed is noticed before it is used. If it breaks
during the request, the provider may have accepted the message: this is a fault that the ledger retries later, and not a
reason to send the request again at once.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

from gateway.sending.transport.deadline import AttemptTrace
from gateway.sending.transport.event_loop import EventLoop, current_loop
from gateway.sending.transport.faults import Fault, TransportFault, describe_fault
from gateway.sending.transport.http1 import MAX_RESPONSE_BYTES, Connection, HttpResponse
from gateway.sending.transport.network import Connector
from gateway.sending.transport.pool import ConnectionPool
from gateway.sending.transport.proxy import Proxy
from gateway.sending.transport.requests_patch import EXCEPTIONS, Response, prepare

MAX_HOSTS = 256
MAX_IDLE_S = 120.0
PORTS = {"http": 80, "https": 443}
COMPRESSIONS = frozenset({"gzip", "x-gzip", "deflate"})


class Origin(NamedTuple):
    """The server of a connection (RFC 6454, 4)."""

    is_tls: bool
    host: str
    port: int


Connections = ConnectionPool[Origin, Connection]


class HttpTransport:
    """The connections to providers. Safe in threads and greenlets."""

    def __init__(self, connector: Connector, *, connections: int) -> None:
        self._connector = connector
        self._max_per_host = connections
        # A gevent socket belongs to its event loop: each loop has its own pool, and the threads share one.
        self._pools: dict[EventLoop | None, Connections] = {}

    def request(self, trace: AttemptTrace, method: str, url: str, **arguments: Any) -> requests.Response:
        """Like `requests.request`; *trace* records what happened.

        Raises: requests.RequestException, as the plugins expect.
        """
        if trace.status == requests.codes.too_many_requests:
            raise requests.exceptions.ConnectionError("the provider asked to wait")  # a retry by the plugin itself
        try:
            prepared = prepare(trace, method, url, arguments)
            origin, request = _encode(prepared, self._connector.proxy)
        except requests.exceptions.RequestException:
            trace.note_fault(Fault.MALFORMED, "the URL of the service cannot be used")
            raise
        try:
            answer = self._exchange(trace, origin, request, has_body=prepared.method != "HEAD")
        except OSError as exc:
            fault, sentence = describe_fault(exc)
            trace.note_fault(fault, sentence)
            raise EXCEPTIONS[trace.fault or fault](sentence, request=prepared) from exc
        body = decode_body(answer)
        trace.note_answer(answer.status, answer.headers, body, url.partition("?")[0])
        return Response(prepared, answer, body)

    def close(self) -> None:
        """Closes the connections of threads; those of an event loop are closed when it ends."""
        if None in self._pools:
            self._pools[None].close()

    def _exchange(self, trace: AttemptTrace, origin: Origin, request: bytes, *, has_body: bool) -> HttpResponse:
        """The answer to *request*. Raises: OSError."""
        if trace.left_s <= 0:
            raise TransportFault(Fault.TIMEOUT, f"the time of the attempt, {trace.total_s:g} s, is used up")
        loop, policy = current_loop(), self._connector.policy()
        pool = self._pools.get(loop)
        if pool is None:
            pool = ConnectionPool(max_keys=MAX_HOSTS, max_per_key=self._max_per_host, max_idle_s=MAX_IDLE_S)
            self._pools[loop] = pool
            if loop is not None:
                loop.at_close(pool.close)
        connection = pool.take_usable(origin, lambda idle: idle.is_allowed(policy) and idle.is_usable())
        if connection is None:
            connection = Connection(self._connector.open_http(origin.host, origin.port, is_tls=origin.is_tls), policy)
        trace.socket = connection.sock
        try:
            return connection.request(request, has_body=has_body)
        finally:
            trace.socket = None
            if connection.is_reusable:
                pool.give_back(origin, connection)
            else:
                connection.close()


def _encode(prepared: requests.PreparedRequest, proxy: Proxy | None) -> tuple[Origin, bytes]:
    """The server of the request, and the request's bytes. Raises: requests.RequestException.

    requests has checked that no header contains a line break. Through a *proxy*, a request without TLS names the whole
    URL (RFC 9112, 3.2.2); one with TLS goes through a tunnel and looks like any other.
    """
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body
    if not isinstance(body, bytes):
        raise requests.exceptions.InvalidURL("the body is a stream, which cannot be sent")
    try:
        origin, host, target = _split(prepared.url or "")
        for_proxy = ""
        if proxy and not origin.is_tls and proxy.is_for(origin.host):
            target, for_proxy = f"http://{host}{target}", proxy.headers
        lines = [f"{prepared.method} {target} HTTP/1.1"]
        if "host" not in prepared.headers:
            lines.append(f"Host: {host}")
        for name, value in prepared.headers.items():
            lines.append(f"{name}: {value if isinstance(value, str) else value.decode('latin-1')}")
        return origin, ("\r\n".join([*lines, ""]) + for_proxy + "\r\n").encode("latin-1") + body
    except ValueError as exc:
        raise requests.exceptions.InvalidURL("the URL cannot be sent") from exc


@lru_cache(maxsize=1024)
def _split(url: str) -> tuple[Origin, str, str]:
    """The server, the value of `Host`, and the target of the request line for *url* (RFC 9112, 3.2).

    Raises: ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("not an HTTP URL")
    default_port = PORTS[parts.scheme]
    origin = Origin(parts.scheme == "https", parts.hostname, parts.port or default_port)
    name = f"[{origin.host}]" if ":" in origin.host else origin.host
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return origin, name if origin.port == default_port else f"{name}:{origin.port}", target


def decode_body(answer: HttpResponse) -> bytes:
    """The body, at most 64 KiB. Some providers compress it without being asked (RFC 9110, 8.4.1)."""
    if answer.headers.get("content-encoding", "").lower() not in COMPRESSIONS:
        return answer.body
    # By "deflate" some servers mean the bare compressed data, others the zlib format (RFC 9110, 8.4.1.2).
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(window).decompress(answer.body, MAX_RESPONSE_BYTES)
        except zlib.error:
            continue
    return answer.body
