"""Bearer tokens and what their sources may see."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.errors import ApiError
from gateway.model import Config, Scope, Source
from gateway.web.auth import authenticate, require, visible_sources
from tests.support.builders import config

PSA = Source("psa", frozenset({"*"}), frozenset({sha256(b"old").hexdigest(), sha256(b"new").hexdigest()}))
ADMIN = Source("admin", frozenset(), frozenset(), frozenset({Scope.ADMIN}))


@pytest.fixture(scope="module")
def psa_only() -> Config:
    return replace(config("channels: {}"), sources={"psa": PSA})


@pytest.mark.parametrize("header", ["Bearer old", "Bearer new", "bearer  new"])
def test_each_live_token_is_its_source_s(psa_only: Config, header: str) -> None:
    assert authenticate(psa_only, header) is PSA


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nobody",
        "Basic new",
        "new",
        "Bearer new,Bearer new",
        "Bearer new new",
        "Bearer n\xe9w",
        "Bearer " + "x" * 10_000,
        f"Bearer {sha256(b'new').hexdigest()}",
    ],
)
def test_anything_else_is_unauthorized_in_the_same_words(psa_only: Config, header: str | None) -> None:
    with pytest.raises(ApiError) as caught:
        authenticate(psa_only, header)
    assert caught.value.slug == "unauthorized"
    assert caught.value.headers["WWW-Authenticate"].startswith("Bearer")
    assert "nobody" not in caught.value.detail


def test_a_token_that_left_the_configuration_is_unauthorized(psa_only: Config) -> None:
    later = replace(psa_only, sources={"psa": replace(PSA, token_hashes=frozenset())})
    assert authenticate(psa_only, "Bearer old") is PSA
    with pytest.raises(ApiError):
        authenticate(later, "Bearer old")


def test_a_scope_is_asked_for_by_name() -> None:
    require(ADMIN, Scope.REPLAY)
    with pytest.raises(ApiError, match="deliveries:replay"):
        require(PSA, Scope.REPLAY)


def test_a_source_sees_its_own_events_an_admin_all() -> None:
    assert visible_sources(PSA, None) == ["psa"]
    assert visible_sources(PSA, "psa") == ["psa"]
    assert visible_sources(PSA, "rmm") == []
    assert visible_sources(ADMIN, None) is None
    assert visible_sources(ADMIN, "rmm") == ["rmm"]
