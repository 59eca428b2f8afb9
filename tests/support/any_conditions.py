"""Strategies for random conditions as the YAML writes them, for properties that every condition must have."""

from __future__ import annotations

from hypothesis import strategies as st

SCALARS = [7, 7.0, 8, 1, 1.0, 0, True, False, "7", "8", "Keller", "keller", "", "ticket.created", 2**70]
VALUES = st.sampled_from(SCALARS)
PATHS = ["customer.id", "customer.name", "tags", "lines.kind", "event.type", "event.severity"]
OPERATORS = st.sampled_from(
    [{"not": "Keller"}, {"exists": True}, {"exists": False}, {"contains": "e"}, {"matches": "K*"}]
)
ASKED = VALUES | st.lists(VALUES, min_size=1, max_size=3) | OPERATORS
FLAT = st.dictionaries(st.sampled_from(PATHS), ASKED, max_size=3)
NESTED = st.fixed_dictionaries(
    {}, optional={key: st.lists(FLAT, min_size=1, max_size=2) for key in ("any_of", "none_of")}
)
CONDITIONS = st.builds(lambda flat, nested: {**flat, **nested}, FLAT, NESTED)
