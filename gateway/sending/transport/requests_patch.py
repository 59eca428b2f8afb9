"""The only place where requests is changed: the function that plugins call, what is sent, and what is returned.

Plugins call `requests.post` and its like. `install` replaces the function behind them. Inside an attempt, the new one
gives the request to the gateway's transport; outside an attempt, it calls the original. tests/contract/test_requests.py
lists what is relied on beyond the documented API of requests.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import requests
from requests._internal_utils import to_native_string
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity, get_encoding_from_headers

from gateway.sending.transport.deadline import AttemptTrace, current_trace
from gateway.sending.transport.faults import Fault
from gateway.sending.transport.http1 import HttpResponse

Send = Callable[..., requests.Response]
"""Called with the trace, the method, the URL and the arguments of `requests.request`; returns the response."""

CONTENT_ARGUMENTS = ("params", "data", "json", "headers", "auth", "files", "cookies")
"""Arguments that say what is sent. How it is sent (verify, timeout, redirects, proxies) is not for
plugins to decide."""

URL_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
"""RFC 3986, 2."""

EXCEPTIONS: Mapping[Fault, type[requests.exceptions.RequestException]] = {
    Fault.TIMEOUT: requests.exceptions.Timeout,
    Fault.CONNECTION: requests.exceptions.ConnectionError,
    Fault.FORBIDDEN: requests.exceptions.ConnectionError,
    Fault.CERTIFICATE: requests.exceptions.SSLError,
    Fault.TLS: requests.exceptions.SSLError,
    Fault.MALFORMED: requests.exceptions.InvalidURL,
    Fault.UNSUPPORTED: requests.exceptions.ConnectionError,
}
"""For each fault, the exception that requests would have raised and that a plugin gets."""

_original = requests.api.request
_send: Send | None = None

for _name in ("urllib3", "requests"):
    logging.getLogger(_name).setLevel(logging.ERROR)  # at DEBUG they log paths, which contain tokens


def install(send: Send) -> None:
    """From now on, requests inside an attempt go through *send*."""
    global _send  # noqa: PLW0603 - plugins call a function of a module; the process has one transport
    _send = send
    requests.api.request = _request  # type: ignore[assignment]
    requests.request = _request  # type: ignore[assignment]


def _request(method: str, url: str, **arguments: Any) -> requests.Response:
    trace = current_trace()
    if trace is None or _send is None:
        return _original(method, url, **arguments)
    return _send(trace, method, url, **arguments)


def prepare(trace: AttemptTrace, method: str, url: str, arguments: Mapping[str, Any]) -> requests.PreparedRequest:
    """What requests would send. Raises: requests.RequestException."""
    if trace.change_request:
        arguments = trace.change_request(url, arguments)
    content = {name: arguments[name] for name in CONTENT_ARGUMENTS if arguments.get(name)}
    headers = {**DEFAULT_HEADERS, **(arguments.get("headers") or {})}
    content["headers"] = headers
    if trace.webhook and trace.webhook.body is not None:
        content["data"] = trace.webhook.body
    prepared = _PreparedRequest()
    try:
        prepared.prepare(method=method.upper(), url=url, **content)
    except (ValueError, UnicodeError) as exc:
        if isinstance(exc, requests.exceptions.RequestException):
            raise
        raise requests.exceptions.InvalidURL("the URL cannot be sent") from exc
    if trace.webhook:
        body = prepared.body or b""
        body = body.encode() if isinstance(body, str) else body
        for name, value in trace.webhook.headers(body, datetime.now(UTC)).items():
            prepared.headers[name] = value
    return prepared


DEFAULT_HEADERS = {"User-Agent": "Notification Gateway", "Accept": "*/*", "Accept-Encoding": "identity"}


class _Headers(CaseInsensitiveDict[Any]):
    """The headers of a request; those of requests look each one up again while they are read."""

    def __init__(self) -> None:
        self._store: dict[str, tuple[str, Any]] = {}

    def items(self) -> Any:
        return self._store.values()


class _PreparedRequest(requests.PreparedRequest):
    """What requests makes of the arguments, without work that is known to change nothing.

    It takes 20 microseconds for a request instead of 177; a whole message takes about 450.
    """

    def prepare_url(self, url: Any, params: Any) -> None:
        if not isinstance(url, str):
            super().prepare_url(url, params)
        elif not params:
            self.url = _prepared_url(url, ())
        elif isinstance(params, dict) and all(isinstance(value, str) for value in params.values()):
            self.url = _prepared_url(url, tuple(params.items()))
        else:
            super().prepare_url(url, params)

    def prepare_headers(self, headers: Any) -> None:
        self.headers = _Headers()
        for name, value in headers.items():
            if DEFAULT_HEADERS.get(name) != value:  # the gateway's own are valid
                check_header_validity((name, value))
            self.headers[to_native_string(name)] = value

    def prepare_body(self, data: Any, files: Any, json: Any = None) -> None:
        if data and isinstance(data, str | bytes) and not files:
            self.body = data.encode() if isinstance(data, str) else data
            self.headers["Content-Length"] = str(len(self.body))
        else:
            super().prepare_body(data, files, json)

    def prepare_cookies(self, cookies: Any) -> None:
        if cookies:
            super().prepare_cookies(cookies)

    def prepare_auth(self, auth: Any, url: str = "") -> None:
        if auth or "@" in (self.url or ""):  # else the URL names no user
            super().prepare_auth(auth, url)


@lru_cache(maxsize=1024)
def _prepared_url(url: str, query: tuple[tuple[str, str], ...]) -> str | None:
    """*url* with *query*, as requests writes them; without a query as it is given, without a fragment.

    requests would write it anew: it resolves `..` and decodes `%7E`, which breaks a signature over the path. Only a
    URL with characters that a URL cannot have is encoded by requests. Raises: requests.RequestException.
    """
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, query)
    return prepared.url if query or not URL_CHARACTERS.fullmatch(url) else url.partition("#")[0]


class Response(requests.Response):
    """An answer, read to its end. What most plugins do not look at is built when one does."""

    def __init__(self, prepared: requests.PreparedRequest, answer: HttpResponse, body: bytes) -> None:
        """*body* is decoded. Sets what the constructor of requests sets; see the contract test."""
        self.status_code, self.reason = answer.status, answer.phrase
        self.url, self.request = prepared.url or "", prepared
        self.elapsed, self.history, self.raw = timedelta(), [], None
        self._content, self._content_consumed, self._next = body, True, None
        self._answer = answer

    @cached_property
    def headers(self) -> Any:  # type: ignore[override] # a cached property can be written
        return CaseInsensitiveDict(self._answer.headers)

    @cached_property
    def encoding(self) -> str | None:  # type: ignore[override] # a cached property can be written
        return get_encoding_from_headers(self.headers)

    @cached_property
    def cookies(self) -> RequestsCookieJar:  # type: ignore[override] # a cached property can be written
        return RequestsCookieJar()
