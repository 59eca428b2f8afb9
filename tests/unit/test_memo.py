from __future__ import annotations

import pytest

from gateway.memo import MAX_CHARACTERS, MAX_RESULTS, memoize_small


class Recorder:
    """A function that records its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def __call__(self, text: str, number: int = 0) -> list[str]:
        self.calls.append((text, number))
        if number < 0:
            raise ValueError(text)
        return [text] * number


def test_a_function_is_called_once_for_the_same_arguments() -> None:
    recorder = Recorder()
    repeat = memoize_small(len)(recorder)
    assert repeat("a", 2) is repeat("a", 2)
    assert repeat("a", 3) == ["a"] * 3
    assert recorder.calls == [("a", 2), ("a", 3)]


def test_the_result_for_a_large_text_is_not_kept() -> None:
    repeat = memoize_small(len)(Recorder())
    for size in (MAX_CHARACTERS, MAX_CHARACTERS + 1):
        assert (repeat("x" * size, 1) is repeat("x" * size, 1)) is (size <= MAX_CHARACTERS)


def test_an_error_is_not_kept() -> None:
    recorder = Recorder()
    repeat = memoize_small(len)(recorder)
    for _ in range(2):
        with pytest.raises(ValueError, match="a"):
            repeat("a", -1)
    assert len(recorder.calls) == 2


def test_the_result_that_was_used_longest_ago_is_dropped_first() -> None:
    recorder = Recorder()
    repeat = memoize_small(len)(recorder)
    for number in range(MAX_RESULTS + 1):
        repeat(str(number))
    repeat(str(MAX_RESULTS))
    repeat("0")
    assert recorder.calls[-2:] == [(str(MAX_RESULTS), 0), ("0", 0)]
