"""The short form of the fault campaign: each promise with a hundredth of its events, some at once.

Their controls, which must break, are in `controls.py`: `make controls`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chaos import weakened
from tests.chaos.campaign import CAMPAIGN, SHORT, Promise, all_rows, run
from tests.chaos.report import markdown
from tests.chaos.rig import Result

SEED = 1
AT_ONCE = 4
"""They wait for most of the time."""
TOO_LONG = {"R7", "R11", "R20", "R22"}
"""For every run of the tests: `make chaos` has them. R7 and R20 measure delays, which asks for a quiet machine, and
R11 fills the memory of servers, which `tests/integration/web/test_hostile_inputs.py` does to a small one."""
IN_SHORT = [promise for promise in CAMPAIGN if promise.id not in TOO_LONG]


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in all_rows(IN_SHORT, SHORT, [SEED], AT_ONCE, ["promise"])}


@pytest.mark.parametrize("promise", IN_SHORT, ids=lambda promise: promise.id)
def test_a_promise_is_kept(promise: Promise, rows: dict[str, dict[str, Any]]) -> None:
    row = rows[promise.id]

    if row["outcome"] == "skipped":
        pytest.skip(row["reason"])
    assert row["broken"] == [], row


def test_a_test_whose_control_loses_nothing_is_void() -> None:
    row = run(Promise("R0", "nothing", lambda scale, seed: Result(), lambda scale, seed: Result()), SHORT, SEED)

    assert row["broken"] == ["the control lost nothing: the test is void"]


def test_the_report_names_what_was_broken() -> None:
    row = run(Promise("R0", "nothing", lambda scale, seed: Result({"lost": 1}, ["1 is lost"])), SHORT, SEED)
    page = markdown({"began": "now", "machine": "one", "rows": [row]})

    assert "| R0 nothing | 1 | 0.01 | broken |" in page
    assert "- seed 1, broken: 1 is lost\n\n| | seed 1 |\n|---|---|\n| lost | 1 |\n" in page


@pytest.mark.parametrize("name", [name for name, item in vars(weakened).items() if isinstance(item, weakened.Weakness)])
def test_every_weakness_takes_out_a_protection_that_the_gateway_has(name: str, tmp_path: Path) -> None:
    weakened.weakened(tmp_path, getattr(weakened, name))
