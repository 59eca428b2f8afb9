"""What was probably meant."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from gateway.suggestions import did_you_mean


@pytest.mark.parametrize(
    ("name", "names", "meant"),
    [
        ("id", ["ID", "CH"], "ID"),
        ("SLACK", ["slack", "teams"], "slack"),
        ("america/denver", available_timezones(), "America/Denver"),
        ("europe/berln", available_timezones(), "Europe/Berlin"),
    ],
)
def test_capitals_do_not_hide_what_was_meant(name: str, names: list[str], meant: str) -> None:
    assert did_you_mean(name, names) == f"did you mean {meant!r}?"


def test_the_name_that_is_suggested_is_one_of_the_names() -> None:
    assert did_you_mean("Noc-Slak", ["noc-slack", "NOC-MAIL"]) == "did you mean 'noc-slack'?"
    assert did_you_mean("printer", ["noc-slack", "NOC-MAIL"]) is None
