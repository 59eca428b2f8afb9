"""The shipped catalogue is the whole reference: rows, schemas, examples, messages."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from gateway.conditions.evaluate import holds
from gateway.messages import templates
from gateway.messages.layout import as_markdown
from gateway.model import BUILTIN, Comparison, EventType, Lead, Notification, Operator, Timer, is_builtin
from gateway.paths import MISSING, lookup
from gateway.timing.moments import describe_lead
from gateway.validation.validator import Schemas
from tests.support.builders import event
from tests.support.shipped_config import shipped_config

ROWS = Path(__file__).parents[1] / "data" / "rows.tsv"
SHARED = Path(__file__).parents[3] / "shared" / "catalogue" / "rows.tsv"
CONFIG = shipped_config()
CATALOG = CONFIG.catalog
SCHEMAS = Schemas(CATALOG.schemas)
CATEGORIES = CATALOG.categories.keys() - {BUILTIN}
EVENT_TYPES = [one for one in CATALOG.events.values() if not (one.is_fact or is_builtin(one.name))]
NOTIFICATIONS = [one for event_type in EVENT_TYPES for one in event_type.notifications]
REFERENCE = [one for one in NOTIFICATIONS if not one.is_beyond_reference]
"""The rows of the reference."""
PORTAL = "in the Customer Portal"
"""Rows that say in their title what their condition is."""
FACTS = [one for one in CATALOG.events.values() if one.is_fact]


def rows() -> list[dict[str, str]]:
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def example(event_type: EventType) -> Any:
    return event(
        dict(event_type.example),
        type=event_type.name,
        category=event_type.category,
        severity=event_type.severity,
    )


def test_the_rows_are_those_of_the_reference() -> None:
    if not SHARED.exists():
        pytest.skip("the reference is not beside the project")
    assert ROWS.read_bytes() == SHARED.read_bytes()


def test_catalogue_and_rows_are_equal_both_ways() -> None:
    wanted = sorted((row["category"], row["title"], row["event"], row["audience"]) for row in rows())
    found = sorted(
        (CATALOG.categories[CATALOG.events[one.event_type].category].title, one.title, one.event_type, one.audience)
        for one in REFERENCE
    )
    assert found == wanted
    assert (len(CATEGORIES), len(EVENT_TYPES), len(REFERENCE)) == (25, 73, 106)


def test_what_goes_beyond_the_reference_is_marked() -> None:
    marked = {one.id for one in NOTIFICATIONS if one.is_beyond_reference}
    assert marked == {"ticket.created.mine", "ticket.created.mentioned", "chat.message_unread.mine"}


TIMINGS: dict[str, Callable[[Any, Notification], str]] = {
    r"delay: 5m": lambda _, one: str(one.delay and one.delay.wait),
    r"presence: only recipients who are (offline|online)": lambda _, one: str(one.presence),
    r"threshold: .* fall to (\d+)": lambda event, _: f"{event.timing.at_most:g}",
    r"timer: (1h|15m) before .*": lambda event, _: " ".join(map(describe_lead, event.timing.leads)),
    r"timer: (\d+)d before .*": lambda event, one: str(
        next(lead.days for lead in event.timing.leads if lead.days == one.when.comparisons[0].operand[0])
    ),
    r"timer: (at) the (?:due date|SLA deadline)": lambda event, _: str(event.timing.leads),
    r"timer: (before) the SLA deadline .*": lambda event, _: " ".join(map(describe_lead, event.timing.leads)),
    r"rollup: one message a (day) with all stale alerts": lambda event, _: f"{event.timing.daily_at:%H:%M}",
}
"""How a row says its time -> what the catalogue has for it."""
MEANS = {
    "delay: 5m": "0:05:00",
    "1h": "1 h before",
    "15m": "15 min before",
    "at": str((Lead(),)),
    "before": "1 h before 15 min before",
    "day": "08:00",
}


def test_29_rows_have_their_time() -> None:
    timed = 0
    for row in rows():
        event_type = CATALOG.events[row["event"]]
        one = next(one for one in event_type.notifications if one.title == row["title"])
        if not row["timing"]:
            assert (event_type.timing, one.delay, one.presence) == (None, None, None), row["title"]
            continue
        timed += 1
        pattern = next(pattern for pattern in TIMINGS if re.fullmatch(pattern, row["timing"]))
        match = re.fullmatch(pattern, row["timing"])
        assert match
        said = match[1] if match.groups() else match[0]
        assert TIMINGS[pattern](event_type, one) == MEANS.get(said, said), row["title"]
    assert timed == 29


def test_a_fact_may_say_that_there_is_no_date_any_more() -> None:
    timers = [one.timing for one in EVENT_TYPES if isinstance(one.timing, Timer)]
    pairs = {(trigger.event_type, timer.at) for timer in timers for trigger in timer.set_by}
    assert len(pairs) > 8
    for name, at in pairs:
        event_type = CATALOG.events[name]
        data = json.loads(json.dumps(event_type.example))
        data[at[0]][at[1]] = None
        assert list(SCHEMAS.validator(event_type.schema, name).errors(data)) == [], name


def test_a_row_with_a_condition_has_one_and_one_without_has_none() -> None:
    keys = {(row["event"], row["title"]): row for row in rows()}
    for one in REFERENCE:
        row = keys[one.event_type, one.title]
        has_condition = bool(row["when"]) or row["title"].endswith(PORTAL)
        assert has_condition == bool(one.when.comparisons), row["title"]


def test_rows_that_spare_the_actor_say_so() -> None:
    spared = {
        row["title"] for row in rows() if "never to the person who" in row["note"] or "someone else" in row["note"]
    }
    private = {one.title for one in REFERENCE if one.is_staff_only}  # a private note is not told to its author
    assert private == {row["title"] for row in rows() if "internal only" in row["note"]} | {
        "Ticket - I was @mentioned in a Ticket"
    }
    assert spared | private == {one.title for one in REFERENCE if one.excepts_actor}


def test_private_notes_are_for_staff_only() -> None:
    private = {row["title"] for row in rows() if "internal only" in row["note"]}
    assert private <= {one.title for one in NOTIFICATIONS if one.is_staff_only}


@pytest.mark.parametrize("event_type", [*EVENT_TYPES, *FACTS], ids=lambda one: one.name)
def test_an_example_is_valid_and_people_and_subject_are_found_in_it(event_type: EventType) -> None:
    validator = SCHEMAS.validator(event_type.schema, event_type.name)
    assert list(validator.errors(event_type.example)) == []
    one = example(event_type)
    if event_type.subject:
        assert lookup(one, event_type.subject) is not MISSING
    for notification in event_type.notifications:
        if notification.audience != "any":
            paths = event_type.people[notification.audience]  # type: ignore[index] # audiences are roles
            assert any(lookup(one, path) is not MISSING for path in paths), notification.id


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda one: one.name)
def test_an_example_makes_a_message_worth_reading(event_type: EventType) -> None:
    message = templates.render(event_type.message, example(event_type), ["because"])
    text = f"{message.title}\n{as_markdown(message)}"
    assert len(message.title) > 8
    assert len(text) > 40
    for flaw in ("None", "Undefined", "{{", "{%", "<class", "  .", " ,", "..", "()"):
        assert flaw not in text, flaw
    if event_type.name not in ("employee.clocked", "rmm_alert.stale"):
        assert "https://psa.example.com/" in text or event_type.name == "customer.phone_call"


def smallest(schema: Any, document: str = "") -> Any:
    """Data with nothing but what the schema requires."""
    from gateway.config.catalog.data_paths import resolve

    if "$ref" in schema:
        found = resolve(schema["$ref"], document, CATALOG.schemas)
        assert found
        return smallest(*found)
    if "anyOf" in schema:
        return smallest(schema["anyOf"][0], document)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") in ("date", "date-time"):
        return "2026-11-24"
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        return {name: smallest(schema["properties"][name], document) for name in schema.get("required", ())}
    if kind == "array":
        return [smallest(schema["items"], document)]
    return {"string": "text", "integer": 3, "number": 3, "boolean": True}[kind]


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda one: one.name)
def test_a_message_needs_nothing_that_the_schema_does_not_require(event_type: EventType) -> None:
    data = smallest(event_type.schema)
    assert list(SCHEMAS.validator(event_type.schema, event_type.name).errors(data)) == []
    one = event(data, type=event_type.name, category=event_type.category, severity=event_type.severity)
    message = templates.render(event_type.message, one, [])
    assert message.title
    assert "None" not in as_markdown(message)


def changed(data: Any, comparison: Comparison) -> Any:
    """*data* with a value at the comparison's path that meets it."""
    value = json.loads(json.dumps(data))
    at = value
    for step in comparison.path[:-1]:
        at = at.setdefault(step, {})
    at[comparison.path[-1]] = comparison.operand[0]
    return value


