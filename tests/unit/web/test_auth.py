"""Bearer tokens and what their sources may see."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.errors import ApiError
from gateway.model import Config, Scope, Source
from gateway.web.auth import find_source, require_scope, unauthorized, visible_sources
from tests.support.builders import config

PSA = Source("psa", frozenset({"*"}), frozenset({sha256(b"old").hexdigest(), sha256(b"new").hexdigest()}))
ADMIN = Source("admin", frozenset(), frozenset(), frozenset({Scope.ADMIN}))


@pytest.fixture(scope="module")
def psa_only() -> Config:
    return replace(config("channels: {}"), sources={"psa": PSA})


@pytest.mark.parametrize("header", ["Bearer old", "Bearer new", "bearer  new"])
def test_each_live_token_is_its_source_s(psa_only: Config, header: str) -> None:
    assert find_source(psa_only, header) is PSA


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
def test_any_other_header_belongs_to_no_source(psa_only: Config, header: str | None) -> None:
    assert find_source(psa_only, header) is None


def test_a_client_without_a_token_learns_which_header_is_expected() -> None:
    assert unauthorized().slug == "unauthorized"
    assert unauthorized().headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_that_left_the_configuration_is_unauthorized(psa_only: Config) -> None:
    later = replace(psa_only, sources={"psa": replace(PSA, token_hashes=frozenset())})
    assert find_source(psa_only, "Bearer old") is PSA
    assert find_source(later, "Bearer old") is None


def test_a_scope_is_asked_for_by_name() -> None:
    require_scope(ADMIN, Scope.REPLAY)
    with pytest.raises(ApiError, match="deliveries:replay"):
        require_scope(PSA, Scope.REPLAY)


def test_a_source_sees_its_own_events_an_admin_all() -> None:
    assert visible_sources(PSA, None) == ["psa"]
    assert visible_sources(PSA, "psa") == ["psa"]
    assert visible_sources(PSA, "rmm") == []
    assert visible_sources(ADMIN, None) is None
    assert visible_sources(ADMIN, "rmm") == ["rmm"]
