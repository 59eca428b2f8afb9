"""`values` of a mapping: said once, used in its rules and in each other, and said anew by whoever extends it."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigInvalid
from gateway.model import Config
from tests.support.builders import config
from tests.support.mapped import mapped

BASE = """
sources:
  psa: {{events: [ticket.changed], tokens: [{{env: TOKEN}}], extends: tickets{values}}}
mappings:
  tickets:
    values:
      customer: {{id: client.id, name: client.name}}
      ticket: {{id: no, subject: {{first: [title, {{use: fallback}}]}}, customer: {{use: customer}}}}
      fallback: {{literal: no subject}}
    rules:
      - {{name: any, emit: {{type: ticket.changed, data.ticket: {{use: ticket}}, data.ticket.priority: level}}}}
"""
BODY = {"no": 7, "client": {"id": 3, "name": "Keller"}, "level": "high"}


def of(routes: str) -> Config:
    return config(routes, environ={"TOKEN": "a-token-of-thirty-two-characters"})


def ticket(routes: str) -> object:
    made = of(routes)
    (result,) = mapped(BODY, made.sources["psa"], made)
    assert result.event is not None, result.why_not
    return result.event.data["ticket"]


def test_values_are_used_in_rules_and_in_each_other() -> None:
    customer = {"id": 3, "name": "Keller"}
    assert ticket(BASE.format(values="")) == {
        "id": 7,
        "subject": "no subject",
        "customer": customer,
        "priority": "high",
    }


def test_who_extends_a_mapping_may_say_a_value_anew() -> None:
    """Also one that only another value uses."""
    values = ", values: {customer: {id: client.id, name: {literal: Somebody}}}"
    made = ticket(BASE.format(values=values))
    assert isinstance(made, dict)
    assert made["customer"] == {"id": 3, "name": "Somebody"}


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ("{customer: {use: custommer}}", "unknown value 'custommer'", "did you mean 'customer'?"),
        ("{customer: {use: ticket}}", "the value 'ticket' uses itself", None),
        ("{customer: {path: client, form: iso}}", "unknown key 'form'", "did you mean 'format'?"),
    ],
)
def test_what_is_wrong_with_a_value_is_said_once(values: str, message: str, hint: str | None) -> None:
    routes = (
        BASE.format(values=f", values: {values}")
        + "      - {name: again, emit: {type: ticket.changed, data.ticket: {use: ticket}}}\n"
    )
    with pytest.raises(ConfigInvalid) as raised:
        of(routes)
    problems = [problem for problem in raised.value.problems if message in problem.message]
    assert len(problems) == 1, raised.value.problems
    assert problems[0].place.line == 3
    assert problems[0].hint == hint
