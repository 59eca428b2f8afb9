"""Programs of neighbouring formats share a ledger; an older one refuses what it cannot read."""

from __future__ import annotations

import pytest

from gateway.store import ledger_format
from gateway.store.ledger_format import describe_newer_format


@pytest.mark.parametrize(
    ("stored", "known", "may_work"),
    [
        ((None, None), 1, True),
        (("1", "1"), 1, True),
        (("2", "1"), 1, True),
        (("1", "1"), 2, True),
        (("3", "2"), 1, False),
        (("3", "2"), 2, True),
    ],
    ids=["no number yet", "the same", "one newer", "one older", "two newer", "one newer again"],
)
def test_who_may_work_with_which_ledger(stored: tuple[str | None, str | None], known: int, may_work: bool) -> None:
    assert (describe_newer_format(stored, known) is None) == may_work


def test_the_refusal_says_what_to_do() -> None:
    assert describe_newer_format(("3", "2"), 1) == (
        "a newer gateway has written the ledger (format 3, for programs of format 2 and later),"
        " and this one has format 1: update it, or name another database in REDIS_URL"
    )


def test_the_program_before_this_one_can_work_beside_it() -> None:
    assert max(1, ledger_format.FORMAT - 1) == ledger_format.OLDEST_READER
