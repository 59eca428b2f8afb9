"""What people outside may see of an event's data."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model import StaffField
from gateway.visibility import for_outside

NOTE = StaffField(("comment",), (("kind", ("public", "email")),))
NOTES = StaffField(("ticket", "comments"), (("kind", ("public",)),))
COST = StaffField(("invoice", "lines", "cost"))
MARGIN = StaffField(("margin",), (("kind", ("public",)), ("is_final", (True,))))


@pytest.mark.parametrize(
    ("field", "data", "expected"),
    [
        (NOTE, {"comment": {"kind": "private", "body": "x"}, "id": 1}, {"id": 1}),
        (NOTE, {"comment": {"kind": None, "body": "x"}}, {}),
        (NOTE, {"comment": {"body": "x"}}, {}),
        (NOTE, {"comment": {"kind": "Public", "body": "x"}}, {}),
        (NOTE, {"comment": "a text where an object belongs"}, {}),
        (
            NOTES,
            {"ticket": {"comments": [{"kind": "private", "body": "x"}, {"kind": "public", "body": "y"}]}},
            {"ticket": {"comments": [{"kind": "public", "body": "y"}]}},
        ),
        (
            COST,
            {"invoice": {"lines": [{"cost": 1, "name": "a"}, {"name": "b"}]}},
            {"invoice": {"lines": [{"name": "a"}, {"name": "b"}]}},
        ),
        (MARGIN, {"margin": 5, "kind": "public", "is_final": False}, {"kind": "public", "is_final": False}),
    ],
)
def test_a_staff_only_value_is_absent_outside(field: StaffField, data: Any, expected: Any) -> None:
    before = repr(data)
    assert for_outside(data, [field]) == expected
    assert repr(data) == before


@pytest.mark.parametrize(
    ("field", "data"),
    [
        (NOTE, {"comment": {"kind": "email", "body": "x"}}),
        (NOTE, {"ticket": 1}),
        (NOTES, {"ticket": {"comments": [{"kind": "public"}]}}),
        (COST, {"invoice": "none"}),
        (MARGIN, {"margin": 5, "kind": "public", "is_final": True}),
    ],
)
def test_data_that_hides_nothing_is_not_copied(field: StaffField, data: Any) -> None:
    assert for_outside(data, [field]) is data
