"""The catalogue as a JSON document, for `/v1/catalog` and for `gateway catalog`."""

from __future__ import annotations

from typing import Any

from gateway.model import BUILTIN, Catalog, Config, EventType, Notification, is_builtin
from gateway.paths import format_path
from gateway.timing.describe import describe_notification_timing, describe_timing

SCHEMAS_URL = "/v1/schemas/"
"""The base URL for relative `$ref`s in an event type's schema, which clients find in its `$id`."""


def catalog_document(config: Config) -> dict[str, list[dict[str, Any]]]:
    """`{categories: [...], events: [...]}`, in the order of the file, with the built-in event types at the end."""
    catalog = config.catalog
    return {
        "categories": [
            {"name": category.name, "title": category.title, "description": category.description}
            for category in catalog.categories.values()
            if category.name != BUILTIN
        ],
        "events": [event_type_document(event, catalog) for event in catalog.events.values()],
    }


def event_type_document(event: EventType, catalog: Catalog) -> dict[str, Any]:
    message = {
        "title": event.message.title,
        "body": event.message.body,
        "link": event.message.link,
        "link_label": event.message.link_label,
        "facts": [{"label": label, "value": source} for label, source in event.message.facts],
        "short": event.message.short,
        "for": [name for name, _ in event.message.variants],
    }
    return {
        "name": event.name,
        "category": event.category,
        "title": event.title,
        "description": event.description,
        "severity": event.severity.value,
        "subject": format_path(event.subject) if event.subject else None,
        "customer": [format_path(path) for path in event.customer],
        "people": {role.value: [format_path(path) for path in paths] for role, paths in event.people.items()},
        "mentions": [format_path(path) for path in event.mentions],
        "schema": {"$id": SCHEMAS_URL, **event.schema},
        "message": None if event.is_fact else message,
        "example": event.example,
        "fact": event.is_fact,
        "timing": describe_timing(event, catalog),
        "notifications": [notification_document(notification, catalog) for notification in event.notifications],
    }


def notification_document(notification: Notification, catalog: Catalog) -> dict[str, Any]:
    event = catalog.events[notification.event_type]
    return {
        "id": notification.id,
        "title": notification.title,
        "event": event.name,
        "category": event.category,
        "audience": notification.audience.value,
        "except_actor": notification.excepts_actor,
        "staff_only": notification.is_staff_only,
        "beyond_reference": notification.is_beyond_reference,
        "timing": describe_notification_timing(notification, catalog),
        "severity": event.severity.value,
    }


def passes_filters(event: dict[str, Any], type: str | None, category: str | None) -> bool:
    """Whether an event type's document has this *type* and *category*; None allows any.

    Without a filter, built-in event types do not pass.
    """
    if is_builtin(event["name"]) and type is None and category is None:
        return False
    return type in (None, event["name"]) and category in (None, event["category"])
