"""The table of problems: every slug that is used is in it, and the documentation says what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.errors import MAX_ERRORS, ApiError
from gateway.web.problems import MAX_DETAIL, PROBLEMS, problem_document

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "problems.md"
USED = re.compile(r'ApiError\(\s*"([a-z-]+)"')
MAPPED = re.compile(r'\d{3}: "([a-z-]+)"|, "(bad-request)"|_too_complex')


def used_slugs() -> set[str]:
    found = set()
    for path in (ROOT / "gateway").rglob("*.py"):
        text = path.read_text("utf-8")
        found |= set(USED.findall(text))
        if path.name == "failures.py":
            found |= {one for match in MAPPED.findall(text) for one in match if one}
    return found


def test_every_slug_used_is_in_the_table_and_every_one_of_the_table_is_used() -> None:
    assert used_slugs() == set(PROBLEMS)


def test_every_refusal_is_documented_with_cause_and_cure() -> None:
    page = PAGE.read_text("utf-8")
    for slug, one in PROBLEMS.items():
        section = f"## {slug}\n\n**{one.status}** {one.title}.\n\n*Cause.* {one.cause}\n\n*Cure.* {one.cure}\n"
        assert section in page, f"docs/problems.md is behind the table: {slug}"
    assert re.findall(r"^## (\S+)$", page, re.MULTILINE) == list(PROBLEMS)


@pytest.mark.parametrize("one", PROBLEMS.values(), ids=PROBLEMS)
def test_a_refusal_has_the_status_of_an_error_and_whole_sentences(one: object) -> None:
    refusal = next(r for r in PROBLEMS.values() if r is one)
    assert 400 <= refusal.status < 600
    assert not refusal.title.endswith(".")
    assert refusal.cause.endswith(".")
    assert refusal.cure.endswith(".")


def test_a_problem_document_is_bounded() -> None:
    errors = [{"pointer": f"/{number}", "code": "type", "detail": "x"} for number in range(50)]
    document = problem_document(ApiError("invalid-event", "x" * 1000, errors=errors))
    assert len(document["detail"]) == MAX_DETAIL
    assert len(document["errors"]) == MAX_ERRORS
    assert (document["type"], document["status"]) == ("/problems/invalid-event", 422)
