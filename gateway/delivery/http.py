"""The HTTP under Apprise: pooled keep-alive connections, no redirects, and a record of the answer.

Apprise's plugins call `requests.post` and its like, which open a new connection for each message
and tell nobody the status. `install` puts one function in their place that sends through a shared
pool and writes what happened into the current `Exchange`. Outside an exchange it is the original.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import connection as urllib3_connection

from gateway.delivery.outcome import Fault

MOST_ANSWER_BYTES = 64 * 1024
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")

Resolve = Mapping[tuple[str, int], tuple[str, int]]
"""(host, port) -> (host, port) to connect to instead; the certificate still is the first one's."""


@dataclass
class Exchange:
    """What happened on the wire during one attempt; of several requests, the first that failed, else the last."""

    delivery_id: str
    adds_id: bool = False
    """Send `webhook-id: <delivery id>` along (Standard Webhooks), so that a receiver can drop duplicates."""
    status: int | None = None
    smtp_code: int | None = None
    retry_after: str | None = None
    fault: Fault | None = None
    answer: str = ""
    """The beginning of the answer's body, when the status is no success."""

    @property
    def has_failed(self) -> bool:
        return self.fault is not None or (self.status is not None and not 200 <= self.status < 300)


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


@contextmanager
def exchange(delivery_id: str, *, adds_id: bool = False) -> Iterator[Exchange]:
    """Requests inside go through the pool and are written into what comes back."""
    one = Exchange(delivery_id, adds_id)
    token = _current.set(one)
    try:
        yield one
    finally:
        _current.reset(token)


def current() -> Exchange | None:
    """The exchange under way in this thread."""
    return _current.get()


def parse_resolve(text: str) -> dict[tuple[str, int], tuple[str, int]]:
    """`hooks.example.com:443=127.0.0.1:8443,...` as a mapping. Raises: ValueError."""
    found = {}
    for entry in filter(None, text.split(",")):
        name, separator, address = entry.strip().partition("=")
        host, _, port = name.rpartition(":")
        to_host, _, to_port = address.rpartition(":")
        if not (separator and host and to_host and port.isdigit() and to_port.isdigit()):
            raise ValueError(f"{entry!r}: expected host:port=host:port")
        found[host, int(port)] = (to_host, int(to_port))
    return found


class Http:
    """The pool of connections to providers. Safe in threads."""

    def __init__(
        self, *, connect_timeout_s: float, total_timeout_s: float, connections: int, resolve: Resolve | None = None
    ) -> None:
        self._connect_s = connect_timeout_s
        self._total_s = total_timeout_s
        context = ssl.create_default_context(cafile=_ca_file())
        self._pools = urllib3.PoolManager(
            num_pools=200, maxsize=connections, block=False, retries=False, ssl_context=context
        )
        self._pools.pool_classes_by_scheme = _pool_classes(resolve or {})
        self._builder = HTTPAdapter()

    def request(self, one: Exchange, method: str, url: str, **given: Any) -> requests.Response:
        """As `requests.request`; *one* learns what happened.

        Raises: requests.RequestException, as the plugins expect.
        """
        names = ("params", "data", "json", "headers", "auth", "files", "cookies")
        request = requests.Request(method.upper(), url, **{name: given[name] for name in names if given.get(name)})
        prepared = request.prepare()
        if one.adds_id:
            prepared.headers["webhook-id"] = one.delivery_id
        try:
            response = self._send(prepared)
        except requests.exceptions.SSLError as exc:
            is_certificate = isinstance(exc.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE" in str(exc)
            self._note(one, None, Fault.CERTIFICATE if is_certificate else Fault.TLS)
            raise
        except requests.exceptions.Timeout:
            self._note(one, None, Fault.TIMEOUT)
            raise
        except requests.exceptions.RequestException:
            self._note(one, None, Fault.CONNECTION)
            raise
        self._note(one, response, None)
        return response

    def close(self) -> None:
        self._pools.clear()

    def _note(self, one: Exchange, response: requests.Response | None, fault: Fault | None) -> None:
        if one.has_failed:
            return
        one.fault = fault
        if response is not None:
            one.status = response.status_code
            one.retry_after = response.headers.get("Retry-After")
            if not response.ok:
                one.answer = response.content[:500].decode("utf-8", "replace")

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        ends = time.monotonic() + self._total_s
        try:
            answer = self._pools.urlopen(
                prepared.method or "GET",
                prepared.url or "",
                body=prepared.body,
                headers=dict(prepared.headers),
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=self._connect_s, total=self._total_s),
            )
            body = _read(answer, ends)
        except urllib3.exceptions.SSLError as exc:
            raise requests.exceptions.SSLError(exc, request=prepared) from exc
        except urllib3.exceptions.NewConnectionError as exc:
            raise requests.exceptions.ConnectionError(exc, request=prepared) from exc
        except (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.ReadTimeoutError, TimeoutError) as exc:
            raise requests.exceptions.Timeout(exc, request=prepared) from exc
        except urllib3.exceptions.LocationValueError as exc:
            raise requests.exceptions.InvalidURL(exc, request=prepared) from exc
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise requests.exceptions.ConnectionError(exc, request=prepared) from exc
        response = self._builder.build_response(prepared, answer)
        response._content = body  # noqa: SLF001 - read already, and bounded; requests would read without end
        response._content_consumed = True  # type: ignore[attr-defined] # noqa: SLF001
        return response


def _read(answer: urllib3.BaseHTTPResponse, ends: float) -> bytes:
    """The body, 64 KiB of it at most; the connection goes back to the pool when that was all."""
    chunks, size = [], 0
    for chunk in answer.stream(16 * 1024, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size >= MOST_ANSWER_BYTES:
            answer.close()
            break
        if time.monotonic() > ends:
            answer.close()
            raise TimeoutError("the answer takes too long")
    answer.release_conn()
    return b"".join(chunks)[:MOST_ANSWER_BYTES]


def _ca_file() -> str | None:
    """The certificates that the environment names, as requests and OpenSSL would; None: the system's."""
    return next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), None) or certifi.where()


def _pool_classes(resolve: Resolve) -> dict[str, type[HTTPConnectionPool]]:
    """Pools whose connections go where *resolve* says."""

    class Resolved(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, resolve) or super()._new_conn()

    class ResolvedTls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, resolve) or super()._new_conn()

    class Plain(HTTPConnectionPool):
        ConnectionCls = Resolved

    class Tls(HTTPSConnectionPool):
        ConnectionCls = ResolvedTls

    return {"http": Plain, "https": Tls}


def _connect(connection: HTTPConnection, resolve: Resolve) -> socket.socket | None:
    address = resolve.get((connection.host, connection.port))
    if address is None:
        return None
    return urllib3_connection.create_connection(address, connection.timeout)


_original = requests.api.request
_http: Http | None = None


def install(http: Http) -> None:
    """From now on Apprise's requests inside an `exchange` go through *http*."""
    global _http  # noqa: PLW0603 - plugins call a function of a module; the process has one pool
    _http = http
    requests.api.request = _request  # type: ignore[assignment]
    requests.request = _request  # type: ignore[assignment]


def _request(method: str, url: str, **given: Any) -> requests.Response:
    one = _current.get()
    if one is None or _http is None:
        return _original(method, url, **given)
    return _http.request(one, method, url, **given)