@pytest.mark.parametrize("notification", CATALOG.notifications.values(), ids=lambda one: one.id)
def test_every_notification_can_apply(notification: Notification) -> None:
    event_type = CATALOG.events[notification.event_type]
    data: Any = dict(event_type.example)
    for comparison in notification.when.comparisons:
        if comparison.operator is Operator.NOT:  # as the example has it
            continue
        assert comparison.operator is Operator.IS
        data = changed(data, comparison)
    assert list(SCHEMAS.validator(event_type.schema, event_type.name).errors(data)) == []
    one = event(data, type=event_type.name, category=event_type.category)
    assert holds(notification.when, one, UTC)[0]


def test_conditions_of_one_event_type_differ() -> None:
    for event_type in EVENT_TYPES:
        seen = {(one.audience, one.when, one.presence) for one in event_type.notifications}
        assert len(seen) == len(event_type.notifications), event_type.name


def properties(schema: Any) -> Any:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items() if isinstance(schema.get("properties"), dict) else ()
        yield from itertools.chain.from_iterable(properties(one) for one in schema.values())
    elif isinstance(schema, list):
        yield from itertools.chain.from_iterable(properties(one) for one in schema)


@pytest.mark.parametrize("name", sorted(CATALOG.schemas))
def test_a_schema_is_valid_and_says_what_everything_is(name: str) -> None:
    from jsonschema import Draft202012Validator

    schema = CATALOG.schemas[name]
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    if name.startswith("data/"):
        for key, value in properties(schema):
            assert "description" in value, f"{name}: {key}"
