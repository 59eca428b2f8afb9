"""The short form of the fault campaign: each promise with a hundredth of its events, some at once."""

from __future__ import annotations

import pytest

from tests.chaos.campaign import CAMPAIGN, SHORT, Promise, markdown, run
from tests.chaos.rig import Result

SEED = 1
IN_SHORT = ("R1", "R2", "R3", "R4", "R10", "R14")
"""The others take too long for every run of the tests: `make chaos` has them."""


@pytest.mark.parametrize("promise", [one for one in CAMPAIGN if one.id in IN_SHORT], ids=lambda one: one.id)
def test_a_promise_is_kept_and_its_control_is_not(promise: Promise) -> None:
    row = run(promise, SHORT, SEED)

    if row["outcome"] == "skipped":
        pytest.skip(row["reason"])
    assert row["broken"] == [], row


def test_a_test_whose_control_loses_nothing_is_void() -> None:
    row = run(Promise("R0", "nothing", lambda scale, seed: Result(), lambda scale, seed: Result()), SHORT, SEED)

    assert row["broken"] == ["the control lost nothing: the test is void"]


def test_the_report_names_what_was_broken() -> None:
    row = run(Promise("R0", "nothing", lambda scale, seed: Result({"lost": 1}, ["1 is lost"])), SHORT, SEED)
    page = markdown({"began": "now", "machine": "one", "seconds": 1, "rows": [row]})

    assert "| R0 nothing | broken | 0.01 | 1 |" in page
    assert "- 1 is lost\n- lost: 1\n" in page
