"""Explanations as the ledger keeps them: short, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from gateway.model import Finding, Place, Plan, Route
from gateway.routing.explain import to_document
from gateway.routing.plan import plan
from gateway.store.explanations import decode_explanation, encode_explanation, with_outcomes
from tests.support.any_routes import BASE, DATA, routes, with_routes
from tests.support.builders import event


@given(routes(), DATA)
def test_what_is_read_is_what_was_kept(routes: list[Route], data: dict[str, Any]) -> None:
    planned = plan(event(data), with_routes(BASE, routes))
    assert decode_explanation(encode_explanation(planned)) == (list(planned.findings), planned.is_fallback)


def test_a_cause_may_be_anything_or_nothing() -> None:
    place = Place("routes/a:b.yaml", 3)
    findings = (
        Finding("route", "r", True, "why", "n", "r", place),
        Finding("target", "t", True, "why", "n", "r", place),
        Finding("notification", "n", True, "why"),
        Finding("fallback", "f", True, "why", place=place),
        Finding("person", "p", False, "why", "n"),
    )
    assert decode_explanation(encode_explanation(Plan((), findings, True))) == (list(findings), True)


def test_an_explanation_of_an_older_version_is_read_as_well() -> None:
    planned = plan(event({"ticket": {"id": 7}}), BASE)
    document = to_document(planned.findings, is_fallback=planned.is_fallback)
    findings, is_fallback = decode_explanation(json.dumps(document))
    assert to_document(findings, is_fallback=is_fallback) == document


def test_what_became_of_a_step_in_time_is_said_with_it() -> None:
    step = Finding("timing", "sla.breached", True, "due in 4 h")
    story = with_outcomes([step], "sla.breached=set ticket.due=cancelled")
    assert [(finding.name, finding.outcome) for finding in story] == [
        ("sla.breached", "set"),
        ("ticket.due", "cancelled"),
    ]
    assert story[1].why == "its timer is cancelled, or its subject closed"
