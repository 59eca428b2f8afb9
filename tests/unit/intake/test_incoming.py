"""Whatever happens to a body while it is mapped, it is an event, ignored with a reason, or kept with one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.errors import ApiError
from gateway.intake import incoming as module
from gateway.intake.accept import Accepted
from gateway.intake.incoming import WITHOUT_RULES, Incoming, is_duplicate, map_body, same_body, unmapped_of
from gateway.model import Source

PSA = Source("psa", frozenset({"*"}), frozenset())


def body(content: bytes, **more: Any) -> Incoming:
    return Incoming(content, {}, more.get("query", {}), more.get("path", ()), datetime(2026, 11, 27, tzinfo=UTC))


@pytest.mark.parametrize("step", ["read_body", "apply"])
def test_a_defect_of_the_gateway_loses_no_body(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("the value of the sender")

    monkeypatch.setattr(module, step, fail)
    mapped = map_body(WITHOUT_RULES, body(b"{}"), 1_000)
    assert (mapped.reason, mapped.why) == ("failed", "the mapping failed: ZeroDivisionError")
    kept = unmapped_of(PSA, mapped, [], body(b"{}"))
    assert kept is not None
    assert kept.body == b"{}"


def test_a_source_without_rules_keeps_everything() -> None:
    mapped = map_body(WITHOUT_RULES, body(b"{}"), 1_000)
    assert (mapped.reason, mapped.why) == ("no-rule", "no rule takes it")


def test_an_unreadable_body_is_kept_as_it_came() -> None:
    mapped = map_body(WITHOUT_RULES, body(b"\xff"), 1_000)
    kept = unmapped_of(PSA, mapped, [], body(b"\xff"))
    assert kept is not None
    assert (kept.reason, kept.body) == ("unreadable", b"\xff")


def test_the_same_id_with_another_body_is_a_duplicate() -> None:
    assert is_duplicate(ApiError("idempotency-mismatch"))
    assert is_duplicate(Accepted({"id": "1"}, is_replayed=True))
    assert not is_duplicate(Accepted({"id": "1"}, is_replayed=False))
    assert not is_duplicate(ApiError("invalid-event"))


def test_what_makes_two_unmapped_bodies_the_same() -> None:
    first = same_body(body(b"{}", query={"action": "updated"}))
    assert first == same_body(body(b"{}", query={"action": "updated"}))
    assert len({first, same_body(body(b"{}")), same_body(body(b"[]")), same_body(body(b"{}", path=("a",)))}) == 4
