"""What a sender to `/v1/in` shows, and what its source wants to see."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from gateway.model import Basic, Config, HeaderSecret, Signature, Source, UrlKey
from gateway.web.request import Request
from gateway.web.sender import NOBODY, Posted, parse_query, shows_credential, without_credentials
from tests.support.builders import config

NOW = datetime(2026, 11, 27, tzinfo=UTC)
BODY = b'{"id": 7}'


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def posted(path: str = "/v1/in/psa", query: str = "", headers: Mapping[str, str] | None = None) -> Posted:
    names = {name.lower(): value for name, value in (headers or {}).items()}
    request = Request.of(path, query, method="POST", header=names.get, peer="192.0.2.1", headers=lambda: names)
    assert request.incoming is not None
    return Posted(request, request.incoming, parse_query(query), BODY)


def psa(*credentials: Any, tokens: tuple[str, ...] = (), **more: Any) -> Source:
    return Source("psa", frozenset({"*"}), frozenset(map(hash_of, tokens)), credentials=credentials, **more)


def shows(source: Source, request: Posted, fetched: Mapping[str, tuple[bytes, ...]] | None = None) -> bool:
    known: Config = replace(config("channels: {}"), sources={"psa": source})
    return shows_credential(known, source, request, fetched or {}, NOW)


BASIC = Basic(hash_of("grafana:pass:word"))
HEADER = HeaderSecret("x-api-key", hash_of("secret"))
KEY = UrlKey(hash_of("k3y"), "token")
SIGNATURE = Signature("x-signature", keys=(b"old", b"new"))
ALL = psa(BASIC, HEADER, KEY, SIGNATURE, tokens=("t0ken",))


def signed(key: bytes) -> Mapping[str, str]:
    return {"X-Signature": hmac.new(key, BODY, "sha256").hexdigest()}


@pytest.mark.parametrize(
    "request_of_sender",
    [
        posted(headers={"Authorization": "Bearer t0ken"}),
        posted(headers={"Authorization": "Basic " + base64.b64encode(b"grafana:pass:word").decode()}),
        posted(headers={"Authorization": "Basic " + base64.b64encode(b"anybody:t0ken").decode()}),
        posted(headers={"X-Api-Key": "secret"}),
        posted("/v1/in/psa/k3y"),
        posted("/v1/in/psa/k3y/more"),
        posted(query="token=k3y"),
        posted(headers=signed(b"old")),
        posted(headers=signed(b"new")),
    ],
)
def test_one_valid_credential_is_enough(request_of_sender: Posted) -> None:
    assert shows(ALL, request_of_sender)


@pytest.mark.parametrize(
    "request_of_sender",
    [
        posted(),
        posted(headers={"Authorization": "Bearer other"}),
        posted(headers={"Authorization": "Basic " + base64.b64encode(b"grafana:other").decode()}),
        posted(headers={"Authorization": "Basic ???"}),
        posted(headers={"X-Api-Key": ""}),
        posted(headers={"X-Api-Key": hash_of("secret")}),
        posted(headers={"X-Api-Key": "n\xf6"}),
        posted("/v1/in/psa/other"),
        posted("/v1/in/psa/more/k3y"),
        posted(query="key=k3y"),
        posted(query="token=k3y&token="),
        posted(query="token=" + "x" * 10_000),
        posted(headers=signed(b"other")),
        posted(headers={"X-Signature": "\ufffd"}),
    ],
)
def test_a_wrong_credential_is_refused(request_of_sender: Posted) -> None:
    assert not shows(ALL, request_of_sender)


@pytest.mark.parametrize("credential", [BASIC, HEADER, KEY, SIGNATURE])
def test_a_credential_ends_when_it_expires(credential: Any) -> None:
    right = posted(
        "/v1/in/psa/k3y",
        headers={
            "Authorization": "Basic " + base64.b64encode(b"grafana:pass:word").decode(),
            "X-Api-Key": "secret",
            **signed(b"new"),
        },
    )
    assert shows(psa(replace(credential, expires=NOW + timedelta(seconds=1))), right)
    assert not shows(psa(replace(credential, expires=NOW)), right)


def test_a_token_ends_when_it_expires() -> None:
    right = posted(headers={"Authorization": "Bearer t0ken"})
    assert shows(psa(tokens=("t0ken",), token_expiries={hash_of("t0ken"): NOW + timedelta(seconds=1)}), right)
    assert not shows(psa(tokens=("t0ken",), token_expiries={hash_of("t0ken"): NOW}), right)


def test_the_token_of_another_source_does_not_suffice() -> None:
    other = Source("rmm", frozenset({"*"}), frozenset({hash_of("other")}))
    known = replace(config("channels: {}"), sources={"psa": ALL, "rmm": other})
    shown = posted(headers={"Authorization": "Bearer other"})
    assert not shows_credential(known, ALL, shown, {}, NOW)
    assert not shows_credential(known, NOBODY, shown, {}, NOW)


def test_a_fetched_key_holds_for_its_host_alone() -> None:
    source = psa(Signature("x-signature", key_host="psa.example.com"))
    assert shows(source, posted(headers=signed(b"fetched")), {"psa.example.com": (b"fetched",)})
    assert not shows(source, posted(headers=signed(b"fetched")), {"evil.example.com": (b"fetched",)})
    assert not shows(source, posted(headers=signed(b"nobody")))


def test_nothing_that_may_be_a_credential_is_kept() -> None:
    request = posted(
        "/v1/in/psa/k3y/tickets",
        "token=k3y&id=7",
        {"Authorization": "Bearer t0ken", "X-Api-Key": "secret", "Cookie": "a=b", "X-Event": "new", **signed(b"old")},
    )
    headers, query, path = without_credentials(ALL, request)
    assert (headers, query, path) == ({"x-event": "new"}, {"id": "7"}, ("tickets",))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/in/psa/k3y",
        "/v1/in/psa/k3y/more",
        "/V1/IN/psa/k3y",
        "//v1//in//psa/k3y",
        "/api/v1/in/psa/k3y",
        "/v1/in/k3y",
    ],
)
def test_no_part_of_a_request_that_is_shown_holds_a_key(path: str) -> None:
    request = Request.of(path, "key=k3y", method="POST", header={}.get, peer="")
    assert "k3y" not in request.path
    assert "k3y" not in repr(request)


@pytest.mark.parametrize("path", ["/v1/events/main/1", "/v1/events/a/in/b", "/v1/events/v1/in/b"])
def test_other_paths_are_as_they_were(path: str) -> None:
    request = Request.of(path, "a=b", method="GET", header={}.get, peer="")
    assert (request.path, request.query, request.incoming) == (path, "a=b", None)


@pytest.mark.parametrize("source", [NOBODY, psa(KEY), psa(SIGNATURE), psa(replace(SIGNATURE, keys=(b"a",))), ALL])
def test_an_unknown_source_takes_the_work_of_a_wrong_credential(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes time is to hash the body: that is done at least once for each key, and for a source without any."""
    bodies: list[bytes] = []
    make = hmac.new

    def count(key: bytes, message: bytes, digest: Any) -> hmac.HMAC:
        bodies.append(message)
        return make(key, message, digest)

    monkeypatch.setattr(hmac, "new", count)
    wrong = posted("/v1/in/psa/other", headers={"X-Signature": "00", "Authorization": "Bearer other"})
    assert not shows(source, wrong)
    signatures = [part for part in source.credentials if isinstance(part, Signature)]
    assert bodies == [BODY] * max(1, sum(len(part.keys) for part in signatures))
