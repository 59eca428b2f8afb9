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
from functools import lru_cache
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

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
        prepared.headers.update(trace.webhook.headers(body, datetime.now(UTC)))
    return prepared


DEFAULT_HEADERS = {"User-Agent": "Notification Gateway", "Accept": "*/*", "Accept-Encoding": "identity"}


class _PreparedRequest(requests.PreparedRequest):
    """What requests makes of the arguments, without repeating the work for the same URL.

    It takes 27 microseconds for a request instead of 177; a whole message takes about 450.
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


def to_response(prepared: requests.PreparedRequest, answer: HttpResponse, body: bytes) -> requests.Response:
    """*answer*, read to its end, as a response of requests; *body* is decoded."""
    response = requests.Response()
    response.status_code, response.reason = answer.status, answer.phrase
    response.url, response.request = prepared.url or "", prepared
    response.headers = CaseInsensitiveDict(answer.headers)
    response.encoding = get_encoding_from_headers(response.headers)
    response.elapsed = timedelta()
    response._content, response._content_consumed = body, True  # type: ignore[attr-defined] # noqa: SLF001 - see the contract test
    return response
