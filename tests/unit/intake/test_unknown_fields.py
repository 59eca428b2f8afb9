"""Fields that nothing declares: refused in the envelope when they are a slip, warned of in the data."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import ApiError
from gateway.intake.parse import parse
from gateway.intake.unknown_fields import MAX_WARNINGS, unknown_fields
from gateway.model import Event, Severity, Source
from tests.support.builders import NOW
from tests.support.shipped_config import shipped_config

CONFIG = shipped_config()
PSA = Source("psa", frozenset({"*"}), frozenset())


def posted(**attributes: Any) -> dict[str, Any]:
    return {"type": "ticket.created", "data": CONFIG.catalog.events["ticket.created"].example, **attributes}


def warnings(data: dict[str, Any], event_type: str = "ticket.created") -> dict[str, str | None]:
    """By pointer, the hint of each warning."""
    event = Event("1", event_type, "tickets", "psa", "7", NOW, Severity.INFO, data)
    return {warning["pointer"]: warning.get("hint") for warning in unknown_fields(event, CONFIG)}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("severty", "severity"),
        ("sevrity", "severity"),
        ("sevreity", "severity"),
        ("tiem", "time"),
        ("sujbect", "subject"),
        ("specverson", "specversion"),
    ],
)
def test_an_attribute_that_is_nearly_a_known_one_is_refused(name: str, meant: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse(posted(**{name: "x"}), PSA, CONFIG, NOW)
    (error,) = caught.value.errors
    assert (error["pointer"], error["code"]) == (f"/{name}", "unknown-attribute")
    assert error["hint"] == f"did you mean '{meant}'?"


@pytest.mark.parametrize(
    "name",
    ["traceparent", "tracestate", "dataref", "partitionkey", "sequence", "sampledrate", "sourceid", "pid", "uid"],
)
def test_an_extension_of_cloud_events_is_allowed(name: str) -> None:
    assert parse(posted(**{name: "x"}), PSA, CONFIG, NOW).type == "ticket.created"


def test_every_event_with_the_same_unknown_field_is_warned_of_it() -> None:
    """What is wrong with a field is found out once, and said of it wherever it stands."""
    people = [{"naem": "Ana"}, {"naem": "Bob"}]
    data = {"ticket": {"custmer": {"id": 1}, "subscribers": people}}
    expected = {
        "/data/ticket/custmer": "did you mean 'customer'?",
        "/data/ticket/subscribers/0/naem": "did you mean 'name'?",
        "/data/ticket/subscribers/1/naem": "did you mean 'name'?",
    }
    for _ in range(2):
        assert warnings(data) == expected


def test_a_name_near_to_one_that_is_given_as_well_is_an_extension() -> None:
    assert parse(posted(severity="error", severty="x"), PSA, CONFIG, NOW).severity is Severity.ERROR


def test_every_example_of_the_catalogue_is_declared() -> None:
    for event_type in CONFIG.catalog.events.values():
        assert warnings(dict(event_type.example), event_type.name) == {}, event_type.name


def test_unknown_data_is_warned_of_at_its_place_with_a_hint() -> None:
    ticket = {"id": 7, "number": 7, "subject": "x", "asignee": "ana", "subscribers": ["bob", {"emial": "x"}]}
    found = warnings({"ticket": ticket, "custmer": {"id": 1}})
    assert found == {
        "/data/ticket/asignee": "did you mean 'assignee'?",
        "/data/ticket/subscribers/1/emial": "did you mean 'email'?",
        "/data/custmer": None,
    }
    assert warnings({"ticket": ticket}) == {key: hint for key, hint in found.items() if "ticket" in key}, "again"


def test_warnings_are_few_and_their_pointers_printable() -> None:
    ticket = {"id": 7, "number": 7, "subject": "x"} | {f"x\n{number}": number for number in range(1000)}
    found = warnings({"ticket": ticket})
    assert len(found) == MAX_WARNINGS
    assert all(pointer.isprintable() for pointer in found)
