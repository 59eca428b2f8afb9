"""The controls of the short campaign: the same fault with the protection taken out must break the promise.

They show that the tests of `test_campaign.py` can fail, take as long as these, and are run by `make controls`.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.chaos.campaign import SHORT, Promise, all_rows
from tests.chaos.test_campaign import AT_ONCE, IN_SHORT, SEED

WITH_CONTROL = [promise for promise in IN_SHORT if promise.control]


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in all_rows(WITH_CONTROL, SHORT, [SEED], AT_ONCE, ["control"])}


@pytest.mark.parametrize("promise", WITH_CONTROL, ids=lambda promise: promise.id)
def test_without_its_protection_a_promise_is_broken(promise: Promise, rows: dict[str, dict[str, Any]]) -> None:
    row = rows[promise.id]

    if row["outcome"] == "skipped":
        pytest.skip(row["reason"])
    assert row["broken"] == [], row
    assert row["control"]["broken"]
