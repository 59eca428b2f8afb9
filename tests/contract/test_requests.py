"""What `gateway/sending/transport/` relies on in requests beyond its documentation."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import requests


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
