"""The HTTP under Apprise: kept connections, no redirects, and a record of the answer.

Apprise's plugins call `requests.post` and its like, which open a new connection for each message
and tell nobody the status. `install` puts one function in their place: requests still makes the
request and shows the answer, `wire` carries it, and what happened is written into the current
`Exchange`. Outside an exchange it is the original.

A request is sent once. A kept connection that the provider has closed meanwhile is noticed before
it is used; when it breaks under the request, the provider may have taken the message, so that is
a fault for the ledger's retry and not for a second request at once.
"""

from __future__ import annotations

import logging
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from gateway.sending.transport.deadline import AttemptTrace, current_trace
from gateway.sending.transport.event_loop import current_loop, run_in_thread
from gateway.sending.transport.faults import Fault
from gateway.sending.transport.http1 import MAX_RESPONSE_BYTES, Connection, HttpResponse
from gateway.sending.transport.network import Connector, ForbiddenAddress
from gateway.sending.transport.pool import ConnectionPool

MAX_HOSTS = 256
MAX_IDLE_S = 120.0
HEADERS = {"User-Agent": "Notification Gateway", "Accept": "*/*", "Accept-Encoding": "identity"}
TAKEN = ("params", "data", "json", "headers", "auth", "files", "cookies")
"""What to send; how to (verify, timeout, redirects, proxies) is not for the plugins to say."""
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _Origin:
    """Whom a connection is with (RFC 6454, 4)."""

    is_tls: bool
    host: str
    port: int


_Party = tuple[_Origin, bool]
"""Whom a connection is with, and whether it is of a hub: threads have connections of their own."""


class HttpTransport:
    """The connections to providers. Safe in threads and in greenlets."""

    def __init__(self, network: Connector, *, connections: int) -> None:
        self._connector = network
        self._kept: ConnectionPool[_Party, Connection] = ConnectionPool(
            max_keys=MAX_HOSTS, max_per_key=connections, max_idle_s=MAX_IDLE_S
        )

    def request(self, one: AttemptTrace, method: str, url: str, **given: Any) -> requests.Response:
        """As `requests.request`; *one* learns what happened.

        Raises: requests.RequestException, as the plugins expect.
        """
        if one.status == requests.codes.too_many_requests:
            raise requests.exceptions.ConnectionError("the provider asked to wait")  # a plugin's own retry
        try:
            prepared, origin, written = _prepare(one, method, url, given)
        except requests.exceptions.RequestException:
            one.note_fault(Fault.MALFORMED)
            raise
        try:
            answer = self._ask(one, origin, written, has_body=prepared.method != "HEAD")
        except OSError as exc:
            fault = _fault(exc)
            one.note_fault(fault)
            raise RAISED[fault](str(fault), request=prepared) from exc
        response = _Response(prepared, answer)
        one.note_answer(answer.status, answer.headers.get("retry-after"), response.content)
        return response

    def close(self) -> None:
        self._kept.close()

    def _ask(self, one: AttemptTrace, origin: _Origin, written: bytes, *, has_body: bool) -> HttpResponse:
        """Raises: OSError."""
        if one.left_s <= 0:
            raise TimeoutError("no time is left")
        party = (origin, current_loop() is not None)
        connection = self._usable(party) or self._opened(origin)
        one.connection = connection
        try:
            return connection.request(written, has_body=has_body)
        finally:
            one.connection = None
            if connection.is_reusable:
                self._kept.give_back(party, connection)
            else:
                connection.close()

    def _usable(self, party: _Party) -> Connection | None:
        while connection := self._kept.take(party):
            if connection.is_usable():
                return connection
            connection.close()
        return None

    def _opened(self, origin: _Origin) -> Connection:
        opens = self._connector.open_tls if origin.is_tls else self._connector.open_socket
        return Connection(run_in_thread(opens, origin.host, origin.port))


# ------------------------------------------------------------------ the request


class _Prepared(requests.PreparedRequest):
    """What requests makes of the arguments, without doing again what it has done for the same URL."""

    def prepare_url(self, url: Any, params: Any) -> None:
        if params or not isinstance(url, str):
            super().prepare_url(url, params)
        else:
            self.url = _normal(url)

    def prepare_cookies(self, cookies: Any) -> None:
        if cookies:
            super().prepare_cookies(cookies)

    def prepare_auth(self, auth: Any, url: str = "") -> None:
        if auth or _has_user(self.url or ""):
            super().prepare_auth(auth, url)


@lru_cache(maxsize=1024)
def _normal(url: str) -> str | None:
    """*url* as requests writes it. Raises: requests.RequestException."""
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, None)
    return prepared.url


@lru_cache(maxsize=1024)
def _has_user(url: str) -> bool:
    """Whether *url* names a user, with or without a password."""
    return "@" in urlsplit(url).netloc


