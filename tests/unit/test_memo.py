from __future__ import annotations

import pytest

from gateway.memo import LARGEST, MOST, shared


class Asked:
    """A function that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def __call__(self, text: str, number: int = 0) -> list[str]:
        self.asked.append((text, number))
        if number < 0:
            raise ValueError(text)
        return [text] * number


def test_the_same_arguments_are_asked_once() -> None:
    asked = Asked()
    one = shared(len)(asked)
    assert one("a", 2) is one("a", 2)
    assert one("a", 3) == ["a"] * 3
    assert asked.asked == [("a", 2), ("a", 3)]


def test_a_large_text_is_not_kept() -> None:
    asked = Asked()
    one = shared(len)(asked)
    for size in (LARGEST, LARGEST + 1):
        assert (one("x" * size, 1) is one("x" * size, 1)) is (size <= LARGEST)


def test_an_error_is_not_kept() -> None:
    asked = Asked()
    one = shared(len)(asked)
    for _ in range(2):
        with pytest.raises(ValueError, match="a"):
            one("a", -1)
    assert len(asked.asked) == 2


def test_what_was_not_asked_for_longest_goes_first() -> None:
    asked = Asked()
    one = shared(len)(asked)
    for number in range(MOST + 1):
        one(str(number))
    one(str(MOST))
    one("0")
    assert asked.asked[-2:] == [(str(MOST), 0), ("0", 0)]
