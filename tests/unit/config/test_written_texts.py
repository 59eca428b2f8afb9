"""What the YAML says stays what was written: a number is text where text belongs, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.conditions.evaluate import holds
from gateway.errors import ConfigInvalid
from gateway.model import Secret
from tests.support.builders import CATALOG, UTC, config, event

SPELLINGS = ["1.10", "12345e6", "1e999", "12345678901234567890123", "+15550199", "-0", "007", "1_000", "0x1F", "22:30"]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_field_of_a_service_is_the_text_that_was_written(text: str) -> None:
    routes = f"channels: {{a: {{service: ntfys, host: h, topic: {text}, targets: [{text}]}}}}\nfallback: {{to: [a]}}"
    fields = config(routes).channels["a"].address.fields
    assert (fields["topic"], fields["targets"]) == (text, (text,))


@pytest.mark.parametrize("text", SPELLINGS)
def test_an_address_a_name_and_an_identity_are_the_text_that_was_written(text: str) -> None:
    routes = f"""
        providers: {{sms: {{service: inbox}}}}
        people: {{ana: {{name: {text}, identities: [{text}], contacts: {{sms: {text}}}}}}}
        fallback: {{to: [ana]}}
    """
    ana = config(routes).people["ana"]
    assert ana.contacts["sms"].address.recipient == Secret(text)
    assert ana.full_name == text
    assert len(ana.identities) == 2


def test_a_name_made_of_digits_can_be_referred_to_without_quotes() -> None:
    made = config(
        'channels: {"1834": {service: inbox}}\ngroups: {"12": [007]}\npeople: {"007": {}}\nfallback: {to: [1834]}'
    )
    assert made.fallback is not None
    assert [recipient.name for recipient in made.fallback.to] == ["1834"]
    assert made.groups == {"12": ("007",)}


def test_a_number_stays_a_number_where_the_schema_wants_one() -> None:
    assert (
        config("channels: {a: {service: inbox, concurrency: 3}}\nfallback: {to: [a]}").lanes["channel/a"].concurrency
        == 3
    )


@pytest.mark.parametrize(("text", "hint"), [('"3"', "remove the quotes"), ("1e999", "too large"), ("three", "")])
def test_text_is_no_number_where_the_schema_wants_one(text: str, hint: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        config(f"channels: {{a: {{service: inbox, concurrency: {text}}}}}\nfallback: {{to: [a]}}")
    (problem,) = caught.value.problems
    assert "expected a whole number, got text" in problem.message
    assert hint in (problem.hint or "")


DATA = CATALOG.replace(
    "priority: {type: string}", "priority: {type: string}\n            any: {}\n            count: {type: integer}"
)


@pytest.mark.parametrize(
    ("condition", "data", "expected"),
    [
        ("ticket.priority: 1.10", {"priority": "1.10"}, True),
        ("ticket.priority: 1.10", {"priority": "1.1"}, False),
        ("ticket.priority: [1.10, 12345e6]", {"priority": "12345e6"}, True),
        ("ticket.priority: {not: 1.10}", {"priority": "1.10"}, False),
        ("ticket.priority: {contains: 1.10}", {"priority": "v1.10"}, True),
        ("ticket.priority: {matches: 1.10}", {"priority": "1.10"}, True),
        ("ticket.subscribers: {contains: 007}", {"subscribers": ["007"]}, True),
        ("ticket.subscribers: 1834", {"subscribers": ["1834"]}, True),
        ("any_of: [{none_of: [{ticket.priority: 2.50}]}]", {"priority": "2.50"}, False),
        ("ticket.count: 5", {"count": 5}, True),
        ("ticket.count: 5", {"count": "5"}, False),
        ("ticket.any: 12345678901234567890", {"any": 12345678901234567890}, True),
        ("ticket.any: 12345678901234567890", {"any": "12345678901234567890"}, True),
        ("ticket.any: 12345678901234567890", {"any": 12345678901234567891}, False),
        ("ticket.any: 1.10", {"any": 1.1}, True),
        ("ticket.any: 1.10", {"any": "1.10"}, True),
        ("ticket.any: [2, 1.10]", {"any": "1.10"}, True),
        ("ticket.any: 5", {"any": "5"}, False),
        ("ticket.any: 1e999", {"any": "1e999"}, True),
        ("ticket.total: {above: 100.10}", {"total": "100.2"}, True),
        ("event.id: 1834", {}, False),
        ("event.id: evt-1", {}, True),
    ],
)
def test_a_condition_compares_with_the_text_where_the_data_has_text(
    condition: str, data: dict[str, Any], expected: bool
) -> None:
    routes = (
        f"channels: {{a: {{service: inbox}}}}\nroutes: [{{name: r, notify: ['*'], to: [a], when: {{{condition}}}}}]"
    )
    when = config(routes.replace("'*'", "ticket.changed.any"), DATA).routes[0].when
    assert holds(when, event({"ticket": {"id": 7, **data}}), UTC)[0] is expected


def test_a_condition_of_the_catalogue_compares_with_the_text_as_well() -> None:
    catalog = CATALOG.replace("when: {ticket.priority: urgent}", "when: {ticket.priority: 1.10}")
    when = config("{}", catalog).catalog.notifications["ticket.changed.urgent"].when
    assert holds(when, event({"ticket": {"id": 7, "priority": "1.10"}}), UTC)[0]


@pytest.mark.parametrize("text", ["NO", "022", "22:30", "2026-11-23", "1e5", "1_000", "0x1F", ".5", "=", "yes"])
def test_what_other_readers_take_for_another_value_gets_a_warning(text: str) -> None:
    (warning,) = config(
        f"people: {{ana: {{name: {text}}}}}\nfallback: {{to: [a]}}\nchannels: {{a: {{service: inbox}}}}"
    ).warnings
    assert "other YAML readers" in warning.message
    assert text not in str(warning).partition(" ")[2]


def test_a_number_that_loses_something_as_a_number_gets_a_warning_where_it_is_text() -> None:
    routes = "people: {ana: {name: 1.10}, bob: {name: 12}}\nfallback: {to: [a]}\nchannels: {a: {service: inbox}}"
    assert [warning.path for warning in config(routes).warnings] == ["people.ana.name"]
