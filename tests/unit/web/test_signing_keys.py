"""The keys that ConnectWise signs with: fetched once, from the host that the YAML names and from nowhere else."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from gateway.web.signing_keys import SigningKeys, key_url_of

HOST = "psa.example.com"
URL = f"https://{HOST}/v4_6_release/apis/3.0/auth/keys/1"


def body(url: object) -> bytes:
    return json.dumps({"Entity": "{}", "Metadata": {"key_url": url}}).encode()


@pytest.mark.parametrize("url", [URL, URL.replace(HOST, HOST.upper()), URL.replace(HOST, f"{HOST}:443")])
def test_the_url_of_a_key(url: str) -> None:
    assert key_url_of(body(url), HOST) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://psa.example.com/keys/1",
        "https://evil.example.com/keys/1",
        "https://psa.example.com.evil.example.com/keys/1",
        "https://psa.example.com@evil.example.com/keys/1",
        "https://evil.example.com#@psa.example.com/keys/1",
        "https://evil.example.com\\@psa.example.com/keys/1",
        "https://user@psa.example.com/keys/1",
        "https://psa.example.com:8443/keys/1",
        "https://169.254.169.254/latest",
        "https://psa.example.com/a b",
        "https://psa.example.com/\r\nHost: evil",
        "https://[psa.example.com/",
        "https://psa.example.com/" + "x" * 500,
        "//psa.example.com/keys",
        "",
        7,
        None,
    ],
)
def test_no_other_url_is_requested(url: object) -> None:
    assert key_url_of(body(url), HOST) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"Metadata": 1}', b"{"])
def test_a_body_without_a_url(content: bytes) -> None:
    assert key_url_of(content, HOST) is None


def test_a_key_is_fetched_once() -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return json.dumps({"signing_key": "the key"}).encode()

    now = 0.0
    keys = SigningKeys(fetch, lambda: now)
    assert keys.reserve_fetch(HOST, URL)
    assert not keys.reserve_fetch(HOST, URL + "0"), "a stranger may name any number of URLs"
    keys.fetch(HOST, URL)
    assert keys.by_host() == {HOST: (sha256(b"the key").digest(),)}
    now = 10.0
    assert not keys.reserve_fetch(HOST, URL)
    assert keys.reserve_fetch(HOST, URL + "0")
    assert asked == [URL]


@pytest.mark.parametrize("content", [None, b"", b"<html>", b"[]", b'{"signing_key": ""}', b'{"signing_key": 1}'])
def test_what_is_no_key_is_not_kept(content: bytes | None) -> None:
    keys = SigningKeys(lambda _: content)
    keys.fetch(HOST, URL)
    assert keys.by_host() == {}
