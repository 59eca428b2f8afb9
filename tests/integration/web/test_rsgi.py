"""What becomes of a request whose work fails: the answer says what it was, and nothing is left without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from gateway.runtime import Runtime
from gateway.web.rsgi import RsgiApplication
from tests.support.gateway_folder import PSA, ticket


class Headers(dict[str, str]):
    """As granian's: a header may come several times."""

    def get_all(self, name: str) -> list[str]:
        return [self[name]] if name in self else []


@dataclass
class Scope:
    method: str
    path: str
    headers: Headers
    query_string: str = ""
    server: str = "127.0.0.1:8080"
    client: str = "127.0.0.1:50000"
    scheme: str = "http"
    http_version: str = "1.1"


@dataclass
class Protocol:
    """One request's body in parts, each after *pause_s*, and the answer to it."""

    parts: list[bytes]
    pause_s: float = 0
    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            await asyncio.sleep(self.pause_s)
            yield part

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, dict(headers), body

    @property
    def slug(self) -> str:
        return str(json.loads(self.body)["type"]).rpartition("/")[2]


def ask(application: RsgiApplication, method: str, path: str, protocol: Protocol, **headers: str) -> Protocol:
    known = {"host": "gateway", "authorization": f"Bearer {PSA}", "content-type": "application/json"}
    scope = Scope(method, path, Headers(known | {name.replace("_", "-"): one for name, one in headers.items()}))
    asyncio.run(application.__rsgi__(scope, protocol))
    return protocol


def events(count: int) -> Protocol:
    return Protocol([json.dumps([ticket(number) for number in range(count)]).encode()])


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("failure", [TimeoutError("a defect, not a slow body"), ZeroDivisionError()])
def test_a_defect_is_a_500_whatever_its_kind(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, failure: Exception, count: int
) -> None:
    def fail(*_: Any) -> Any:
        raise failure

    monkeypatch.setattr(runtime.ledger, "accept", fail)
    answer = ask(RsgiApplication(runtime), "POST", "/v1/events", events(count))
    assert (answer.status, answer.slug) == (500, "internal")


@pytest.mark.parametrize("length", ["one", "-1", "1.5", "9" * 30, "\u0663"])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/explain", "/v1/deliveries/retry"])
def test_a_length_that_is_no_number_is_a_fault_of_the_client(runtime: Runtime, path: str, length: str) -> None:
    answer = ask(RsgiApplication(runtime), "POST", path, events(1), content_length=length)
    assert (answer.status, answer.slug) == (400, "bad-request")


@pytest.mark.parametrize("path", ["/v1/events", "/v1/explain"])
def test_a_body_that_drips_is_given_up(open_on: Any, redis_url: str, path: str) -> None:
    runtime = open_on(redis_url, body_timeout=timedelta(milliseconds=50))
    answer = ask(RsgiApplication(runtime), "POST", path, Protocol([b"["] * 100, pause_s=0.01))
    assert (answer.status, answer.slug, answer.headers["Connection"]) == (408, "body-too-slow", "close")
