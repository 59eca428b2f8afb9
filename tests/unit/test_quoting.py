"""What a message may quote: names as they are, and a mask for what looks like a secret."""

from __future__ import annotations

import pytest

from gateway.quoting import mask, quote

NAMES = [
    "ticket.status_changed.resolved",
    "noc-slack",
    "NOC Slack",
    "NOC_SLACK_URL",
    "ana@example.com",
    "America/Denver",
    "KELLER-*",
    "2026-11-23T10:00:00Z",
    "ticketStatusChanged",
    "noc2026slack",
    "syncro:1834",
    "+15550199123",
    "contract_2024",
]
SECRETS = [
    "hunter2!",
    "P@ssw0rd",
    "xoxb-123",
    "TIiajkdnlazkcOXrIdevi7FQ",
    "T1JJ3T3L2",
    "ngw_abcdef",
    "JBSWY3DPEHPK3PXP",
    "9f86d081884c7d659a2feaa0c55ad015",
    "AKIAIOSFODNN7EXAMPLE",
    "Bearer abc",
    "Tr0ub4dor&3",
]


@pytest.mark.parametrize("text", NAMES)
def test_a_name_is_quoted_as_it_is(text: str) -> None:
    assert (quote(text), mask(text)) == (repr(text), text)


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert (quote(text), mask(text)) == ("'***'", "***")


def test_of_a_url_only_the_scheme_is_quoted() -> None:
    assert quote("slack://T1/B1/C1") == "'slack://***'"


def test_a_long_text_is_cut() -> None:
    assert len(quote("word " * 100)) == 60
