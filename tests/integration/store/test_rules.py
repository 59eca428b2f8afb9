"""The rules of the configurations that were in use: kept by their digest, and only so many of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.settings import Settings
from gateway.store import keys
from gateway.store import rules as module
from gateway.store.client import connect
from gateway.store.rules import KeptRules, encode_rules
from tests.support.any_routes import BASE


@pytest.fixture
def rules(redis_url: str) -> Iterator[KeptRules]:
    client = connect(redis_url, timeout_s=2)
    yield KeptRules(client, Settings())
    client.close()


def test_rules_are_kept_by_the_digest_and_live_longer_than_the_events(rules: KeptRules) -> None:
    assert rules.keep("c1", lambda: encode_rules(BASE))
    stored = rules.of("c1", "ticket.changed")
    assert stored
    assert [route.name for route in stored.routes["ticket.changed.any"]] == ["r"]
    assert rules.of("c2", "ticket.changed") is None
    lives_s = rules.client.ttl(keys.rules("c1"))
    assert lives_s > 2 * Settings().retention.total_seconds()  # type: ignore[operator] # the client is not asynchronous


def test_rules_that_are_kept_are_not_made_again(rules: KeptRules) -> None:
    rules.keep("c1", lambda: encode_rules(BASE))
    assert rules.keep("c1", lambda: pytest.fail("they are there already"))


def test_only_those_of_the_last_configurations_are_kept(rules: KeptRules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 2)
    for number in (1, 2, 3):
        rules.keep(f"c{number}", lambda: encode_rules(BASE))
        rules.client.zadd(keys.RULES, {f"c{number}": number})
    assert [rules.of(f"c{number}", "ticket.changed") is None for number in (1, 2, 3)] == [True, False, False]


def test_rules_that_are_too_large_are_not_kept(rules: KeptRules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CHARACTERS", 10)
    assert not rules.keep("c1", lambda: encode_rules(BASE))
    assert rules.of("c1", "ticket.changed") is None
