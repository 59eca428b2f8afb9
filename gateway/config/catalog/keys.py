"""The keys of the catalogue's YAML, declared in this one place.

A new key needs one line here, its entry in `schemas/catalog.schema.json`, and the code that reads it. mypy rejects code
that reads an undeclared key, and a test compares the declarations with the schema and with the code. The schema says
which keys are required and which values they may have.
"""

from __future__ import annotations

from typing import Any, TypedDict

Paths = str | list[str]


class TriggerKeys(TypedDict, total=False):
    event: str
    when: dict[str, Any]


Triggers = str | TriggerKeys | list[str | TriggerKeys]


class CatalogKeys(TypedDict, total=False):
    version: int
    extends: str
    remove: list[str]
    categories: dict[str, CategoryKeys]
    states: dict[str, list[str]]
    examples_at: str
    events: dict[str, EventTypeKeys]


class CategoryKeys(TypedDict, total=False):
    title: str
    description: str


class EventTypeKeys(TypedDict, total=False):
    fact: bool
    timer: TimerKeys
    threshold: ThresholdKeys
    rollup: RollupKeys
    category: str
    title: str
    description: str
    severity: str
    subject: str
    customer: Paths
    people: dict[str, Paths]
    """By `Role`."""
    mentions: MentionKeys
    data: dict[str, Any]
    message: MessageKeys
    example: dict[str, Any]
    example_at: str
    notifications: dict[str, NotificationKeys]


class MessagePartKeys(TypedDict, total=False):
    title: str
    body: str
    link: str | LinkKeys
    facts: dict[str, str] | list[FactKeys]
    short: str


# `for` is a keyword of Python.
MessageKeys = TypedDict(
    "MessageKeys",
    {
        "title": str,
        "body": str,
        "link": "str | LinkKeys",
        "facts": "dict[str, str] | list[FactKeys]",
        "short": str,
        "for": dict[str, MessagePartKeys],
    },
    total=False,
)


class LinkKeys(TypedDict, total=False):
    label: str
    url: str


class FactKeys(TypedDict, total=False):
    label: str
    value: str


# Declared this way because some keys, such as `from`, are keywords of Python.
MentionKeys = TypedDict("MentionKeys", {"in": Paths}, total=False)
NotificationKeys = TypedDict(
    "NotificationKeys",
    {
        "title": str,
        "example": dict[str, Any],
        "audience": str,
        "when": dict[str, Any],
        "delay": str,
        "cancel_on": Triggers,
        "update_on": Triggers,
        "presence": str,
        "beyond_reference": bool,
        "except": str,
        "visibility": str,
    },
    total=False,
)
TimerKeys = TypedDict(
    "TimerKeys",
    {
        "from": Triggers,
        "at": str,
        "before": str | list[str],
        "working": str,
        "key": Paths,
        "time_of_day": str,
        "lead": str,
        "cancel_on": Triggers,
        "update_on": Triggers,
        "resume_on": Triggers,
    },
    total=False,
)
ThresholdKeys = TypedDict(
    "ThresholdKeys", {"from": Triggers, "value": str, "at_most": float, "above": float}, total=False
)
RollupKeys = TypedDict(
    "RollupKeys",
    {
        "from": Triggers,
        "item": str,
        "into": str,
        "since": str,
        "older_than": str,
        "daily_at": str,
        "cancel_on": Triggers,
    },
    total=False,
)
