"""What `gateway/sending/transport/` relies on in requests beyond its documentation."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import requests

from gateway.sending.transport.deadline import AttemptTrace
from gateway.sending.transport.http import _encode
from gateway.sending.transport.http1 import HttpResponse
from gateway.sending.transport.requests_patch import DEFAULT_HEADERS, Response, prepare


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch", "head", "options"])
def test_every_call_of_the_module_goes_through_one_function(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plugins call `requests.post` and its like; we replace `requests.api.request`."""
    calls: list[str] = []

    def request(method: str, url: str, **_: Any) -> requests.Response:
        calls.append(method.lower())
        return requests.Response()

    monkeypatch.setattr(requests.api, "request", request)
    getattr(requests, method)("http://127.0.0.1:9/")

    assert calls == [method]


def test_a_prepared_request_has_all_that_is_sent() -> None:
    prepared = requests.Request("POST", "https://a.example/x?y=1", json={"a": 1}, auth=("u", "p")).prepare()

    assert (prepared.method, prepared.path_url, prepared.body) == ("POST", "/x?y=1", b'{"a": 1}')
    assert prepared.headers["Content-Type"] == "application/json"
    assert prepared.headers["Authorization"].startswith("Basic ")


def test_a_response_is_filled_by_its_attributes() -> None:
    response = requests.Response()
    response.status_code = 200
    response._content = b'{"ok": true}'
    response.headers["Content-Type"] = "application/json"
    response.encoding = "utf-8"

    assert (response.ok, response.json(), response.text, response.content) == (
        True,
        {"ok": True},
        '{"ok": true}',
        b'{"ok": true}',
    )


def test_our_response_has_every_attribute_of_theirs() -> None:
    prepared = requests.Request("GET", "https://a.example/").prepare()
    answer = HttpResponse(200, "OK", {"content-type": "text/html; charset=latin-1"}, b"")

    response = Response(prepared, answer, "ä".encode("latin-1"))

    assert vars(requests.Response()).keys() <= set(dir(response))
    assert (response.text, response.headers["Content-Type"]) == ("ä", "text/html; charset=latin-1")
    assert (response.ok, response.is_redirect, response.links, list(response.cookies)) == (True, False, {}, [])


@pytest.mark.parametrize("body", [b"a", "a", "ä", "", {"a": "ä"}, [("a", "b")]])
@pytest.mark.parametrize("headers", [{}, {"content-type": "x/y"}, {"Accept": b"x", b"X-A": "1"}])
def test_our_request_is_written_as_theirs(body: Any, headers: Any) -> None:
    trace = AttemptTrace("d-1", 0, 0)
    all_headers = {**DEFAULT_HEADERS, **headers}
    theirs = requests.PreparedRequest()
    theirs.prepare(method="POST", url="https://a.example/", headers=all_headers, data=body)

    ours = prepare(trace, "POST", "https://a.example/", {"headers": headers, "data": body})

    assert list(ours.headers.items()) == list(theirs.headers.items())
    assert ours.headers == theirs.headers
    assert _encode(ours, None) == _encode(theirs, None)


@pytest.mark.parametrize("headers", [{"X-A": "1\n2"}, {"User-Agent": " 1"}, {"X:Y": "1"}, {"X-A": 1}, {"X-A": ["1"]}])
def test_a_header_that_cannot_be_sent_is_refused(headers: Any) -> None:
    with pytest.raises(requests.exceptions.InvalidHeader):
        prepare(AttemptTrace("d-1", 0, 0), "POST", "https://a.example/", {"headers": headers, "data": "x"})


def test_requests_takes_the_arguments_that_we_take() -> None:
    wanted = {
        "params",
        "data",
        "json",
        "headers",
        "cookies",
        "files",
        "auth",
        "timeout",
        "allow_redirects",
        "proxies",
        "verify",
    }

    assert wanted <= set(inspect.signature(requests.Session.request).parameters)
