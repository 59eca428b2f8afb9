"""`mentions:` of an event type."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigInvalid
from tests.support.builders import CATALOG, config


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("ticket.sujbect", "the event's data has no field 'ticket.sujbect' - did you mean 'ticket.subject'?"),
        ("ticket.assignees", "the event's data has no field 'ticket.assignees'"),
        ("ticket", "'ticket' is not text"),
    ],
)
def test_a_path_that_is_no_text_is_a_problem(path: str, problem: str) -> None:
    catalog = CATALOG.replace("    data:\n", f"    mentions: {{in: [ticket.subject, {path}]}}\n    data:\n", 1)
    with pytest.raises(ConfigInvalid) as caught:
        config("", catalog)
    (found,) = map(str, caught.value.problems)
    assert "events.ticket.changed.mentions.in[1]: " in found
    assert problem in found


def test_a_notification_for_people_who_are_mentioned_needs_one_of_both() -> None:
    catalog = CATALOG.replace("notifications:\n", "notifications:\n      m: {title: M, audience: mentioned}\n")
    with pytest.raises(ConfigInvalid, match="1 problem"):
        config("", catalog)
    assert config("", catalog.replace("    data:\n", "    mentions: {in: ticket.subject}\n    data:\n", 1))
