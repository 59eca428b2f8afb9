"""A body of ConnectWise is let in by a key that the gateway fetches, once, from the host that the YAML names."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.config.sources.build_auth import PRESETS
from gateway.errors import ApiError
from gateway.model import Source
from gateway.web.failed_tokens import FailedTokens
from gateway.web.incoming import authenticate
from gateway.web.request import Request
from gateway.web.signing_keys import SigningKeys
from tests.support.builders import config

HOST = "psa.example.com"
SOURCE = Source("psa", frozenset({"*"}), frozenset(), credentials=(replace(PRESETS["connectwise"], key_host=HOST),))
CONFIG = replace(config("channels: {}"), sources={"psa": SOURCE})
KEYS = {
    f"https://{HOST}/keys/1": b'{"signing_key": "first"}',
    f"https://{HOST}/keys/2": b'{"signing_key": "second"}',
    "https://evil.example.com/keys/1": b'{"signing_key": "evil"}',
}


class Process(SimpleNamespace):
    """What `authenticate` needs of a web process, and what it has fetched."""

    def __init__(self) -> None:
        self.fetched: list[str] = []
        self.now = 0.0
        super().__init__(
            runtime=SimpleNamespace(settings=SimpleNamespace(trusted_proxies=())),
            failed_tokens=FailedTokens(1_000),
            signing_keys=SigningKeys(self.fetch, lambda: self.now),
        )

    def fetch(self, url: str) -> bytes | None:
        self.fetched.append(url)
        return KEYS.get(url)


class Lane:
    async def run(self, work: Callable[[], Any]) -> Any:
        return work()


def is_let_in(process: Process, url: str, key: str) -> bool:
    body = json.dumps({"Action": "updated", "Metadata": {"key_url": url}}).encode()
    digest = hmac.new(sha256(key.encode()).digest(), body, "sha256").digest()
    headers = {"x-content-signature": base64.b64encode(digest).decode()}
    request = Request.of("/v1/in/psa", "", method="POST", header=headers.get, peer="192.0.2.1")
    call: Any = SimpleNamespace(process=process, request=request, config=CONFIG, lane=Lane())
    try:
        source, _ = asyncio.run(authenticate(call, body))
    except ApiError as exc:
        assert exc.slug == "not-found"  # noqa: PT017 - what is asked is whether it is let in
        return False
    return source is SOURCE


@pytest.fixture
def process() -> Process:
    return Process()


def test_the_key_is_fetched_for_the_first_body_only(process: Process) -> None:
    url = f"https://{HOST}/keys/1"
    assert [is_let_in(process, url, "first") for _ in range(3)] == [True] * 3
    assert process.fetched == [url]


def test_a_new_key_is_fetched_when_the_sender_names_it(process: Process) -> None:
    assert is_let_in(process, f"https://{HOST}/keys/1", "first")
    process.now = 10.0
    assert is_let_in(process, f"https://{HOST}/keys/2", "second")
    assert is_let_in(process, f"https://{HOST}/keys/1", "first")
    assert len(process.fetched) == 2


def test_a_key_of_another_host_is_not_even_requested(process: Process) -> None:
    assert not is_let_in(process, "https://evil.example.com/keys/1", "evil")
    assert process.fetched == []


def test_a_wrong_signature_is_wrong_with_the_fetched_key_as_well(process: Process) -> None:
    assert not is_let_in(process, f"https://{HOST}/keys/1", "evil")
    assert is_let_in(process, f"https://{HOST}/keys/1", "first")


def test_a_host_that_answers_no_key_lets_nobody_in(process: Process) -> None:
    assert not is_let_in(process, f"https://{HOST}/keys/none", "first")
