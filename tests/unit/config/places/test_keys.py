"""The keys of a place: what they set, and where a message may quote their values."""

from __future__ import annotations

from dataclasses import fields

import pytest

from gateway.config.places.keys import KEYS, may_quote
from gateway.model import DocumentPath, Lane, Target


def test_a_key_sets_an_attribute_that_exists() -> None:
    assert {key.lane for key in KEYS if key.lane} <= {field.name for field in fields(Lane)}
    assert {key.target for key in KEYS if key.target} <= {field.name for field in fields(Target)}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("channels", "noc", "rate"), True),
        (("channels", "noc", "token"), False),
        (("channels", "noc", "url"), False),
        (("channels", "noc"), False),
        (("people", "ana", "contacts", "email"), False),
        (("people", "ana", "timezone"), True),
        (("sources", "psa", "tokens", 0), False),
        (("sources", "psa", "events", 0), True),
        (("routes", 0, "to", 1), True),
    ],
)
def test_a_message_quotes_no_value_where_a_secret_belongs(path: DocumentPath, expected: bool) -> None:
    assert may_quote(path) is expected