def _prepare(
    one: AttemptTrace, method: str, url: str, given: Mapping[str, Any]
) -> tuple[requests.PreparedRequest, _Origin, bytes]:
    """The request, whom it goes to, and as it is written on the wire. Raises: requests.RequestException."""
    content = {name: given[name] for name in TAKEN if given.get(name)}
    content["headers"] = {**HEADERS, **(given.get("headers") or {})}
    if one.adds_id:
        content["headers"]["webhook-id"] = one.delivery_id
    prepared = _Prepared()
    try:
        prepared.prepare(method=method.upper(), url=url, **content)
        origin, host, target = _place(prepared.url or "")
        return prepared, origin, _written(prepared, host, target)
    except (ValueError, UnicodeError) as exc:
        if isinstance(exc, requests.exceptions.RequestException):
            raise
        raise requests.exceptions.InvalidURL("it cannot be sent") from exc


@lru_cache(maxsize=1024)
def _place(url: str) -> tuple[_Origin, str, str]:
    """(whom it is with, what `Host` says, the target of the request line) of *url*, which requests has checked.

    RFC 9112, 3.2.1 and 3.2. Raises: ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("no HTTP URL")
    usual = PORTS[parts.scheme]
    origin = _Origin(parts.scheme == "https", parts.hostname, parts.port or usual)
    name = f"[{origin.host}]" if ":" in origin.host else origin.host
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return origin, name if origin.port == usual else f"{name}:{origin.port}", target


def _written(prepared: requests.PreparedRequest, host: str, target: str) -> bytes:
    """Raises: ValueError. requests has seen to it that no header has a line break."""
    body = prepared.body or b""
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes):
        raise ValueError("a body is a text or bytes")  # noqa: TRY004 - a plugin's streams are not sent
    lines = [f"{prepared.method} {target} HTTP/1.1"]
    if "host" not in prepared.headers:
        lines.append(f"Host: {host}")
    lines += [f"{_text(name)}: {_text(value)}" for name, value in prepared.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


# ------------------------------------------------------------------ the answer


class _Response(requests.Response):
    """An answer that was read, as requests shows it; what hardly a plugin asks for is made when one does."""

    def __init__(self, prepared: requests.PreparedRequest, answer: HttpResponse) -> None:
        self.status_code, self.reason = answer.status, answer.phrase
        self.url, self.request = prepared.url or "", prepared
        self.headers = CaseInsensitiveDict(answer.headers)
        self.encoding = get_encoding_from_headers(self.headers)
        self.history, self.raw, self.elapsed = [], None, timedelta()
        self._content, self._content_consumed, self._next = _decoded(answer), True, None

    @cached_property
    def cookies(self) -> RequestsCookieJar:  # type: ignore[override]
        return RequestsCookieJar()


def _decoded(answer: HttpResponse) -> bytes:
    """The body; what a provider has compressed although it was not asked to (RFC 9110, 8.4.1) is read all the same."""
    if answer.headers.get("content-encoding", "").lower() not in ("gzip", "x-gzip", "deflate"):
        return answer.body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(answer.body, MAX_RESPONSE_BYTES)
    except zlib.error:
        return answer.body


RAISED: Mapping[Fault, type[requests.exceptions.RequestException]] = {
    Fault.TIMEOUT: requests.exceptions.Timeout,
    Fault.CONNECTION: requests.exceptions.ConnectionError,
    Fault.FORBIDDEN: requests.exceptions.ConnectionError,
    Fault.CERTIFICATE: requests.exceptions.SSLError,
    Fault.TLS: requests.exceptions.SSLError,
}
"""What a plugin hears of a fault: as much as requests would have said."""


def _fault(exc: OSError) -> Fault:
    match exc:
        case ForbiddenAddress():
            return Fault.FORBIDDEN
        case ssl.SSLCertVerificationError():
            return Fault.CERTIFICATE
        case TimeoutError():
            return Fault.TIMEOUT
        case ssl.SSLError():
            return Fault.TLS
    return Fault.CONNECTION


_original = requests.api.request
_http: HttpTransport | None = None

for _name in ("urllib3", "requests"):
    logging.getLogger(_name).setLevel(logging.ERROR)  # at DEBUG they log paths, which hold tokens


def install(http: HttpTransport) -> None:
    """From now on Apprise's requests inside an exchange go through *http*."""
    global _http  # noqa: PLW0603 - plugins call a function of a module; the process has one pool
    _http = http
    requests.api.request = _request  # type: ignore[assignment]
    requests.request = _request  # type: ignore[assignment]


def _request(method: str, url: str, **given: Any) -> requests.Response:
    one = current_trace()
    if one is None or _http is None:
        return _original(method, url, **given)
    return _http.request(one, method, url, **given)
