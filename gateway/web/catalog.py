"""The catalogue as the API shows it."""

from __future__ import annotations

from typing import Any

from gateway.model import OWN, Catalog, Config, EventType, Notification, is_builtin
from gateway.paths import format_path
from gateway.timing.describe import describe_notification_timing, describe_timing

SCHEMAS = "/v1/schemas/"
"""Where a relative `$ref` of an event type's schema leads."""


def catalog_documents(config: Config) -> dict[str, list[dict[str, Any]]]:
    """`{categories: [...], events: [...]}`, in the order of the file."""
    catalog = config.catalog
    return {
        "categories": [
            {"name": one.name, "title": one.title, "description": one.description}
            for one in catalog.categories.values()
            if one.name != OWN
        ],
        "events": [_event_document(one, catalog) for one in catalog.events.values()],
    }


def _event_document(event: EventType, catalog: Catalog) -> dict[str, Any]:
    message = {"title": event.message.title, "body": event.message.body, "link": event.message.link}
    return {
        "name": event.name,
        "category": event.category,
        "title": event.title,
        "description": event.description,
        "severity": event.severity.value,
        "subject": format_path(event.subject) if event.subject else None,
        "people": {role.value: [format_path(path) for path in paths] for role, paths in event.people.items()},
        "schema": {"$id": SCHEMAS, **event.schema},
        "message": None if event.is_fact else message,
        "example": event.example,
        "fact": event.is_fact,
        "timing": describe_timing(event, catalog),
        "notifications": [_notification_document(one, catalog) for one in event.notifications],
    }


def _notification_document(one: Notification, catalog: Catalog) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "audience": one.audience.value,
        "except_actor": one.excepts_actor,
        "staff_only": one.is_staff_only,
        "timing": describe_notification_timing(one, catalog),
    }


def is_wanted(event: dict[str, Any], type: str | None, category: str | None) -> bool:
    """Whether an event type's document passes the filters given; the gateway's own only by name."""
    if is_builtin(event["name"]) and type is None and category is None:
        return False
    return type in (None, event["name"]) and category in (None, event["category"])
