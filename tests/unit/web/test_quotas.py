"""Quotas of sources."""

from __future__ import annotations

from contextlib import suppress

import pytest

from gateway.errors import ApiError
from gateway.model import Rate, Source
from gateway.web.quotas import Quotas

PSA = Source("psa", frozenset({"*"}), frozenset(), quota=Rate(10, 60.0))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(quotas: Quotas, clock: Clock, source: Source, times: int, every_s: float = 0.0) -> int:
    """How many of so many requests are taken."""
    number = 0
    for _ in range(times):
        with suppress(ApiError):
            quotas.take(source)
            number += 1
        clock.now += every_s
    return number


def test_a_source_may_use_its_quota_at_once_and_then_as_it_comes_back() -> None:
    clock = Clock()
    quotas = Quotas(clock=clock)
    assert taken(quotas, clock, PSA, 100) == 10
    clock.now += 12.0
    assert taken(quotas, clock, PSA, 100) == 2
    clock.now += 600.0
    assert taken(quotas, clock, PSA, 100) == 10
    clock.now += 60.0
    assert taken(quotas, clock, PSA, 600, every_s=1.0) == pytest.approx(110, abs=1)


def test_whoever_is_refused_hears_when_to_come_again() -> None:
    clock = Clock()
    quotas = Quotas(clock=clock)
    assert taken(quotas, clock, PSA, 10) == 10
    with pytest.raises(ApiError) as refused:
        quotas.take(PSA)
    clock.now += float(refused.value.headers["Retry-After"])
    assert taken(quotas, clock, PSA, 1) == 1


def test_sources_do_not_share_a_quota_and_processes_do() -> None:
    clock = Clock()
    quotas = Quotas(processes=2, clock=clock)
    assert taken(quotas, clock, PSA, 100) == 5
    assert taken(quotas, clock, Source("rmm", frozenset(), frozenset(), quota=Rate(1, 1.0)), 100) == 1
    assert taken(quotas, clock, Source("free", frozenset(), frozenset()), 100) == 100
