"""Ids by their first characters."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.store.short_ids import MAX_IDS, first_visible


def test_a_walk_ends_as_soon_as_there_are_enough_ids() -> None:
    examined: list[int] = []

    def walk() -> Iterator[str]:
        for number in range(1_000):
            examined.append(number)
            yield f"a{number}"
            yield f"a{number}"

    assert first_visible(walk(), lambda match: match != "a0") == [f"a{number}" for number in range(1, MAX_IDS + 2)]
    assert examined[-1] == MAX_IDS + 1
