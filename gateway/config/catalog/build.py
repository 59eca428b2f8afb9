"""Builds the catalogue from YAML that has been checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from gateway.conditions.parse import NO_TERMS, Terms, parse_condition
from gateway.config.catalog.build_timing import build_delay, build_reactions, build_timing
from gateway.config.catalog.keys import CatalogKeys, EventTypeKeys, MessageKeys, NotificationKeys, Paths
from gateway.config.catalog.message import build_message
from gateway.model import (
    ALWAYS,
    Audience,
    Catalog,
    Category,
    Condition,
    EventType,
    Notification,
    Path,
    Presence,
    Role,
    Rollup,
    Severity,
    StaffField,
    Threshold,
    Timer,
)
from gateway.paths import parse_path
from gateway.times import moment_of
from gateway.yaml.document import Document

MAX_DERIVATIONS = 8
"""How many event types in a row, each derived from the one before, are followed; types may be derived in a cycle."""


def build_catalog(
    document: Document,
    schemas: Mapping[str, Any],
    staff_fields: Mapping[str, tuple[StaffField, ...]],
    unusable: Collection[str] = (),
) -> Catalog:
    """The catalogue in *document*.

    Event types in *unusable* get an empty data schema. *staff_fields* are the staff-only fields of each event type's
    own data schema.

    Raises: ValueError for a condition, a path or a duration that `check_catalog` reports.
    """
    value: CatalogKeys = document.value
    categories = {
        name: Category(name, category["title"], category.get("description", ""))
        for name, category in value["categories"].items()
    }
    terms = Terms(states=value.get("states", {}))
    events = {}
    for name, event in value["events"].items():
        schema = {} if name in unusable else event["data"]
        event_type = build_event_type(name, event, value["events"], terms, schema, staff_fields.get(name, ()))
        written_at = event.get("example_at", value.get("examples_at"))
        events[name] = replace(event_type, example_at=moment_of(written_at, UTC))
    # In passes, since a type may take its data from one that takes it from another, in any order of the file.
    for _ in range(MAX_DERIVATIONS):
        before = events
        events = {name: _with_inherited_staff_fields(event_type, before) for name, event_type in before.items()}
        if all(events[name] is event_type for name, event_type in before.items()):
            break
    notifications = {notification.id: notification for event in events.values() for notification in event.notifications}
    return Catalog(categories, events, notifications, schemas, build_reactions(events), terms.states)


def _with_inherited_staff_fields(event_type: EventType, events: Mapping[str, EventType]) -> EventType:
    """*event_type*, with the staff-only fields of every event type whose data its own events or messages show. The same
    object if it has all of them."""
    inherited: list[StaffField] = []
    match event_type.timing:
        case Timer():
            sharing = (other for other in events.values() if other.subject == event_type.subject)
            inherited += (field for other in sharing for field in other.staff_fields)
        case Threshold(set_by=set_by):
            inherited += (field for trigger in set_by for field in events[trigger.event_type].staff_fields)
        case Rollup(set_by=set_by, item=item, into=into):
            fields = (field for trigger in set_by for field in events[trigger.event_type].staff_fields)
            below = (field for field in fields if field.path[: len(item)] == item)
            inherited += (replace(field, path=(*into, *field.path[len(item) :])) for field in below)
    delays = (row.delay for row in event_type.notifications if row.delay)
    updating = (trigger.event_type for delay in delays for trigger in delay.updated_by)
    inherited += (field for name in updating for field in events[name].staff_fields)
    declared_paths = {field.path for field in event_type.staff_fields}
    more = tuple(dict.fromkeys(field for field in inherited if field.path not in declared_paths))
    return replace(event_type, staff_fields=(*event_type.staff_fields, *more)) if more else event_type


def build_event_type(
    name: str,
    value: EventTypeKeys,
    events: Mapping[str, EventTypeKeys],
    terms: Terms,
    schema: Mapping[str, Any],
    staff_fields: tuple[StaffField, ...],
) -> EventType:
    """One event type of the catalogue, with the data schema *schema*; *events* are all event types as in the YAML."""
    no_message = MessageKeys(title=value["title"], body="")  # a fact has no message
    return EventType(
        name=name,
        category=value["category"],
        title=value["title"],
        description=value.get("description", ""),
        severity=Severity(value.get("severity", Severity.INFO)),
        subject=parse_path(value["subject"]) if "subject" in value else None,
        customer=build_paths(value.get("customer", [])),
        people={Role(role): build_paths(paths) for role, paths in value.get("people", {}).items()},
        mentions=build_paths(value["mentions"]["in"]) if "mentions" in value else (),
        schema=schema,
        message=build_message(value.get("message", no_message)),
        example=value["example"],
        notifications=tuple(
            build_notification(f"{name}.{key}", name, notification, events, terms)
            for key, notification in value.get("notifications", {}).items()
        ),
        is_fact=value.get("fact", False),
        timing=build_timing(value, events, terms),
        staff_fields=staff_fields,
    )


def build_notification(
    id: str, event_type: str, value: NotificationKeys, events: Mapping[str, EventTypeKeys], terms: Terms
) -> Notification:
    return Notification(
        id=id,
        event_type=event_type,
        title=value["title"],
        example=value.get("example"),
        audience=Audience(value.get("audience", Audience.ANY)),
        when=build_condition(value.get("when"), terms),
        excepts_actor=value.get("except") == "actor",
        is_staff_only=value.get("visibility") == "staff",
        delay=build_delay(value, events, terms),
        presence=Presence(value["presence"]) if "presence" in value else None,
        is_beyond_reference=value.get("beyond_reference", False),
    )


def build_paths(value: Paths) -> tuple[Path, ...]:
    """The paths of *value*, which is one path or a list of them."""
    return tuple(parse_path(text) for text in ([value] if isinstance(value, str) else value))


def build_condition(value: Mapping[str, Any] | None, terms: Terms = NO_TERMS) -> Condition:
    """Raises: ConditionError."""
    return parse_condition(value, terms) if value else ALWAYS
